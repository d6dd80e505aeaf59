// SPDX-License-Identifier: AGPL-3.0-or-later

package log

import (
	"crypto/rand"
	"encoding/base32"
)

// maxRequestID bounds an id that comes from outside.
const maxRequestID = 64

// NewRequestID makes a random id of 13 letters and digits: 64 bits, enough to
// find one request in the logs of all daemons.
func NewRequestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, by its contract
	return base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
}

// CleanRequestID returns an id that came from outside when it can be logged as
// it is (letters, digits, "-", "_", "." and at most 64 of them), else a new one.
func CleanRequestID(id string) string {
	if id == "" || len(id) > maxRequestID {
		return NewRequestID()
	}
	for i := range len(id) {
		c := id[i]
		ok := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '_' || c == '.'
		if !ok {
			return NewRequestID()
		}
	}
	return id
}
