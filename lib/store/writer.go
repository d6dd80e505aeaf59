// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// operation is one caller's part of a transaction.
type operation struct {
	run    func(*tx) error
	flags  mapi.ID      // the folder in which it changes the flags of few messages and nothing else; 0: it may do anything
	acc    *access      // of the session; nil is the server itself
	cancel func() error // the caller's ctx.Err
	err    error
	wake   chan bool // true: lead the next batch; false: it is done
}

// update runs an operation in a transaction and returns after the commit. The
// first who comes leads: it runs what waits, its own first, and then wakes the
// next to lead.
func (m *mailbox) update(ctx context.Context, run func(*tx) error) error {
	return m.carryOut(ctx, &operation{run: run})
}

func (m *mailbox) carryOut(ctx context.Context, op *operation) error {
	op.cancel, op.wake = ctx.Err, make(chan bool, 1)
	m.queueMu.Lock()
	m.queue = append(m.queue, op)
	lead := !m.leading
	m.leading = true
	m.queueMu.Unlock()
	if lead || <-op.wake {
		m.lead(ctx)
	}
	return coded(op.err)
}

// updateAs is update on behalf of a session: its access is the transaction's.
func (m *mailbox) updateAs(ctx context.Context, acc *access, run func(*tx) error) error {
	return m.carryOut(ctx, &operation{run: run, acc: acc})
}

// lead runs one batch and hands over.
func (m *mailbox) lead(ctx context.Context) {
	m.queueMu.Lock()
	batch := m.queue[:min(batchMax, len(m.queue)):min(batchMax, len(m.queue))]
	m.queue = m.queue[len(batch):]
	m.queueMu.Unlock()

	m.writing.Lock()
	m.runBatch(ctx, batch)
	m.endWriting(ctx)

	m.queueMu.Lock()
	var next *operation
	if len(m.queue) > 0 {
		next = m.queue[0]
	} else {
		m.leading, m.queue = false, nil
	}
	m.queueMu.Unlock()
	if next != nil {
		next.wake <- true
	}
	for _, op := range batch[1:] {
		op.wake <- false
	}
}

// runBatch runs operations in one transaction. It wants m.writing.
func (m *mailbox) runBatch(ctx context.Context, batch []*operation) {
	if m.maySoften(batch) && m.runOnce(ctx, batch, true) {
		return
	}
	m.runOnce(ctx, batch, false)
}

// runOnce is false where a soft transaction does more than it may: nothing of
// it has happened then.
func (m *mailbox) runOnce(ctx context.Context, batch []*operation, soft bool) (done bool) {
	fail := func(err error) {
		for _, op := range batch {
			if op.err == nil {
				op.err = err
			}
		}
	}
	t, err := m.begin(soft)
	if err != nil {
		fail(fmt.Errorf("write mailbox: %w", err))
		return true
	}
	c := t.c
	worked := 0
	for _, op := range batch {
		t.flagging = t.flagging || op.flags != 0
		if op.err = m.e.noteDamage(ctx, m.guid, t.runPart(ctx, op, len(batch) > 1)); op.err == nil {
			worked++
		}
		if !c.InTx() {
			fail(op.err)
			return true
		}
	}
	if worked == 0 {
		c.Rollback()
		return true
	}
	err = protect(ctx, t.finish)
	if errors.Is(err, errNotSoft) {
		c.Rollback()
		return false
	}
	if err == nil {
		// It is no error where there is no room ahead: the commit shows it.
		_ = m.log.Reserve(m.frames + int64(pagesPerCommit*worked+t.done.pages) + pagesSpare)
		err = m.commit(c, soft)
	}
	if err != nil {
		fail(fmt.Errorf("commit: %w", err))
	}
	if err != nil && !errors.Is(err, sqlite.ErrNotOnDisk) {
		c.Rollback()
		return true
	}
	_ = protect(ctx, func() error { t.publish(); return nil }) // it is committed, whatever becomes of the news
	before := m.frames
	m.committed(ctx, c)
	if soft || m.frames != before { // else it has written nothing, and waited for nothing
		m.noteUnsynced(soft)
	}
	return true
}

// begin starts a transaction.
func (m *mailbox) begin(soft bool) (*tx, error) {
	c, err := m.begins()
	if err != nil {
		return nil, err
	}
	if soft {
		err = c.BeginSoft()
	} else {
		err = c.Begin()
	}
	if err != nil {
		return nil, err
	}
	t := newTx(m, c)
	t.soft = soft
	return t, nil
}

// runPart runs one operation. Where it is not alone, a savepoint undoes just
// what it did.
func (t *tx) runPart(ctx context.Context, op *operation, savepoint bool) (err error) {
	if err := op.cancel(); err != nil {
		return err
	}
	if savepoint {
		if err := t.c.Savepoint(); err != nil {
			return err
		}
	}
	err = protect(ctx, func() error {
		t.acc = op.acc
		if err := op.run(t); err != nil {
			return err
		}
		return t.settleSearches()
	})
	if err == nil {
		if savepoint {
			err = t.c.Release()
		}
		if err == nil {
			t.keep()
		}
		return err
	}
	t.drop()
	if !savepoint {
		t.c.Rollback()
	} else if t.c.InTx() && t.c.RollbackTo() != nil {
		t.c.Rollback()
	}
	return err
}

// protect turns a panic into an error, since others wait for the transaction.
func protect(ctx context.Context, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error(ctx, codePanic, "operation panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("run operation: internal error: %w", mapi.GeneralFailure)
		}
	}()
	return f()
}
