// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/proto/lines"
	"twiga/lib/proto/lines/linestest"
)

// tlsConfigs returns a server's and a client's side of a certificate.
func tlsConfigs(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	ca := linestest.NewAuthority(t)
	return ca.Server(), ca.Client("")
}

func TestPipelinedNoops(t *testing.T) {
	const count = 5000
	c := dial(t, newFakeBackend())
	var all strings.Builder
	for i := range count {
		fmt.Fprintf(&all, "p%d NOOP\r\n", i)
	}
	go c.TrySend(all.String())
	for i := range count {
		c.Expect(fmt.Sprintf("p%d OK NOOP completed", i))
	}
}

func TestPipelinedCommandsShareWrites(t *testing.T) {
	counting := &linestest.Counting{}
	c := imaptest.New(t, linestest.Pipe(t, startServer(t, plainConfig(newFakeBackend())), func(nc net.Conn) net.Conn {
		counting.Conn = nc
		return counting
	}))
	c.Login("u", "p")
	go c.TrySend(strings.Repeat("a NOOP\r\n", 100) + "b LOGOUT\r\n")
	for range 100 {
		c.Expect("a OK NOOP completed")
	}
	c.Expect("* BYE ...")
	c.Expect("b OK ...")
	c.ExpectClosed()
	if counting.Writes > 5 { // greeting, login, what the first short read held, the rest
		t.Errorf("%d writes", counting.Writes)
	}
}

func TestStartTLS(t *testing.T) {
	server, client := tlsConfigs(t)
	cfg := Config{Backend: newFakeBackend("one"), TLS: server}
	c := imaptest.New(t, connect(t, startServer(t, cfg)))
	c.Expect("* OK [CAPABILITY ... STARTTLS LOGINDISABLED] ...")
	runScript(t, c, []step{
		ok("LOGIN u p", "NO [PRIVACYREQUIRED] ..."),
		ok("AUTHENTICATE PLAIN AHUAcA==", "NO [PRIVACYREQUIRED] ..."),
	})
	c.StartTLS(client)
	runScript(t, c, []step{
		ok("CAPABILITY", "CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE AUTH=PLAIN AUTH=LOGIN", "OK ..."),
		ok("STARTTLS", "BAD ..."),
		ok("LOGIN u p", "OK ..."),
	})
}

func TestStartTLSForgetsPlaintext(t *testing.T) {
	server, client := tlsConfigs(t)
	c := imaptest.New(t, connect(t, startServer(t, Config{Backend: newFakeBackend(), TLS: server})))
	c.Expect("* OK ...")
	c.Send("a STARTTLS\r\nb LOGIN u p\r\n")
	c.Expect("a OK Begin TLS ...")
	c.Upgrade(client)
	c.Send("c NOOP\r\n")
	c.Expect("c OK NOOP completed")
	c.Send("d SELECT INBOX\r\n")
	c.Expect("d BAD [CLIENTBUG] Log in first")
}

func TestStartTLSHandshakeFails(t *testing.T) {
	server, _ := tlsConfigs(t)
	c := imaptest.New(t, connect(t, startServer(t, Config{Backend: newFakeBackend(), TLS: server})))
	c.Expect("* OK ...")
	c.OK("STARTTLS")
	c.Send("a NOOP\r\n....................")
	c.ExpectNo("a OK")
}

func TestImplicitTLSAndIdle(t *testing.T) {
	serverTLS, clientTLS := tlsConfigs(t)
	b := newFakeBackend("one")
	s := startServer(t, Config{Backend: b})
	c := imaptest.Dial(t, "tcp", linestest.Listen(t, s, serverTLS))
	c.Upgrade(clientTLS)
	c.Login("u", "p")
	c.OK("SELECT INBOX")
	tag := c.Idle()
	for n := 2; n < 50; n++ {
		b.deliver("more")
		c.Expect(fmt.Sprintf("* %d EXISTS", n))
	}
	c.Done(tag)
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	c.Expect("* BYE [UNAVAILABLE] Server is shutting down")
	c.ExpectClosed()
}

