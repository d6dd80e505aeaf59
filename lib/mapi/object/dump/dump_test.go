// SPDX-License-Identifier: AGPL-3.0-or-later

package dump

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"testing"

	"twiga/lib/mapi/object"
)

var testHeader = Header{Store: [16]byte{1, 2}, Schema: 2, Since: 3, Change: 400, Folder: 5, Messages: true}

func sample(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	e, err := NewEncoder(func(b []byte) error { out.Write(b); return nil }, testHeader)
	if err != nil {
		t.Fatal(err)
	}
	n, err := e.Table(Table{"item", []string{"folder", "uid", "class"}})
	if err == nil {
		err = e.Row(n, int64(-1), nil, "IPM.Note")
	}
	if err == nil {
		err = e.Row(n, int64(1<<40), []byte("x"), []byte{})
	}
	if err == nil {
		err = e.Blobs([]object.BlobID{{1}, {2}})
	}
	if err == nil {
		err = e.End()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decode(b []byte) (list []any, d *Decoder, err error) {
	if d, err = NewDecoder(bytes.NewReader(b)); err != nil {
		return nil, nil, err
	}
	for {
		r, err := d.Next()
		if err == io.EOF {
			return list, d, nil
		}
		if err != nil {
			return list, d, err
		}
		list = append(list, r)
	}
}

func TestRoundTrip(t *testing.T) {
	list, d, err := decode(sample(t))
	if err != nil || d.Header != testHeader || len(d.Tables) != 1 || d.Tables[0].Columns[2] != "class" {
		t.Fatalf("%+v %v", d, err)
	}
	want := []any{
		Row{0, []any{int64(-1), nil, "IPM.Note"}}, Row{0, []any{int64(1 << 40), []byte("x"), []byte{}}}, Blobs{{1}, {2}},
	}
	if !reflect.DeepEqual(list, want) {
		t.Errorf("read %v, want %v", list, want)
	}
}

// Whatever byte is changed or missing, it is seen.
func TestDamage(t *testing.T) {
	good := sample(t)
	for i := range good {
		for _, with := range []byte{1, 0x80} {
			bad := bytes.Clone(good)
			bad[i] ^= with
			if _, _, err := decode(bad); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
				t.Errorf("byte %d changed: %v", i, err)
			}
		}
		if _, _, err := decode(good[:i]); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
	if _, _, err := decode(append(good, 0)); !errors.Is(err, ErrDamaged) {
		t.Errorf("longer: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(sample(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, _ = decode(b)
	})
}

// FuzzRecord feeds payloads whose checksum is right.
func FuzzRecord(f *testing.F) {
	f.Add(byte(recordTable), []byte("\x04item\x01\x01a"))
	f.Add(byte(recordRow), []byte("\x00\x01\x02"))
	f.Add(byte(recordEnd), []byte("\x02\x00\x00"))
	f.Fuzz(func(t *testing.T, kind byte, payload []byte) {
		var out bytes.Buffer
		e, err := NewEncoder(func(b []byte) error { out.Write(b); return nil }, testHeader)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Table(Table{"t", []string{"a", "b"}}); err != nil {
			t.Fatal(err)
		}
		at := e.begin(kind)
		e.buf = append(e.buf, payload...)
		if err := e.finish(at); err != nil {
			t.Fatal(err)
		}
		if err := e.End(); err != nil {
			t.Fatal(err)
		}
		_, _, _ = decode(out.Bytes())
	})
}
