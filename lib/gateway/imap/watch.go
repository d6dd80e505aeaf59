// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Pauses before the watch is tried again.
const (
	watchPauseMin = 50 * time.Millisecond
	watchPauseMax = 5 * time.Second
)

// startWatch has the mailbox told of its events, if it is not yet.
func (m *mailbox) startWatch() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cancel != nil {
		return
	}
	select {
	case <-m.gw.quit:
		return
	default:
	}
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	m.watchers++
	n := m.watchers
	m.gw.work.Go(func() { m.watch(ctx, n) })
}

// stopWatch ends the watch. The caller holds mu.
func (m *mailbox) stopWatch() {
	if m.cancel != nil {
		m.cancel()
		m.cancel = nil
		m.live.Store(false)
	}
}

// stopUnheard ends the watch where no session is there any more, and says
// whether it did: one event of the mailbox is as dear as a new watch, and who
// comes next asks for its state in any case.
func (m *mailbox) stopUnheard() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sessions) > 0 {
		return false
	}
	m.stopWatch()
	return true
}

// setLive says whether events come, unless a later watch than number n knows
// better.
func (m *mailbox) setLive(n uint64, live bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n == m.watchers {
		m.live.Store(live)
	}
}

// watch follows the events until ctx ends, by way of any session of the
// mailbox.
func (m *mailbox) watch(ctx context.Context, n uint64) {
	pause := watchPauseMin
	for {
		handle := m.watchHandle(ctx)
		if handle == nil {
			return
		}
		started, err := m.follow(ctx, n, handle)
		m.setLive(n, false)
		if errors.Is(err, mapi.EndOfSession) {
			handle.dead.Store(true)
		}
		handle.release()
		if ctx.Err() != nil {
			return
		}
		m.notify(nil) // those in IDLE see for themselves, and learn whether their session is still good
		if started {
			pause = watchPauseMin
			m.gw.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "events of the store lost",
				slog.String(log.KeyCode, string(codeWatchLost)), log.Store(m.guid.String()), log.Err(err))
		}
		if handle.dead.Load() {
			continue
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
		pause = min(2*pause, watchPauseMax)
	}
}

// watchHandle gives the store session of some session, retained. If there is
// none the watch is over, and the next session to select starts another.
func (m *mailbox) watchHandle(ctx context.Context) *storeHandle {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	for s := range m.sessions {
		if !s.store.dead.Load() {
			return s.store.retain()
		}
	}
	m.stopWatch()
	return nil
}

// follow reads events until they end; started says whether there were any.
func (m *mailbox) follow(ctx context.Context, n uint64, handle *storeHandle) (started bool, err error) {
	for event, err := range handle.Watch(ctx, object.WatchRequest{Stores: []mapi.GUID{m.guid}}) {
		if err != nil {
			return started, err
		}
		if event.Kind != object.EventStarted && m.stopUnheard() {
			return started, nil
		}
		switch event.Kind {
		case object.EventStarted:
			started = true
			m.epoch.Add(1)
			m.treeStale.Store(true)
			m.setLive(n, true)
			m.notify(nil)
			m.tellListeners(event.Kind, 0)
		case object.EventCatchUp:
			m.epoch.Add(1)
			m.treeStale.Store(true)
			m.notify(nil)
			m.tellListeners(event.Kind, 0)
		case object.EventHierarchy:
			m.treeStale.Store(true)
			m.tellListeners(event.Kind, 0)
			if v := m.viewOf(event.Folder); v != nil { // it may have been removed
				v.verified.Store(0)
				m.notify(v)
			}
		case object.EventContents:
			m.tellListeners(event.Kind, event.Folder)
			v := m.viewOf(event.Folder)
			if v == nil {
				continue
			}
			if raise(&v.want, uint64(event.Change)); uint64(event.Change) > v.have.Load() {
				v.arrive(event.Arrived)
				m.notify(v) // the first to wake reads what is new, where there is more
			}
		}
	}
	return started, mapi.NetworkError
}
