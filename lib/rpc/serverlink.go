// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// serverLink is one connection of a client that carries frames.
type serverLink struct {
	*door
	*link
	peer   Peer
	client *client
	state  atomic.Int32
	inside atomic.Bool   // the call counts among those that run
	writes sync.Mutex    // held while a frame is built and written
	batch  *batch        // the stream that runs; guarded by writes
	timer  *time.Timer   // of streams; guarded by writes
	timing bool          // it is set; guarded by writes
	live   *liveSession  // of the call that runs
	events *serverEvents // on a connection for events

	listening chan struct{} // is closed when the reader may read after a stream
}

// The states of a link.
const (
	linkIdle     = iota // waits for a call
	linkBusy            // a call runs
	linkDraining        // no call shall begin
)

// drain makes the link end, at once where it is idle.
func (l *serverLink) drain() {
	if l.state.Swap(linkDraining) != linkBusy {
		_ = l.conn.SetReadDeadline(time.Unix(1, 0)) // wakes the reader
	}
}

// serve reads frames until the connection ends.
func (l *serverLink) serve(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer l.stop(cancel)
	for {
		if l.listening != nil {
			<-l.listening
			l.listening = nil
		}
		f, err := l.read(l.opt.Stall)
		if err != nil {
			l.ended(ctx, err)
			return
		}
		switch f.typ {
		case frameCall:
			if !l.state.CompareAndSwap(linkIdle, linkBusy) {
				l.bye()
				return
			}
			err = l.call(ctx, f)
			if !l.state.CompareAndSwap(linkBusy, linkIdle) {
				l.bye()
				return
			}
		case frameSubscribe:
			err = l.subscribe(ctx, f.payload)
		case frameUnsubscribe:
			err = l.unsubscribe(f.payload)
		case frameLeave:
			err = l.leave(ctx, f.payload)
		case frameCancel, frameData: // of a call that has ended meanwhile
		default:
			err = fmt.Errorf("read frame: unknown type %d: %w", f.typ, mapi.InvalidParameter)
		}
		if err != nil {
			l.ended(ctx, err)
			return
		}
	}
}

// stop closes the connection and waits for what runs beside the reader.
func (l *serverLink) stop(cancel func()) {
	cancel()
	_ = l.conn.Close()
	if l.listening != nil {
		<-l.listening
	}
	if l.events != nil {
		l.events.wg.Wait()
	}
}

// ended says goodbye where that is due, and logs what is not the usual end.
func (l *serverLink) ended(ctx context.Context, err error) {
	switch {
	case l.state.Load() == linkDraining:
		l.bye()
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), isReset(err):
	default:
		l.writes.Lock()
		l.begin()
		l.out = appendFailure(l.out, err)
		_ = l.send(frameFailure, flagLast, 0, nil)
		l.writes.Unlock()
		log.Warn(ctx, codeBadFrame, "end connection", log.Err(err), slog.Int("pid", int(l.peer.PID)))
	}
}

func (l *serverLink) bye() {
	l.writes.Lock()
	defer l.writes.Unlock()
	_ = l.patience()
	_ = l.put(frameBye, 0, nil)
}

// patience bounds the next write.
func (l *serverLink) patience() error {
	return l.conn.SetWriteDeadline(time.Now().Add(l.opt.Stall))
}

// call runs one call and answers it. An error ends the connection.
func (l *serverLink) call(ctx context.Context, f frame) error {
	var h callHeader
	body, err := h.take(f.payload)
	if err != nil {
		return err
	}
	began := time.Now()
	l.live = nil
	op := l.find(f.op)
	if op == nil || op.kind == kindWatch || l.events != nil {
		return l.fail(fmt.Errorf("find operation %d: %w", f.op, mapi.NoSupport))
	}
	ctx, cancel := callContext(ctx, h)
	defer cancel()
	if err = l.calls.enter(ctx); err == nil {
		l.inside.Store(true)
		err = l.run(ctx, op, h, body)
		l.giveBack()
	}
	if op == opLogon.operation && errors.Is(err, mapi.LogonFailed) {
		pause(ctx, l.opt.LogonDelay)
	}
	l.observe(ctx, op, l.live, began, err)
	var broken *brokenError
	if errors.As(err, &broken) {
		return broken.error
	}
	if err != nil {
		return l.fail(err)
	}
	return nil
}

// giveBack gives the call's place to others, once: at its end, or before where
// it is a stream that waits for its client more than it works.
func (l *serverLink) giveBack() {
	if l.inside.Swap(false) {
		l.calls.leave()
	}
}

func (s *Server) find(number uint16) *operation {
	if int(number) >= len(s.ops) {
		return nil
	}
	return s.ops[number]
}

