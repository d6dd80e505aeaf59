// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
)

// GUID is 16 bytes that name a store, a user or a property set, in the order
// of its text form (RFC 9562 4).
type GUID [16]byte

// NewGUID makes a random GUID (version 4).
func NewGUID() GUID {
	var g GUID
	rand.Read(g[:]) // never fails
	g[6] = g[6]&0x0f | 0x40
	g[8] = g[8]&0x3f | 0x80
	return g
}

// ParseGUID reads the text form, with or without braces and hyphens.
func ParseGUID(s string) (GUID, error) {
	var g GUID
	digits := strings.ReplaceAll(strings.Trim(s, "{}"), "-", "")
	if len(digits) != 32 {
		return GUID{}, fmt.Errorf("parse guid %q: 32 hexadecimal digits wanted", s)
	}
	if _, err := hex.Decode(g[:], []byte(digits)); err != nil {
		return GUID{}, fmt.Errorf("parse guid %q: %w", s, err)
	}
	return g, nil
}

// IsZero says whether no GUID was set.
func (g GUID) IsZero() bool { return g == GUID{} }

// String is the text form in small letters, with hyphens.
func (g GUID) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", g[0:4], g[4:6], g[6:8], g[8:10], g[10:16])
}

// WireGUID reads the 16 bytes of Windows' packed form, whose first three
// fields are little endian ([MS-DTYP] 2.3.4.2); shorter input gives the zero GUID.
func WireGUID(b []byte) GUID {
	if len(b) < 16 {
		return GUID{}
	}
	return swapGUID(GUID(b[:16]))
}

// Wire is the inverse of WireGUID.
func (g GUID) Wire() [16]byte { return swapGUID(g) }

func swapGUID(g GUID) GUID {
	g[0], g[1], g[2], g[3] = g[3], g[2], g[1], g[0]
	g[4], g[5] = g[5], g[4]
	g[6], g[7] = g[7], g[6]
	return g
}
