// SPDX-License-Identifier: AGPL-3.0-or-later

// Package pop3test is a raw POP3 client for scripted tests: it sends just what
// a test writes and hands back just what the server answers.
//
// Any surprise ends the test through the [testing.TB] the client was made with.
package pop3test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"twiga/lib/proto/imap/imaptest"
)

// Patience is how long a client waits for the server before the test fails.
const Patience = 20 * time.Second

// Client is one connection.
type Client struct {
	tb testing.TB
	nc net.Conn
	in *bufio.Reader
}

// New makes a client of a connection and closes it at the end of the test.
func New(tb testing.TB, nc net.Conn) *Client {
	tb.Helper()
	tb.Cleanup(func() { nc.Close() })
	return &Client{tb: tb, nc: nc, in: bufio.NewReader(nc)}
}

// Dial connects to an address ("tcp" or "unix").
func Dial(tb testing.TB, network, address string) *Client {
	tb.Helper()
	nc, err := net.DialTimeout(network, address, Patience)
	if err != nil {
		tb.Fatalf("dial: %v", err)
	}
	return New(tb, nc)
}

// Login reads the greeting and logs in.
func (c *Client) Login(user, password string) {
	c.tb.Helper()
	c.Expect("+OK ...")
	c.OK("USER " + user)
	c.OK("PASS " + password)
}

// Send writes raw as it is.
func (c *Client) Send(raw string) {
	c.tb.Helper()
	if err := c.write(raw); err != nil {
		c.tb.Fatalf("send: %v", err)
	}
}

// TrySend writes raw, which may fail as the server hangs up.
func (c *Client) TrySend(raw string) { _ = c.write(raw) }

func (c *Client) write(raw string) error {
	if err := c.nc.SetWriteDeadline(time.Now().Add(Patience)); err != nil {
		return err
	}
	_, err := io.WriteString(c.nc, raw)
	return err
}

// patience sets the time for what is read next, which may be at hand already.
func (c *Client) patience() { _ = c.nc.SetReadDeadline(time.Now().Add(Patience)) }

// ReadLine returns the next line, without its CRLF.
func (c *Client) ReadLine() string {
	c.tb.Helper()
	c.patience()
	line, err := c.in.ReadString('\n')
	if err != nil {
		c.tb.Fatalf("read: %v, after %q", err, line)
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
}

// Expect reads a line and matches it ([imaptest.Match]).
func (c *Client) Expect(pattern string) string {
	c.tb.Helper()
	line := c.ReadLine()
	if !imaptest.Match(pattern, line) {
		c.tb.Fatalf("got %q, want %q", line, pattern)
	}
	return line
}

// OK sends a command and returns its answer in one line, without "+OK ".
func (c *Client) OK(command string) string {
	c.tb.Helper()
	c.Send(command + "\r\n")
	line := c.ReadLine()
	text, ok := strings.CutPrefix(line, "+OK")
	if !ok {
		c.tb.Fatalf("%s: got %q", command, line)
	}
	return strings.TrimPrefix(text, " ")
}

// Multi sends a command and returns the lines of its answer behind the first.
func (c *Client) Multi(command string) []string {
	c.tb.Helper()
	body := c.Get(command)
	if body == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(body, "\r\n"), "\r\n")
}

// Get sends a command and returns what its answer has behind the first line,
// the stuffed dots taken away.
func (c *Client) Get(command string) string {
	c.tb.Helper()
	c.OK(command)
	return c.Body()
}

// Body reads the rest of an answer up to its last line.
func (c *Client) Body() string {
	c.tb.Helper()
	var b strings.Builder
	c.patience()
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			c.tb.Fatalf("read: %v, after %q", err, line)
		}
		if line == ".\r\n" {
			return b.String()
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

// StartTLS goes on under TLS, of which it gives the state.
func (c *Client) StartTLS(cfg *tls.Config) tls.ConnectionState {
	c.tb.Helper()
	c.OK("STLS")
	tc := tls.Client(c.nc, cfg)
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	if err := tc.HandshakeContext(ctx); err != nil {
		c.tb.Fatalf("handshake: %v", err)
	}
	c.nc, c.in = tc, bufio.NewReader(tc)
	return tc.ConnectionState()
}

// ExpectClosed reads the end of the stream.
func (c *Client) ExpectClosed() {
	c.tb.Helper()
	c.patience()
	b, err := io.ReadAll(c.in)
	if len(b) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		c.tb.Fatalf("got %q (%v), want the end", b, err)
	}
}

// Close ends the connection.
func (c *Client) Close() { c.nc.Close() }

// Run plays a script with as many clients as it names, each made by dial when
// it is first named. The lines are
//
//	1> COMMAND   client 1 sends a command; "⏎" is CRLF between pipelined ones
//	1< PATTERN   the next line of the answer, dots as they are sent
//	1!           the server hangs up
//	# ...        a comment
func Run(tb testing.TB, script string, dial func() *Client) {
	tb.Helper()
	clients := map[string]*Client{}
	for line := range strings.SplitSeq(script, "\n") {
		if line = strings.TrimLeft(line, "\t"); line == "" || line[0] == '#' {
			continue
		}
		who, what, text := line[:1], line[1], strings.TrimPrefix(line[2:], " ")
		c := clients[who]
		if c == nil {
			c = dial()
			clients[who] = c
		}
		switch what {
		case '>':
			c.Send(strings.ReplaceAll(text, "⏎", "\r\n") + "\r\n")
		case '<':
			if got := c.ReadLine(); !imaptest.Match(text, got) {
				tb.Fatalf("client %s: got %q, want %q", who, got, text)
			}
		case '!':
			c.ExpectClosed()
		default:
			tb.Fatalf("bad line %q", line)
		}
	}
	for who, c := range clients { // nothing may be left over
		if n := c.in.Buffered(); n > 0 {
			rest, _ := c.in.Peek(n)
			tb.Fatalf("client %s: the script does not name %q", who, rest)
		}
	}
}
