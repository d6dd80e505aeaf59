// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"fmt"
	"log/slog"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Update implements proto.Maildrop: what was deleted goes in one transaction.
// Whoever removed some of it meanwhile has done our work.
func (m *maildrop) Update(ctx context.Context, deleted, sent []int) error {
	if len(deleted) > 0 {
		_, err := m.s.store.DeleteMessages(ctx, object.DeleteMessagesRequest{
			Store: m.s.user.Store, Folder: m.inbox, UIDs: m.ranges(deleted), Soft: true,
		})
		if err != nil {
			return answer(m.s.saw(fmt.Errorf("delete messages: %w", err)))
		}
	}
	m.markSeen(ctx, sent)
	return nil
}

// Release implements proto.Maildrop.
func (m *maildrop) Release() {
	m.forget()
	m.s.logoff()
}

// markSeen marks messages as read. The client has not asked for it: failure is
// for the log.
func (m *maildrop) markSeen(ctx context.Context, sent []int) {
	if m.s.gw.cfg.KeepUnread {
		return
	}
	var unread []int
	for _, i := range sent {
		if !m.rows[i].seen {
			unread = append(unread, i)
		}
	}
	if len(unread) == 0 {
		return
	}
	_, err := m.s.store.SetFlags(ctx, object.SetFlagsRequest{
		Store: m.s.user.Store, Folder: m.inbox, UIDs: m.ranges(unread), Mode: object.FlagsAdd, Flags: object.FlagSeen, Brief: true,
	})
	if m.s.saw(err) != nil {
		m.s.Log(ctx, slog.LevelWarn, codeNotSeen, "messages not marked as read", log.User(m.s.user.User), log.Err(err))
	}
}

// ranges are the UIDs of messages, those side by side as one range: there was
// nothing between them, and what is new has a higher one.
func (m *maildrop) ranges(places []int) []mapi.UIDRange {
	var out []mapi.UIDRange
	for n, i := range places {
		uid := mapi.UID(m.rows[i].uid)
		if n > 0 && places[n-1] == i-1 {
			out[len(out)-1].Last = uid
		} else {
			out = append(out, mapi.UIDRange{First: uid, Last: uid})
		}
	}
	return out
}
