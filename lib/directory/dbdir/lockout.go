// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
)

// lockouts counts the wrong passwords of each user, in memory: a restart
// forgives. The same wrong one counts once, so that a device with an old
// password locks nobody out.
type lockouts struct {
	mu sync.Mutex // guards of
	of map[mapi.GUID]*lockout
}

type lockout struct {
	wrong [][sha256.Size]byte // which were tried
	since time.Time           // the first one
	until time.Time           // zero: not locked
}

// locked says whether a user is locked out.
func (l *lockouts) locked(user mapi.GUID, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.of[user]
	return o != nil && now.Before(o.until)
}

// state tells how many wrong passwords of a user count, and until when the
// user is locked out.
func (l *lockouts) state(user mapi.GUID, p *directory.Policy, now time.Time) (failures int, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.of[user]
	switch {
	case o == nil:
	case now.Before(o.until):
		until = o.until
	case now.Sub(o.since) <= p.Lockout:
		failures = len(o.wrong)
	}
	return failures, until
}

// failed counts a wrong password.
func (l *lockouts) failed(user mapi.GUID, key [sha256.Size]byte, p *directory.Policy, now time.Time) {
	if p.Failures <= 0 || p.Lockout <= 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.of[user]
	if o == nil || now.Sub(o.since) > p.Lockout {
		if l.of == nil {
			l.of = map[mapi.GUID]*lockout{}
		}
		o = &lockout{since: now}
		l.of[user] = o
	}
	if !slices.Contains(o.wrong, key) {
		o.wrong = append(o.wrong, key)
	}
	if len(o.wrong) >= p.Failures {
		*o = lockout{since: now, until: now.Add(p.Lockout)}
	}
}

// clear forgives a user.
func (l *lockouts) clear(user mapi.GUID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of, user)
}
