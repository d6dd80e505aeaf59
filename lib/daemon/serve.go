// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"twiga/lib/log"
)

const (
	// refuseTime bounds the words to a client above the limit.
	refuseTime = 2 * time.Second
	// maxRefusing bounds the refusals at a time; beyond it connections close
	// without a word.
	maxRefusing = 64
	// handlerGrace is the time that a handler has to return after its
	// connection was cut.
	handlerGrace = 3 * time.Second
	// complainEvery is the least time in seconds between two lines about
	// refused connections; the metric counts them all.
	complainEvery = 10
	// maxIdle bounds the goroutines that wait for another connection after
	// theirs has ended.
	maxIdle = 16
	// acceptPause is the pause after a failed accept, such as for want of file
	// descriptors.
	acceptPause = 50 * time.Millisecond
)

// ServeOptions bound and name what Serve does.
type ServeOptions struct {
	Name     string         // the protocol, for logs and metrics: "lmtp"
	MaxConns int            // connections at a time on all listeners; 0: no bound
	Refuse   func(net.Conn) // says the protocol's "too busy" to a connection above the bound; optional
}

// Handler serves one connection. ctx carries the connection's logger and
// request id; it ends when the connection shall be given up, while
// [Draining](ctx) closes earlier, when it shall come to an end by itself. The
// connection is closed when the handler returns. A panic ends the connection
// and not the daemon.
type Handler func(ctx context.Context, c net.Conn)

// Serve accepts connections on lns until ctx ends, then closes lns, lets the
// running handlers finish until the drain timeout, cuts the rest and returns.
func (e *Env) Serve(ctx context.Context, lns []net.Listener, o ServeOptions, handle Handler) error {
	s := &server{
		ServeOptions: o, handle: handle, conns: map[net.Conn]struct{}{},
		refusing: make(chan struct{}, maxRefusing), next: make(chan net.Conn),
		open:    e.Metrics.GaugeVec("twiga_connections", "Open connections.", "protocol").WithLabelValues(o.Name),
		total:   e.Metrics.CounterVec("twiga_connections_total", "Accepted connections.", "protocol").WithLabelValues(o.Name),
		refused: e.Metrics.CounterVec("twiga_connections_refused_total", "Connections above the limit.", "protocol").WithLabelValues(o.Name),
		panics:  e.Metrics.CounterVec("twiga_connection_panics_total", "Connections ended by a panic.", "protocol").WithLabelValues(o.Name),
	}
	end, cancel := e.drainEnd(ctx)
	defer cancel()
	hard, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	hard = context.WithValue(hard, lifeKey{}, &life{draining: ctx, hard: hard})
	g, accepting := errgroup.WithContext(ctx)
	s.accepting = accepting.Done()
	for _, ln := range lns {
		g.Go(func() error {
			<-accepting.Done()
			return ln.Close()
		})
		g.Go(func() error { return s.accept(accepting, hard, ln) })
	}
	err := g.Wait()
	return errors.Join(err, s.drain(hard, cut, end))
}

// drainEnd is closed when the drain that begins with ctx's end is over: the
// daemon says so, and where there is none, the settings.
func (e *Env) drainEnd(ctx context.Context) (end <-chan struct{}, cancel func()) {
	if l, ok := ctx.Value(lifeKey{}).(*life); ok {
		return l.hard.Done(), func() {}
	}
	over, finish := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(e.settings.DrainTimeout, finish) })
	return over.Done(), func() { stop(); finish() }
}

// server tracks the connections of one Serve.
type server struct {
	ServeOptions
	handle   Handler
	refusing chan struct{} // a token for each refusal under way

	next      chan net.Conn   // connections for goroutines that wait for one
	accepting <-chan struct{} // is closed when no more come
	idle      atomic.Int64    // goroutines that wait

	complained atomic.Int64 // when a refusal was last logged, Unix seconds

	open                   prometheus.Gauge
	total, refused, panics prometheus.Counter

	wg    sync.WaitGroup
	mu    sync.Mutex // guards conns
	conns map[net.Conn]struct{}
}

