// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"twiga/lib/proto/lines"
	"twiga/lib/proto/lines/linestest"
	"twiga/lib/proto/pop3/pop3test"
)

// tlsConfigs returns a server's and a client's side of a certificate.
func tlsConfigs(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	ca := linestest.NewAuthority(t)
	return ca.Server(), ca.Client("")
}

func dial(t *testing.T, cfg Config) *pop3test.Client {
	t.Helper()
	_, connect := startServer(t, cfg)
	return pop3test.New(t, connect())
}

func TestSTLS(t *testing.T) {
	server, client := tlsConfigs(t)
	c := dial(t, Config{Backend: newFakeBackend(mails...), TLS: server})
	c.Expect("+OK ...")
	capabilities := c.Multi("CAPA")
	if !slices.Contains(capabilities, "STLS") || slices.Contains(capabilities, "USER") || slices.Contains(capabilities, "SASL PLAIN LOGIN") {
		t.Errorf("capabilities in the clear: %q", capabilities)
	}
	for _, command := range []string{"USER u", "AUTH PLAIN AHUAcA=="} {
		c.Send(command + "\r\n")
		c.Expect("-ERR [AUTH] Passwords are taken under TLS only")
	}
	c.StartTLS(client)
	capabilities = c.Multi("CAPA")
	if slices.Contains(capabilities, "STLS") || !slices.Contains(capabilities, "USER") || !slices.Contains(capabilities, "SASL PLAIN LOGIN") {
		t.Errorf("capabilities under TLS: %q", capabilities)
	}
	c.Send("STLS\r\n")
	c.Expect("-ERR TLS is active or not available")
	c.OK("USER u")
	c.OK("PASS p")
	if got := c.Get("RETR 1"); got != mails[0] {
		t.Errorf("RETR 1: %q", got)
	}
}

func TestSTLSIsNotForAll(t *testing.T) {
	server, _ := tlsConfigs(t)
	cfg := plainConfig(newFakeBackend())
	play(t, cfg, "1< +OK ...\n1> STLS\n1< -ERR TLS is active or not available")
	cfg.TLS = server
	play(t, cfg, "1< +OK ...\n1> UTF8\n1< +OK ...\n1> STLS\n1< -ERR TLS is active or not available")
}

func TestSTLSForgetsPlaintext(t *testing.T) {
	server, client := tlsConfigs(t)
	cfg := plainConfig(newFakeBackend())
	cfg.TLS = server
	c := dial(t, cfg)
	c.Expect("+OK ...")
	c.OK("USER u")
	c.Send("STLS\r\nUSER u\r\nNOOP\r\n")
	c.Expect("+OK ...")
	c.Upgrade(client)
	c.Send("PASS p\r\nQUIT\r\n")
	c.Expect("-ERR Send USER first")
	c.Expect("+OK Goodbye")
	c.ExpectClosed()
}

func TestImplicitTLS(t *testing.T) {
	server, client := tlsConfigs(t)
	s := New(Config{Backend: newFakeBackend(mails...), TLS: server})
	c := pop3test.Dial(t, "tcp", linestest.Listen(t, s, server))
	c.Upgrade(client)
	c.Login("u", "p")
	if got := c.Multi("CAPA"); slices.Contains(got, "STLS") {
		t.Errorf("capabilities: %q", got)
	}
	c.OK("QUIT")
}

func TestPipelinedCommandsShareWritesAndReads(t *testing.T) {
	b := newFakeBackend(mails...)
	counting := &linestest.Counting{}
	c := pop3test.New(t, linestest.Pipe(t, New(plainConfig(b)), func(nc net.Conn) net.Conn {
		counting.Conn = nc
		return counting
	}))
	c.Login("u", "p")
	go c.TrySend(strings.Repeat("RETR 1\r\n", 100) + "QUIT\r\n")
	for range 100 {
		c.Expect("+OK 40 octets")
		if got := c.Body(); got != mails[0] {
			t.Fatalf("got %q", got)
		}
	}
	c.Expect("+OK Goodbye")
	c.ExpectClosed()
	if counting.Writes > 6 { // greeting, two of the login, what the first short read held, the rest
		t.Errorf("%d writes", counting.Writes)
	}
	if len(b.batches) > 3 {
		t.Errorf("messages were asked for in %v", b.batches)
	}
}

func TestHalfClosed(t *testing.T) {
	b := newFakeBackend(mails...)
	c := dial(t, plainConfig(b))
	c.Send("USER u\r\nPASS p\r\nRETR 2\r\nDELE 2\r\nQUIT\r\n")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"+OK ...", "+OK ...", "+OK 3 ...", "+OK 11 octets", "Subject:2", ".", "+OK Marked ...", "+OK Goodbye"} {
		c.Expect(want)
	}
	c.ExpectClosed()
	if !slices.Equal(b.deleted, []int{1}) {
		t.Errorf("deleted: %v", b.deleted)
	}
}

