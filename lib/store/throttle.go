// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Bounds of the throttle.
const (
	throttleMax  = 100_000     // addresses, users and pairs of both that are remembered
	triedMax     = 8           // wrong passwords that are known again
	userDelayMax = time.Minute // a stranger must not be able to keep a user out for long
	goodFailures = 3           // wrong passwords after which an address is no longer a user's own
)

// LogonLimits say how fast credentials can be guessed, and how many sessions
// there are of a user and from an address, over all programs that name a
// Service. What is 0 has no limit; Local addresses have none.
type LogonLimits struct {
	AddressFailures int           // wrong credentials from an address without a delay
	UserFailures    int           // the same of a user, wherever from
	Delay           time.Duration // after the next one; it doubles with each
	MaxDelay        time.Duration
	Forget          time.Duration // after which failures count no more
	UserSessions    int
	AddressSessions int
}

// throttle slows down who guesses: after some failures an address, or a user,
// has to wait before the next try is looked at, longer each time. A user is not
// held up at an address where the user was let in before. An IPv6 address
// stands for its /64.
type throttle struct {
	limits LogonLimits
	secret [32]byte

	mu        sync.Mutex // guards what follows
	addresses map[netip.Prefix]*failures
	users     map[string]*failures
	good      map[userAt]int // where users were let in, and failures there since
}

type userAt struct {
	user string
	at   netip.Prefix
}

// failures are those of an address or a user.
type failures struct {
	count int
	last  time.Time
	until time.Time           // the next try is not looked at before
	tried [][sha256.Size]byte // the last passwords: the same one counts once
}

func newThrottle(l LogonLimits) *throttle {
	t := &throttle{limits: l, addresses: map[netip.Prefix]*failures{}, users: map[string]*failures{}, good: map[userAt]int{}}
	rand.Read(t.secret[:]) // never fails
	return t
}

// addressOf is the client's address; not valid where there is none, or where it
// is this machine's.
func addressOf(peer string) netip.Prefix {
	a, err := netip.ParseAddr(peer)
	if ap, perr := netip.ParseAddrPort(peer); perr == nil {
		a, err = ap.Addr(), nil
	}
	a = a.Unmap().WithZone("")
	if err != nil || a.IsLoopback() {
		return netip.Prefix{}
	}
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

func foldUser(user string) string { return strings.ToLower(strings.TrimSpace(user)) }

// check says whether a try may be looked at.
func (t *throttle) check(user string, from netip.Prefix, now time.Time) error {
	user = foldUser(user)
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, own := t.good[userAt{user, from}]; own {
		return nil
	}
	for what, f := range map[string]*failures{"address": t.addresses[from], "user": t.users[user]} {
		if f != nil && now.Before(f.until) {
			return fmt.Errorf("too many failures of the %s, wait %s: %w", what, f.until.Sub(now).Round(time.Second), mapi.Busy)
		}
	}
	return nil
}

// judged notes what became of a try.
func (t *throttle) judged(req *object.LogonRequest, from netip.Prefix, err error, now time.Time) {
	user := foldUser(req.User)
	own := userAt{user, from}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		if user != "" {
			room(t.good)
			t.good[own] = 0
		}
		return
	case !errors.Is(err, mapi.LogonFailed):
		return
	}
	key := t.key(req)
	again := from.IsValid() && count(t, t.addresses, from, t.limits.AddressFailures, t.limits.MaxDelay, key, now)
	if user != "" && count(t, t.users, user, t.limits.UserFailures, min(t.limits.MaxDelay, userDelayMax), key, now) {
		again = true
	}
	if n, ok := t.good[own]; ok && !again {
		if t.good[own] = n + 1; n+1 >= goodFailures {
			delete(t.good, own)
		}
	}
}

// count counts a failure, of which free are, and says whether it was counted
// before.
func count[K comparable](t *throttle, m map[K]*failures, k K, free int, most time.Duration, key *[sha256.Size]byte, now time.Time) (again bool) {
	if free <= 0 {
		return false
	}
	f := m[k]
	if f == nil || now.Sub(f.last) > t.limits.Forget {
		room(m)
		f = &failures{}
		m[k] = f
	}
	if key != nil {
		if slices.Contains(f.tried, *key) {
			return true
		}
		if len(f.tried) == triedMax {
			f.tried = slices.Delete(f.tried, 0, 1)
		}
		f.tried = append(f.tried, *key)
	}
	f.count, f.last = f.count+1, now
	if over := f.count - free; over > 0 {
		delay := most
		if d := t.limits.Delay << min(over-1, 30); d > 0 && d < most {
			delay = d
		}
		f.until = now.Add(delay)
	}
	return false
}

// key stands for a wrong password; nil where it cannot be told from others.
func (t *throttle) key(req *object.LogonRequest) *[sha256.Size]byte {
	if req.Password == "" {
		return nil
	}
	h := hmac.New(sha256.New, t.secret[:])
	h.Write([]byte(foldUser(req.User) + "\x00" + req.Password))
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	return &sum
}

// room makes room for one more.
func room[K comparable, V any](m map[K]V) {
	for k := range m {
		if len(m) < throttleMax {
			return
		}
		delete(m, k)
	}
}
