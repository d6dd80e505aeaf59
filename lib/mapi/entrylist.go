// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import (
	"encoding/binary"
	"fmt"
)

// MaxEntryList is the largest number of entry ids in a list from outside.
const MaxEntryList = 20000

// EntryList encodes entry ids as a FlatEntryList, [MS-OXCDATA] 2.3.3: the form
// of PidTagReplyRecipientEntries.
func EntryList(ids ...[]byte) []byte {
	dst := make([]byte, 8)
	for i, id := range ids {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(id)))
		dst = append(dst, id...)
		if i < len(ids)-1 {
			dst = append(dst, make([]byte, padding(len(id)))...)
		}
	}
	binary.LittleEndian.PutUint32(dst, uint32(len(ids)))
	binary.LittleEndian.PutUint32(dst[4:], uint32(len(dst)-8))
	return dst
}

// padding fills an entry id up to a multiple of four bytes, [MS-OXCDATA] 2.3.3.
func padding(n int) int { return -n & 3 }

// ReadEntryList decodes a FlatEntryList; the entry ids point into it.
func ReadEntryList(b []byte) ([][]byte, error) {
	if len(b) < 8 {
		return nil, fmt.Errorf("read entry list of %d bytes: cut short: %w", len(b), InvalidParameter)
	}
	count, size := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	rest := b[8:]
	if count > MaxEntryList || uint64(size) > uint64(len(rest)) {
		return nil, fmt.Errorf("read entry list: %d entries in %d bytes: %w", count, size, InvalidParameter)
	}
	rest = rest[:size]
	var list [][]byte
	for range count {
		if len(rest) < 4 {
			return nil, fmt.Errorf("read entry list: cut short: %w", InvalidParameter)
		}
		n := binary.LittleEndian.Uint32(rest)
		if rest = rest[4:]; uint64(n) > uint64(len(rest)) {
			return nil, fmt.Errorf("read entry list: entry of %d bytes cut short: %w", n, InvalidParameter)
		}
		list = append(list, rest[:n:n])
		rest = rest[min(int(n)+padding(int(n)), len(rest)):]
	}
	return list, nil
}