func TestIdle(t *testing.T) {
	b := newFakeBackend("one")
	c := dialSelected(t, b)

	b.deliver("two") // before IDLE: told at once
	tag := c.Idle()
	c.Expect("* 2 EXISTS")
	b.remove(1)
	c.Expect("* 1 EXPUNGE")
	c.Send("do") // half a line does not stop updates from being correct later
	c.Send("ne\r\n")
	c.Expect(tag + " OK IDLE completed")

	tag = c.Idle()
	c.Send("x NOOP\r\n")
	c.Expect(tag + " BAD Expected DONE")

	c.Send("p1 IDLE\r\nDONE\r\np2 NOOP\r\n")
	c.Expect("+ idling")
	c.Expect("p1 OK IDLE completed")
	c.Expect("p2 OK NOOP completed")

	c.Send("q IDLE\r\n")
	c.Expect("+ idling")
	go c.TrySend(strings.Repeat("x", 1000))
	c.Expect("* BYE [TOOBIG] Expected DONE")
}

func TestIdleWithoutMailbox(t *testing.T) {
	b := newFakeBackend()
	c := dial(t, b)
	tag := c.Idle()
	b.deliver("one")
	if r := c.Done(tag); r.Status != "OK" || len(r.Untagged) != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestBadInput(t *testing.T) {
	small := Limits{LineBeforeLogin: 100, LiteralBeforeLogin: 50, Command: 500, Skip: 600, Bad: 3, AuthFailures: 2}
	for _, tt := range []struct {
		name  string
		login bool
		send  string
		want  []string
	}{
		{"no tag", false, "\r\na NOOP\r\n", []string{"* BAD Expected a tag and a command", "a OK ..."}},
		{"bad tag", false, "(a) NOOP\r\n", []string{"* BAD Expected a tag and a command"}},
		{"long tag", true, strings.Repeat("t", 300) + " NOOP\r\na NOOP\r\n", []string{"* BAD Expected a tag and a command", "a OK ..."}},
		{"no command", false, "a \r\n", []string{"a BAD Syntax error in command: expected atom at octet 2"}},
		{"bare line feed", false, "a NOOP\nb NOOP\n", []string{"a OK ...", "b OK ..."}},
		{"blank at the end", false, "a NOOP \r\n", []string{"a OK ..."}},
		{"bad limit", false, "a X\r\na X\r\na X\r\na X\r\n", []string{"a BAD ...", "a BAD ...", "a BAD ...", "* BYE [CLIENTBUG] Too many bad commands (3)"}},
		{"bad limit is in a row", false, "a X\r\na X\r\nb NOOP\r\na X\r\na X\r\nc NOOP\r\n",
			[]string{"a BAD ...", "a BAD ...", "b OK ...", "a BAD ...", "a BAD ...", "c OK ..."}},
		{"failed logins", false, "a LOGIN u x\r\nb LOGIN u y\r\n",
			[]string{"a NO [AUTHENTICATIONFAILED] ...", "b NO [AUTHENTICATIONFAILED] ...", "* BYE [AUTHENTICATIONFAILED] Too many failed logins"}},
		{"long line before login", false, "a LOGIN " + strings.Repeat("x", 200) + " p\r\n", []string{"* BYE [TOOBIG] Command line is too long"}},
		{"endless line before login", false, strings.Repeat("x", 20000), []string{"* BYE [TOOBIG] Command line is too long"}},
		{"large literal before login", false, "a LOGIN {51}\r\nb NOOP\r\n", []string{"a BAD [TOOBIG] Literal is too large", "b OK ..."}},
		{"large literal+ before login", false, "a LOGIN {51+}\r\n" + strings.Repeat("x", 51), []string{"* BYE [TOOBIG] Literal is too large"}},
		{"huge literal", true, "a CREATE {99999999999999999999999}\r\nb NOOP\r\n", []string{"a BAD [TOOBIG] Literal is too large", "b OK ..."}},
		{"huge literal+", true, "a CREATE {99999999999999999999999999999999+}\r\nb LOGOUT\r\n", []string{"* BYE [TOOBIG] Literal is too large"}},
		{"tag alone", false, "a\r\nb NOOP\r\n", []string{"a BAD Expected a tag and a command", "b OK ..."}},
		{"long line", true, "a CREATE " + strings.Repeat("x", 20000) + "\r\nb NOOP\r\n", []string{"a BAD [TOOBIG] Command line is too long", "b OK ..."}},
		{"long line with literal+", true, "a CREATE " + strings.Repeat("x", 20000) + " {9+}\r\nb NOOP\r\nx {3+}\r\nabc\r\nb NOOP\r\n",
			[]string{"a BAD [TOOBIG] Command line is too long", "b OK ..."}},
		{"large literal", true, "a CREATE {501}\r\nb NOOP\r\n", []string{"a BAD [TOOBIG] Literal is too large", "b OK ..."}},
		{"large literal+", true, "a CREATE {600+}\r\n" + strings.Repeat("\n", 600) + "\r\nb NOOP\r\n", []string{"a BAD [TOOBIG] Literal is too large", "b OK ..."}},
		{"too large literal+", true, "a CREATE {601+}\r\n", []string{"* BYE [TOOBIG] Literal is too large"}},
		{"literal+ of a wrong command", true, "a FROB {8+}\r\nx NOOP\r\n {3+}\r\nabc\r\nb NOOP\r\n", []string{"a BAD Unknown command", "b OK ..."}},
		{"literal+ in the wrong state", false, "a CREATE {8+}\r\nx NOOP\r\n\r\nb NOOP\r\n", []string{"a BAD [CLIENTBUG] ...", "b OK ..."}},
		{"literal that looks like one", true, "a CREATE {4+}\r\n{3+}\r\nb NOOP\r\n", []string{"a OK ...", "b OK ..."}},
		{"literal that looks like one, and an error", true, "a CREATE {4+}\r\n{3+} x\r\nb NOOP\r\n", []string{"a BAD Syntax ...", "b OK ..."}},
		{"literal that ends with a return", true, "a CREATE {2+}\r\nx\r\nb NOOP\r\n", []string{"a NO [CANNOT] ...", "b OK ..."}},
		{"return of a literal before login", false, "a LOGIN {2+}\r\nu\r\nb NOOP\r\n", []string{"a BAD Syntax ...", "b OK ..."}},
		{"NUL", true, "a CREATE {1+}\r\n\x00\r\nb NOOP\r\n", []string{"a BAD Syntax error in CREATE: expected octet other than NUL at octet ...", "b OK ..."}},
		{"parentheses", true, "a FETCH " + strings.Repeat("(", 400) + "\r\nb NOOP\r\n", []string{"a BAD [CLIENTBUG] ...", "b OK ..."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := plainConfig(newFakeBackend())
			cfg.Limits = small
			c := imaptest.New(t, connect(t, startServer(t, cfg)))
			if tt.login {
				c.Login("u", "p")
			} else {
				c.Expect("* OK ...")
			}
			go c.TrySend(tt.send)
			for _, want := range tt.want {
				c.Expect(want)
			}
			if strings.Contains(tt.want[len(tt.want)-1], " BYE ") {
				c.ExpectClosed()
			}
		})
	}
}

func TestTimeouts(t *testing.T) {
	const never = time.Hour
	const soon = 20 * time.Millisecond
	login := "a LOGIN u p\r\n"
	for _, tt := range []struct {
		name     string
		timeouts lines.Timeouts
		send     string
		want     []string
	}{
		{"no login", lines.Timeouts{Login: soon, Idle: never, Command: never}, "", nil},
		{"no login but a literal", lines.Timeouts{Login: soon, Idle: never, Command: never}, "a LOGIN {3}\r\n", []string{"+ OK"}},
		{"no login but a challenge", lines.Timeouts{Login: soon, Idle: never, Command: never}, "a AUTHENTICATE PLAIN\r\n", []string{"+ "}},
		{"half a command", lines.Timeouts{Login: never, Idle: never, Command: soon}, "a NO", nil},
		{"half a literal", lines.Timeouts{Login: never, Idle: never, Command: soon}, "a LOGIN {3}\r\n", []string{"+ OK"}},
		{"after login", lines.Timeouts{Login: never, Idle: soon, Command: never}, login, []string{"a OK ..."}},
		{"in idle", lines.Timeouts{Login: never, Idle: soon, Command: never}, login + "b IDLE\r\n", []string{"a OK ...", "+ idling"}},
		{"half a message", lines.Timeouts{Login: never, Idle: never, Command: soon}, login + "b APPEND INBOX {9+}\r\nabc", []string{"a OK ..."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newFakeBackend()
			cfg := plainConfig(b)
			cfg.Timeouts = tt.timeouts
			c := imaptest.New(t, connect(t, startServer(t, cfg)))
			c.Expect("* OK ...")
			c.Send(tt.send)
			for _, want := range append(tt.want, "* BYE Autologout, nothing heard for too long") {
				c.Expect(want)
			}
			c.ExpectClosed()
			if len(b.messages) != 0 {
				t.Error("half a message was stored")
			}
		})
	}
}

func TestClientVanishes(t *testing.T) {
	for _, tt := range []struct{ name, send string }{
		{"at once", ""},
		{"in a line", "b NOO"},
		{"in a message", "b APPEND INBOX {9+}\r\nabc"},
		{"in a message's line end", "b APPEND INBOX {3+}\r\nabc"},
		{"in idle", "b IDLE\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newFakeBackend()
			c := dial(t, b)
			c.Send(tt.send)
			if strings.Contains(tt.send, "IDLE") {
				c.Expect("+ idling")
			}
			c.Close()
			t.Cleanup(func() {
				if len(b.messages) != 0 {
					t.Error("half a message was stored")
				}
			})
		})
	}
}

