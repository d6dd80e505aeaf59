// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

// objectIDLength is the length of an EMAILID or THREADID in bytes: a hash's
// first ones, so many that chance makes no two the same.
const objectIDLength = 15

// savedSlack is how long after its reception, in the units of a FILETIME, a
// message may come into a folder and take no room for that: a second.
const savedSlack = 10_000_000

// savedAt notes that the item comes into a folder now.
func (it *item) savedAt(now time.Time) {
	it.saved = mapi.FileTime(now)
	if it.saved-it.received < savedSlack {
		it.saved = 0
	}
}

// savedTime is when the item came into its folder.
func (it *item) savedTime() uint64 {
	if it.saved == 0 {
		return it.received
	}
	return it.saved
}

func (it *item) savedColumn() any {
	if it.saved == 0 || it.saved == it.received {
		return nil
	}
	return it.saved
}

func (it *item) emailColumn() any {
	if it.email == "" {
		return nil
	}
	return []byte(it.email)
}

// emailID names a message's content (RFC 8474 5.1): by what it was copied from,
// or by the store that it came into and its id there.
func emailID(store mapi.GUID, it *item) string {
	if it.email != "" {
		return it.email
	}
	return newEmailID(store, it.id, 0)
}

// newEmailID is the EMAILID of a message that got other content at a change; 0
// is for its first.
func newEmailID(store mapi.GUID, id mapi.ID, change mapi.Change) string {
	b := binary.BigEndian.AppendUint64(store[:], uint64(id))
	if change != 0 {
		b = binary.BigEndian.AppendUint64(b, uint64(change))
	}
	return hashID('m', b)
}

// threadID names a message's thread (RFC 8474 5.2): by the first message that
// it refers to, so that all of a thread name the same.
func threadID(r *row) string {
	for _, t := range [...]mapi.PropTag{tag.InternetReferences, tag.InReplyToId, tag.InternetMessageId} {
		if v, ok := r.bag.Get(t); ok {
			if id := firstMessageID([]byte(v.Text())); len(id) > 0 {
				return hashID('t', id)
			}
		}
	}
	return emailID(r.store, &r.it)
}

// firstMessageID is the first of the ids in a header field, without its
// brackets, or the first word of what has none.
func firstMessageID(field []byte) []byte {
	if _, rest, ok := bytes.Cut(field, []byte{'<'}); ok {
		id, _, _ := bytes.Cut(rest, []byte{'>'})
		return bytes.TrimSpace(id)
	}
	if f := bytes.Fields(field); len(f) > 0 {
		return f[0]
	}
	return nil
}

// hashID is an id made of bytes; kind keeps the kinds of ids apart.
func hashID(kind byte, b []byte) string {
	h := sha256.New()
	h.Write([]byte{kind})
	h.Write(b)
	return string(h.Sum(nil)[:objectIDLength])
}
