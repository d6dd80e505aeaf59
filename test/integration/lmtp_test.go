// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// lmtpClient is a plain LMTP client that sends the bytes it is given.
type lmtpClient struct {
	conn net.Conn
	r    *bufio.Reader
}

func dialLMTP(t *testing.T, address string) *lmtpClient {
	t.Helper()
	c, err := connectLMTP(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.conn.Close() })
	return c
}

func connectLMTP(address string) (*lmtpClient, error) {
	conn, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	c := &lmtpClient{conn: conn, r: bufio.NewReader(conn)}
	if _, err := c.reply(); err != nil {
		_ = conn.Close()
		return nil, err
	}
	if reply, err := c.command("LHLO client.example.test"); err != nil || !strings.HasPrefix(reply, "250") {
		_ = conn.Close()
		return nil, fmt.Errorf("LHLO: %q %w", reply, err)
	}
	return c, nil
}

// reply reads one reply of any number of lines.
func (c *lmtpClient) reply() (string, error) {
	var text strings.Builder
	_ = c.conn.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			return text.String(), err
		}
		text.WriteString(line)
		if len(line) < 4 || line[3] != '-' {
			return text.String(), nil
		}
	}
}

func (c *lmtpClient) command(format string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(c.conn, format+"\r\n", args...); err != nil {
		return "", err
	}
	return c.reply()
}

// deliver sends one message and gives the reply for each recipient: those
// refused at RCPT and those answered after DATA. An error is a connection
// that ended; the replies before it count.
func (c *lmtpClient) deliver(data []byte, to ...string) ([]string, error) {
	if reply, err := c.command("MAIL FROM:<sender@example.org>"); err != nil || !strings.HasPrefix(reply, "250") {
		return nil, fmt.Errorf("MAIL: %q %w", reply, err)
	}
	replies := make([]string, len(to))
	accepted := 0
	for i, rcpt := range to {
		reply, err := c.command("RCPT TO:<%s>", rcpt)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(reply, "250") {
			accepted++
		} else {
			replies[i] = reply
		}
	}
	if accepted == 0 {
		_, err := c.command("RSET")
		return replies, err
	}
	if reply, err := c.command("DATA"); err != nil || !strings.HasPrefix(reply, "354") {
		return nil, fmt.Errorf("DATA: %q %w", reply, err)
	}
	if _, err := c.conn.Write(dotStuffed(data)); err != nil {
		return nil, err
	}
	for i := range replies {
		if replies[i] != "" {
			continue
		}
		reply, err := c.reply()
		if err != nil {
			return replies, err
		}
		replies[i] = reply
	}
	return replies, nil
}

// dotStuffed is the message as it goes after DATA (RFC 5321 4.5.2). What
// ends in no CRLF gets one, since the end mark needs it.
func dotStuffed(data []byte) []byte {
	out := bytes.ReplaceAll(data, []byte("\r\n."), []byte("\r\n.."))
	if bytes.HasPrefix(out, []byte(".")) {
		out = append([]byte("."), out...)
	}
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\r\n")) {
		out = append(out, "\r\n"...)
	}
	return append(out, ".\r\n"...)
}

// mustDeliver delivers to recipients who all have to accept.
func (c *lmtpClient) mustDeliver(t *testing.T, data []byte, to ...string) {
	t.Helper()
	replies, err := c.deliver(data, to...)
	if err != nil {
		t.Fatalf("deliver: %v", err)
	}
	for i, reply := range replies {
		if !strings.HasPrefix(reply, "250") {
			t.Fatalf("deliver to %s: %q", to[i], reply)
		}
	}
}