func TestShutdownWaitsForCommand(t *testing.T) {
	b := newFakeBackend()
	entered := make(chan struct{})
	b.beforeAppend = func() error { close(entered); return nil }
	s := startServer(t, plainConfig(b))
	c := imaptest.New(t, connect(t, s))
	c.Login("u", "p")
	c.Send("a APPEND INBOX {3+}\r\n")
	<-entered
	waiting := imaptest.New(t, connect(t, s))
	waiting.Login("u", "p")
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	waiting.Expect("* BYE [UNAVAILABLE] ...")
	c.Send("abc\r\n")
	c.Expect("a OK [APPENDUID 7 1] APPEND completed")
	c.Expect("* BYE [UNAVAILABLE] ...")
	c.ExpectClosed()
	if err := <-down; err != nil {
		t.Error(err)
	}
}

// TestShutdownTellsWhoStillSends: a message of which a part is missing is not
// stored, whatever time the server has for its end.
func TestShutdownTellsWhoStillSends(t *testing.T) {
	for _, tc := range []struct{ name, send string }{
		{"a message", "a APPEND INBOX {3+}\r\na"},
		{"the next of several", "a APPEND INBOX {3+}\r\nabc {3+}\r\n"},
		{"the end of a command", "a APPEND INBOX {3+}\r\nabc"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newFakeBackend()
			entered := make(chan struct{})
			b.beforeAppend = func() error { close(entered); return nil }
			cfg := plainConfig(b)
			cfg.Timeouts.Finish = time.Millisecond
			s := startServer(t, cfg)
			c := imaptest.New(t, connect(t, s))
			c.Login("u", "p")
			c.Send(tc.send)
			<-entered
			down := make(chan error, 1)
			go func() { down <- s.Shutdown(context.Background()) }()
			c.Expect("* BYE [UNAVAILABLE] Server is shutting down")
			c.ExpectClosed()
			if err := <-down; err != nil {
				t.Error(err)
			}
			if len(b.messages) != 0 {
				t.Error("half a message was stored")
			}
		})
	}
}

