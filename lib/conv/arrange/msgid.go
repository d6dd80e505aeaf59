// SPDX-License-Identifier: AGPL-3.0-or-later

package arrange

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// ID stands for a message's Message-ID: the start of its SHA-256. 0 is none.
type ID uint64

// Limits of what is read of References: beyond MaxIDs, those in the middle are
// passed over.
const (
	MaxIDs       = 256
	maxIDLength  = 2000
	maxIDsScan   = 1 << 20
	firstIDsKept = 16
)

// IDs reads the message ids of a field (RFC 5322 3.6.4), in order. What is not
// one is passed over.
func IDs(value []byte) []ID {
	var out []ID
	value = value[:min(len(value), maxIDsScan)]
	for len(value) > 0 {
		var id []byte
		if id, value = nextID(value); id == nil {
			break
		}
		if len(out) == MaxIDs {
			out = append(out[:firstIDsKept], out[firstIDsKept+1:]...)
		}
		out = append(out, hashID(id))
	}
	return out
}

// FirstID is the first message id of a field, 0 if there is none.
func FirstID(value []byte) ID {
	id, _ := nextID(value[:min(len(value), maxIDsScan)])
	if id == nil {
		return 0
	}
	return hashID(id)
}

func hashID(id []byte) ID {
	sum := sha256.Sum256(id)
	return ID(max(binary.BigEndian.Uint64(sum[:]), 1))
}

// nextID takes the next id: what stands in angle brackets and has an "@",
// without white space and needless quotes (RFC 5256 3, on comparing them).
func nextID(v []byte) (id, rest []byte) {
	for {
		start := bytes.IndexByte(v, '<')
		if start < 0 {
			return nil, nil
		}
		v = v[start+1:]
		var n int
		if id, n = angled(v); n == 0 {
			continue
		}
		v = v[n:]
		if len(id) <= maxIDLength && bytes.IndexByte(id, '@') > 0 {
			return id, v
		}
	}
}

// angled reads up to ">" and gives how much that was, 0 if it does not come
// before another "<" or the end.
func angled(v []byte) (id []byte, n int) {
	quoted := false
	plain := true
	for i := 0; i < len(v); i++ {
		c := v[i]
		switch {
		case c == '>' && !quoted:
			if plain {
				return v[:i], i + 1
			}
			return id, i + 1
		case c == '<' && !quoted:
			return nil, 0
		case c == '"', isSpace(c), c == '\\' && quoted && i+1 < len(v):
			if plain {
				id, plain = append(make([]byte, 0, len(v)), v[:i]...), false
			}
			switch {
			case c == '"':
				quoted = !quoted
			case c == '\\':
				i++
				id = append(id, v[i])
			case quoted:
				id = append(id, c)
			}
		case !plain:
			id = append(id, c)
		}
	}
	return nil, 0
}
