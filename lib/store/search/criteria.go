// SPDX-License-Identifier: AGPL-3.0-or-later

// Package search knows what search folders are to find: their criteria at
// rest, what these look at, and which searches stand on which.
package search

import (
	"encoding/binary"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
)

// Version is the version of the packed form.
const Version = 1

// The bits of the second byte.
const (
	flagSubfolders = 1 << iota
	flagStatic
)

// Pack gives criteria as they are kept: the version, a byte of flags (1 with
// subfolders, 2 static), the number of folders, their ids as uvarints, and the
// restriction of package wire.
func Pack(c *object.SearchCriteria) []byte {
	out := []byte{Version, 0}
	if c.Subfolders {
		out[1] |= flagSubfolders
	}
	if c.Static {
		out[1] |= flagStatic
	}
	out = binary.AppendUvarint(out, uint64(len(c.Scope)))
	for _, id := range c.Scope {
		out = binary.AppendUvarint(out, uint64(id))
	}
	return wire.AppendRestriction(out, c.Where)
}

// Unpack is the inverse of Pack. CorruptData: it is damaged.
func Unpack(b []byte) (object.SearchCriteria, error) {
	var c object.SearchCriteria
	damaged := func(what string) (object.SearchCriteria, error) {
		return object.SearchCriteria{}, fmt.Errorf("unpack search criteria: %s: %w", what, mapi.CorruptData)
	}
	if len(b) < 2 || b[0] != Version || b[1]&^(flagSubfolders|flagStatic) != 0 {
		return damaged("version or flags")
	}
	c.Subfolders, c.Static = b[1]&flagSubfolders != 0, b[1]&flagStatic != 0
	n, used := binary.Uvarint(b[2:])
	if used <= 0 || n > object.MaxSearchScope {
		return damaged("number of folders")
	}
	rest := b[2+used:]
	for range n {
		id, used := binary.Uvarint(rest)
		if used <= 0 {
			return damaged("folders")
		}
		c.Scope, rest = append(c.Scope, mapi.ID(id)), rest[used:]
	}
	var err error
	if c.Where, err = wire.ReadRestriction(rest); err != nil || len(rest) == 0 {
		return damaged(fmt.Sprintf("restriction: %v", err))
	}
	return c, nil
}
