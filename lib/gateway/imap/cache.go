// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"sync"
	"sync/atomic"

	proto "twiga/lib/proto/imap"
)

// Bounds of what a view's cache takes.
const (
	maxKeptMessage = 128 << 10 // bytes of a whole message, as many as come in one piece
	maxKeptHeader  = 16 << 10  // of a header, or of fields chosen of it
	maxKeptLabels  = 32        // different sections of headers that clients ask for
	keptCost       = 96        // what a value takes beside its bytes, about
	maxKeptAtOnce  = 256       // whole messages of one FETCH; more take only room that is free
)

// keptKey names a value: a message and a section of it.
type keptKey struct {
	uid  uint32
	what uint32 // keptWhole, or a section's number
}

const (
	keptNot   = ^uint32(0) // a section that is not kept
	keptWhole = uint32(0)  // BODY[]
)

// kept is a value in a cache.
type kept struct {
	key  keptKey
	data []byte // never changed
	used bool   // since the hand passed
}

// cache keeps sections of a view's messages that were read lately: whole
// messages, and header fields as clients ask for them. Those never change: a
// message that gets other content gets another UID. All caches of a gateway
// share its limit; the one that grows makes room by the second chance that a
// clock's hand gives. The zero value keeps nothing.
type cache struct {
	total *atomic.Int64 // bytes in all caches
	limit int64

	mu     sync.Mutex // guards the fields that follow; nothing is locked under it
	labels map[string]uint32
	at     map[keptKey]int // place in list
	list   []kept
	hand   int
	size   int64
}

// number is that of a section; keptNot for one that is not kept.
func (c *cache) number(s *proto.BodySection) uint32 {
	switch {
	case c.limit == 0:
		return keptNot
	case s.Kind == proto.SectionAll && len(s.Part) == 0:
		return keptWhole
	case s.Partial, s.Kind != proto.SectionHeader && s.Kind != proto.SectionHeaderFields && s.Kind != proto.SectionHeaderFieldsNot:
		return keptNot
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, ok := c.labels[s.Label]
	switch {
	case ok:
		return n
	case len(c.labels) == maxKeptLabels:
		return keptNot
	case c.labels == nil:
		c.labels = map[string]uint32{}
	}
	n = uint32(len(c.labels)) + 1
	c.labels[s.Label] = n
	return n
}

// get gives a value.
func (c *cache) get(uid, what uint32) ([]byte, bool) {
	if what == keptNot {
		return nil, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	i, ok := c.at[keptKey{uid, what}]
	if !ok {
		return nil, false
	}
	c.list[i].used = true
	return c.list[i].data, true
}

// put takes a copy of a value, if there is room or, where others may go for it, can
// be made.
func (c *cache) put(uid, what uint32, data []byte, evict bool) {
	if what == keptNot || len(data) > maxKeptMessage || what != keptWhole && len(data) > maxKeptHeader {
		return
	}
	cost := int64(len(data)) + keptCost
	c.mu.Lock()
	defer c.mu.Unlock()
	key := keptKey{uid, what}
	if _, ok := c.at[key]; ok {
		return
	}
	for c.total.Load()+cost > c.limit {
		if len(c.list) == 0 || !evict {
			return
		}
		c.evict()
	}
	if c.at == nil {
		c.at = map[keptKey]int{}
	}
	c.at[key] = len(c.list)
	c.list = append(c.list, kept{key: key, data: bytes.Clone(data)})
	c.size += cost
	c.total.Add(cost)
}

// evict forgets one value. The caller holds mu.
func (c *cache) evict() {
	for {
		if c.hand >= len(c.list) {
			c.hand = 0
		}
		k := &c.list[c.hand]
		if !k.used {
			break
		}
		k.used = false
		c.hand++
	}
	gone, last := c.list[c.hand], len(c.list)-1
	cost := int64(len(gone.data)) + keptCost
	delete(c.at, gone.key)
	if c.hand < last {
		c.list[c.hand] = c.list[last]
		c.at[c.list[c.hand].key] = c.hand
		c.hand++
	}
	c.list[last] = kept{}
	c.list = c.list[:last]
	c.size -= cost
	c.total.Add(-cost)
}

// shrink gives a quarter of the room back, beginning with what nobody asked for again.
func (c *cache) shrink() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for want := c.size - c.size/4; c.size > want; {
		c.evict()
	}
}

// drop forgets everything.
func (c *cache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.total != nil {
		c.total.Add(-c.size)
	}
	c.at, c.list, c.hand, c.size = nil, nil, 0, 0
}

// number gives the sections their numbers in the cache.
func (f *fetcher) number() {
	c := &f.s.sel.view.cache
	for i := range f.opts.Sections {
		f.kept = append(f.kept, c.number(&f.opts.Sections[i]))
	}
}

// cached gives the value of a section that is in the cache.
func (f *fetcher) cached(uid uint32, section int) ([]byte, bool) {
	v, ok := f.s.sel.view.cache.get(uid, f.kept[section])
	if !ok || f.kept[section] != keptWhole {
		return v, ok
	}
	from, n := f.opts.Sections[section].Slice(int64(len(v)))
	return v[from : from+n], true
}

// allCached says whether everything that is asked of messages is in the cache.
func (f *fetcher) allCached(batch []item) bool {
	c := &f.s.sel.view.cache
	for i := range batch {
		for _, what := range f.kept {
			if _, ok := c.get(batch[i].uid, what); !ok {
				return false
			}
		}
	}
	return true
}

// keep puts the value of a section into the cache. Who reads a folder of more messages
// than there is room for finds those again that were there first: if each came in
// place of another, none would be left when they are read once more.
func (f *fetcher) keep(place int, data []byte) {
	n := len(f.opts.Sections)
	if s := &f.opts.Sections[place%n]; !s.Partial {
		what := f.kept[place%n]
		f.s.sel.view.cache.put(f.jobs[place/n].m.uid, what, data, what != keptWhole || f.total <= maxKeptAtOnce)
	}
}

// fromWhole makes a piece a value where the whole message is in the cache.
func (f *fetcher) fromWhole(m *item, section int, p *piece) {
	if p.kind != pieceBytes && p.kind != pieceHeader {
		return
	}
	whole, ok := f.s.sel.view.cache.get(m.uid, keptWhole)
	if !ok || p.offset+p.size > int64(len(whole)) {
		return
	}
	p.value = whole[p.offset : p.offset+p.size]
	if p.kind == pieceHeader {
		s := &f.opts.Sections[section]
		p.value = chosenFields(nil, s, p.value)
		if !s.Partial {
			f.s.sel.view.cache.put(m.uid, f.kept[section], p.value, true)
		}
	}
	p.kind = pieceValue
}
