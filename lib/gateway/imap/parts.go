// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"sync"

	"twiga/lib/conv/mime"
)

// maxPartsKept bounds the tables of parts that a view keeps, in bytes with
// what a map takes for each.
const (
	maxPartsKept = 4 << 20
	partsCost    = 64
)

// partsCache keeps the tables of the parts of messages that were asked for
// lately. They never change: a message that gets other content gets another
// UID. The zero value is ready for use.
type partsCache struct {
	mu    sync.Mutex // guards the fields that follow; nothing is locked under it
	byUID map[uint32]mime.Parts
	size  int
}

// keep takes a copy of a message's table. When there are too many, all go.
func (c *partsCache) keep(uid uint32, parts []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byUID[uid]; ok || len(parts) > maxPartsKept/16 {
		return
	}
	if c.byUID == nil || c.size > maxPartsKept {
		c.byUID, c.size = map[uint32]mime.Parts{}, 0
	}
	c.byUID[uid] = append(mime.Parts(nil), parts...)
	c.size += len(parts) + partsCost
}

// all gives the tables of messages if it has every one.
func (c *partsCache) all(batch []item) []mime.Parts {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.byUID) < len(batch) {
		return nil
	}
	out := make([]mime.Parts, len(batch))
	for i := range batch {
		if out[i] = c.byUID[batch[i].uid]; out[i] == nil {
			return nil
		}
	}
	return out
}
