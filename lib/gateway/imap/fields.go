// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"strings"
	"sync"

	"twiga/lib/charset"
	"twiga/lib/conv/casemap"
)

// maxFieldsKept bounds the header fields that a view keeps for searches, in
// bytes with what a map takes for each message.
const (
	maxFieldsKept = 16 << 20
	fieldsCost    = 48
)

// fieldsCache keeps, of messages that a search looked at, the keys
// (casemap.Key) of the header fields that ENVELOPE has: see fieldKeys. They
// never change. The zero value is ready for use.
type fieldsCache struct {
	mu    sync.RWMutex // guards the fields that follow; nothing is locked under it
	byUID map[uint32]string
	size  int
}

func (c *fieldsCache) get(uid uint32) (string, bool) {
	c.mu.RLock()
	keys, ok := c.byUID[uid]
	c.mu.RUnlock()
	return keys, ok
}

// keep keeps those of a message while there is room, in place of those that it
// has.
func (c *fieldsCache) keep(uid uint32, keys string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cost := len(keys) + fieldsCost
	if old, ok := c.byUID[uid]; ok {
		cost -= len(old) + fieldsCost
	}
	if c.size+cost > maxFieldsKept {
		return
	}
	if c.byUID == nil {
		c.byUID = map[uint32]string{}
	}
	c.byUID[uid] = keys
	c.size += cost
}

// complete puts what the header has in the place of what is kept of a message
// whose envelope is short.
func (c *fieldsCache) complete(uid uint32, header []byte) {
	if keys, ok := c.get(uid); ok && isShort(keys) && len(header) <= maxCompleted {
		c.keep(uid, completeKeys(keys, header))
	}
}

// drop forgets those of messages that are gone.
func (c *fieldsCache) drop(uid uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if keys, ok := c.byUID[uid]; ok {
		c.size -= len(keys) + fieldsCost
		delete(c.byUID, uid)
	}
}

// keptFields are the fields of fieldKeys in their order.
var keptFields = [...]int{envSubject, envFrom, envTo, envCc, envBcc, envMessageID, envInReplyTo, envDate}

// In fieldKeys a line feed is between two fields, and fieldMissing stands for
// one that is not there. fieldsShort is behind them where the header has more of a
// field.
const (
	fieldMissing = "\x00"
	fieldsShort  = "\n\x00\n"
)

const (
	// fieldStands is, in fieldKeys, before each field of the header as it stands,
	// where ENVELOPE is not enough.
	fieldStands = "\x01"
	// maxCompleted bounds the headers of which all fields are kept.
	maxCompleted = 64 << 10
)

// isShort says whether the header has more than fieldKeys.
func isShort(keys string) bool { return strings.HasSuffix(keys, fieldsShort) }

// fieldKeys are the keys of the fields of an ENVELOPE.
func fieldKeys(envelope []byte, short bool) string {
	b := make([]byte, 0, len(envelope)+len(envelope)/4)
	for i, field := range keptFields {
		if i > 0 {
			b = append(b, '\n')
		}
		value, ok := envelopeValue(envelope, field)
		if !ok {
			b = append(b, fieldMissing...)
			continue
		}
		at := len(b)
		if field == envDate {
			b = append(b, value...)
		} else {
			b = casemap.AppendKey(b, value)
		}
		unmark(b[at:])
	}
	if short {
		b = append(b, fieldsShort...)
	}
	return string(b)
}

// unmark takes out of a value what means something in fieldKeys.
func unmark(b []byte) {
	for i, c := range b {
		if c == '\n' || c == 0 || c == fieldStands[0] {
			b[i] = ' '
		}
	}
}

// completeKeys are the keys of a message whose envelope is short with the fields
// of its header.
func completeKeys(keys string, header []byte) string {
	b := make([]byte, 0, len(keys)+len(header))
	for i, field := range keptFields {
		if i > 0 {
			b = append(b, '\n')
		}
		key, rest, _ := strings.Cut(keys, "\n")
		start := len(b)
		b, keys = append(b, key...), rest
		if field == envDate {
			continue
		}
		for name, value := range eachField(header) {
			if envelopeField(name) != field {
				continue
			}
			if key == fieldMissing {
				b, key = b[:start], ""
			}
			b = append(b, fieldStands...)
			at := len(b)
			b = casemap.AppendKey(b, charset.DecodeHeader(value))
			unmark(b[at:])
		}
	}
	return string(b)
}

// fieldKey is one of fieldKeys; false where the message does not have it.
func fieldKey(keys string, field int) (string, bool) {
	for _, f := range keptFields {
		key, rest, _ := strings.Cut(keys, "\n")
		if f == field {
			return key, key != fieldMissing
		}
		keys = rest
	}
	return "", false
}
