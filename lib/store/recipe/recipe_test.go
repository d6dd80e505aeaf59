// SPDX-License-Identifier: AGPL-3.0-or-later

package recipe

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"twiga/lib/base64lines"
	"twiga/lib/blob"
	"twiga/lib/mapi/object"
)

func blobs(t testing.TB) *blob.Dir {
	t.Helper()
	d, err := blob.OpenDir(t.TempDir(), blob.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(n)}).Read(b)
	return b
}

func inline(s string) object.Segment {
	return object.Segment{Inline: []byte(s), Size: int64(len(s))}
}

// content is a message in segments and as it should come out.
type content struct {
	list []object.Segment
	want []byte
}

func (c *content) text(s string) {
	c.list = append(c.list, inline(s))
	c.want = append(c.want, s...)
}

func (c *content) blob(t testing.TB, d *blob.Dir, b []byte, width int, lf bool) {
	id, err := d.PutBytes(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	out := b
	if width > 0 {
		out = base64lines.Layout{Line: width, CRLF: !lf}.Append(nil, b)
	}
	c.list = append(c.list, object.Segment{Blob: object.BlobID(id), Width: uint16(width), LF: lf, Size: int64(len(out))})
	c.want = append(c.want, out...)
}

func sample(t testing.TB, d *blob.Dir) content {
	var c content
	c.text("Subject: hello\r\nFrom: a@example.test\r\n\r\n")
	c.text(strings.Repeat("some text that repeats itself\r\n", 10000))
	c.blob(t, d, noise(300_000), 76, false)
	c.text("\r\n--b\r\n")
	c.blob(t, d, noise(50_001), 60, true)
	c.text("")
	c.blob(t, d, noise(1000), 0, false)
	c.text("\r\n--b--\r\n")
	return c
}

func TestCompose(t *testing.T) {
	d := blobs(t)
	codec := &blob.Codec{}
	c := sample(t, d)
	if err := Check(c.list); err != nil {
		t.Fatal(err)
	}
	shares := 0
	for _, tc := range []struct {
		name string
		enc  Encoder
	}{
		{"own", Encoder{Codec: codec}},
		{"shared", Encoder{Codec: codec, ShareMin: 100, Share: func(b []byte) (blob.ID, error) {
			shares++
			return d.PutBytes(t.Context(), b)
		}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			enc, err := tc.enc.Encode(nil, c.list)
			if err != nil {
				t.Fatal(err)
			}
			var r Recipe
			if err := r.Decode(enc); err != nil || r.Size != int64(len(c.want)) {
				t.Fatalf("size %d of %d, %v", r.Size, len(c.want), err)
			}
			comp := &Composer{Codec: codec, Blobs: d}
			defer comp.Close()
			for _, size := range []int{10, 77, 1000, 64 << 10, 1 << 20} {
				checkRange(t, comp, &r, c.want, 0, -1, size)
				for range 100 {
					off := rand.Int64N(r.Size)
					checkRange(t, comp, &r, c.want, off, rand.Int64N(2000), size)
				}
			}
			checkRange(t, comp, &r, c.want, r.Size+5, 10, 100)
		})
	}
	if shares != 1 {
		t.Errorf("shared %d times", shares)
	}
}

func checkRange(t *testing.T, comp *Composer, r *Recipe, all []byte, off, n int64, size int) {
	t.Helper()
	from := min(off, r.Size)
	to := r.Size
	if n >= 0 {
		to = min(to, from+n)
	}
	if got := comp.Start(r, off, n); got != to-from {
		t.Fatalf("[%d,+%d): %d bytes", off, n, got)
	}
	var out []byte
	buf := make([]byte, 0, size)
	for {
		b, err := comp.Next(t.Context(), buf)
		if err == io.EOF {
			break
		}
		if err != nil || len(b) == 0 || len(b) > size {
			t.Fatalf("next: %d bytes, %v", len(b), err)
		}
		out = append(out, b...)
	}
	if !bytes.Equal(out, all[from:to]) {
		t.Fatalf("[%d,+%d) in %d: differs (%d bytes)", off, n, size, len(out))
	}
}

func TestLeaf(t *testing.T) {
	d := blobs(t)
	codec := &blob.Codec{}
	var c content
	data := noise(9001)
	c.text("h: x\r\n\r\n")
	from := int64(len(c.want))
	c.blob(t, d, data, 76, false)
	c.text("\r\n")
	to := int64(len(c.want))
	c.text("--b--")
	enc, _ := (&Encoder{Codec: codec}).Encode(nil, c.list)
	var r Recipe
	if err := r.Decode(enc); err != nil {
		t.Fatal(err)
	}
	leaf, ok := r.Leaf(t.Context(), d, from, to-from, object.EncodingBase64)
	if !ok || leaf.Size != int64(len(data)) {
		t.Fatal("no leaf")
	}
	comp := &Composer{Codec: codec, Blobs: d}
	defer comp.Close()
	if got, err := comp.Bytes(t.Context(), leaf, 100, 50); err != nil || !bytes.Equal(got, data[100:150]) {
		t.Errorf("leaf: %v", err)
	}
	if _, ok := r.Leaf(t.Context(), d, 0, to, object.EncodingBase64); ok {
		t.Error("a leaf with text around it")
	}
	comp.Start(&r, from, to-from)
	got, err := io.ReadAll(DecodeTransfer(comp.Reader(t.Context()), object.EncodingBase64))
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("decoded %d bytes, %v", len(got), err)
	}
}

