// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// use is a service as one user uses it.
type use struct {
	user    mapi.GUID
	service string
}

// solitude has the sessions that are alone, and until when the next logon is
// too early.
type solitude struct {
	alone map[use]*session
	until map[use]time.Time
}

// claim has a session be alone and apart from the last one, if the request says
// so. InUse: another session is, and has not ended. TooEarly: the last logon was
// not long enough ago.
func (l *openSessions) claim(s *session, req *object.LogonRequest, now time.Time) error {
	if !req.Alone && req.Apart <= 0 {
		return nil
	}
	u := use{s.who.ID, req.Service}
	l.mu.Lock()
	defer l.mu.Unlock()
	if other := l.alone[u]; req.Alone && other != nil && !other.ended() {
		return fmt.Errorf("log on alone by %q: session %d is: %w", u.service, other.account.id, mapi.InUse)
	}
	if wait := l.until[u].Sub(now); req.Apart > 0 && wait > 0 {
		return fmt.Errorf("log on by %q: wait %s: %w", u.service, wait.Round(time.Second), mapi.TooEarly)
	}
	if req.Alone {
		if l.alone == nil {
			l.alone = map[use]*session{}
		}
		l.alone[u], s.alone = s, u
	}
	return nil
}

// apart notes a logon that went well, for the next one.
func (l *openSessions) apart(user mapi.GUID, req *object.LogonRequest, now time.Time) {
	if req.Apart <= 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.until) >= throttleMax {
		for u, t := range l.until {
			if !now.Before(t) {
				delete(l.until, u)
			}
		}
		room(l.until)
	}
	if l.until == nil {
		l.until = map[use]time.Time{}
	}
	l.until[use{user, req.Service}] = now.Add(req.Apart)
}
