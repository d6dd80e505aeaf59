// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/proto/lines/linestest"
)

// remoteBackend has the mailboxes of its user at another server's address; there
// are none at "".
type remoteBackend struct {
	*fakeBackend
	t       testing.TB
	address string
}

func (b *remoteBackend) NewSession(ctx context.Context, c *Conn) (Session, error) {
	s, err := b.fakeBackend.NewSession(ctx, c)
	return &remoteSession{s.(*fakeSession), b}, err
}

type remoteSession struct {
	*fakeSession
	remote *remoteBackend
}

func (s *remoteSession) Remote(ctx context.Context) (*Remote, error) {
	if s.remote.address == "" {
		return nil, errors.New("no such host")
	}
	nc, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.remote.address)
	if err != nil {
		return nil, err
	}
	imaptest.New(s.remote.t, nc).Login("u", "p") // reads to the end of the answer
	return &Remote{Conn: nc, Capabilities: " IMAP4rev1 FAR"}, nil
}

// relays gives a client's connection to a server near that has the mailboxes on
// one that is far.
func relays(t *testing.T, far *fakeBackend) (c *imaptest.Client, near, there *Server) {
	t.Helper()
	there = startServer(t, plainConfig(far))
	b := &remoteBackend{newFakeBackend(), t, linestest.Listen(t, there, nil)}
	near = startServer(t, plainConfig(b))
	return imaptest.Dial(t, "tcp", linestest.Listen(t, near, nil)), near, there
}

func TestRelay(t *testing.T) {
	far := newFakeBackend("one")
	c, _, _ := relays(t, far)
	c.Expect("* OK ...")
	c.Send("a LOGIN u wrong\r\n")
	c.Expect("a NO [AUTHENTICATIONFAILED] ...")
	c.Send("b AUTHENTICATE PLAIN AHUAcA==\r\nc SELECT INBOX\r\nd NOOP\r\n") // pipelined: goes there
	c.Expect("b OK [CAPABILITY IMAP4rev1 FAR] Logged in")
	for !strings.HasPrefix(c.ReadLine(), "c OK ") {
	}
	c.Expect("d OK NOOP completed")
	tag := c.Idle()
	far.deliver("two")
	c.Expect("* 2 EXISTS")
	c.Done(tag)
	body := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB there and back
	c.OK("APPEND INBOX {1048576+}\r\n%s", body)
	if r := c.OK("FETCH 3 BODY.PEEK[]"); !strings.Contains(strings.Join(r, ""), body) {
		t.Error("the message has changed on its way")
	}
	c.Send("e NOOP\r\n")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	c.Expect("e OK NOOP completed")
	c.ExpectClosed()
}

func TestRelayEnds(t *testing.T) {
	t.Run("there is shut down", func(t *testing.T) {
		c, _, there := relays(t, newFakeBackend())
		c.Login("u", "p")
		linestest.Shutdown(t, there)
		c.Expect("* BYE [UNAVAILABLE] Server is shutting down")
		c.ExpectClosed()
	})
	t.Run("here is shut down", func(t *testing.T) {
		far := newFakeBackend()
		entered, leave := make(chan struct{}), make(chan struct{})
		far.beforeAppend = func() error { close(entered); <-leave; return nil }
		c, near, _ := relays(t, far)
		c.Login("u", "p")
		c.Send("a APPEND INBOX {3+}\r\nabc\r\n")
		<-entered
		down := make(chan error, 1)
		go func() { down <- near.Shutdown(context.Background()) }()
		close(leave)
		c.Expect("a OK [APPENDUID 7 1] ...") // a command under way is let finish
		c.ExpectClosed()
		if err := <-down; err != nil {
			t.Error(err)
		}
	})
	t.Run("the client leaves under TLS", func(t *testing.T) {
		server, client := tlsConfigs(t)
		c, near, _ := relays(t, newFakeBackend("one"))
		secure := imaptest.Dial(t, "tcp", linestest.Listen(t, near, server))
		secure.Upgrade(client)
		secure.Login("u", "p")
		secure.OK("SELECT INBOX")
		if r := secure.OK("FETCH 1 BODY.PEEK[]"); len(r) != 1 || !strings.HasSuffix(r[0], "one)") {
			t.Errorf("got %q", r)
		}
		secure.Close()
		c.Close()
	})
	t.Run("the client logs out", func(t *testing.T) {
		c, _, _ := relays(t, newFakeBackend())
		c.Login("u", "p")
		c.Send("a LOGOUT\r\n")
		c.Expect("* BYE ...")
		c.Expect("a OK ...")
		c.ExpectClosed()
	})
	t.Run("there cannot be reached", func(t *testing.T) {
		b := &remoteBackend{newFakeBackend(), t, ""}
		c := imaptest.New(t, connect(t, startServer(t, plainConfig(b))))
		c.Expect("* OK ...")
		c.Send("a LOGIN u p\r\n")
		c.Expect("* BYE [UNAVAILABLE] Temporary trouble, try again later")
		c.ExpectClosed()
	})
}
