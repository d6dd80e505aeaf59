// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"sync"

	"twiga/lib/mapi"
)

// Locks see to it that a maildrop has one session at a time (RFC 1939 4).
// Gateways that share users on several machines share them, too.
type Locks interface {
	// Lock takes the lock of a mailbox without waiting. It is not ok if somebody
	// has it; else unlock gives it back and is called once.
	Lock(ctx context.Context, store mapi.GUID) (unlock func(), ok bool, err error)
}

// locks are those of one process.
type locks struct {
	mu   sync.Mutex // guards held
	held map[mapi.GUID]struct{}
}

func newLocks() *locks { return &locks{held: map[mapi.GUID]struct{}{}} }

// Lock implements Locks.
func (l *locks) Lock(_ context.Context, store mapi.GUID) (unlock func(), ok bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, taken := l.held[store]; taken {
		return nil, false, nil
	}
	l.held[store] = struct{}{}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.held, store)
	}, true, nil
}
