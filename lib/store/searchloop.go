// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
)

// fillAgain is after what time a mailbox is tried again whose search folders
// could not be filled.
const fillAgain = time.Minute

// fills are the mailboxes with search folders to be filled. A file in the
// folder "searching" named as the mailbox says that there may be some: it is
// made before a search is running, so that a start need not look into every
// mailbox.
type fills struct {
	dir  string
	wake chan struct{} // has one token when there is something to do

	mu sync.Mutex
	// The fields below are guarded by mu.
	marked map[mapi.GUID]bool
	due    map[mapi.GUID]time.Time
}

func loadFills(dir string) (*fills, error) {
	f := &fills{dir: dir, wake: make(chan struct{}, 1), marked: map[mapi.GUID]bool{}, due: map[mapi.GUID]time.Time{}}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, diskError(err)
	}
	for _, file := range files {
		if guid, err := mapi.ParseGUID(file.Name()); err == nil {
			f.marked[guid], f.due[guid] = true, time.Time{}
		}
	}
	return f, nil
}

// mark makes the mailbox's mark, durably. Its writer alone marks and forgets.
func (f *fills) mark(store mapi.GUID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.marked[store] {
		return nil
	}
	file, err := os.OpenFile(filepath.Join(f.dir, store.String()), os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		file.Close()
		err = syncDir(f.dir)
	}
	if err != nil {
		return fmt.Errorf("mark search folders: %w", diskError(err))
	}
	f.marked[store] = true
	return nil
}

// forget drops a mailbox and its mark; a mark that stays does no harm.
func (f *fills) forget(store mapi.GUID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.marked, store)
	delete(f.due, store)
	_ = os.Remove(filepath.Join(f.dir, store.String()))
}

// nudge has a mailbox looked at.
func (f *fills) nudge(store mapi.GUID) { f.wait(store, time.Time{}) }

func (f *fills) wait(store mapi.GUID, until time.Time) {
	f.mu.Lock()
	f.due[store] = until
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// take takes a mailbox that is due, else tells how long it is until one is.
func (f *fills) take(now time.Time) (store mapi.GUID, found bool, wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	wait = time.Hour
	for guid, at := range f.due {
		if !at.After(now) {
			delete(f.due, guid)
			return guid, true, 0
		}
		wait = min(wait, at.Sub(now))
	}
	return store, false, wait
}

// fillLoop fills search folders until the engine closes, a batch of a mailbox
// at a time.
func (e *Engine) fillLoop(ctx context.Context) {
	for ctx.Err() == nil {
		guid, found, wait := e.fills.take(time.Now())
		if !found {
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
			case <-e.fills.wake:
			case <-timer.C:
			}
			timer.Stop()
			continue
		}
		more, err := e.fillSome(ctx, guid)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			log.Warn(ctx, codeSearch, "fill search folders", log.Store(guid.String()), log.Err(err))
			e.fills.wait(guid, time.Now().Add(fillAgain))
		case more:
			e.fills.nudge(guid)
		}
	}
}

// fillSome goes on with the filling in a mailbox; false where there is none.
func (e *Engine) fillSome(ctx context.Context, guid mapi.GUID) (more bool, err error) {
	m, err := e.acquire(guid)
	if mapi.CodeOf(err) == mapi.NotFound {
		e.fills.forget(guid) // removed meanwhile
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer e.leave(m)
	if !m.searchFolders().running() {
		// Under the writer, so that nobody marks it meanwhile.
		err := m.update(ctx, func(t *tx) error {
			t.after(func() {
				if !m.searchFolders().running() {
					e.fills.forget(guid)
				}
			})
			return nil
		})
		return false, err
	}
	err = m.update(ctx, func(t *tx) error { more, err = t.fill(); return err })
	return more, err
}
