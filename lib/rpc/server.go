// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// ServerOptions say what a server serves and within which bounds. A bound that
// is 0 has its default.
type ServerOptions struct {
	// Service is the store as a peer may see it.
	Service func(Peer) object.Service
	// Monitor answers HTTP requests beside /mapi, such as /healthz; optional.
	Monitor http.Handler
	// Observe is told of every call: its operation, how long it took, and its
	// code. Optional; safe for concurrent use.
	Observe func(operation string, took time.Duration, code mapi.Code)

	// Versions tells clients where they can see the versions of mailboxes that
	// they watch; optional.
	Versions *Versions

	MaxSessions int           // sessions at a time; 100,000
	MaxFrame    int           // bytes of a frame from a client; 48 MiB
	MaxBody     int64         // bytes of a SOAP request; 48 MiB
	MaxDepth    int           // nested elements in a SOAP request; 64
	MaxRows     int           // items of a stream in one SOAP response; 1,000
	MaxUpload   int64         // bytes of one upload; 4 GiB
	Handshake   time.Duration // time for an HTTP header; 10s
	Stall       time.Duration // time for the rest of a frame or a body, and for the peer to take an answer; 2m
	Idle        time.Duration // time that an HTTP connection is kept without a request; 2m
	SessionIdle time.Duration // time that a SOAP session is kept without a call; 15m
	Grace       time.Duration // time that the sessions of a client without connections are kept; 1m
	AloneGrace  time.Duration // the same of those that are alone and that somebody waits for; 5s
	LogonDelay  time.Duration // pause after a logon that failed; 300ms
	SlowCall    time.Duration // calls that take so long are logged; 0 is none
	Drain       time.Duration // time that calls get to finish when the server stops; 20s
}

// Limits are the bounds of one listener.
type Limits struct {
	MaxConns int           // connections at a time; 4096
	MaxCalls int           // calls that run at a time; 1024
	CallWait time.Duration // time that a call waits for its turn before it is Busy; 10s
}

func (o *ServerOptions) complete() {
	setDefault(&o.MaxSessions, 100_000)
	setDefault(&o.MaxFrame, 48<<20)
	setDefault(&o.MaxBody, 48<<20)
	setDefault(&o.MaxDepth, 64)
	setDefault(&o.MaxRows, 1000)
	setDefault(&o.MaxUpload, 4<<30)
	setDefault(&o.Handshake, 10*time.Second)
	setDefault(&o.Stall, 2*time.Minute)
	setDefault(&o.Idle, 2*time.Minute)
	setDefault(&o.SessionIdle, 15*time.Minute)
	setDefault(&o.Grace, time.Minute)
	setDefault(&o.AloneGrace, 5*time.Second)
	setDefault(&o.LogonDelay, 300*time.Millisecond)
	setDefault(&o.Drain, 20*time.Second)
}

