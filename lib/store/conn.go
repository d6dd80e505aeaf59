// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// writer is the connection that writes; it is opened on first need. It wants
// m.writing.
func (m *mailbox) writer() (*sqlite.Conn, error) {
	m.connMu.Lock()
	defer m.connMu.Unlock()
	if m.w == nil {
		c, err := sqlite.Open(m.path, sqlite.Options{CacheKiB: cacheKiB, Busy: time.Second, WAL: m.log})
		if err != nil {
			return nil, err
		}
		m.log.Reset() // nobody has another file open as the log
		m.w = c
		m.e.noteActive(m)
	}
	return m.w, nil
}

// begins gives the writer for a transaction. Where the disk may not have all of the
// log, that is emptied first, so that no later commit stands behind a gap.
func (m *mailbox) begins() (*sqlite.Conn, error) {
	c, err := m.writer()
	if err != nil || !m.gap {
		return c, err
	}
	done, err := c.Checkpoint(sqlite.Truncate)
	if err == nil && !done {
		err = fmt.Errorf("empty log after a failed commit: somebody reads: %w", mapi.Busy)
	}
	if err != nil {
		return nil, err
	}
	m.emptied()
	m.gap = false
	return c, nil
}

// commit ends a transaction. Nobody who begins to read sees it before it is on the
// disk, unless it is soft.
func (m *mailbox) commit(c *sqlite.Conn, soft bool) error {
	if m.e.redo != nil && !soft { // else SQLite sees to that
		m.doubt.begin()
		defer m.doubt.end()
	}
	err := c.Commit()
	m.gap = m.gap || errors.Is(err, sqlite.ErrGap) || errors.Is(err, sqlite.ErrNotOnDisk)
	return err
}

// reader takes a connection that reads, in a transaction: all that it reads is
// of one moment. Give it back with release.
func (m *mailbox) reader(ctx context.Context) (*sqlite.Conn, error) {
	select {
	case m.reading <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a reader: %w", ctx.Err())
	}
	c, err := m.openReader()
	if err == nil {
		if err = c.BeginRead(); err == nil {
			m.doubt.wait()
			return c, nil
		}
		c.Close()
	}
	<-m.reading
	return nil, fmt.Errorf("read mailbox: %w", coded(err))
}

func (m *mailbox) openReader() (*sqlite.Conn, error) {
	m.connMu.Lock()
	if n := len(m.idle); n > 0 {
		c := m.idle[n-1]
		m.idle = m.idle[:n-1]
		m.connMu.Unlock()
		return c, nil
	}
	m.connMu.Unlock()
	c, err := sqlite.Open(m.path, sqlite.Options{CacheKiB: cacheKiB, Busy: time.Second, ReadOnly: true})
	if err == nil {
		m.e.noteActive(m)
	}
	return c, err
}

// release gives a reader back.
func (m *mailbox) release(c *sqlite.Conn) {
	c.Rollback()
	m.connMu.Lock()
	keep := len(m.idle) < readersKept
	if keep {
		m.idle = append(m.idle, c)
	}
	m.connMu.Unlock()
	if !keep {
		c.Close()
	}
	<-m.reading
}

// view runs f on one moment of the mailbox.
func (m *mailbox) view(ctx context.Context, f func(*sqlite.Conn) error) error {
	c, err := m.reader(ctx)
	if err != nil {
		return err
	}
	defer m.release(c)
	return m.e.noteDamage(ctx, m.guid, coded(f(c)))
}

// closeFiles closes all connections that nobody uses. It wants m.writing.
func (m *mailbox) closeFiles() {
	m.connMu.Lock()
	w, idle := m.w, m.idle
	m.w, m.idle = nil, nil
	m.connMu.Unlock()
	for _, c := range idle {
		c.Close()
	}
	if w != nil {
		w.Close() // the last one empties the log
		m.e.filesClosed.Add(1)
	}
	m.emptied()
}

// emptied notes that the log holds nothing. It wants m.writing.
func (m *mailbox) emptied() {
	m.log.Reset()
	m.frames = 0
	m.dirty.Store(false)
}

// settle empties the log of a mailbox that nobody writes. It gives up where
// somebody writes or reads, since it would wait for readers with writers
// behind it; the next tick comes.
func (m *mailbox) settle() {
	if len(m.reading) > 0 || !m.writing.TryLock() {
		return
	}
	defer m.writing.Unlock()
	c, err := m.writer()
	if err != nil {
		return
	}
	if done, err := c.Checkpoint(sqlite.Truncate); err == nil && done {
		m.emptied()
	}
}

// hibernate closes the files of an idle mailbox. It wants that nobody uses it.
func (m *mailbox) hibernate() bool {
	if !m.writing.TryLock() {
		return false
	}
	defer m.writing.Unlock()
	m.rest()
	m.closeFiles()
	return true
}
