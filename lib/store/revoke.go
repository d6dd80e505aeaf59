// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"sync"

	"twiga/lib/mapi"
)

// userSessions are the sessions that users have open. They end when the user
// is disabled, deleted, gets another mailbox or another password: whoever
// holds one was let in on terms that are over.
type userSessions struct {
	mu sync.Mutex
	// byUser is guarded by mu.
	byUser map[mapi.GUID]map[*session]struct{}
}

func (l *userSessions) add(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byUser == nil {
		l.byUser = map[mapi.GUID]map[*session]struct{}{}
	}
	if l.byUser[s.who.ID] == nil {
		l.byUser[s.who.ID] = map[*session]struct{}{}
	}
	l.byUser[s.who.ID][s] = struct{}{}
}

func (l *userSessions) remove(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.byUser[s.who.ID], s)
	if len(l.byUser[s.who.ID]) == 0 {
		delete(l.byUser, s.who.ID)
	}
}

// end ends the sessions of a user, but not the one that asks for it.
func (l *userSessions) end(user mapi.GUID, asks *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.byUser[user] {
		if s != asks {
			s.end()
		}
	}
}
