// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"sync"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// maxClaims bounds the folders of which is known what was told as recent, about
// 100 bytes each.
const maxClaims = 1 << 16

// claims are what sessions were told as recent. They outlive the views, so that
// who comes back to a folder finds as recent what came meanwhile; with the gateway
// they are forgotten, and then all is recent once more: "if it is not possible to
// determine", a message "SHOULD be considered recent" (RFC 3501 2.3.2).
type claims struct {
	mu   sync.Mutex // guards what follows; nothing else is locked under it
	next map[claim]uint32
}

// claim names a folder as a user sees it, for as long as its UIDs are the same.
type claim struct {
	box         boxKey
	folder      mapi.ID
	uidValidity uint32
}

// of gives the lowest UID that no session was told as recent.
func (c *claims) of(k claim) uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(c.next[k], 1)
}

// set notes that what is below next was told. Where there are too many folders,
// any other is forgotten.
func (c *claims) set(k claim, next uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == nil {
		c.next = map[claim]uint32{}
	}
	if _, ok := c.next[k]; !ok && len(c.next) >= maxClaims {
		for other := range c.next {
			delete(c.next, other)
			break
		}
	}
	c.next[k] = next
}

// recentClaim names the view. The caller holds mu.
func (v *view) recentClaim() claim { return claim{v.box.key(), v.folder, v.uidValidity} }

// unclaimed is how many messages no session was told as recent: at most, since
// some of them may have been removed.
func (m *mailbox) unclaimed(st *object.FolderState) uint32 {
	next := m.gw.claims.of(claim{m.key(), st.Folder, st.UIDValidity})
	if uint32(st.UIDNext) <= next {
		return 0
	}
	return min(st.Messages, uint32(st.UIDNext)-next)
}

// claimRecent takes the messages that no session was told as recent, RFC 3501
// 2.3.2; a read-only session leaves them to the next. The caller holds the
// view's mu.
func (s *selected) claimRecent() {
	v := s.view
	if s.rev2 || v.recentNext >= v.uidNext {
		return
	}
	s.recent.AddRange(v.recentNext, v.uidNext-1)
	s.recent = s.recent.Resolve(v.uidNext - 1)
	if !s.readOnly {
		v.recentNext = v.uidNext
		v.box.gw.claims.set(v.recentClaim(), v.uidNext)
	}
}
