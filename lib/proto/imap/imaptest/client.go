// SPDX-License-Identifier: AGPL-3.0-or-later

// Package imaptest is a raw IMAP client for scripted tests: it sends just what
// a test writes and hands back just what the server answers, literals included.
//
// Any surprise ends the test through the [testing.TB] the client was made with.
// Lines are given without their CRLF; a literal stands in its line as it came,
// "{5}\r\nhello".
package imaptest

import (
	"bufio"
	"bytes"
	"compress/flate"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"twiga/lib/proto/lines/linestest"
)

// Client is one connection.
type Client struct {
	linestest.Client
	tag   int
	early []string // untagged responses before a go-ahead, for the next Result
}

// New makes a client of a connection and closes it at the end of the test.
func New(tb testing.TB, nc net.Conn) *Client {
	tb.Helper()
	return &Client{Client: *linestest.New(tb, nc, readResponse)}
}

// Dial connects to an address ("tcp" or "unix").
func Dial(tb testing.TB, network, address string) *Client {
	tb.Helper()
	return New(tb, linestest.Dial(tb, network, address))
}

// Login reads the greeting and logs in.
func (c *Client) Login(user, password string) {
	c.TB.Helper()
	c.Expect("* OK ...")
	c.OK("LOGIN %s %s", Quote(user), Quote(password))
}

// Quote returns s as a quoted string.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// literalSize returns the size of the literal a line announces at its end.
func literalSize(line []byte) (int64, bool) {
	line, ok := bytes.CutSuffix(line, []byte("}\r\n"))
	i := bytes.LastIndexByte(line, '{')
	if !ok || i < 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(line[i+1:]), 10, 64)
	return n, err == nil
}

// Result is what a command was answered.
type Result struct {
	Untagged []string // without the leading "* "
	Status   string   // OK, NO or BAD
	Text     string   // the rest of the tagged response, its code first
}

// String returns the tagged response without its tag.
func (r *Result) String() string { return r.Status + " " + r.Text }

// Has reports whether an untagged response matches the pattern (see
// [linestest.Match]).
func (r *Result) Has(pattern string) bool {
	for _, line := range r.Untagged {
		if linestest.Match(pattern, line) {
			return true
		}
	}
	return false
}

// NextTag returns the tag for the next command and uses it up.
func (c *Client) NextTag() string {
	c.tag++
	return c.LastTag()
}

// LastTag returns the tag of the last command.
func (c *Client) LastTag() string { return fmt.Sprintf("t%d", c.tag) }

// Cmd sends a command, with a tag before and CRLF behind it, and returns the
// answer. Synchronising literals in it ("{5}\r\nhello") are sent when the
// server asks for them, and not sent if it refuses.
func (c *Client) Cmd(format string, args ...any) *Result {
	c.TB.Helper()
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	tag := c.NextTag()
	rest := tag + " " + text + "\r\n"
	for {
		line, lit, tail, ok := cutLiteral(rest)
		if !ok {
			break
		}
		c.Send(line)
		if r := c.awaitGoAhead(tag); r != nil {
			return r
		}
		c.Send(lit)
		rest = tail
	}
	c.Send(rest)
	return c.Result(tag)
}

// cutLiteral splits text behind its first synchronising literal.
func cutLiteral(text string) (line, lit, tail string, ok bool) {
	from := 0
	for {
		i := strings.Index(text[from:], "}\r\n")
		if i < 0 {
			return "", "", "", false
		}
		i += from + len("}\r\n")
		head, plus := strings.CutSuffix(text[:i], "+}\r\n")
		if n, ok := literalSize([]byte(head + "}\r\n")); plus && ok && int64(len(text)-i) >= n {
			from = i + int(n) // it is sent without waiting
			continue
		}
		n, ok := literalSize([]byte(text[:i]))
		if !ok || int64(len(text)-i) < n {
			return "", "", "", false
		}
		return text[:i], text[i : i+int(n)], text[i+int(n):], true
	}
}

// awaitGoAhead reads to the continuation request; if the command is answered
// instead, it returns the answer. What comes before stands in that or in the
// next one.
func (c *Client) awaitGoAhead(tag string) *Result {
	c.TB.Helper()
	r := &Result{Untagged: c.early}
	for c.early = nil; ; {
		line := c.ReadLine()
		if strings.HasPrefix(line, "+") {
			c.early = r.Untagged
			return nil
		}
		if r.take(tag, line) {
			return r
		}
	}
}

// Result reads up to the tagged response to tag. If the server says BYE and
// closes the connection, the Status is BYE.
func (c *Client) Result(tag string) *Result {
	c.TB.Helper()
	r := &Result{Untagged: c.early}
	for c.early = nil; ; {
		line, err := c.TryRead()
		if err != nil && line == "" && len(r.Untagged) > 0 {
			last := r.Untagged[len(r.Untagged)-1]
			if text, bye := strings.CutPrefix(last, "BYE "); bye {
				r.Untagged = r.Untagged[:len(r.Untagged)-1]
				r.Status, r.Text = "BYE", text
				return r
			}
		}
		if err != nil {
			c.TB.Fatalf("read: %v after %q %q", err, r.Untagged, line)
		}
		if r.take(tag, line) {
			return r
		}
		if !strings.HasPrefix(line, "* ") {
			c.TB.Fatalf("unexpected line %q before the answer to %s", line, tag)
		}
	}
}

func (r *Result) take(tag, line string) (done bool) {
	if rest, ok := strings.CutPrefix(line, "* "); ok {
		r.Untagged = append(r.Untagged, rest)
		return false
	}
	rest, ok := strings.CutPrefix(line, tag+" ")
	if ok {
		r.Status, r.Text, _ = strings.Cut(rest, " ")
	}
	return ok
}

// OK sends a command that has to succeed and returns its untagged responses.
func (c *Client) OK(format string, args ...any) []string {
	c.TB.Helper()
	r := c.Cmd(format, args...)
	if r.Status != "OK" {
		c.TB.Fatalf("command %q: %s", format, r)
	}
	return r.Untagged
}

// Idle begins IDLE and returns its tag when the server is ready for it.
func (c *Client) Idle() (tag string) {
	c.TB.Helper()
	tag = c.NextTag()
	c.Send(tag + " IDLE\r\n")
	if r := c.awaitGoAhead(tag); r != nil {
		c.TB.Fatalf("IDLE: %s", r)
	}
	return tag
}

// Done ends IDLE.
func (c *Client) Done(tag string) *Result {
	c.TB.Helper()
	c.Send("DONE\r\n")
	return c.Result(tag)
}

// StartTLS sends STARTTLS and goes on under TLS.
func (c *Client) StartTLS(cfg *tls.Config) {
	c.TB.Helper()
	c.OK("STARTTLS")
	c.Upgrade(cfg)
}

// Deflate compresses both directions from now on, as COMPRESS=DEFLATE has it.
func (c *Client) Deflate() {
	w, err := flate.NewWriter(c.NC, flate.DefaultCompression)
	if err != nil {
		c.TB.Fatalf("deflate: %v", err)
	}
	c.NC = &deflated{Conn: c.NC, w: w}
	c.In = bufio.NewReader(flate.NewReader(c.In))
}

// deflated is a connection whose output is compressed.
type deflated struct {
	net.Conn
	w *flate.Writer
}

// Write compresses p and sends it at once.
func (d *deflated) Write(p []byte) (int, error) {
	n, err := d.w.Write(p)
	if err == nil {
		err = d.w.Flush()
	}
	return n, err
}
