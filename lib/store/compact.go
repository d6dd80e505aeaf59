// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// compactName is the name of a mailbox's new database while it is written.
const compactName = databaseName + ".new"

// alonePatience is how long a change of files waits for those who read.
const alonePatience = time.Minute

// Compact implements object.Maintenance. Who writes waits for it; who reads
// does only while the files change places.
func (s *session) Compact(ctx context.Context, req object.CompactRequest) (object.CompactResponse, error) {
	var out object.CompactResponse
	m, _, leave, err := s.mailbox(ctx, actCheck, req.Store)
	if err != nil {
		return out, err
	}
	defer leave()
	if err := m.pruneTombstones(ctx); err != nil {
		return out, fmt.Errorf("compact store %s: %w", m.guid, coded(err))
	}
	if out.Before, out.After, err = m.compact(ctx); err != nil {
		return out, fmt.Errorf("compact store %s: %w", m.guid, coded(err))
	}
	s.audit(ctx, "compact store", m.guid.String())
	return out, nil
}

func (m *mailbox) compact(ctx context.Context) (before, after int64, err error) {
	m.writing.Lock()
	defer m.writing.Unlock()
	c, err := m.writer()
	if err != nil {
		return 0, 0, err
	}
	if before, _, err = c.Sizes(); err != nil {
		return 0, 0, err
	}
	path := m.beside(compactName)
	removeDatabase(path) // of a try that a crash ended
	defer removeDatabase(path)
	if err := c.VacuumInto(path); err != nil {
		return 0, 0, err
	}
	if err := m.alone(ctx, func() error { return changeFiles(m.path, path, "") }); err != nil {
		return 0, 0, err
	}
	if c, err = m.writer(); err != nil {
		return 0, 0, err
	}
	after, _, err = c.Sizes()
	return before, after, err
}

// removeDatabase removes what there is of a database that came to nothing.
func removeDatabase(path string) {
	for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
		_ = os.Remove(path + suffix)
	}
}

// alone runs f while nobody has the mailbox's files open; f may put others in
// their place. It wants m.writing. Readers are waited for; those who come
// meanwhile wait.
func (m *mailbox) alone(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, alonePatience, fmt.Errorf("change files: somebody reads: %w", mapi.Busy))
	defer cancel()
	taken := 0
	defer func() {
		for range taken {
			<-m.reading
		}
	}()
	for range cap(m.reading) {
		select {
		case m.reading <- struct{}{}:
			taken++
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	m.closeFiles()
	err := f()
	if _, werr := m.writer(); err == nil { // before a reader comes: it turns the log on
		err = werr
	}
	return err
}

// changeFiles puts another database in place of one that nobody has open; the
// old one stays under the name kept, if there is one. The log was emptied when
// the files were closed; what it has all the same belongs to the old database.
func changeFiles(path, fresh, kept string) error {
	log := path + "-wal"
	if st, err := os.Stat(log); err == nil && st.Size() > 0 && kept == "" {
		return fmt.Errorf("change files: the log is not empty: %w", mapi.DiskError)
	}
	if kept != "" {
		if err := keepFiles(path, kept); err != nil {
			return err
		}
	}
	for _, old := range []string{log, path + "-shm"} {
		if err := os.Remove(old); err != nil && !os.IsNotExist(err) {
			return diskError(err)
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		return diskError(err)
	}
	return diskError(syncDir(filepath.Dir(path)))
}

// keepFiles gives a database and its log second names, so that a crash leaves
// the old database or the new one in place.
func keepFiles(path, kept string) error {
	for _, suffix := range []string{"", "-wal"} {
		if err := os.Link(path+suffix, kept+suffix); err != nil && !os.IsNotExist(err) {
			return diskError(err)
		}
	}
	return nil
}
