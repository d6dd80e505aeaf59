// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// markWaiting makes the marks of a mailbox whose rows came past the calls that
// make them: of search folders to be filled and of what is soft-deleted. The
// queue has its own way, since an orphan's sleeps.
func (e *Engine) markWaiting(guid mapi.GUID, c *sqlite.Conn) error {
	s, err := readSearches(c)
	if err == nil && s.running() {
		err = e.fills.mark(guid)
	}
	if err != nil {
		return err
	}
	oldest, err := c.Int("SELECT ifnull(min(at), 0) FROM deleted")
	if err != nil || oldest == 0 {
		return err
	}
	at := mapi.FromFileTime(uint64(oldest))
	if err := e.deleted.mark(guid, at); err != nil {
		return err
	}
	e.deleted.set(guid, at)
	return nil
}
