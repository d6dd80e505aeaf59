// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

// errNoSuchMessage answers for a message that is not there, or is marked as
// deleted.
var errNoSuchMessage = Err("", "No such message")

// Marks of a message in a session.
const (
	markDeleted = 1 << iota
	markSent
)

// drop is what the session knows of its maildrop.
type drop struct {
	Maildrop
	marks []uint8 // by place; nil while there are none
	count int     // messages that are not marked as deleted
	size  int64   // of these
}

func (d *drop) open(m Maildrop) {
	*d = drop{Maildrop: m}
	d.recount()
}

// recount takes all marks of deletion away, and counts.
func (d *drop) recount() {
	for i := range d.marks {
		d.marks[i] &^= markDeleted
	}
	d.count, d.size = d.Len(), 0
	for i := range d.count {
		d.size += d.Size(i)
	}
}

// place finds a message by its number.
func (d *drop) place(number int) (int, error) {
	if i := number - 1; i >= 0 && i < d.Len() && !d.deleted(i) {
		return i, nil
	}
	return 0, errNoSuchMessage
}

func (d *drop) deleted(i int) bool { return d.marks != nil && d.marks[i]&markDeleted != 0 }

func (d *drop) mark(i int, m uint8) {
	if d.marks == nil {
		d.marks = make([]uint8, d.Len())
	}
	d.marks[i] |= m
}

// marked gives what QUIT is to do.
func (d *drop) marked() (deleted, sent []int) {
	for i, m := range d.marks {
		switch {
		case m&markDeleted != 0:
			deleted = append(deleted, i)
		case m&markSent != 0:
			sent = append(sent, i)
		}
	}
	return deleted, sent
}