func TestDecodeTransfer(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		e        object.TransferEncoding
		want     string
	}{
		{"identity", "a=3D", object.EncodingIdentity, "a=3D"},
		{"base64", "QUJD\r\nREU=\r\n", object.EncodingBase64, "ABCDE"},
		{"two bytes of padding", "QQ==", object.EncodingBase64, "A"},
		{"no padding", "QUJDRA", object.EncodingBase64, "ABCD"},
		{"foreign characters", "Q!U J\x00D", object.EncodingBase64, "ABC"},
		{"behind the padding", "QQ==QUJD", object.EncodingBase64, "A"},
		{"cut", "QUJDR", object.EncodingBase64, "ABC"},
		{"quoted-printable", "a=3Db=\r\nc", object.EncodingQuotedPrintable, "a=bc"},
		{"white space at the end of a line", "a \t\r\nb= \nc ", object.EncodingQuotedPrintable, "a\r\nbc"},
		{"not quoted-printable", "a=ZZ b=4 =C3=a4=", object.EncodingQuotedPrintable, "a=ZZ b=4 ä"},
		{"long line", strings.Repeat("=41", 3000) + "\n", object.EncodingQuotedPrintable, strings.Repeat("A", 3000) + "\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := io.ReadAll(DecodeTransfer(strings.NewReader(tc.in), tc.e))
			if err != nil || string(got) != tc.want {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	d, err := blob.OpenDir(f.TempDir(), blob.Options{})
	if err != nil {
		f.Fatal(err)
	}
	codec := &blob.Codec{}
	enc, _ := (&Encoder{Codec: codec}).Encode(nil, []object.Segment{inline("a: b\r\n\r\n"), inline(strings.Repeat("text ", 100)),
		{Blob: object.BlobID{1}, Width: 76, Size: 100}})
	f.Add(enc)
	f.Fuzz(func(t *testing.T, b []byte) {
		var r Recipe
		if r.Decode(b) != nil {
			return
		}
		comp := &Composer{Codec: codec, Blobs: d}
		defer comp.Close()
		comp.Start(&r, 0, 1<<20)
		buf := make([]byte, 0, 4096)
		for {
			if _, err := comp.Next(context.Background(), buf); err != nil {
				break
			}
		}
	})
}

func FuzzDecodeTransfer(f *testing.F) {
	f.Add([]byte("QUJD\r\nREU=\r\n"), byte(1))
	f.Add([]byte("a=3Db=\r\nc \r\n="), byte(2))
	f.Fuzz(func(t *testing.T, b []byte, e byte) {
		got, err := io.ReadAll(DecodeTransfer(bytes.NewReader(b), object.TransferEncoding(e%3)))
		if err != nil || len(got) > len(b) {
			t.Fatalf("%d bytes of %d, %v", len(got), len(b), err)
		}
	})
}

func BenchmarkCompose(b *testing.B) {
	d := blobs(b)
	codec := &blob.Codec{}
	var c content
	c.text("Subject: hello\r\n" + base64.StdEncoding.EncodeToString(noise(900)) + "\r\n\r\n")
	c.text(strings.Repeat("some text that repeats itself\r\n", 100))
	c.blob(b, d, noise(60_000), 76, false)
	enc, _ := (&Encoder{Codec: codec}).Encode(nil, c.list)
	b.SetBytes(int64(len(c.want)))
	b.ReportAllocs()
	comp := &Composer{Codec: codec, Blobs: d}
	var r Recipe
	buf := make([]byte, 0, 128<<10)
	for b.Loop() {
		if err := r.Decode(enc); err != nil {
			b.Fatal(err)
		}
		comp.Start(&r, 0, -1)
		for {
			if _, err := comp.Next(b.Context(), buf); err != nil {
				break
			}
		}
		comp.Close()
	}
}