func (l *Limits) complete() {
	setDefault(&l.MaxConns, 4096)
	setDefault(&l.MaxCalls, 1024)
	setDefault(&l.CallWait, 10*time.Second)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// sweepEvery is the pause between looks for sessions that are over.
const sweepEvery = 15 * time.Second

// Messages of the server; they stand in twiga-stored(8).
const (
	codeCallPanic log.Code = "TW-RPC-0001" // a call ended by a panic
	codeHTTP      log.Code = "TW-RPC-0002" // an HTTP connection failed
	codeLogon     log.Code = "TW-RPC-0003" // a logon was refused
	codeBadFrame  log.Code = "TW-RPC-0004" // a peer broke the framing
	codeCutCalls  log.Code = "TW-RPC-0005" // calls were cut at the end of the drain
	codeSlow      log.Code = "TW-RPC-0006" // a call was slow
)

// Server serves a store to its peers. Make it with NewServer.
type Server struct {
	opt      ServerOptions
	ops      []*operation // by number
	instance string       // random: tells clients a restart
	sessions *sessions
	soap     *soapServer
}

// NewServer makes a server.
func NewServer(o ServerOptions) *Server {
	o.complete()
	s := &Server{opt: o, instance: rand.Text(), sessions: newSessions(o.MaxSessions)}
	for _, op := range table {
		for len(s.ops) <= int(op.number) {
			s.ops = append(s.ops, nil)
		}
		s.ops[op.number] = op
	}
	s.soap = newSOAPServer(s)
	return s
}

// Sessions is how many sessions are open.
func (s *Server) Sessions() int { return s.sessions.count() }

// Serve accepts connections on a listener until ctx ends, lets the calls that
// run finish (Drain at most), and returns with the listener closed. It may be
// called for several listeners, each within its own limits; the sessions are
// common to them.
func (s *Server) Serve(ctx context.Context, ln net.Listener, limits Limits) error {
	limits.complete()
	hard, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	d := &door{
		Server: s, calls: newGate(limits.MaxCalls, limits.CallWait),
		draining: ctx.Done(), links: map[*serverLink]struct{}{},
	}
	h := &http.Server{
		Handler: d, ReadHeaderTimeout: s.opt.Handshake, IdleTimeout: s.opt.Idle,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(httpLog{log.From(ctx).Handler()}, slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context { return hard },
		ConnContext: d.greet,
	}
	var parts sync.WaitGroup
	parts.Go(func() { s.sweepLoop(ctx) })
	stopped := make(chan struct{})
	parts.Go(func() {
		select {
		case <-ctx.Done():
			d.drain(hard, cut, h)
		case <-stopped:
			cut()
			_ = h.Close()
			d.cutLinks()
		}
	})
	err := h.Serve(&boundedListener{Listener: ln, max: int64(limits.MaxConns)})
	close(stopped)
	parts.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
}

// sweepLoop ends sessions that are over until ctx ends.
func (s *Server) sweepLoop(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			end(ctx, s.sessions.sweep(now, s.opt.SessionIdle, s.opt.Grace))
		}
	}
}

// door is one listener of the server.
type door struct {
	*Server
	calls    *gate
	draining <-chan struct{} // is closed when no call shall begin

	wg    sync.WaitGroup // of links
	mu    sync.Mutex     // guards what follows
	links map[*serverLink]struct{}
	shut  bool // no link is taken any more
}

// enter counts a link; false where the door is shut.
func (d *door) enter(l *serverLink) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut {
		return false
	}
	d.links[l] = struct{}{}
	d.wg.Add(1)
	return true
}

func (d *door) leave(l *serverLink) {
	d.mu.Lock()
	delete(d.links, l)
	d.mu.Unlock()
	d.wg.Done()
}

// drainLinks asks all links to end after their call, and shuts the door.
func (d *door) drainLinks() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shut = true
	for l := range d.links {
		l.drain()
	}
}

// cutLinks ends all links.
func (d *door) cutLinks() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shut = true
	for l := range d.links {
		_ = l.conn.Close()
	}
}

type peerKey struct{}

// greet puts the peer into the context of its connection.
func (d *door) greet(ctx context.Context, c net.Conn) context.Context {
	raw := c
	if b, ok := c.(*boundedConn); ok {
		raw = b.Conn
	}
	p, err := peerOf(raw)
	if err != nil {
		log.Warn(ctx, codeHTTP, "find out who calls", log.Err(err))
	}
	return context.WithValue(ctx, peerKey{}, p)
}

// drain ends a listener's connections: idle ones at once, the others when
// their call has finished, all of them when the time is over.
func (d *door) drain(ctx context.Context, cut func(), h *http.Server) {
	limit, cancel := context.WithTimeout(ctx, d.opt.Drain)
	defer cancel()
	d.drainLinks()
	finished := make(chan struct{})
	go func() {
		d.wg.Wait()
		close(finished)
	}()
	err := h.Shutdown(limit)
	select {
	case <-finished:
	case <-limit.Done():
		err = limit.Err()
	}
	if err != nil {
		log.Warn(ctx, codeCutCalls, "cut calls at the end of the drain")
	}
	cut()
	_ = h.Close()
	d.cutLinks()
	<-finished
}

// httpLog gives net/http's complaints a code.
type httpLog struct{ slog.Handler }

// Handle implements slog.Handler.
func (h httpLog) Handle(ctx context.Context, r slog.Record) error {
	r.AddAttrs(slog.String(log.KeyCode, string(codeHTTP)))
	return h.Handler.Handle(ctx, r)
}
