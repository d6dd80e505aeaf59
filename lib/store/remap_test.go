// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/wire"
)

func namedBag(ids ...uint16) wire.Bag {
	var p mapi.Props
	for _, id := range ids {
		p.Set(mapi.NewTag(id, mapi.PtypInteger32), mapi.Int32(int32(id)))
	}
	return wire.AppendBag(nil, p)
}

func TestRemapBag(t *testing.T) {
	r := remap{ids: map[uint16]uint16{0x8000: 0x8005, 0x8001: 0x8001, 0x8002: 0x8000, 0x9000: 0}}
	for _, tc := range []struct {
		name     string
		in, want []uint16 // ids of the properties, and which property each was
	}{
		{"none", nil, nil},
		{"no named ones", []uint16{0x37, 0x7fff}, []uint16{0x37, 0x7fff}},
		{"in another order", []uint16{0x37, 0x8000, 0x8001, 0x8002}, []uint16{0x37, 0x8002, 0x8001, 0x8000}},
		{"without a name", []uint16{0x37, 0x9000}, []uint16{0x37}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := r.bag(namedBag(tc.in...))
			if err := got.Check(); err != nil {
				t.Fatal(err)
			}
			list := got.Props()
			if len(list) != len(tc.want) {
				t.Fatalf("%v", list)
			}
			for i, p := range list {
				was := uint16(p.Value.Int())
				if was != tc.want[i] || p.Tag.IsNamed() && p.Tag.ID() != r.ids[was] || !p.Tag.IsNamed() && p.Tag.ID() != was {
					t.Errorf("property %d is %s, it was 0x%04x", i, p.Tag, was)
				}
			}
		})
	}
}

// What a message without MIME counts for follows what is left of it.
func TestRemapMessage(t *testing.T) {
	r := remap{ids: map[uint16]uint16{0x8000: 0x8123, 0x9000: 0}}
	for _, tc := range []struct {
		name    string
		content int64
		smaller int64
	}{
		{"born as properties", -1, 3 * 8},
		{"with MIME", 100, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			both := namedBag(0x8000, 0x9000)
			p := prepared{item: item{size: 1000, content: tc.content}, bag: both, recipients: packRecipients([]mapi.Props{both.Props(), nil}),
				attachments: packAttachments([]attachment{{bag: both, length: 5}})}
			if err := r.message(&p); err != nil {
				t.Fatal(err)
			}
			one := wire.AppendBag(nil, mapi.Props{{Tag: mapi.NewTag(0x8123, mapi.PtypInteger32), Value: mapi.Int32(-0x8000 & 0xffff)}})
			people, err1 := unpackRecipients(p.recipients)
			list, err2 := unpackAttachments(p.attachments)
			if err1 != nil || err2 != nil || len(people) != 2 || len(list) != 1 || list[0].length != 5 {
				t.Fatalf("%v %v %v %v", people, err1, list, err2)
			}
			for i, b := range [][]byte{p.bag, people[0], list[0].bag} {
				if !bytes.Equal(b, one) {
					t.Errorf("bag %d is %x, want %x", i, b, one)
				}
			}
			if got := 1000 - p.item.size; got != tc.smaller {
				t.Errorf("%d bytes smaller, want %d", got, tc.smaller)
			}
		})
	}
	bad := prepared{recipients: []byte{200}}
	if err := r.note(&bad); err == nil {
		t.Error("damaged recipients were read")
	}
}

// Without named properties a message costs nothing.
func TestRemapIsFree(t *testing.T) {
	plain := namedBag(0x37, 0x1000, 0x7fff)
	p := prepared{bag: plain, item: item{content: 1}}
	var r remap
	if n := testing.AllocsPerRun(100, func() {
		if err := r.note(&p); err != nil {
			t.Fatal(err)
		}
		if err := r.message(&p); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
	if r.ids != nil || !bytes.Equal(p.bag, plain) {
		t.Errorf("%v %x", r.ids, p.bag)
	}
}