func (s *server) accept(accepting, hard context.Context, ln net.Listener) error {
	for {
		c, err := ln.Accept()
		switch {
		case err == nil:
			s.take(hard, c)
		case accepting.Err() != nil:
			return nil //nolint:nilerr // the listener was closed on purpose
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accept on %s: %w", ln.Addr(), err)
		default: // want of descriptors or memory, a client that left: it passes
			if !errors.Is(err, syscall.ECONNABORTED) {
				log.Warn(hard, codeAccept, "accept connection", log.Err(err))
			}
			pause := time.NewTimer(acceptPause)
			select {
			case <-accepting.Done():
			case <-pause.C:
			}
			pause.Stop()
		}
	}
}

// take starts the connection's goroutine, or refuses it.
func (s *server) take(hard context.Context, c net.Conn) {
	s.mu.Lock()
	full := s.MaxConns > 0 && len(s.conns) >= s.MaxConns
	if !full {
		s.conns[c] = struct{}{}
	}
	s.mu.Unlock()
	if full {
		s.refuse(hard, c)
		return
	}
	s.total.Inc()
	s.open.Inc()
	select {
	case s.next <- c:
	default:
		s.wg.Go(func() { s.work(hard, c) })
	}
}

// work serves a connection and then others, as they come: the stack of a
// goroutine that has served one need not grow again.
func (s *server) work(hard context.Context, c net.Conn) {
	for more := true; more; {
		s.guard(hard, c)
		s.done(c)
		c, more = s.await()
	}
}

// await waits for a connection, unless enough others do or no more come.
func (s *server) await() (c net.Conn, more bool) {
	defer s.idle.Add(-1)
	if s.idle.Add(1) > maxIdle {
		return nil, false
	}
	select {
	case c = <-s.next:
		return c, true
	case <-s.accepting:
		return nil, false
	}
}

// guard runs the handler and turns its panic into a log line.
func (s *server) guard(hard context.Context, c net.Conn) {
	ctx := log.WithRequest(hard, log.NewRequestID())
	defer func() {
		if p := recover(); p != nil {
			s.panics.Inc()
			log.Error(ctx, codePanic, "connection ended by a panic", slog.String("protocol", s.Name),
				slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		}
	}()
	s.handle(ctx, c)
}

func (s *server) done(c net.Conn) {
	_ = c.Close()
	s.open.Dec()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

func (s *server) refuse(ctx context.Context, c net.Conn) {
	s.refused.Inc()
	if last, now := s.complained.Load(), time.Now().Unix(); now-last >= complainEvery && s.complained.CompareAndSwap(last, now) {
		log.Warn(ctx, codeRefused, "too many connections", slog.String("protocol", s.Name), slog.Int("limit", s.MaxConns))
	}
	select {
	case s.refusing <- struct{}{}:
	default:
		_ = c.Close()
		return
	}
	s.wg.Go(func() {
		defer func() { <-s.refusing }()
		defer func() { _ = c.Close() }()
		if s.Refuse != nil && c.SetDeadline(time.Now().Add(refuseTime)) == nil {
			s.Refuse(c)
		}
	})
}

// drain waits for the handlers until end, then cuts what is left.
func (s *server) drain(ctx context.Context, cut func(), end <-chan struct{}) error {
	idle := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-end:
	}
	cut()
	s.mu.Lock()
	n := len(s.conns)
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	log.Warn(ctx, codeCut, "cut connections", slog.String("protocol", s.Name), slog.Int("count", n))
	grace := time.NewTimer(handlerGrace)
	defer grace.Stop()
	select {
	case <-idle:
		return nil
	case <-grace.C:
		return fmt.Errorf("drain %s: handlers did not return", s.Name)
	}
}