func TestShutdownCutsOff(t *testing.T) {
	b := newFakeBackend()
	entered := make(chan struct{})
	b.beforeAppend = func() error { close(entered); return nil }
	s := startServer(t, plainConfig(b))
	c := imaptest.New(t, connect(t, s))
	c.Login("u", "p")
	c.Send("a APPEND INBOX {3+}\r\n")
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	c.ExpectClosed()
}

func TestPanicEndsConnectionOnly(t *testing.T) {
	var logged bytes.Buffer
	cfg := plainConfig(newFakeBackend())
	cfg.Logger = slog.New(slog.NewTextHandler(&logged, nil))
	s := startServer(t, cfg)
	c := imaptest.New(t, connect(t, s))
	c.Expect("* OK ...")
	c.Send("a LOGIN panic p\r\n")
	c.Expect("* BYE [SERVERBUG] Internal error")
	c.ExpectClosed()
	if !strings.Contains(logged.String(), "imap command panicked") {
		t.Errorf("logged %q", logged.String())
	}
	imaptest.New(t, connect(t, s)).Login("u", "p")
}

// failingBackend makes no sessions.
type failingBackend struct{ err error }

func (b failingBackend) NewSession(context.Context, *Conn) (Session, error) {
	if b.err == nil {
		panic("as told")
	}
	return nil, b.err
}

