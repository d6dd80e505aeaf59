// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

// verifiedMax is how many are kept.
const verifiedMax = 100_000

// verified remembers for a while which password belongs to which hash. That
// stays true whatever becomes of a user: who has another password has another
// hash, since each has a salt of its own.
type verified struct {
	secret [32]byte // new in each process
	ttl    time.Duration

	mu    sync.RWMutex // guards known
	known map[[sha256.Size]byte]time.Time
}

func (v *verified) start(ttl time.Duration) {
	rand.Read(v.secret[:]) // never fails
	v.ttl, v.known = ttl, map[[sha256.Size]byte]time.Time{}
}

// key stands for a hash and a password.
func (v *verified) key(hash, password string) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, v.secret[:])
	h.Write([]byte(hash))
	h.Write([]byte{0}) // no hash has one
	h.Write([]byte(password))
	h.Sum(sum[:0])
	return sum
}

func (v *verified) has(key [sha256.Size]byte, now time.Time) bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	until, ok := v.known[key]
	return ok && !now.After(until)
}

func (v *verified) put(key [sha256.Size]byte, now time.Time) {
	if v.ttl <= 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.known) >= verifiedMax {
		clear(v.known)
	}
	v.known[key] = now.Add(v.ttl)
}
