// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"time"

	"twiga/lib/log"
	"twiga/lib/sqlite"
)

// committed notes that the log has grown. It wants m.writing.
func (m *mailbox) committed(ctx context.Context, c *sqlite.Conn) {
	m.lastWrite.Store(time.Now().UnixNano())
	m.dirty.Store(true)
	frames, err := c.Frames()
	m.frames = frames
	m.noteCheckpoint(ctx, err)
}

func (m *mailbox) noteCheckpoint(ctx context.Context, err error) {
	if err != nil {
		log.Warn(ctx, codeCheckpoint, "copy log into mailbox", log.Store(m.guid.String()), log.Err(err))
	}
}

// endWriting unlocks m.writing. A log that is long is copied into the database:
// beside those who write next, for what they wrote before is on disk, and only
// where it grows faster than that, before them. A failed copy is tried again
// after the next commit.
func (m *mailbox) endWriting(ctx context.Context) {
	frames, opt := m.frames, &m.e.opt
	if frames >= opt.checkpointMust {
		m.shorten(ctx)
	}
	m.writing.Unlock()
	if frames >= opt.checkpointFrames && frames < opt.checkpointMust {
		m.shortenBeside(context.WithoutCancel(ctx))
	}
}

// shorten copies a long log into the database. It wants m.writing.
func (m *mailbox) shorten(ctx context.Context) {
	if m.frames < m.e.opt.checkpointFrames {
		return
	}
	c, err := m.writer()
	if err == nil {
		_, err = c.Checkpoint(sqlite.Passive)
	}
	m.noteCheckpoint(ctx, err)
}

// shortenBeside is shorten while others write. It takes the place of a reader, so
// that whoever wants the files for himself waits for it. They wait for the end
// alone: for what they wrote meanwhile, so that the log starts anew.
func (m *mailbox) shortenBeside(ctx context.Context) {
	if !m.shortening.CompareAndSwap(false, true) {
		return
	}
	select {
	case m.reading <- struct{}{}:
	default:
		m.shortening.Store(false)
		return
	}
	m.e.mu.Lock()
	m.users++ // there is one, who calls
	m.e.mu.Unlock()
	m.e.work.Go(func() {
		defer m.e.leave(m)
		defer m.shortening.Store(false)
		c, err := m.openReader()
		if err != nil {
			<-m.reading
		} else {
			_, err = c.Checkpoint(sqlite.Passive)
			m.release(c)
		}
		m.noteCheckpoint(ctx, err)
		m.writing.Lock()
		defer m.writing.Unlock()
		m.shorten(ctx)
	})
}
