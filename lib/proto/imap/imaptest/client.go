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
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Patience is how long a client waits for the server before the test fails.
const Patience = 20 * time.Second

// Client is one connection.
type Client struct {
	tb  testing.TB
	nc  net.Conn
	in  *bufio.Reader
	tag int
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

// DialTLS connects by implicit TLS.
func DialTLS(tb testing.TB, address string, cfg *tls.Config) *Client {
	tb.Helper()
	nc, err := tls.DialWithDialer(&net.Dialer{Timeout: Patience}, "tcp", address, cfg)
	if err != nil {
		tb.Fatalf("dial tls: %v", err)
	}
	return New(tb, nc)
}

// Login reads the greeting and logs in.
func (c *Client) Login(user, password string) {
	c.tb.Helper()
	c.Expect("* OK ...")
	c.OK("LOGIN %s %s", Quote(user), Quote(password))
}

// Quote returns s as a quoted string.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// Send writes raw as it is.
func (c *Client) Send(raw string) {
	c.tb.Helper()
	if err := c.write([]byte(raw)); err != nil {
		c.tb.Fatalf("send: %v", err)
	}
}

// TrySend writes raw and does not mind if the server closes the connection
// meanwhile. Other than the rest it may be called from a goroutine of its own.
func (c *Client) TrySend(raw string) { _ = c.write([]byte(raw)) }

func (c *Client) write(p []byte) error {
	if err := c.nc.SetWriteDeadline(time.Now().Add(Patience)); err != nil {
		return err
	}
	_, err := c.nc.Write(p)
	return err
}

// ReadLine returns the next response with the literals in it.
func (c *Client) ReadLine() string {
	c.tb.Helper()
	line, err := c.readLine()
	if err != nil {
		c.tb.Fatalf("read: %v after %q", err, line)
	}
	return line
}

func (c *Client) readLine() (string, error) {
	// Fails on a closed connection, of which the rest may still be buffered.
	_ = c.nc.SetReadDeadline(time.Now().Add(Patience))
	return readResponse(c.in)
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

// Expect reads the next line, which has to match pattern, and returns it. In
// the pattern "..." stands for any text, the rest for itself.
func (c *Client) Expect(pattern string) string {
	c.tb.Helper()
	line := c.ReadLine()
	if !Match(pattern, line) {
		c.tb.Fatalf("got  %q\nwant %q", line, pattern)
	}
	return line
}

// Match reports whether line matches a pattern of [Client.Expect].
func Match(pattern, line string) bool {
	parts := strings.Split(pattern, "...")
	last := len(parts) - 1
	line, ok := strings.CutPrefix(line, parts[0])
	if !ok || last == 0 {
		return ok && line == ""
	}
	for _, part := range parts[1:last] {
		if _, line, ok = strings.Cut(line, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(line, parts[last])
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
// [Client.Expect]).
func (r *Result) Has(pattern string) bool {
	for _, line := range r.Untagged {
		if Match(pattern, line) {
			return true
		}
	}
	return false
}

// NextTag returns the tag for the next command and uses it up.
func (c *Client) NextTag() string {
	c.tag++
	return fmt.Sprintf("t%d", c.tag)
}

// Cmd sends a command, with a tag before and CRLF behind it, and returns the
// answer. Synchronising literals in it ("{5}\r\nhello") are sent when the
// server asks for them, and not sent if it refuses.
func (c *Client) Cmd(format string, args ...any) *Result {
	c.tb.Helper()
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
// instead, it returns the answer.
func (c *Client) awaitGoAhead(tag string) *Result {
	c.tb.Helper()
	r := &Result{}
	for {
		line := c.ReadLine()
		if strings.HasPrefix(line, "+") {
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
	c.tb.Helper()
	r := &Result{}
	for {
		line, err := c.readLine()
		if err != nil && line == "" && len(r.Untagged) > 0 {
			last := r.Untagged[len(r.Untagged)-1]
			if text, bye := strings.CutPrefix(last, "BYE "); bye {
				r.Untagged = r.Untagged[:len(r.Untagged)-1]
				r.Status, r.Text = "BYE", text
				return r
			}
		}
		if err != nil {
			c.tb.Fatalf("read: %v after %q %q", err, r.Untagged, line)
		}
		if r.take(tag, line) {
			return r
		}
		if !strings.HasPrefix(line, "* ") {
			c.tb.Fatalf("unexpected line %q before the answer to %s", line, tag)
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
	c.tb.Helper()
	r := c.Cmd(format, args...)
	if r.Status != "OK" {
		c.tb.Fatalf("command %q: %s", format, r)
	}
	return r.Untagged
}

// Idle begins IDLE and returns its tag when the server is ready for it.
func (c *Client) Idle() (tag string) {
	c.tb.Helper()
	tag = c.NextTag()
	c.Send(tag + " IDLE\r\n")
	if r := c.awaitGoAhead(tag); r != nil {
		c.tb.Fatalf("IDLE: %s", r)
	}
	return tag
}

// Done ends IDLE.
func (c *Client) Done(tag string) *Result {
	c.tb.Helper()
	c.Send("DONE\r\n")
	return c.Result(tag)
}

// StartTLS sends STARTTLS and goes on under TLS.
func (c *Client) StartTLS(cfg *tls.Config) {
	c.tb.Helper()
	c.OK("STARTTLS")
	c.Upgrade(cfg)
}

// Upgrade puts TLS on the connection.
func (c *Client) Upgrade(cfg *tls.Config) {
	c.tb.Helper()
	tc := tls.Client(c.nc, cfg)
	if err := c.nc.SetDeadline(time.Now().Add(Patience)); err != nil {
		c.tb.Fatalf("set deadline: %v", err)
	}
	if err := tc.Handshake(); err != nil {
		c.tb.Fatalf("tls handshake: %v", err)
	}
	c.nc, c.in = tc, bufio.NewReader(tc)
}

// ExpectClosed checks that the server has closed the connection and said
// nothing more.
func (c *Client) ExpectClosed() {
	c.tb.Helper()
	line, err := c.readLine()
	if line != "" || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		c.tb.Fatalf("connection is not closed: got %q, %v", line, err)
	}
}

// ExpectNo reads until the server has closed the connection and checks that
// text was not among what it said.
func (c *Client) ExpectNo(text string) {
	c.tb.Helper()
	for {
		line, err := c.readLine()
		if strings.Contains(line, text) || errors.Is(err, os.ErrDeadlineExceeded) {
			c.tb.Fatalf("got %q, %v", line, err)
		}
		if err != nil {
			return
		}
	}
}

// Close closes the connection.
func (c *Client) Close() { c.nc.Close() }

// CloseWrite closes the client's own side of a connection without TLS.
func (c *Client) CloseWrite() error {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok {
		return errors.New("close write: not with this connection")
	}
	return half.CloseWrite()
}

// Deflate compresses both directions from now on, as COMPRESS=DEFLATE has it.
func (c *Client) Deflate() {
	w, err := flate.NewWriter(c.nc, flate.DefaultCompression)
	if err != nil {
		c.tb.Fatalf("deflate: %v", err)
	}
	c.nc = &deflated{Conn: c.nc, w: w}
	c.in = bufio.NewReader(flate.NewReader(c.in))
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
