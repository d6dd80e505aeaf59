// SPDX-License-Identifier: AGPL-3.0-or-later

package lines

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"twiga/lib/proto/lines/linestest"
)

func TestLines(t *testing.T) {
	c := client(t, newEcho(Config{}))
	long := strings.Repeat("l", 20_000)
	for _, tc := range []struct{ name, send, want string }{
		{"a line", "a\r\n", "a"},
		{"without CR", "b\n", "b"},
		{"in pieces", "c|c|c\r|\n", "ccc"},
		{"as long as may be", long[:lineLimit] + "\r\n", long[:lineLimit]},
		{"its end in pieces", long[:lineLimit] + "\r|\n", long[:lineLimit]},
		{"too long by one", long[:lineLimit] + "x\r\n", "too long, ending in " + long[:31] + "x"},
		{"too long", long + "|y\r\n", "too long, ending in ...lly"},
		{"pipelined", "d\r\ne\r\nf\r\n", "d\ne\nf"},
		{"octets", "READ 3|xyx\r\n", "go\n1\n"},
		{"octets in pieces", "READ 9000|\r\n|" + strings.Repeat("x", 4500) + "|" + strings.Repeat("x", 4500) + "|\n", "go\n0\n"},
		{"what goes straight through", "SEND 100000\r\n", strings.Repeat("y", 100_000)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c.TB = t
			go func() {
				for piece := range strings.SplitSeq(strings.ReplaceAll(tc.send, "|xyx", "\r\n|xyx"), "|") {
					c.TrySend(piece)
				}
			}()
			for want := range strings.SplitSeq(tc.want, "\n") {
				c.Expect(want)
			}
		})
	}
}

func TestEnds(t *testing.T) {
	const soon, never = 20 * time.Millisecond, time.Hour
	for _, tc := range []struct {
		name     string
		timeouts Timeouts
		send     string
		want     []string
	}{
		{"not logged in", Timeouts{Login: soon}, "", []string{"bye: client took too long"}},
		{"not logged in but talking", Timeouts{Login: soon, Command: never}, "hal", []string{"bye: client took too long"}},
		{"idle", Timeouts{Login: never, Idle: soon}, "LOGIN\n", []string{"LOGIN", "bye: client took too long"}},
		{"half a line", Timeouts{Login: never, Command: soon}, "hal", []string{"bye: client took too long"}},
		{"half a literal", Timeouts{Login: never, Command: soon}, "READ 9\nx", []string{"go", "bye: client took too long"}},
		{"panic", Timeouts{}, "PANIC\n", []string{"bye: internal error"}},
		{"quit", Timeouts{}, "a\nQUIT\n", []string{"a"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			logger, lines := logged()
			s := newEcho(Config{Timeouts: tc.timeouts, Logger: logger})
			c := client(t, s)
			go c.TrySend(tc.send)
			for _, want := range tc.want {
				c.Expect(want)
			}
			c.ExpectClosed()
			linestest.Shutdown(t, s)
			if len(s.open) != 0 || s.opened != 1 {
				t.Errorf("%d sessions were made, %d not closed", s.opened, len(s.open))
			}
			if tc.name == "panic" != strings.Contains(lines.String(), `"echo connection panicked" code=TW-ECHO-0001`) {
				t.Errorf("logged: %s", lines)
			}
		})
	}
}

// TestWaitingHoldsNoBuffers: neither while it waits for a command nor inside of
// one, and nothing of the client is left in what was given back.
func TestWaitingHoldsNoBuffers(t *testing.T) {
	s := newEcho(Config{})
	used := map[*buffers]bool{}
	s.pool.New = func() any {
		b := newBuffers(&s.cfg.Sizes)
		used[b] = true
		return b
	}
	c := client(t, s)
	secret := strings.Repeat("secret", 100)
	c.Send(secret + "\n")
	c.Expect(secret)
	c.Send("WAIT\n")
	c.Expect("waiting")
	s.each(func(e *echo) { e.io.Wake() })
	c.Expect("woken")
	c.Send("QUIT\n")
	c.ExpectClosed()
	linestest.Shutdown(t, s)
	if len(used) == 0 {
		t.Fatal("no buffers were used")
	}
	for b := range used {
		for name, p := range map[string][]byte{"input": b.in, "line": b.line[:cap(b.line)]} {
			if strings.Trim(string(p), "\x00") != "" {
				t.Errorf("%s: %q is left", name, p[:20])
			}
		}
	}
}

func TestWake(t *testing.T) {
	s := newEcho(Config{})
	c := client(t, s)
	wake := func() { s.each(func(e *echo) { e.io.Wake() }) }
	c.Send("a\n")
	c.Expect("a")
	wake() // nobody minds, and it is remembered
	c.Send("WAIT\n")
	c.Expect("waiting")
	c.Expect("woken")
	for range 50 {
		c.Send("WAIT\n")
		c.Expect("waiting")
		wake()
		c.Expect("woken")
	}
	c.Send("WAIT\n")
	c.Expect("waiting")
	c.Send("b\n") // input is as good
	c.Expect("b")
}

