// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// logonCache remembers passwords that were right, as salted hashes, for a while
// and while the directory stays as it is.
type logonCache struct {
	mu sync.RWMutex
	// known is guarded by mu.
	known map[[sha256.Size]byte]knownLogon
}

type knownLogon struct {
	who     object.Principal
	version uint64 // of the directory
	until   time.Time
}

func (l *logonCache) get(key [sha256.Size]byte, version uint64, now time.Time) (object.Principal, bool) {
	l.mu.RLock()
	k, ok := l.known[key]
	l.mu.RUnlock()
	if !ok || k.version != version || now.After(k.until) {
		return object.Principal{}, false
	}
	return k.who, true
}

func (l *logonCache) put(key [sha256.Size]byte, k knownLogon) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil || len(l.known) >= logonCacheMax {
		l.known = map[[sha256.Size]byte]knownLogon{}
	}
	l.known[key] = k
}

// logonKey is the hash of user and password under the process's key.
func (e *Engine) logonKey(user, password string) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, e.key[:])
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(user)))
	h.Write(n[:])
	h.Write([]byte(user))
	h.Write([]byte(password))
	h.Sum(sum[:0])
	return sum
}

// logon opens a user's session. What the password was compared with may have
// changed before the session was there to be ended: then it is compared again.
func (e *Engine) logon(ctx context.Context, user, password string) (object.Session, error) {
	for {
		who, version, err := e.authenticate(ctx, user, password)
		if err != nil {
			return nil, err
		}
		s := newSession(e, who)
		now, err := e.dir.Version(ctx)
		if err == nil && now == version {
			return s, nil
		}
		_ = s.Logoff(ctx) // never fails
		if err != nil {
			return nil, fmt.Errorf("log on: %w", coded(err))
		}
	}
}

// authenticate finds out who a user is, as of a version of the directory.
func (e *Engine) authenticate(ctx context.Context, user, password string) (object.Principal, uint64, error) {
	version, err := e.dir.Version(ctx)
	if err != nil {
		return object.Principal{}, 0, fmt.Errorf("log on: %w", coded(err))
	}
	key, now := e.logonKey(user, password), time.Now()
	if who, ok := e.logons.get(key, version, now); ok {
		return who, version, nil
	}
	u, err := e.dir.Authenticate(ctx, user, password)
	if err != nil {
		return object.Principal{}, 0, fmt.Errorf("log on: %w", coded(err))
	}
	if u.Disabled {
		return object.Principal{}, 0, fmt.Errorf("log on %q: disabled: %w", u.Name, mapi.LogonFailed)
	}
	who := object.Principal{Role: object.RoleUser, User: u.Name, ID: u.ID, Store: u.Store}
	if e.opt.LogonCache > 0 {
		e.logons.put(key, knownLogon{who, version, now.Add(e.opt.LogonCache)})
	}
	return who, version, nil
}
