// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// port is the port of host:port.
func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}

// smtpClient is a plain SMTP client that sends the bytes it is given: swaks
// changes some.
type smtpClient struct{ lmtpClient }

func dialSMTP(t *testing.T, address string) *smtpClient {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	c := &smtpClient{lmtpClient{conn: conn, r: bufio.NewReader(conn)}}
	if reply, err := c.reply(); err != nil || !strings.HasPrefix(reply, "220") {
		t.Fatalf("SMTP: %q %v", reply, err)
	}
	c.must(t, "250", "EHLO client.example.test")
	return c
}

// must sends a command whose reply has to begin with want.
func (c *smtpClient) must(t *testing.T, want, command string) {
	t.Helper()
	if reply, err := c.command("%s", command); err != nil || !strings.HasPrefix(reply, want) {
		t.Fatalf("SMTP: %s: %q %v, want %s", command, reply, err, want)
	}
}

// send sends one message and gives the last reply.
func (c *smtpClient) send(t *testing.T, data []byte, to string) string {
	t.Helper()
	c.must(t, "250", "MAIL FROM:<sender@example.org> BODY=8BITMIME")
	c.must(t, "250", fmt.Sprintf("RCPT TO:<%s>", to))
	c.must(t, "354", "DATA")
	if _, err := c.conn.Write(dotStuffed(data)); err != nil {
		t.Fatal(err)
	}
	reply, err := c.reply()
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

func localhost(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
