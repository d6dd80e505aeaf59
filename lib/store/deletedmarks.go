// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"twiga/lib/mapi"
)

// deletedMarks say which mailboxes may have soft-deleted messages or folders,
// and since when the oldest lies there, so that a purge opens those mailboxes
// alone that have something to purge. A mark is a file in the folder "deleted"
// named as the mailbox, modified at that time; it is made before the first such
// message is committed.
type deletedMarks struct {
	dir string
	mu  sync.Mutex
	at  map[mapi.GUID]time.Time // guarded by mu
}

func loadDeletedMarks(dir string) (*deletedMarks, error) {
	d := &deletedMarks{dir: dir, at: map[mapi.GUID]time.Time{}}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, diskError(err)
	}
	for _, f := range files {
		guid, err := mapi.ParseGUID(f.Name())
		if err != nil {
			continue
		}
		info, err := f.Info()
		if err != nil {
			return nil, diskError(err)
		}
		d.at[guid] = info.ModTime()
	}
	return d, nil
}

func (d *deletedMarks) path(store mapi.GUID) string { return filepath.Join(d.dir, store.String()) }

// mark makes the mailbox's mark, durably, where it has none.
func (d *deletedMarks) mark(store mapi.GUID, now time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.at[store]; ok {
		return nil
	}
	f, err := os.OpenFile(d.path(store), os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		f.Close()
		err = syncDir(d.dir)
	}
	if err != nil {
		return fmt.Errorf("mark soft-deleted messages: %w", diskError(err))
	}
	d.at[store] = now
	return nil
}

// set tells the time of the oldest that is left; zero is none. A mark that
// stays, or tells too early a time, does no harm.
func (d *deletedMarks) set(store mapi.GUID, oldest time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if oldest.IsZero() {
		delete(d.at, store)
		_ = os.Remove(d.path(store))
		return
	}
	d.at[store] = oldest
	_ = os.Chtimes(d.path(store), time.Time{}, oldest)
}

// due lists the mailboxes whose oldest was deleted before a moment.
func (d *deletedMarks) due(before time.Time) []mapi.GUID {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []mapi.GUID
	for guid, at := range d.at {
		if at.Before(before) {
			out = append(out, guid)
		}
	}
	return out
}
