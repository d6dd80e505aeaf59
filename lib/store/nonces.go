// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

// nonceLife is how long a nonce of StartProof counts: as long as a client may
// take to make a proof.
const nonceLife = time.Minute

// Layout of a nonce: when it ends, chance, and a mark that only we can make.
const (
	nonceEnd    = 8
	nonceChance = 16
	nonceMark   = 16
	nonceSize   = nonceEnd + nonceChance + nonceMark
)

// nonces makes the nonces of logons by SCRAM and knows them again. Nothing is
// kept of those that were only made, so that asking for many fills nothing;
// those that were used are kept until they end.
type nonces struct {
	secret [32]byte // new in each process

	mu   sync.Mutex // guards what follows
	used map[string]time.Time
	next time.Time // when those that ended are looked for
}

func newNonces() *nonces {
	n := &nonces{used: map[string]time.Time{}}
	rand.Read(n.secret[:]) // never fails
	return n
}

func (n *nonces) mark(head []byte, user string) []byte {
	h := hmac.New(sha256.New, n.secret[:])
	h.Write(head)
	h.Write([]byte(user))
	return h.Sum(nil)[:nonceMark]
}

// make gives a nonce for a user.
func (n *nonces) make(user string, now time.Time) string {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, nonceSize), uint64(now.Add(nonceLife).UnixNano()))
	b = b[:nonceEnd+nonceChance]
	rand.Read(b[nonceEnd:]) // never fails
	return base64.StdEncoding.EncodeToString(append(b, n.mark(b, user)...))
}

// take says whether a nonce is ours, for the user, not too old and used for the
// first time, and whether the message was made with it.
func (n *nonces) take(nonce, user, message string, now time.Time) bool {
	b, err := base64.StdEncoding.DecodeString(nonce)
	if err != nil || len(b) != nonceSize {
		return false
	}
	head := b[:nonceEnd+nonceChance]
	end := time.Unix(0, int64(binary.BigEndian.Uint64(head)))
	if !hmac.Equal(b[len(head):], n.mark(head, user)) || now.After(end) || !strings.Contains(message, nonce+",s=") {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.After(n.next) {
		for k, end := range n.used {
			if now.After(end) {
				delete(n.used, k)
			}
		}
		n.next = now.Add(nonceLife)
	}
	if _, twice := n.used[nonce]; twice {
		return false
	}
	n.used[nonce] = end
	return true
}
