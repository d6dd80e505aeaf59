// SPDX-License-Identifier: AGPL-3.0-or-later

package arrange

import "slices"

// Row is what a Table is told of a message beside its Record.
type Row struct {
	UID      uint32
	Received int64 // INTERNALDATE in seconds of Unix time
	Sent     int64 // the Date field's time, where HasSent
	HasSent  bool
	Size     int64
}

// Table holds messages in the order of their UIDs. Messages are added at its
// end; what they are does not change. The place of a message in it is its
// index. It is not safe for concurrent use.
type Table struct {
	uids     []uint32
	received []int64
	sent     []int64 // RFC 5256 2.2: received where there is no date
	size     []int64

	// What comes from records, for the first len(ids) messages.
	ids    []ID
	refAt  []uint32 // where the message's refs start in refs; one more at the end
	refs   []ID
	reply  []bool
	texts  [numTexts][]uint32 // numbers of texts
	words  []string           // texts by number; 0 is the empty one
	number map[string]uint32

	orders  []*order
	threads [numAlgorithms]*forest
}

// NewTable makes an empty table with room for n messages.
func NewTable(n int) *Table {
	return &Table{
		uids: make([]uint32, 0, n), received: make([]int64, 0, n), sent: make([]int64, 0, n), size: make([]int64, 0, n),
		refAt: make([]uint32, 1, n+1), words: []string{""}, number: map[string]uint32{"": 0},
	}
}

// Len is the number of messages.
func (t *Table) Len() int { return len(t.uids) }

// Recorded is for how many of the first messages AddRecord was called.
func (t *Table) Recorded() int { return len(t.ids) }

// UIDs are the messages' UIDs, rising. They belong to the table.
func (t *Table) UIDs() []uint32 { return t.uids }

// Add puts a message at the end; its UID is above all others.
func (t *Table) Add(r Row) {
	sent := r.Received
	if r.HasSent {
		sent = r.Sent
	}
	t.uids = append(t.uids, r.UID)
	t.received = append(t.received, r.Received)
	t.sent = append(t.sent, sent)
	t.size = append(t.size, r.Size)
}

// AddRecord gives the record, packed, of the message with index Recorded. One
// that cannot be read is empty.
func (t *Table) AddRecord(packed []byte) {
	var v recordView
	if !v.read(packed) {
		v = recordView{}
	}
	t.ids = append(t.ids, v.id)
	for i := range v.nrefs {
		t.refs = append(t.refs, v.ref(i))
	}
	t.refAt = append(t.refAt, uint32(len(t.refs)))
	t.reply = append(t.reply, v.flags&flagReply != 0)
	for i, text := range v.texts {
		t.texts[i] = append(t.texts[i], t.word(text))
	}
}

// word is the number of a text.
func (t *Table) word(text []byte) uint32 {
	if n, ok := t.number[string(text)]; ok {
		return n
	}
	n := uint32(len(t.words))
	s := string(text)
	t.words, t.number[s] = append(t.words, s), n
	return n
}

// Index finds a message. hint is where it may be.
func (t *Table) Index(uid uint32, hint int) (int, bool) {
	if hint < len(t.uids) && t.uids[hint] == uid {
		return hint, true
	}
	return slices.BinarySearch(t.uids, uid)
}

// Size is about how many bytes of memory the table takes.
func (t *Table) Size() int {
	n := 28*cap(t.uids) + 40*cap(t.ids) + 8*cap(t.refs) + 64*len(t.words)
	for _, o := range t.orders {
		n += 4 * cap(o.rows)
	}
	for _, f := range t.threads {
		if f != nil {
			n += 4 * (cap(f.tokens) + cap(f.of))
		}
	}
	return n
}