func TestShutdown(t *testing.T) {
	s := newEcho(Config{})
	idle, working := client(t, s), client(t, s)
	working.Send("READ 4\nxx")
	working.Expect("go")
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	idle.Expect("bye: server is shutting down")
	idle.ExpectClosed()
	linestest.New(t, linestest.Pipe(t, s, nil), nil).ExpectClosed() // comes too late
	working.Send("xx\nlost\n")
	working.Expect("0")
	working.Expect("bye: server is shutting down")
	working.ExpectClosed()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestShutdownTells: who is slow to send the rest of a command is told, whatever
// time the server has for its end.
func TestShutdownTells(t *testing.T) {
	s := newEcho(Config{Timeouts: Timeouts{Finish: time.Millisecond}})
	c := client(t, s)
	c.Send("READ 4\nxx")
	c.Expect("go")
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	c.Expect("bye: server is shutting down")
	c.ExpectClosed()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestShutdownWaitsForNoReader: who does not read what it asked for does not hold
// the server's end up, be it that the output waits already or comes then.
func TestShutdownWaitsForNoReader(t *testing.T) {
	s := newEcho(Config{Timeouts: Timeouts{Write: time.Hour, Finish: time.Millisecond, Hurry: time.Millisecond}})
	waits, comes := client(t, s), client(t, s)
	waits.Send("SEND 1000000\n")
	first := make([]byte, 1)
	if _, err := waits.NC.Read(first); err != nil { // so that the rest is on its way
		t.Fatal(err)
	}
	comes.Send("READ 4\nxx")
	comes.Expect("go")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

// TestShutdownLetsRead: who reads gets all of it, and is told.
func TestShutdownLetsRead(t *testing.T) {
	s := newEcho(Config{Timeouts: Timeouts{Hurry: time.Minute}})
	c := client(t, s)
	c.Send("SEND 1000000\n")
	first := make([]byte, 1)
	if _, err := c.NC.Read(first); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	if got := c.ReadLine(); len(got) != 1000000-1 {
		t.Errorf("%d octets came", len(got))
	}
	c.Expect("bye: server is shutting down")
	c.ExpectClosed()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestShutdownCutsOff(t *testing.T) {
	s := newEcho(Config{})
	c := client(t, s)
	c.Send("READ 4\nxx")
	c.Expect("go")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	c.ExpectClosed()
}

func TestPeers(t *testing.T) {
	refused := 0
	peers := NewPeers(2)
	one, other := newEcho(Config{Peers: peers, Refused: func() { refused++ }}), newEcho(Config{Peers: peers})
	dial := func(s *echoServer) *linestest.Client {
		return linestest.New(t, linestest.Pipe(t, s, linestest.Foreign), nil)
	}
	first, second := dial(one), dial(other)
	first.Expect("hello")
	second.Expect("hello")
	c := dial(one)
	c.Expect("bye: too many connections from this address")
	c.ExpectClosed()
	client(t, one) // from this machine
	second.Send("QUIT\n")
	second.ExpectClosed()
	linestest.Shutdown(t, other)
	dial(one).Expect("hello")
	if refused != 1 || one.opened != 3 {
		t.Errorf("%d refused, %d sessions made", refused, one.opened)
	}
}

func TestTLS(t *testing.T) {
	ca := linestest.NewAuthority(t)
	s := newEcho(Config{TLS: ca.Server()})
	address := linestest.Listen(t, s, ca.Server())
	c := client(t, s)
	c.Send("TLS\nforged\n")
	c.Upgrade(ca.Client("anna"))
	c.Send("a\n")
	c.Expect("a")
	s.each(func(e *echo) {
		if state := e.io.TLS().ConnectionState(); len(state.PeerCertificates) != 1 {
			t.Errorf("client showed %d certificates", len(state.PeerCertificates))
		}
	})
	under := linestest.New(t, linestest.Dial(t, "tcp", address), nil)
	under.Upgrade(ca.Client(""))
	under.Expect("hello")

	broken := client(t, s)
	broken.Send("TLS\n")
	broken.Send("no handshake at all\n")
	broken.ExpectNo("no handshake")
}

// TestRefusedBeforeHandshake: limits hold for clients that say nothing at all.
func TestRefusedBeforeHandshake(t *testing.T) {
	s := newEcho(Config{})
	s.refuse = errors.New("not now")
	linestest.New(t, linestest.Dial(t, "tcp", linestest.Listen(t, s, linestest.NewAuthority(t).Server())), nil).ExpectClosed()
	c := linestest.New(t, linestest.Pipe(t, s, nil), nil)
	c.Expect("bye: not now")
	c.ExpectClosed()
}

// FuzzConn: whatever a client sends in whatever pieces, it is answered line by
// line and the connection ends with it.
func FuzzConn(f *testing.F) {
	f.Add("a\r\nb\n", uint8(1))
	f.Add("READ 3\nxyz\nSEND 9\n\r\n", uint8(3))
	f.Add(strings.Repeat("long", 2000)+"\r\nshort\r\n", uint8(200))
	f.Fuzz(func(t *testing.T, text string, piece uint8) {
		s := newEcho(Config{})
		c := client(t, s)
		go func() {
			for rest := text; rest != ""; {
				n := min(len(rest), int(piece)+1)
				c.TrySend(rest[:n])
				rest = rest[n:]
			}
			c.TrySend("\nQUIT\n")
		}()
		for {
			line, err := c.TryRead()
			if err != nil {
				break
			}
			if !strings.Contains(text, "SEND") && len(line) > lineLimit {
				t.Fatalf("answered %d octets", len(line))
			}
			if strings.HasPrefix(line, "go") { // QUIT may be octets
				c.Close()
			}
		}
		c.Close()
		linestest.Shutdown(t, s)
	})
}
