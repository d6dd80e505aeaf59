// SPDX-License-Identifier: AGPL-3.0-or-later

// Package pop3test is a raw POP3 client for scripted tests: it sends just what
// a test writes and hands back just what the server answers.
//
// Any surprise ends the test through the [testing.TB] the client was made with.
package pop3test

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"twiga/lib/proto/lines/linestest"
)

// Client is one connection.
type Client struct{ linestest.Client }

// New makes a client of a connection and closes it at the end of the test.
func New(tb testing.TB, nc net.Conn) *Client {
	tb.Helper()
	return &Client{*linestest.New(tb, nc, nil)}
}

// Dial connects to an address ("tcp" or "unix").
func Dial(tb testing.TB, network, address string) *Client {
	tb.Helper()
	return New(tb, linestest.Dial(tb, network, address))
}

// Login reads the greeting and logs in.
func (c *Client) Login(user, password string) {
	c.TB.Helper()
	c.Expect("+OK ...")
	c.OK("USER " + user)
	c.OK("PASS " + password)
}

// OK sends a command and returns its answer in one line, without "+OK ".
func (c *Client) OK(command string) string {
	c.TB.Helper()
	c.Send(command + "\r\n")
	line := c.ReadLine()
	text, ok := strings.CutPrefix(line, "+OK")
	if !ok {
		c.TB.Fatalf("%s: got %q", command, line)
	}
	return strings.TrimPrefix(text, " ")
}

// Multi sends a command and returns the lines of its answer behind the first.
func (c *Client) Multi(command string) []string {
	c.TB.Helper()
	body := c.Get(command)
	if body == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(body, "\r\n"), "\r\n")
}

// Get sends a command and returns what its answer has behind the first line,
// the stuffed dots taken away.
func (c *Client) Get(command string) string {
	c.TB.Helper()
	c.OK(command)
	return c.Body()
}

// Body reads the rest of an answer up to its last line.
func (c *Client) Body() string {
	c.TB.Helper()
	var b strings.Builder
	_ = c.NC.SetReadDeadline(time.Now().Add(linestest.Patience)) // what is read next may be at hand already
	for {
		line, err := c.In.ReadString('\n')
		if err != nil {
			c.TB.Fatalf("read: %v, after %q", err, line)
		}
		if line == ".\r\n" {
			if s := b.String(); s != "" && !strings.HasSuffix(s, "\r\n") {
				c.TB.Fatal("the dot at the end stands on no line of its own")
			}
			return b.String()
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

// StartTLS goes on under TLS, of which it gives the state.
func (c *Client) StartTLS(cfg *tls.Config) tls.ConnectionState {
	c.TB.Helper()
	c.OK("STLS")
	return c.Upgrade(cfg)
}

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
			if got := c.ReadLine(); !linestest.Match(text, got) {
				tb.Fatalf("client %s: got %q, want %q", who, got, text)
			}
		case '!':
			c.ExpectClosed()
		default:
			tb.Fatalf("bad line %q", line)
		}
	}
	for who, c := range clients { // nothing may be left over
		if n := c.In.Buffered(); n > 0 {
			rest, _ := c.In.Peek(n)
			tb.Fatalf("client %s: the script does not name %q", who, rest)
		}
	}
}
