// SPDX-License-Identifier: AGPL-3.0-or-later

package wire_test

import (
	"bytes"
	"slices"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

func FuzzBag(f *testing.F) {
	f.Add([]byte(sample()))
	f.Add([]byte{1})
	f.Add([]byte{1, 0x1f, 0x10, 0xf1, 0x67, 3, 1, 'a', 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		bag := wire.Bag(b)
		n := 0
		for _, v := range bag.All { // never fails, whatever the bytes
			_ = mapi.Format(v)
			n += v.Len()
		}
		_, _ = bag.Get(tag.Subject)
		_ = bag.Text(tag.DisplayTo)
		if n > len(b) {
			t.Fatalf("%d elements in %d bytes", n, len(b))
		}
		if bag.Check() != nil {
			return
		}
		props := bag.Props()
		again := wire.Bag(wire.AppendBag(nil, props))
		if err := again.Check(); err != nil || !sameProps(again.Props(), props) {
			t.Fatalf("%v comes back as %v, %v", props, again.Props(), err)
		}
		for _, p := range props {
			if v, ok := bag.Get(p.Tag); !ok || !v.Equal(p.Value) {
				t.Fatalf("%s is %v, want %v", p.Tag, v, p.Value)
			}
		}
	})
}

func FuzzRestriction(f *testing.F) {
	f.Add(wire.AppendRestriction(nil, mapi.And{
		mapi.Or{mapi.Content{Tag: tag.Subject, Match: mapi.Substring, Value: mapi.String("x")}, mapi.Exist{Tag: tag.Body}},
		mapi.Not{Of: mapi.Property{Op: mapi.LT, Tag: tag.MessageSize, Value: mapi.Int32(1)}},
		mapi.Comment{Props: mapi.Props{{Tag: tag.Comment, Value: mapi.String("c")}}, Of: mapi.Count{N: 1}},
		mapi.Sub{Of: tag.MessageAttachments, Part: mapi.Size{Op: mapi.GT, Tag: tag.AttachDataBinary, Size: 1}},
		mapi.Compare{Op: mapi.EQ, A: tag.SenderName, B: tag.SentRepresentingName},
		mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1},
	}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := wire.ReadRestriction(b)
		if err != nil {
			return
		}
		again := wire.AppendRestriction(nil, r)
		back, err := wire.ReadRestriction(again)
		if err != nil || !bytes.Equal(wire.AppendRestriction(nil, back), again) {
			t.Fatalf("%#v comes back as %#v, %v", r, back, err)
		}
	})
}

func FuzzSort(f *testing.F) {
	f.Add(wire.AppendSort(nil, mapi.SortOrder{{Tag: tag.Subject, Descending: true}, {Tag: tag.Body}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		order, err := wire.ReadSort(b)
		if err != nil {
			return
		}
		if back, err := wire.ReadSort(wire.AppendSort(nil, order)); err != nil || !slices.Equal(back, order) {
			t.Fatalf("%v comes back as %v, %v", order, back, err)
		}
	})
}

func FuzzLists(f *testing.F) {
	f.Add(wire.AppendTags(nil, []mapi.PropTag{tag.Subject}))
	f.Add(wire.AppendNames(nil, []mapi.Name{tag.LidLocation.Name(), tag.NameKeywords.Name()}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if tags, err := wire.ReadTags(b); err == nil {
			if back, err := wire.ReadTags(wire.AppendTags(nil, tags)); err != nil || !slices.Equal(back, tags) {
				t.Fatalf("%v comes back as %v, %v", tags, back, err)
			}
		}
		if names, err := wire.ReadNames(b); err == nil {
			if back, err := wire.ReadNames(wire.AppendNames(nil, names)); err != nil || !slices.Equal(back, names) {
				t.Fatalf("%v comes back as %v, %v", names, back, err)
			}
		}
	})
}
