// SPDX-License-Identifier: AGPL-3.0-or-later

package arrange

import (
	"encoding/binary"

	"twiga/lib/conv/casemap"
)

// recordVersion is the first octet of a packed Record.
//
// Version 1: an octet of flags (1 reply, 2 has a date, 4 has a Message-ID, 8 its
// ids come from References), the date's seconds of Unix time and its zone in
// minutes (signed varints, with a date only), the Message-ID in 8 octets if
// there is one, the number of ids and each in 8 octets, then the texts, each
// behind its length: subject, from, to, cc, the names of from and to. A name that
// is the same as its mailbox has length 0. Numbers are varints.
const recordVersion = 1

const (
	flagReply = 1 << iota
	flagDate
	flagID
	flagReferences
)

// maxKey is the longest key kept; longer ones are cut, so that what differs
// beyond is in no order.
const maxKey = 255

// Record is what SORT and THREAD need of a message beside what every list has.
// The texts are keys (casemap.Key).
type Record struct {
	HasDate bool  // there is a Date field that can be read
	Sent    int64 // its time, in seconds of Unix time
	Zone    int   // and its zone, in minutes east of UTC

	ID         ID   // of the message
	Refs       []ID // of its ancestors, the eldest first: References, else the first of In-Reply-To
	References bool // Refs come from References

	Reply   bool   // the subject says that it is a reply or was forwarded
	Subject string // base subject

	From, To, Cc           string // mailbox (local part) of the first address of the field
	DisplayFrom, DisplayTo string // its display name, or else mailbox@host (RFC 5957 3)
}

// SetSubject sets Subject and Reply from a decoded subject.
func (r *Record) SetSubject(subject string) {
	base, reply := BaseSubject(subject)
	r.Subject, r.Reply = casemap.Key(base), reply
}

// Root is the id of the message that a conversation began with, as far as this
// one tells: THREADID is made of it (RFC 8474 5.2). 0 where it tells none.
func (r *Record) Root() ID {
	if len(r.Refs) > 0 {
		return r.Refs[0]
	}
	return r.ID
}

// Append appends the packed record.
func (r *Record) Append(dst []byte) []byte {
	flags := byte(0)
	for i, on := range [...]bool{r.Reply, r.HasDate, r.ID != 0, r.References} {
		if on {
			flags |= 1 << i
		}
	}
	dst = append(dst, recordVersion, flags)
	if r.HasDate {
		dst = binary.AppendVarint(dst, r.Sent)
		dst = binary.AppendVarint(dst, int64(r.Zone))
	}
	if r.ID != 0 {
		dst = binary.BigEndian.AppendUint64(dst, uint64(r.ID))
	}
	dst = binary.AppendUvarint(dst, uint64(len(r.Refs)))
	for _, id := range r.Refs {
		dst = binary.BigEndian.AppendUint64(dst, uint64(id))
	}
	for _, text := range [...]string{r.Subject, r.From, r.To, r.Cc, unlike(r.DisplayFrom, r.From), unlike(r.DisplayTo, r.To)} {
		text = cut(text)
		dst = append(binary.AppendUvarint(dst, uint64(len(text))), text...)
	}
	return dst
}

// unlike is name unless it is the same as box.
func unlike(name, box string) string {
	if name == box {
		return ""
	}
	return name
}

func cut(text string) string { return text[:min(len(text), maxKey)] }

// ParseRecord reads a packed record; false where it is none of a known version.
// The texts are copies.
func ParseRecord(b []byte) (r Record, ok bool) {
	var v recordView
	if !v.read(b) {
		return r, false
	}
	r = Record{
		HasDate: v.flags&flagDate != 0, Sent: v.sent, Zone: v.zone, ID: v.id, References: v.flags&flagReferences != 0,
		Reply: v.flags&flagReply != 0, Subject: string(v.texts[textSubject]),
		From: string(v.texts[textFrom]), To: string(v.texts[textTo]), Cc: string(v.texts[textCc]),
		DisplayFrom: string(v.texts[textDisplayFrom]), DisplayTo: string(v.texts[textDisplayTo]),
	}
	for i := range v.nrefs {
		r.Refs = append(r.Refs, v.ref(i))
	}
	return r, true
}

// RootOf is Record.Root of a packed record, without reading all of it.
func RootOf(b []byte) ID {
	var v recordView
	if !v.read(b) {
		return 0
	}
	if v.nrefs > 0 {
		return v.ref(0)
	}
	return v.id
}

// SentOf is the date of a packed record; false where it has none.
func SentOf(b []byte) (seconds int64, zone int, ok bool) {
	var v recordView
	if !v.read(b) || v.flags&flagDate == 0 {
		return 0, 0, false
	}
	return v.sent, v.zone, true
}

// The texts of a record in their order.
const (
	textSubject = iota
	textFrom
	textTo
	textCc
	textDisplayFrom
	textDisplayTo
	numTexts
)

// recordView is a packed record read in place.
type recordView struct {
	flags byte
	sent  int64
	zone  int
	id    ID
	nrefs int
	refs  []byte
	texts [numTexts][]byte
}

func (v *recordView) ref(i int) ID { return ID(binary.BigEndian.Uint64(v.refs[8*i:])) }

func (v *recordView) read(b []byte) bool {
	if len(b) < 2 || b[0] != recordVersion {
		return false
	}
	v.flags, b = b[1], b[2:]
	if v.flags&flagDate != 0 {
		var n int
		if v.sent, n = binary.Varint(b); n <= 0 {
			return false
		}
		b = b[n:]
		zone, n := binary.Varint(b)
		if n <= 0 {
			return false
		}
		v.zone, b = int(zone), b[n:]
	}
	if v.flags&flagID != 0 {
		if len(b) < 8 {
			return false
		}
		v.id, b = ID(binary.BigEndian.Uint64(b)), b[8:]
	}
	refs, n := binary.Uvarint(b)
	if n <= 0 || refs > uint64(len(b)-n)/8 {
		return false
	}
	v.nrefs, v.refs = int(refs), b[n:]
	b = v.refs[8*v.nrefs:]
	for i := range v.texts {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return false
		}
		v.texts[i], b = b[n:n+int(size)], b[n+int(size):]
	}
	if len(v.texts[textDisplayFrom]) == 0 {
		v.texts[textDisplayFrom] = v.texts[textFrom]
	}
	if len(v.texts[textDisplayTo]) == 0 {
		v.texts[textDisplayTo] = v.texts[textTo]
	}
	return true
}