func TestNoSession(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"refused", No(CodeLimit, "Not now"), "* BYE [LIMIT] Not now"},
		{"trouble", errors.New("x"), "* BYE [UNAVAILABLE] ..."},
		{"panic", nil, "* BYE [SERVERBUG] Internal error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := imaptest.New(t, connect(t, startServer(t, Config{Backend: failingBackend{tt.err}})))
			c.Expect(tt.want)
			c.ExpectClosed()
		})
	}
}

func TestTooManyConnectionsFromAnAddress(t *testing.T) {
	cfg := plainConfig(newFakeBackend())
	cfg.Peers = lines.NewPeers(1)
	s := startServer(t, cfg)
	imaptest.New(t, linestest.Pipe(t, s, linestest.Foreign)).Login("u", "p")
	c := imaptest.New(t, linestest.Pipe(t, s, linestest.Foreign))
	c.Expect("* BYE [LIMIT] Too many connections from your address")
	c.ExpectClosed()
}

func TestHooks(t *testing.T) {
	type call struct {
		name   string
		status Status
	}
	calls := make(chan call, 10)
	cfg := plainConfig(newFakeBackend())
	cfg.ServerID = []string{"name", "Twiga", "odd"}
	cfg.Hooks.Command = func(name string, _ time.Duration, status Status) { calls <- call{name, status} }
	c := imaptest.New(t, connect(t, startServer(t, cfg)))
	c.Login("u", "p")
	runScript(t, c, []step{
		ok("ID NIL", `ID ("name" "Twiga")`, "OK ID completed"),
		ok("CAPABILITY", "CAPABILITY ... ESEARCH ...", "OK ..."),
		ok("DELETE Nix", "NO ..."),
		ok("LOGOUT", "BYE ...", "OK ..."),
	})
	c.ExpectClosed()
	for _, want := range []call{{"LOGIN", StatusOK}, {"ID", StatusOK}, {"CAPABILITY", StatusOK},
		{"DELETE", StatusNO}, {"LOGOUT", StatusOK}} {
		if got := <-calls; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestLargeFetchIsStreamed(t *testing.T) {
	body := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	c := dialSelected(t, newFakeBackend(body))
	for _, item := range []string{"BODY[]", "BODY.PEEK[]"} {
		r := c.Cmd("FETCH 1 %s", item)
		want := fmt.Sprintf("1 FETCH (UID 1 BODY[] {%d}\r\n%s)", len(body), body)
		if len(r.Untagged) != 1 || r.Untagged[0] != want {
			t.Errorf("%s: wrong answer", item)
		}
	}
}

func TestShortLiteralEndsConnection(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	c := newConn(New(Config{}), there)
	go io.Copy(io.Discard, here)
	err := c.w.Literal(strings.NewReader("abc"), 4)
	if !errors.Is(err, io.ErrUnexpectedEOF) || c.w.Exists(1) == nil && c.w.Flush() == nil {
		t.Errorf("got %v", err)
	}
}
