// SPDX-License-Identifier: AGPL-3.0-or-later

package soap

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

type everything struct {
	Yes     bool
	Large   uint64
	Minus   int64
	Text    string
	Odd     []string
	Bytes   []byte
	Set     mapi.GUID
	Hash    [4]byte
	When    time.Time
	Never   time.Time
	Columns []mapi.PropTag
	Props   mapi.Props
	Rows    []mapi.Props
	Where   mapi.Restriction
	All     mapi.Restriction
	Maybe   *string
	Empty   *[]string
	Missing *directory.Quota
}

func sample() everything {
	text := "optional"
	return everything{
		Yes: true, Large: math.MaxUint64, Minus: math.MinInt64, Text: " <&>\"' \r\n\t ü \U0001f992 ",
		Odd: []string{"", "\x00", "\xff", "\ufffe", "]]>"}, Bytes: []byte{0, 255}, Set: mapi.GUID{1, 2}, Hash: [4]byte{9},
		When: time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.UTC), Columns: []mapi.PropTag{tag.Subject, 0x12340003},
		Props: values(), Rows: []mapi.Props{values(), nil, values()},
		Where: mapi.Or{
			mapi.And{mapi.Exist{Tag: tag.Subject}, mapi.Not{Of: mapi.Size{Op: mapi.GT, Tag: tag.Body, Size: 7}}},
			mapi.Content{Tag: tag.Subject, Match: mapi.Substring | mapi.IgnoreCase, Value: mapi.String("x\r\n")},
			mapi.Property{Op: mapi.RE, Tag: tag.Subject, Value: mapi.Strings("a", "b")}, mapi.Compare{Op: mapi.NE, A: tag.Subject, B: tag.Body},
			mapi.Bitmask{Tag: tag.Importance, Mask: 5, NonZero: true}, mapi.Count{N: 3, Of: mapi.And{}},
			mapi.Sub{Of: tag.MessageRecipients, Part: mapi.Comment{Props: values(), Of: mapi.Or{}}},
		},
		Maybe: &text, Empty: &[]string{},
	}
}

func values() mapi.Props {
	var p mapi.Props
	for i, v := range []mapi.Value{
		mapi.Int16(-5), mapi.Int32(math.MinInt32), mapi.Float32(1.5), mapi.Float64(math.Inf(-1)), mapi.Currency(-1), mapi.FloatTime(0.1),
		mapi.ErrorCode(mapi.NotFound), mapi.Bool(true), mapi.Int64(math.MaxInt64), mapi.String8([]byte{0xff}), mapi.String("a\x01b"),
		mapi.Time(time.Date(2026, 7, 8, 9, 10, 11, 1234500, time.UTC)), mapi.Raw(mapi.PtypTime, math.MaxUint64, nil), mapi.Guid(mapi.GUID{7}),
		mapi.Binary(nil), mapi.Null(), mapi.Strings("a", "", "\x00"), mapi.Strings(), mapi.Multi(mapi.PtypBinary, mapi.Binary([]byte{1}), mapi.Binary(nil)),
		mapi.Multi(mapi.PtypTime, mapi.Time(time.Unix(0, 0))),
	} {
		p.Set(mapi.NewTag(uint16(0x6000+i), v.Type()), v)
	}
	return p
}

var compareValues = cmp.Comparer(func(a, b mapi.Value) bool {
	return a.Type() == b.Type() && a.Num() == b.Num() && bytes.Equal(a.Bytes(), b.Bytes())
})

// decode reads an envelope that holds a value.
func decode(text []byte, t *Type, ptr any) error {
	env := NewEnvelope(bytes.NewReader(text), 64)
	if _, _, err := env.Open(); err != nil {
		return err
	}
	if err := env.Read(t, ptr); err != nil {
		return err
	}
	return env.Close()
}

func TestRoundTrip(t *testing.T) {
	c := Compile(reflect.TypeFor[everything]())
	for name, want := range map[string]everything{"full": sample(), "empty": {}} {
		text := AppendEnvelope(nil, Header{}, func(dst []byte) []byte { return c.Append(dst, "Everything", &want) })
		var got everything
		if err := decode(text, c, &got); err != nil {
			t.Fatalf("%s: %v in %s", name, err, text)
		}
		if diff := cmp.Diff(want, got, compareValues, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestHeader(t *testing.T) {
	want := Header{Session: [16]byte{1, 2}, Request: "abc", Skip: 7, Timeout: 100}
	text := AppendEnvelope(nil, want, func(dst []byte) []byte { return append(dst, "<Ping/>"...) })
	got, name, err := NewEnvelope(bytes.NewReader(text), 10).Open()
	if err != nil || got != want || name != "Ping" {
		t.Errorf("%+v, %q, %v in %s", got, name, err, text)
	}
}

func TestFault(t *testing.T) {
	for _, want := range []Fault{
		{"Client", mapi.NotFound, "find <folder>: not found"}, {"Server", mapi.GeneralFailure, "odd \x00 bytes"},
	} {
		text := AppendEnvelope(nil, Header{}, want.Append)
		env := NewEnvelope(bytes.NewReader(text), 10)
		_, name, err := env.Open()
		if err != nil || name != "Fault" {
			t.Fatalf("%q, %v in %s", name, err, text)
		}
		var got *Fault
		if !errors.As(env.Fault(), &got) || got.Class != want.Class || got.Code != want.Code || portable(want.Text) && got.Text != want.Text {
			t.Errorf("%+v in %s", got, text)
		}
	}
}

func FuzzDecodeXML(f *testing.F) {
	c := Compile(reflect.TypeFor[everything]())
	v := sample()
	f.Add(AppendEnvelope(nil, Header{Skip: 1}, func(dst []byte) []byte { return c.Append(dst, "E", &v) }))
	f.Fuzz(func(t *testing.T, text []byte) {
		var got everything
		if decode(text, c, &got) != nil {
			return
		}
		again := AppendEnvelope(nil, Header{}, func(dst []byte) []byte { return c.Append(dst, "E", &got) })
		var twice everything
		if err := decode(again, c, &twice); err != nil {
			t.Fatalf("what was read cannot be written and read: %v in %s", err, again)
		}
	})
}
