// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// queue is the outgoing queue of all mailboxes. The truth lies in each
// mailbox's queue table; in memory it is kept whole. A file in the folder
// "queued" named as the mailbox says that it may have entries: it is made
// before the first, so that a start need not look into every mailbox.
type queue struct {
	dir string
	mu  sync.Mutex
	// The fields below are guarded by mu.
	entries map[mapi.GUID]map[mapi.ID]object.QueueEntry // without owner and address
	marked  map[mapi.GUID]bool
}

// loadQueue reads the queues of the mailboxes that are marked.
func (e *Engine) loadQueue(ctx context.Context) (*queue, error) {
	q := &queue{dir: filepath.Join(e.path, queuedName), entries: map[mapi.GUID]map[mapi.ID]object.QueueEntry{}, marked: map[mapi.GUID]bool{}}
	files, err := os.ReadDir(q.dir)
	if err != nil {
		return nil, diskError(err)
	}
	for _, f := range files {
		guid, err := mapi.ParseGUID(f.Name())
		if err != nil {
			continue
		}
		q.marked[guid] = true
		if err := e.loadQueueOf(ctx, q, guid); err != nil {
			log.Error(ctx, codeQueue, "read outgoing queue of mailbox", log.Store(guid.String()), log.Err(err))
			continue
		}
		if len(q.entries[guid]) == 0 {
			q.forget(guid)
		}
	}
	return q, nil
}

func (e *Engine) loadQueueOf(ctx context.Context, q *queue, guid mapi.GUID) error {
	m, err := e.acquire(guid)
	if mapi.CodeOf(err) == mapi.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	defer e.leave(m)
	return m.view(ctx, func(c *sqlite.Conn) error {
		rows, err := c.Query("SELECT message, submitted, next, attempts, reason, done FROM queue")
		if err != nil {
			return err
		}
		for rows.Next() {
			q.set(scanQueue(guid, rows))
		}
		return rows.Close()
	})
}

// loadQueueOfAnew reads the queue of a mailbox in which it was repaired.
func (e *Engine) loadQueueOfAnew(ctx context.Context, guid mapi.GUID) error {
	q := &queue{entries: map[mapi.GUID]map[mapi.ID]object.QueueEntry{}}
	if err := e.loadQueueOf(ctx, q, guid); err != nil {
		return err
	}
	e.queue.mu.Lock()
	defer e.queue.mu.Unlock()
	e.queue.entries[guid] = q.entries[guid]
	return nil
}

func scanQueue(guid mapi.GUID, r *sqlite.Rows) object.QueueEntry {
	return object.QueueEntry{Store: guid, Message: mapi.ID(r.Int(0)), Submitted: mapi.FromFileTime(uint64(r.Int(1))),
		Next: mapi.FromFileTime(uint64(r.Int(2))), Attempts: int(r.Int(3)), Reason: r.Text(4), Done: unpackKeywords(r.Text(5))}
}

func (q *queue) set(e object.QueueEntry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.entries[e.Store] == nil {
		q.entries[e.Store] = map[mapi.ID]object.QueueEntry{}
	}
	q.entries[e.Store][e.Message] = e
}

func (q *queue) remove(store mapi.GUID, message mapi.ID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.entries[store], message)
}

// forget drops a mailbox and its mark; a mark that stays does no harm.
func (q *queue) forget(store mapi.GUID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.entries, store)
	delete(q.marked, store)
	_ = os.Remove(filepath.Join(q.dir, store.String()))
}

// mark makes the mailbox's mark, durably.
func (q *queue) mark(store mapi.GUID) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.marked[store] {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(q.dir, store.String()), os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		f.Close()
		err = syncDir(q.dir)
	}
	if err != nil {
		return fmt.Errorf("mark outgoing queue: %w", diskError(err))
	}
	q.marked[store] = true
	return nil
}

// due lists entries that may be tried at a moment, soonest first; of one store
// where one is named.
func (q *queue) due(store mapi.GUID, at time.Time) []object.QueueEntry {
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []object.QueueEntry
	for guid, list := range q.entries {
		if !store.IsZero() && guid != store {
			continue
		}
		for _, e := range list {
			if at.IsZero() || !e.Next.After(at) {
				out = append(out, e)
			}
		}
	}
	slices.SortFunc(out, func(a, b object.QueueEntry) int {
		return cmp.Or(a.Next.Compare(b.Next), a.Submitted.Compare(b.Submitted), cmp.Compare(a.Message, b.Message))
	})
	return out
}

// enqueue writes an entry's row.
func (t *tx) enqueue(e object.QueueEntry) error {
	done := ""
	if len(e.Done) > 0 {
		done = strings.Join(e.Done, "\n") + "\n"
	}
	err := t.c.Exec("DELETE FROM queue WHERE message = ?", uint64(e.Message))
	if err == nil {
		err = t.c.Exec("INSERT INTO queue (message, submitted, next, attempts, reason, done) VALUES (?,?,?,?,?,?)",
			uint64(e.Message), mapi.FileTime(e.Submitted), mapi.FileTime(e.Next), e.Attempts, e.Reason, done)
	}
	t.after(func() { t.m.e.queue.set(e) })
	return err
}

// dequeue takes an entry out.
func (t *tx) dequeue(message mapi.ID) error {
	t.after(func() { t.m.e.queue.remove(t.m.guid, message) })
	return t.c.Exec("DELETE FROM queue WHERE message = ?", uint64(message))
}
