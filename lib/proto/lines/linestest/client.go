// SPDX-License-Identifier: AGPL-3.0-or-later

// Package linestest has what tests of protocols need on the other side: a raw
// client that sends just what a test writes, servers on loopback, and
// certificates.
//
// Any surprise ends the test through the [testing.TB] that it was made with.
package linestest

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
)

// Patience is how long a client waits for the server before the test fails.
const Patience = 20 * time.Second

// Client is one connection of a raw client. A protocol's own has it inside.
type Client struct {
	TB testing.TB
	NC net.Conn
	In *bufio.Reader

	response func(*bufio.Reader) (string, error)
}

// New makes a client of a connection and closes it at the end of the test.
// response reads one response, without its CRLF; nil for lines.
func New(tb testing.TB, nc net.Conn, response func(*bufio.Reader) (string, error)) *Client {
	tb.Helper()
	tb.Cleanup(func() { nc.Close() })
	if response == nil {
		response = readLine
	}
	return &Client{TB: tb, NC: nc, In: bufio.NewReader(nc), response: response}
}

func readLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return line, err
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
}

// Dial connects to an address ("tcp" or "unix").
func Dial(tb testing.TB, network, address string) net.Conn {
	tb.Helper()
	nc, err := net.DialTimeout(network, address, Patience)
	if err != nil {
		tb.Fatalf("dial: %v", err)
	}
	return nc
}

// Send writes raw as it is.
func (c *Client) Send(raw string) {
	c.TB.Helper()
	if err := c.write(raw); err != nil {
		c.TB.Fatalf("send: %v", err)
	}
}

// TrySend writes raw and does not mind if the server closes the connection
// meanwhile. Other than the rest it may be called from a goroutine of its own.
func (c *Client) TrySend(raw string) { _ = c.write(raw) }

func (c *Client) write(raw string) error {
	if err := c.NC.SetWriteDeadline(time.Now().Add(Patience)); err != nil {
		return err
	}
	_, err := io.WriteString(c.NC, raw)
	return err
}

// TryRead returns the next response.
func (c *Client) TryRead() (string, error) {
	// Fails on a closed connection, of which the rest may still be buffered.
	_ = c.NC.SetReadDeadline(time.Now().Add(Patience))
	return c.response(c.In)
}

// ReadLine returns the next response.
func (c *Client) ReadLine() string {
	c.TB.Helper()
	line, err := c.TryRead()
	if err != nil {
		c.TB.Fatalf("read: %v after %q", err, line)
	}
	return line
}

// Expect reads the next response, which has to match pattern, and returns it
// (see [Match]).
func (c *Client) Expect(pattern string) string {
	c.TB.Helper()
	line := c.ReadLine()
	if !Match(pattern, line) {
		c.TB.Fatalf("got  %q\nwant %q", line, pattern)
	}
	return line
}

// ExpectClosed checks that the server has closed the connection and said
// nothing more.
func (c *Client) ExpectClosed() {
	c.TB.Helper()
	line, err := c.TryRead()
	if line != "" || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		c.TB.Fatalf("connection is not closed: got %q, %v", line, err)
	}
}

// ExpectNo reads until the server has closed the connection and checks that
// text was not among what it said.
func (c *Client) ExpectNo(text string) {
	c.TB.Helper()
	for {
		line, err := c.TryRead()
		if strings.Contains(line, text) || errors.Is(err, os.ErrDeadlineExceeded) {
			c.TB.Fatalf("got %q, %v", line, err)
		}
		if err != nil {
			return
		}
	}
}

// Upgrade puts TLS on the connection and gives its state.
func (c *Client) Upgrade(cfg *tls.Config) tls.ConnectionState {
	c.TB.Helper()
	tc := tls.Client(c.NC, cfg)
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	if err := tc.HandshakeContext(ctx); err != nil {
		c.TB.Fatalf("tls handshake: %v", err)
	}
	c.NC, c.In = tc, bufio.NewReader(tc)
	return tc.ConnectionState()
}

// Close closes the connection.
func (c *Client) Close() { c.NC.Close() }

// CloseWrite closes the client's own side of a connection without TLS.
func (c *Client) CloseWrite() error {
	half, ok := c.NC.(interface{ CloseWrite() error })
	if !ok {
		return errors.New("close write: not with this connection")
	}
	return half.CloseWrite()
}

// Match reports whether line matches a pattern, in which "..." stands for any
// text, the rest for itself.
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
