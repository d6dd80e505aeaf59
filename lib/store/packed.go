// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"encoding/binary"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
)

// Recipients at rest are a count and then each bag behind its length, all
// numbers uvarint. Attachments have before each bag where their content is:
//
//	offset, length (of the message's content), byte encoding
//
// A body's row holds the recipe of the message's content behind its length (0
// where it has none), then the recipes of its attachments, in order, each
// behind its length (0 where the content is a stretch of the message's).

// attachment is one decoded row of attachments.
type attachment struct {
	offset, length int64
	encoding       object.TransferEncoding
	bag            wire.Bag
}

func packRecipients(list []mapi.Props) []byte {
	if len(list) == 0 {
		return nil
	}
	out := binary.AppendUvarint(nil, uint64(len(list)))
	var bag []byte
	for _, p := range list {
		bag = wire.AppendBag(bag[:0], p)
		out = binary.AppendUvarint(out, uint64(len(bag)))
		out = append(out, bag...)
	}
	return out
}

func packAttachments(list []attachment) []byte {
	if len(list) == 0 {
		return nil
	}
	out := binary.AppendUvarint(nil, uint64(len(list)))
	for _, a := range list {
		out = binary.AppendUvarint(out, uint64(a.offset))
		out = binary.AppendUvarint(out, uint64(a.length))
		out = append(out, byte(a.encoding))
		out = binary.AppendUvarint(out, uint64(len(a.bag)))
		out = append(out, a.bag...)
	}
	return out
}

// unpacker reads what the functions above wrote; bad is set where it ends early.
type unpacker struct {
	b   []byte
	bad bool
}

func (u *unpacker) uvarint() uint64 {
	n, used := binary.Uvarint(u.b)
	if used <= 0 {
		u.bad, u.b = true, nil
		return 0
	}
	u.b = u.b[used:]
	return n
}

func (u *unpacker) bytes(n uint64) []byte {
	if n > uint64(len(u.b)) {
		u.bad, u.b = true, nil
		return nil
	}
	out := u.b[:n:n]
	u.b = u.b[n:]
	return out
}

func (u *unpacker) count() int {
	if len(u.b) == 0 {
		return 0
	}
	n := u.uvarint()
	if n > uint64(len(u.b)) {
		u.bad = true
		return 0
	}
	return int(n)
}

var errPacked = fmt.Errorf("unpack rows: damaged: %w", mapi.CorruptData)

func unpackRecipients(b []byte) ([]wire.Bag, error) {
	u := unpacker{b: b}
	out := make([]wire.Bag, 0, u.count())
	for range cap(out) {
		out = append(out, u.bytes(u.uvarint()))
	}
	if u.bad {
		return nil, errPacked
	}
	return out, nil
}

func unpackAttachments(b []byte) ([]attachment, error) {
	u := unpacker{b: b}
	out := make([]attachment, 0, u.count())
	for range cap(out) {
		a := attachment{offset: int64(u.uvarint()), length: int64(u.uvarint())}
		if e := u.bytes(1); e != nil {
			a.encoding = object.TransferEncoding(e[0])
		}
		a.bag = u.bytes(u.uvarint())
		out = append(out, a)
	}
	if u.bad {
		return nil, errPacked
	}
	return out, nil
}

// packBody packs recipes; the first is the message's.
func packBody(recipes [][]byte) []byte {
	n := 0
	for _, r := range recipes {
		n += len(r) + binary.MaxVarintLen32
	}
	out := make([]byte, 0, n)
	for _, r := range recipes {
		out = binary.AppendUvarint(out, uint64(len(r)))
		out = append(out, r...)
	}
	return out
}

// bodyPart is the recipe of the message (0) or of an attachment; nil where
// there is none.
func bodyPart(body []byte, part int) ([]byte, error) {
	u := unpacker{b: body}
	for i := 0; len(u.b) > 0; i++ {
		r := u.bytes(u.uvarint())
		if u.bad {
			return nil, errPacked
		}
		if i == part && len(r) > 0 {
			return r, nil
		}
		if i == part {
			return nil, nil
		}
	}
	return nil, nil
}
