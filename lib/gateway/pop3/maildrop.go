// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"fmt"
	"strconv"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// maildrop is the Inbox as it was at login.
type maildrop struct {
	s           *session
	inbox       mapi.ID
	uidValidity uint32
	rows        []row       // by UID
	change      mapi.Change // of the Inbox, up to which it is known who has left
	ahead       ahead
	checked     uint64 // the mailbox's version when that was looked at
}

// row is a message.
type row struct {
	id       mapi.ID
	size     int64
	uid      uint32
	composed bool // it was born as properties
	seen     bool
	gone     bool // another session removed it
}

// load lists the Inbox.
func (m *maildrop) load(ctx context.Context) error {
	guid := m.s.user.Store
	box, err := m.s.store.GetStore(ctx, object.GetStoreRequest{GUID: guid})
	if err != nil {
		return fmt.Errorf("read store %s: %w", guid, err)
	}
	m.inbox = box.SpecialFolder(object.KindInbox)
	if m.inbox == 0 {
		return fmt.Errorf("find Inbox of store %s: %w", guid, mapi.NotFound)
	}
	var bare []unsized
	m.checked = m.version()
	for item, err := range m.s.store.Changes(ctx, object.ChangesRequest{Store: guid, Folder: m.inbox}) {
		if err != nil {
			return fmt.Errorf("list Inbox of store %s: %w", guid, err)
		}
		switch item.Kind {
		case object.ChangeState:
			m.uidValidity, m.change = item.State.UIDValidity, item.State.Change
			m.rows = make([]row, 0, item.State.Messages)
		case object.ChangeUpsert:
			if item.Size < 0 {
				bare = append(bare, unsized{len(m.rows), item.Modified})
			}
			size := item.Size
			if item.Flags&object.FlagOpenEnd != 0 {
				size += 2 // the line end that RETR gives it
			}
			m.rows = append(m.rows, row{
				id: item.ID, size: size, uid: uint32(item.UID), composed: item.Size < 0, seen: item.Flags&object.FlagSeen != 0,
			})
		}
	}
	return m.measure(ctx, bare)
}

// Owner implements proto.Maildrop.
func (m *maildrop) Owner() string { return m.s.user.User }

// Len implements proto.Maildrop.
func (m *maildrop) Len() int { return len(m.rows) }

// Size implements proto.Maildrop.
func (m *maildrop) Size(i int) int64 { return m.rows[i].size }

// AppendID implements proto.Maildrop.
func (m *maildrop) AppendID(dst []byte, i int) []byte {
	dst = strconv.AppendUint(dst, uint64(m.uidValidity), 10)
	dst = append(dst, '.')
	return strconv.AppendUint(dst, uint64(m.rows[i].uid), 10)
}
