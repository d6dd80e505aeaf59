// SPDX-License-Identifier: AGPL-3.0-or-later

package codec

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// everything has a field of each kind.
type everything struct {
	Yes, No     bool
	Small       uint8
	Large       uint64
	Negative    int64
	Plain       int
	Text        string
	Bytes, None []byte
	Set         mapi.GUID
	When, Never time.Time
	List        []mapi.UIDRange
	Words       []string
	Props       mapi.Props
	Bag         wire.Bag
	Where, All  mapi.Restriction
	Maybe       *string
	Empty       *[]string
	Missing     *directory.Quota
	Nested      struct{ Code mapi.Code }
}

func sample() everything {
	text := "text"
	return everything{
		Yes: true, Small: 255, Large: math.MaxUint64, Negative: math.MinInt64, Plain: -7, Text: "gräßlich\x00", Bytes: []byte{0, 1},
		Set: mapi.GUID{1, 2, 3}, When: time.Date(1600, 1, 2, 3, 4, 5, 6, time.UTC), List: []mapi.UIDRange{{First: 1, Last: 9}, {First: 300, Last: 1 << 31}},
		Words: []string{"a", ""}, Props: mapi.Props{{Tag: tag.Subject, Value: mapi.String("x")}},
		Bag:   wire.AppendBag(nil, mapi.Props{{Tag: tag.Importance, Value: mapi.Int32(2)}}),
		Where: mapi.And{mapi.Exist{Tag: tag.Subject}, mapi.Not{Of: mapi.Property{Op: mapi.EQ, Tag: tag.Importance, Value: mapi.Int32(1)}}},
		Maybe: &text, Empty: new([]string), Nested: struct{ Code mapi.Code }{mapi.NotFound},
	}
}

var compareValues = cmp.Comparer(func(a, b mapi.Value) bool {
	return a.Type() == b.Type() && a.Num() == b.Num() && bytes.Equal(a.Bytes(), b.Bytes())
})

func TestRoundTrip(t *testing.T) {
	c := Of[everything]()
	want := sample()
	b := c.Append(nil, &want)
	got := everything{Text: "old", Words: []string{"old"}, Missing: new(directory.Quota), Never: time.Now()}
	if err := c.DecodeAll(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, compareValues); diff != "" {
		t.Error(diff)
	}
}

func TestCutShort(t *testing.T) {
	c := Of[everything]()
	v := sample()
	b := c.Append(nil, &v)
	for n := range b {
		var got everything
		if err := c.DecodeAll(b[:n], &got); mapi.CodeOf(err) != mapi.InvalidParameter {
			t.Fatalf("%d of %d bytes: %v", n, len(b), err)
		}
	}
	if err := c.DecodeAll(append(b, 0), new(everything)); !errors.Is(err, mapi.InvalidParameter) {
		t.Errorf("a byte too many: %v", err)
	}
}

func TestBadBytes(t *testing.T) {
	for name, tc := range map[string]struct {
		c *Type
		b []byte
	}{
		"boolean of 2":           {Of[struct{ A bool }](), []byte{2}},
		"number for 8 bits":      {Of[struct{ A uint8 }](), []byte{0x80, 2}},
		"number for 32 bits":     {Of[struct{ A int32 }](), []byte{0x80, 0x80, 0x80, 0x80, 0x20}},
		"number without end":     {Of[struct{ A uint64 }](), bytes.Repeat([]byte{0xff}, 11)},
		"list of many":           {Of[struct{ A []string }](), []byte{0xff, 0xff, 0xff, 0xff, 0x0f, 0}},
		"string of many":         {Of[struct{ A string }](), []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}},
		"nanoseconds of many":    {Of[struct{ A time.Time }](), []byte{1, 0, 0x80, 0x94, 0xeb, 0xdc, 3}},
		"bag of another kind":    {Of[struct{ A mapi.Props }](), []byte{1, 0, 0, 0, 99}},
		"restriction of no kind": {Of[struct{ A mapi.Restriction }](), []byte{2, 0, 0, 0, 1, 200}},
	} {
		if err := tc.c.DecodeAll(tc.b, reflect.New(tc.c.GoType()).Interface()); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestTail(t *testing.T) {
	c := Of[object.Chunk]()
	want := object.Chunk{Item: 3, Size: 5, Data: []byte("hello")}
	head, tail := c.AppendHead([]byte("x"), &want)
	if &tail[0] != &want.Data[0] {
		t.Error("the tail was copied")
	}
	var got object.Chunk
	if err := c.DecodeAll(append(head[1:], tail...), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, tail := Of[object.Event]().AppendHead(nil, &object.Event{}); tail != nil {
		t.Error("a tail of what has none")
	}
}

func TestAliases(t *testing.T) {
	for want, c := range map[bool][]*Type{
		true:  {Of[object.SaveMessagesRequest](), Of[object.Chunk](), Of[wire.Bag](), Of[object.QueryRequest]()},
		false: {Of[object.SetFlagsRequest](), Of[object.FolderStatesResponse](), Of[directory.User]()},
	} {
		for _, c := range c {
			if c.Aliases() != want {
				t.Errorf("%s aliases its bytes: %v", c.GoType(), c.Aliases())
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	c := Of[everything]()
	v := sample()
	f.Add(c.Append(nil, &v))
	f.Add(c.Append(nil, &everything{}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var got everything
		if c.DecodeAll(b, &got) != nil {
			return
		}
		again := c.Append(nil, &got)
		var twice everything
		if err := c.DecodeAll(again, &twice); err != nil {
			t.Fatalf("what was decoded cannot be encoded and decoded: %v", err)
		}
		if !bytes.Equal(c.Append(nil, &twice), again) {
			t.Error("encoding is not stable")
		}
	})
}

func FuzzDecodeSave(f *testing.F) {
	c := Of[object.SaveMessagesRequest]()
	f.Add(c.Append(nil, &object.SaveMessagesRequest{Messages: []object.NewMessage{{
		Props: mapi.Props{{Tag: tag.Subject, Value: mapi.String("x")}}, Content: []object.Segment{{Inline: []byte("x"), Size: 1}},
		Recipients: []mapi.Props{nil}, Attachments: []object.NewAttachment{{}}, Keywords: []string{"a"},
	}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var got object.SaveMessagesRequest
		_ = c.DecodeAll(b, &got)
	})
}

func BenchmarkFolderStates(b *testing.B) {
	c := Of[object.FolderStatesResponse]()
	v := object.FolderStatesResponse{Folders: []object.FolderState{{Folder: 5, UIDValidity: 77777, UIDNext: 1000, Change: 1 << 20, Messages: 999, Size: 1 << 30}}}
	buf := c.Append(nil, &v)
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buf = c.Append(buf[:0], &v)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		var got object.FolderStatesResponse
		for b.Loop() {
			if err := c.DecodeAll(buf, &got); err != nil {
				b.Fatal(err)
			}
		}
	})
}