// callContext gives a call its deadline and its request id.
func callContext(ctx context.Context, h callHeader) (context.Context, context.CancelFunc) {
	if h.request != "" {
		ctx = &requestContext{Context: ctx, id: h.request}
	}
	if h.timeout > 0 {
		c := &timeoutContext{Context: ctx, deadline: time.Now().Add(h.timeout)}
		return c, c.end
	}
	return ctx, func() {}
}

// brokenError is an error of the connection: there is nobody to tell it to.
type brokenError struct{ error }

// run does a call and writes its answer, but for an error.
func (l *serverLink) run(ctx context.Context, op *operation, h callHeader, body []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(ctx, op, p)
		}
	}()
	if op.request.Aliases() {
		body = bytes.Clone(body) // the engine may keep what points into it
	}
	req := op.newRequest()
	if err := op.request.DecodeAll(body, req); err != nil {
		return fmt.Errorf("%s: %w", op.name, err)
	}
	switch op {
	case opPing.operation:
		return l.answer(op, &object.Empty{})
	case opLogon.operation:
		resp, err := l.logon(ctx, req.(*object.LogonRequest), l.peer, l.client)
		if err != nil {
			return err
		}
		return l.answer(op, resp)
	}
	if op.door != nil {
		resp, err := op.door(ctx, l.opt.Service(l.peer), req)
		if err != nil {
			return err
		}
		return l.answer(op, resp)
	}
	live, err := l.sessions.use(h.session, l.peer)
	if err != nil {
		return err
	}
	l.live = live
	defer live.measure().done()
	switch {
	case op == opLogoff.operation:
		if err := l.logoff(ctx, live); err != nil {
			return err
		}
		return l.answer(op, &object.Empty{})
	case op.kind == kindStream:
		return l.stream(ctx, op, live.session, req)
	case op.kind == kindUpload:
		return l.take(ctx, op, live.session, req)
	}
	resp, err := op.unary(ctx, live.session, req)
	if err != nil {
		return err
	}
	return l.answer(op, resp)
}

// panicked logs a panic and turns it into an error.
func panicked(ctx context.Context, op *operation, p any) error {
	log.Error(ctx, codeCallPanic, "call ended by a panic", slog.String("operation", op.name),
		slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	return fmt.Errorf("%s: %w", op.name, mapi.GeneralFailure)
}

// logon opens a session for a peer.
func (s *Server) logon(ctx context.Context, req *object.LogonRequest, p Peer, c *client) (*logonResponse, error) {
	if req.Alone {
		end(ctx, s.sessions.forsaken(time.Now(), s.opt.AloneGrace))
	}
	session, err := s.opt.Service(p).Logon(ctx, *req)
	if err != nil {
		log.Warn(ctx, codeLogon, "refuse logon", log.User(clip(req.User)), slog.String("role", req.Role.String()),
			slog.String("program", clip(req.Program)), slog.String("peer", clip(req.Peer)), slog.Int("uid", int(p.UID)),
			slog.String(log.KeyError, clip(err.Error())))
		return nil, err
	}
	live, err := s.sessions.add(session, req, p, c)
	if err != nil {
		return nil, errors.Join(err, session.Logoff(ctx))
	}
	resp := &logonResponse{Session: live.id, Principal: session.Whoami()}
	if signed, ok := session.(object.Signed); ok {
		resp.Signature = signed.Signature()
	}
	return resp, nil
}

// maxLogged is how many bytes of what somebody sent who was not let in go into
// the log.
const maxLogged = 200

func clip(text string) string {
	if len(text) > maxLogged {
		return strings.ToValidUTF8(text[:maxLogged], "") + "..."
	}
	return text
}

// logoff ends a session.
func (s *Server) logoff(ctx context.Context, live *liveSession) error {
	if !s.sessions.remove(live) {
		return fmt.Errorf("log off: %w", mapi.EndOfSession)
	}
	err := live.session.Logoff(ctx) // ends its watches
	live.stopPolls()
	return err
}

// pause waits, but not beyond ctx.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// answer writes the response of a call.
func (l *serverLink) answer(op *operation, resp any) error {
	l.writes.Lock()
	defer l.writes.Unlock()
	l.begin()
	l.out = op.result.Append(l.out, resp)
	return l.flush(frameResult, flagLast, nil)
}

// flush writes the frame that was begun.
func (l *serverLink) flush(typ frameType, flags byte, tail []byte) error {
	err := l.patience()
	if err == nil {
		err = l.send(typ, flags, 0, tail)
	}
	if err != nil {
		return &brokenError{err}
	}
	return nil
}

// fail answers with an error.
func (l *serverLink) fail(err error) error {
	l.writes.Lock()
	defer l.writes.Unlock()
	l.begin()
	l.out = appendFailure(l.out, err)
	var broken *brokenError
	if errors.As(l.flush(frameFailure, flagLast, nil), &broken) {
		return broken.error
	}
	return nil
}
