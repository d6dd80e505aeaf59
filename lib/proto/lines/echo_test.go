// SPDX-License-Identifier: AGPL-3.0-or-later

package lines

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"twiga/lib/proto/lines/linestest"
)

// lineLimit is that of the lines of echo.
const lineLimit = 1000

// echo is a protocol that answers each line with it. Some lines are commands:
//
//	LOGIN        is logged in
//	WAIT         waits until it is woken, and then says so
//	READ n       says how many octets of the next n are no "x"
//	SEND n       answers with n octets
//	TLS          goes on under TLS
//	PANIC, QUIT  ends so
type echo struct {
	io     Conn
	server *echoServer
	end    error
}

var errQuit = errors.New("client has quit")

func (e *echo) Open(context.Context) error {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	e.server.open[e] = true
	e.server.opened++
	return e.server.refuse
}

func (e *echo) Greet() error { return e.say("hello") }

func (e *echo) say(text string) error {
	return e.io.End(append(append(e.io.Begin(), text...), '\n'))
}

func (e *echo) Command(ctx context.Context) error {
	if err := e.io.Wait(e.io.NextBy(), false); err != nil {
		return err
	}
	line, err := e.io.ReadLine(lineLimit)
	if errors.Is(err, ErrTooLong) {
		tail, err := e.io.SkipLine(line)
		if err != nil {
			return err
		}
		return e.say("too long, ending in " + string(tail))
	}
	if err != nil {
		return err
	}
	name, arg, _ := strings.Cut(string(line), " ")
	n, _ := strconv.Atoi(arg)
	n = min(max(n, 0), 1<<20)
	switch name {
	case "LOGIN":
		e.io.LoggedIn()
	case "WAIT":
		return e.wait()
	case "READ":
		return e.read(n)
	case "SEND":
		return e.io.Copy(strings.NewReader(strings.Repeat("y", n)+"\n"), int64(n+1))
	case "TLS":
		return e.io.StartTLS(ctx)
	case "PANIC":
		panic("as told")
	case "QUIT":
		return errQuit
	}
	return e.say(string(line))
}

func (e *echo) wait() error {
	if err := e.say("waiting"); err != nil {
		return err
	}
	err := e.io.Wait(e.io.NextBy(), true)
	if errors.Is(err, ErrWoken) {
		e.io.ForgetWake()
		return e.say("woken")
	}
	return err
}

func (e *echo) read(n int) error {
	e.io.Busy = true
	defer func() { e.io.Busy = false }()
	if err := e.say("go"); err != nil {
		return err
	}
	b, err := io.ReadAll(io.LimitReader(&e.io, int64(n)))
	if err != nil {
		return err
	}
	return e.say(strconv.Itoa(n - bytes.Count(b, []byte("x"))))
}

func (e *echo) Farewell(_ context.Context, err error) {
	e.end = err
	if !errors.Is(err, errQuit) && !errors.Is(err, io.EOF) {
		_ = e.say("bye: " + err.Error())
	}
}

func (e *echo) Park() {}

func (e *echo) Close() {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	delete(e.server.open, e)
}

// echoServer serves echo.
type echoServer struct {
	*Server
	refuse error // of Open

	mu     sync.Mutex // guards the fields that follow
	open   map[*echo]bool
	opened int
}

func newEcho(cfg Config) *echoServer {
	cfg.Name, cfg.PanicCode = "echo", "TW-ECHO-0001"
	cfg.Sizes = Sizes{Input: 4 << 10, Flush: 8 << 10, Direct: 4 << 10, Keep: 32 << 10}
	cfg.Timeouts = cfg.Timeouts.Or(Timeouts{Idle: time.Hour, KeepAlive: time.Hour, Probe: time.Minute})
	return &echoServer{Server: NewServer(cfg), open: map[*echo]bool{}}
}

func (s *echoServer) ServeConn(ctx context.Context, nc net.Conn) {
	e := &echo{server: s}
	e.io.Init(s.Server, nc, e)
	e.io.Serve(ctx)
}

// each calls f for the connections that are open.
func (s *echoServer) each(f func(e *echo)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := range s.open {
		f(e)
	}
}

// client gives a connection that was greeted.
func client(t *testing.T, s *echoServer) *linestest.Client {
	t.Helper()
	c := linestest.New(t, linestest.Pipe(t, s, nil), nil)
	c.Expect("hello")
	return c
}

// logged is a logger and what it writes.
func logged() (*slog.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	return slog.New(slog.NewTextHandler(&b, nil)), &b
}
