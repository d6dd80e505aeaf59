// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"strings"
	"sync"

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

// keep keeps those of a message while there is room.
func (c *fieldsCache) keep(uid uint32, keys string) {
	cost := len(keys) + fieldsCost
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size+cost > maxFieldsKept {
		return
	}
	if c.byUID == nil {
		c.byUID = map[uint32]string{}
	}
	if _, ok := c.byUID[uid]; !ok {
		c.byUID[uid] = keys
		c.size += cost
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
// one that is not there.
const fieldMissing = "\x00"

// fieldKeys are the keys of the fields of an ENVELOPE.
func fieldKeys(envelope []byte) string {
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
		for j := at; j < len(b); j++ {
			if b[j] == '\n' || b[j] == 0 {
				b[j] = ' '
			}
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
