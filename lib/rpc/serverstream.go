// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// lingerTime is how long an item waits for others to share its frame.
const lingerTime = 2 * time.Millisecond

// batch gathers the items of a stream into frames. The link's timer writes what
// the producer leaves waiting; the link's write lock guards it.
type batch struct {
	l      *serverLink
	op     *operation
	cancel func()    // ends the producer
	since  time.Time // when it began to wait; zero: for nothing
	full   int       // bytes at which a frame is written: the first ones are short, so that the client begins early
	ended  bool      // the last frame was written
	err    error
}

// stream runs a call that yields, and writes its items.
func (l *serverLink) stream(ctx context.Context, op *operation, s object.Session, req any) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b := &batch{l: l, op: op, cancel: cancel, full: firstBatch}
	defer b.stop()
	b.start()
	var failed error
	op.stream(ctx, s, req, func(item any, err error) bool {
		if err != nil {
			failed = err
			return false
		}
		failed = b.add(item)
		return failed == nil
	})
	return b.end(failed)
}

// start begins the first frame.
func (b *batch) start() {
	b.l.writes.Lock()
	defer b.l.writes.Unlock()
	b.l.begin()
	b.l.batch = b
	b.wait()
}

// wait has the timer look after a while. It runs on from stream to stream: to set one
// for each would wake a thread each time, for the runtime to heed it.
func (b *batch) wait() {
	b.since = time.Now()
	switch l := b.l; {
	case l.timer == nil:
		l.timer = time.AfterFunc(lingerTime, l.linger)
	case !l.timing:
		l.timer.Reset(lingerTime)
	}
	b.l.timing = true
}

// linger writes what has waited for long enough.
func (l *serverLink) linger() {
	l.writes.Lock()
	defer l.writes.Unlock()
	l.timing = false
	b := l.batch
	if b == nil || b.since.IsZero() {
		return
	}
	if rest := lingerTime - time.Since(b.since); rest > 0 {
		l.timer.Reset(rest)
		l.timing = true
		return
	}
	b.linger()
}

// final is an item that knows whether it is the last one of its stream, so that
// no frame has to say so.
type final interface{ Final() bool }

// listen makes the link heed its client, for a stream that is not over at once.
// From then on the client sets the pace: slow ones keep no places from others.
func (b *batch) listen() {
	if b.l.listening == nil {
		b.l.giveBack()
		b.l.listening = make(chan struct{})
		go b.l.listen(b.cancel, b.l.listening)
	}
}

// listen waits for what the client sends while a stream runs: it can only be a
// cancel, or the next call after the stream has ended; or for it to go away.
// Either ends the stream, where it still runs.
func (l *serverLink) listen(cancel func(), done chan<- struct{}) {
	defer close(done)
	_, _ = l.in.Discard(l.skip)
	l.skip = 0
	_, _ = l.in.Peek(1)
	cancel()
}

// add takes an item; the frame is written when it is full.
func (b *batch) add(item any) error {
	b.l.writes.Lock()
	defer b.l.writes.Unlock()
	if b.err != nil || b.ended {
		return b.err
	}
	head, tail := b.op.result.AppendHead(b.l.out, item)
	b.l.out = head
	if len(tail) < tailSize {
		b.l.out = append(b.l.out, tail...)
		tail = nil
	}
	if f, ok := item.(final); ok && f.Final() {
		b.ended = true
		return b.write(flagLast, tail)
	}
	if len(tail) > 0 || len(b.l.out) >= b.full {
		if b.full == batchSize { // a stream of few bytes is soon over
			b.listen()
		}
		if b.full *= 2; len(tail) > 0 || b.full > batchSize {
			b.full = batchSize
		}
		return b.write(0, tail)
	}
	if b.since.IsZero() {
		b.wait()
	}
	return nil
}

// linger writes what waits.
func (b *batch) linger() {
	b.since = time.Time{}
	if b.ended || b.err != nil {
		return
	}
	b.listen()
	if len(b.l.out) > frameHeader {
		_ = b.write(0, nil) // kept in b.err
	}
}

// write sends the frame and begins the next.
func (b *batch) write(flags byte, tail []byte) error {
	b.err = b.l.flush(frameResult, flags, tail)
	b.l.begin()
	return b.err
}

// stop keeps the timer from writing.
func (b *batch) stop() {
	b.l.writes.Lock()
	defer b.l.writes.Unlock()
	b.l.batch = nil
}

// end writes what is left and how the stream ended.
func (b *batch) end(failed error) error {
	b.stop()
	b.l.writes.Lock()
	defer b.l.writes.Unlock()
	if b.err != nil || b.ended {
		return b.err
	}
	if failed == nil {
		return b.write(flagLast, nil)
	}
	if len(b.l.out) > frameHeader {
		if err := b.write(0, nil); err != nil {
			return err
		}
	}
	return failed
}

// uploadReader reads the content that follows a call.
type uploadReader struct {
	l    *serverLink
	rest []byte
	left int64 // bytes that may still come
	err  error
}

// Read implements io.Reader.
func (u *uploadReader) Read(p []byte) (int, error) {
	for len(u.rest) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.next()
	}
	n := copy(p, u.rest)
	u.rest = u.rest[n:]
	return n, nil
}

// next reads a frame.
func (u *uploadReader) next() {
	if err := u.l.conn.SetReadDeadline(time.Now().Add(u.l.opt.Stall)); err != nil {
		u.err = &brokenError{err}
		return
	}
	f, err := u.l.read(0)
	_ = u.l.conn.SetReadDeadline(time.Time{})
	switch {
	case err != nil:
		u.err = &brokenError{unexpected(err)}
	case f.typ == frameCancel:
		u.err = fmt.Errorf("read upload: %w", mapi.Cancel)
	case f.typ != frameData:
		u.err = &brokenError{fmt.Errorf("read upload: frame of type %d: %w", f.typ, mapi.InvalidParameter)}
	case int64(len(f.payload)) > u.left:
		u.err = &brokenError{fmt.Errorf("read upload: %w", mapi.TooBig)}
	default:
		u.left -= int64(len(f.payload))
		u.rest = f.payload
		if f.flags&flagLast != 0 {
			u.err = io.EOF
		}
	}
}

// maxDump is how many bytes a dump that is loaded may have. Only administrators
// load any, and the store keeps it on its disk until it is used.
const maxDump = 1 << 40

// take runs a call that takes bytes. What it leaves unread is read away, so
// that the client, which writes before it reads, gets its answer.
func (l *serverLink) take(ctx context.Context, op *operation, s object.Session, req any) error {
	content := &uploadReader{l: l, left: l.opt.MaxUpload}
	if op == opLoad.operation {
		content.left = max(content.left, maxDump)
	}
	resp, err := op.upload(ctx, s, req, content)
	if err != nil { // no more than that is read away
		content.left = min(content.left, l.opt.MaxUpload)
	}
	for content.err == nil {
		content.next()
	}
	var broken *brokenError
	if errors.As(content.err, &broken) {
		return broken
	}
	if err != nil {
		return err
	}
	return l.answer(op, resp)
}
