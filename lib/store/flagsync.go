// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"sync"
	"time"

	"twiga/lib/log"
)

// unsynced are the mailboxes whose last commits the disk may not have yet.
type unsynced struct {
	mu   sync.Mutex
	list []*mailbox    // guarded by mu
	wake chan struct{} // has a token where the list got its first
}

func (u *unsynced) add(m *mailbox) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.list = append(u.list, m)
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

func (u *unsynced) take() []*mailbox {
	u.mu.Lock()
	defer u.mu.Unlock()
	list := u.list
	u.list = nil
	return list
}

// noteUnsynced follows a commit. One that was not soft has brought those before
// it to the disk, too. It wants m.writing.
func (m *mailbox) noteUnsynced(soft bool) {
	if !soft {
		m.softly.Store(false)
	} else if !m.softly.Swap(true) {
		m.e.unsynced.add(m)
	}
}

// syncLoop brings soft commits to the disk until ctx ends: none waits longer than
// Options.FlagSync for its turn. Closing a mailbox does it, too.
func (e *Engine) syncLoop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.unsynced.wake:
		}
		timer.Reset(e.opt.FlagSync)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		for _, m := range e.unsynced.take() {
			m.sync(ctx)
		}
	}
}

// sync brings what was committed to the disk. A commit that comes meanwhile is
// noted anew.
func (m *mailbox) sync(ctx context.Context) {
	if !m.softly.Swap(false) {
		return
	}
	if err := m.log.Sync(); err != nil {
		log.Error(ctx, codeFlagSync, "flags were not brought to the disk", log.Store(m.guid.String()), log.Err(err))
	}
}
