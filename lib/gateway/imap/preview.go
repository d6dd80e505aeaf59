// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"encoding/base64"
	"unicode/utf8"

	"twiga/lib/proto/imap/wire"
)

// maxPreview is how many characters a preview has (RFC 8970 3.1).
const maxPreview = 200

// appendPreview appends the value of PREVIEW: text that the store made when the
// message came, "" where it has none.
func appendPreview(b, text []byte) []byte {
	n := 0
	for end := range string(text) {
		if n == maxPreview {
			text = text[:end]
			break
		}
		n++
	}
	if !utf8.Valid(text) {
		text = text[:0]
	}
	return wire.AppendString(b, text)
}

// appendObjectID appends an id of RFC 8474 and the parenthesis behind it; kind
// is a letter before it, so that no two kinds of ids are the same.
func appendObjectID(b []byte, kind byte, id []byte) []byte {
	b = base64.RawURLEncoding.AppendEncode(append(b, kind), id)
	return append(b, ')')
}
