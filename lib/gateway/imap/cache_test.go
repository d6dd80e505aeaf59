// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	proto "twiga/lib/proto/imap"
)

// Whatever is put in and asked for, in whatever order: what comes out is what
// was put in, the bound holds, and the bytes are counted right.
func TestCache(t *testing.T) {
	const limit = 100_000
	var total atomic.Int64
	caches := []*cache{{total: &total, limit: limit}, {total: &total, limit: limit}}
	value := func(uid, what uint32) []byte {
		return bytes.Repeat([]byte{byte(uid), byte(what)}, int(uid*37%2000))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	hits := 0
	for range 50_000 {
		c := caches[rng.IntN(2)]
		uid, what := rng.Uint32N(200), rng.Uint32N(3)
		if got, ok := c.get(uid, what); !ok {
			c.put(uid, what, value(uid, what), rng.IntN(2) == 0)
		} else if hits++; !bytes.Equal(got, value(uid, what)) {
			t.Fatalf("%d of %d is another value", what, uid)
		}
		if total.Load() > limit {
			t.Fatalf("%d bytes are kept", total.Load())
		}
	}
	if hits == 0 {
		t.Error("nothing was found again")
	}
	for _, c := range caches {
		before := c.size
		if c.shrink(); c.size > before*3/4 {
			t.Errorf("%d bytes of %d are kept", c.size, before)
		}
		size := int64(0)
		for _, k := range c.list {
			size += int64(len(k.data)) + keptCost
		}
		if size != c.size || len(c.list) != len(c.at) {
			t.Errorf("%d bytes counted as %d, %d values, %d places", size, c.size, len(c.list), len(c.at))
		}
		c.drop()
	}
	if total.Load() != 0 {
		t.Errorf("%d bytes are left", total.Load())
	}
}

func TestCacheNumbers(t *testing.T) {
	var total atomic.Int64
	c := &cache{total: &total, limit: 1000}
	fields := func(label string) *proto.BodySection {
		return &proto.BodySection{Kind: proto.SectionHeaderFields, Label: label}
	}
	if n := c.number(&proto.BodySection{Label: "RFC822"}); n != keptWhole {
		t.Errorf("whole message: %d", n)
	}
	one, two := c.number(fields("a")), c.number(fields("b"))
	if one == two || one != c.number(fields("a")) || one == keptWhole {
		t.Errorf("fields: %d %d", one, two)
	}
	if n := c.number(&proto.BodySection{Kind: proto.SectionText, Label: "c"}); n != keptNot {
		t.Errorf("text: %d", n)
	}
	for i := range 2 * maxKeptLabels {
		c.number(fields(string(rune('A' + i))))
	}
	if n := c.number(fields("one more")); n != keptNot || c.number(fields("b")) != two {
		t.Errorf("one more: %d", n)
	}
	if n := (&cache{}).number(fields("a")); n != keptNot {
		t.Errorf("no cache: %d", n)
	}
}

// A folder of more messages than there is room for is read again and again, in the same
// order: as much as has room is found each time but the first.
func TestCacheOfManyMessages(t *testing.T) {
	const size, room, messages = 1000, 40, 100
	var total atomic.Int64
	c := &cache{total: &total, limit: room * (size + keptCost)}
	for turn := range 3 {
		hits := 0
		for uid := range uint32(messages) {
			if _, ok := c.get(uid, keptWhole); ok {
				hits++
			} else {
				c.put(uid, keptWhole, make([]byte, size), false)
			}
		}
		if want := min(turn, 1) * room; hits != want {
			t.Errorf("turn %d: %d of %d messages found, want %d", turn, hits, messages, want)
		}
	}
}
