// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
)

// Errors of a connection, for the client's own use.
var (
	errNotBegun     = errors.New("the server did not begin the call")
	errLost         = errors.New("the connection was lost")
	errEndOfSession = fmt.Errorf("use session: the server has it no more: %w", mapi.EndOfSession)
)

func isLost(err error) bool { return errors.Is(err, errLost) }

func isEndOfSession(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.Code == mapi.EndOfSession
}

// outside is how an error of the connection is told to callers.
func outside(err error) error {
	if isLost(err) || errors.Is(err, errNotBegun) {
		return fmt.Errorf("call store: %w: %w", err, mapi.NetworkError)
	}
	return err
}

// clientLink is one connection to the server. Whoever has it from the pool
// uses it alone.
type clientLink struct {
	*link
	left     *left     // sessions that the server is to be told of
	instance string    // which run of the server this is
	idle     time.Time // since when nobody uses it
	broken   bool      // not to be used again
}

// sever marks the connection as unusable and wraps the cause.
func (l *clientLink) sever(kind, cause error) error {
	l.broken = true
	return fmt.Errorf("%w: %w", kind, cause)
}

// guard makes the end of ctx the end of the connection's patience. The
// returned function ends that, and says whether ctx came first.
func (l *clientLink) guard(ctx context.Context) (stop func() bool) {
	if ctx.Done() == nil {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, func() { _ = l.conn.SetDeadline(time.Unix(1, 0)) })
}

// request writes a call, and ahead of it which sessions were left.
func (l *clientLink) request(ctx context.Context, op *operation, id sessionID, req any) error {
	h := callHeader{session: id, request: log.RequestID(ctx)}
	if deadline, ok := ctx.Deadline(); ok {
		h.timeout = max(time.Until(deadline), time.Millisecond)
	}
	gone := l.left.take()
	err := l.leaving(gone)
	if err == nil {
		l.out = h.append(l.out)
		l.out = op.request.Append(l.out, req)
		err = l.sendCall(op)
	}
	if err != nil && len(gone) > 0 {
		l.left.add(gone...)
	}
	return err
}

// leaving begins a frame, with one ahead of it that tells of the sessions.
func (l *clientLink) leaving(gone []sessionID) error {
	l.begin()
	if len(gone) == 0 {
		return nil
	}
	for _, id := range gone {
		l.out = append(l.out, id[:]...)
	}
	return l.follow(frameLeave)
}

func (l *clientLink) sendCall(op *operation) error {
	if n := len(l.out) - l.start; n > maxAnswer {
		return fmt.Errorf("%s: request of %d bytes: %w", op.name, n, mapi.TooBig)
	}
	if err := l.send(frameCall, 0, op.number, nil); err != nil {
		return l.sever(errNotBegun, err) // a frame that is not whole is no call
	}
	return nil
}

// response reads the next frame of an answer.
func (l *clientLink) response() (frame, error) {
	f, err := l.read(0)
	switch {
	case err != nil:
		return f, l.sever(errLost, unexpected(err))
	case f.typ == frameResult:
		return f, nil
	case f.typ == frameFailure:
		return f, failureOf(f.payload)
	case f.typ == frameBye:
		return f, l.sever(errNotBegun, io.EOF)
	}
	return f, l.sever(errLost, fmt.Errorf("unexpected frame of type %d", f.typ))
}

// roundTrip does a unary call.
func (l *clientLink) roundTrip(ctx context.Context, op *operation, id sessionID, req, resp any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	stop := l.guard(ctx)
	err := l.request(ctx, op, id, req)
	var f frame
	if err == nil {
		f, err = l.response()
	}
	if !stop() {
		l.broken = true
		if err != nil {
			return ctx.Err()
		}
	}
	if err != nil {
		return err
	}
	return l.decode(op, f.payload, resp)
}

// decode reads a response. One that points into its bytes gets its own.
func (l *clientLink) decode(op *operation, payload []byte, resp any) error {
	if op.result.Aliases() {
		payload = bytes.Clone(payload)
	}
	if err := op.result.DecodeAll(payload, resp); err != nil {
		return l.sever(errLost, err)
	}
	return nil
}