func TestSilentClientIsLeftWithoutAWord(t *testing.T) {
	b := newFakeBackend(mails...)
	cfg := plainConfig(b)
	cfg.Timeouts.Idle = 10 * time.Millisecond
	c := dial(t, cfg)
	c.Send("USER u\r\nPASS p\r\nDELE 1\r\n")
	for range 4 {
		c.Expect("+OK ...")
	}
	c.ExpectClosed()
	if b.deleted != nil {
		t.Errorf("deleted: %v", b.deleted)
	}
}

func TestShutdownTellsThoseWhoWait(t *testing.T) {
	s, connect := startServer(t, plainConfig(newFakeBackend(mails...)))
	early, late := pop3test.New(t, connect()), pop3test.New(t, connect())
	early.Expect("+OK ...")
	late.Login("u", "p")
	late.OK("DELE 1")
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*pop3test.Client{early, late} {
		c.Expect("-ERR [SYS/TEMP] Server is shutting down")
		c.ExpectClosed()
	}
	pop3test.New(t, connect()).ExpectClosed()
}

type refusingBackend struct{ err error }

func (b refusingBackend) NewSession(context.Context, *Conn) (Session, error) { return nil, b.err }

func TestRefusedConnections(t *testing.T) {
	play(t, Config{Backend: refusingBackend{ErrTooManyFailures}}, "1< -ERR [SYS/TEMP] Too many failures, try again later\n1!")
	play(t, Config{Backend: refusingBackend{io.ErrUnexpectedEOF}}, "1< -ERR [SYS/TEMP] ...\n1!")
}

func TestTooManyConnectionsFromAnAddress(t *testing.T) {
	cfg := plainConfig(newFakeBackend())
	cfg.Peers = lines.NewPeers(1)
	s := New(cfg)
	pop3test.New(t, linestest.Pipe(t, s, linestest.Foreign)).Login("u", "p")
	c := pop3test.New(t, linestest.Pipe(t, s, linestest.Foreign))
	c.Expect("-ERR [SYS/TEMP] Too many connections from your address")
	c.ExpectClosed()
}

func TestHooks(t *testing.T) {
	type call struct {
		name string
		ok   bool
	}
	var mu sync.Mutex
	var calls []call
	cfg := plainConfig(newFakeBackend(mails...))
	cfg.Hooks.Command = func(name string, _ time.Duration, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, call{name, ok})
	}
	c := dial(t, cfg)
	c.Send("USER u\r\nPASS x\r\nUSER u\r\nPASS p\r\nRETR 2\r\nTOP 2 0\r\nRETR 7\r\nXXXX\r\nQUIT\r\n")
	c.Expect("+OK ...")
	for _, want := range []string{"+OK", "-ERR", "+OK", "+OK", "+OK", "Subject:2", ".", "+OK", "Subject:2", ".", "-ERR", "-ERR", "+OK"} {
		if got := c.ReadLine(); !strings.HasPrefix(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	c.ExpectClosed()
	want := []call{{"USER", true}, {"PASS", false}, {"USER", true}, {"PASS", true}, {"RETR", true}, {"TOP", true}, {"RETR", false}, {"QUIT", true}}
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(calls, want) {
		t.Errorf("calls: %v", calls)
	}
}

// TestNothingIsLeftOfClients has clients come and vanish in all states, and
// looks for what they left behind.
func TestNothingIsLeftOfClients(t *testing.T) {
	b := newFakeBackend(mails...)
	s, connect := startServer(t, plainConfig(b))
	before := runtime.NumGoroutine()
	leave := []string{"", "US", "USER u\r\n", "AUTH PLAIN\r\n", "USER u\r\nPASS p\r\n", "USER u\r\nPASS p\r\nDELE 1\r\nRETR 3\r\n", "USER u\r\nPASS p\r\nQUIT\r\n"}
	for i := range 500 {
		nc := connect()
		c := pop3test.New(t, nc)
		c.Expect("+OK ...")
		c.Send(leave[i%len(leave)])
		if i%3 == 0 {
			_ = nc.(*net.TCPConn).SetLinger(0) // by RST
		}
		nc.Close()
	}
	ctx, cancel := context.WithTimeout(t.Context(), linestest.Patience)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if b.closed != 500 || b.locked || b.deleted != nil {
		t.Errorf("%d sessions closed, locked %t, deleted %v", b.closed, b.locked, b.deleted)
	}
	for runtime.NumGoroutine() > before {
		if ctx.Err() != nil {
			t.Fatalf("%d goroutines, before %d", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}