// each does a call that yields: next is called for every item, which lies in
// *item then; it ends the stream by false. Began tells whether an item came.
func (l *clientLink) each(ctx context.Context, op *operation, id sessionID, req, item any, next func() bool) (began bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	stop := l.guard(ctx)
	began, more, err := l.items(ctx, op, id, req, item, next)
	if !stop() {
		l.broken = true
		if err != nil {
			return began, ctx.Err()
		}
		return began, nil
	}
	if more {
		l.cancel()
	}
	return began, err
}

// items is each without the watch over ctx. More: the consumer had enough
// while the server may not have ended.
func (l *clientLink) items(ctx context.Context, op *operation, id sessionID, req, item any, next func() bool) (began, more bool, err error) {
	if err = l.request(ctx, op, id, req); err != nil {
		return false, false, err
	}
	done := false
	defer func() {
		if !done {
			l.broken = true // the consumer panicked
		}
	}()
	for {
		f, err := l.response()
		if err != nil {
			done = true
			return began, false, err
		}
		for rest := f.payload; len(rest) > 0; {
			if rest, err = op.result.Decode(rest, item); err != nil {
				done = true
				return began, false, l.sever(errLost, err)
			}
			began = true
			if !next() {
				done = true
				return began, f.flags&flagLast == 0, nil
			}
		}
		if f.flags&flagLast != 0 {
			done = true
			return began, false, nil
		}
	}
}

// cancel ends a stream that nobody wants any more: the server is told, and
// what it has sent already is read away, unless that is much.
func (l *clientLink) cancel() {
	deadline := time.Now().Add(cancelTime)
	if l.conn.SetDeadline(deadline) != nil || l.put(frameCancel, 0, nil) != nil {
		l.broken = true
		return
	}
	for got := 0; got < cancelBytes; {
		f, err := l.response()
		if l.broken {
			return
		}
		if err != nil || f.flags&flagLast != 0 {
			l.broken = l.conn.SetDeadline(time.Time{}) != nil
			return
		}
		got += frameHeader + len(f.payload)
	}
	l.broken = true
}

// upload does a call that takes bytes.
func (l *clientLink) upload(ctx context.Context, op *operation, id sessionID, req any, content io.Reader, resp any) (began bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	stop := l.guard(ctx)
	f, began, err := l.feed(ctx, op, id, req, content)
	if !stop() {
		l.broken = true
		if err != nil {
			return began, ctx.Err()
		}
	}
	if err != nil {
		return began, err
	}
	return began, l.decode(op, f.payload, resp)
}

// feed writes the call and its bytes, and reads the answer. Began: content was read.
func (l *clientLink) feed(ctx context.Context, op *operation, id sessionID, req any, content io.Reader) (f frame, began bool, err error) {
	if err := l.request(ctx, op, id, req); err != nil {
		return frame{}, false, err
	}
	for last := false; !last; {
		l.begin()
		l.out = slices.Grow(l.out, uploadFrame)[:frameHeader+uploadFrame]
		n, err := io.ReadFull(content, l.out[frameHeader:])
		l.out = l.out[:frameHeader+n]
		flags := byte(0)
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			last, flags = true, flagLast
		case err != nil:
			return frame{}, true, l.giveUp(fmt.Errorf("read content: %w", err))
		}
		if err := l.send(frameData, flags, 0, nil); err != nil {
			_ = l.conn.SetReadDeadline(time.Now().Add(cancelTime))
			if f, rerr := l.response(); rerr != nil && !isLost(rerr) {
				l.broken = true
				return f, true, rerr // the server said why it hung up
			}
			return frame{}, true, l.sever(errLost, err)
		}
	}
	f, err = l.response()
	return f, true, err
}

// giveUp tells the server that an upload ends early.
func (l *clientLink) giveUp(cause error) error {
	if err := l.put(frameCancel, 0, nil); err != nil {
		l.broken = true
		return cause
	}
	_, _ = l.response() // the server's Cancel
	return cause
}
