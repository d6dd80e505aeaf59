// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"twiga/lib/proto/imap/imaptest"
)

// TestThousandIdle holds 1,000 sessions in IDLE, delivers to one, and ends.
func TestThousandIdle(t *testing.T) {
	const sessions, users = 1000, 20
	s := start(t, users)
	before := s.resident(t, "stored", "imapgw")
	clients := make([]*imaptest.Client, sessions)
	tags := make([]string, sessions)
	for i := range clients {
		clients[i] = dialIMAP(t, s, login(i%users), "INBOX")
		tags[i] = clients[i].Idle()
	}
	t.Logf("%d KiB of memory a session", (s.resident(t, "stored", "imapgw")-before)/sessions)
	dialLMTP(t, s.LMTP).mustDeliver(t, []byte(simple("crowd")), login(0), login(7))
	for i, c := range clients {
		if u := i % users; u == 0 || u == 7 {
			await(c, "* 1 EXISTS")
		}
	}
	for i, c := range clients {
		if r := c.Done(tags[i]); r.Status != "OK" {
			t.Fatalf("session %d: DONE: %s", i, r)
		}
	}
}

// resident is the memory of daemons in KiB.
func (s *system) resident(t *testing.T, daemons ...string) int {
	t.Helper()
	sum := 0
	for _, d := range daemons {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PIDs[d]))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(b), "\nVmRSS:")
		n := 0
		if _, err := fmt.Sscan(rest, &n); err != nil {
			t.Fatalf("memory of %s: %v", d, err)
		}
		sum += n
	}
	return sum
}

// TestHalfCommands has clients that send half of something and hang, or
// something endless; the others are served meanwhile.
func TestHalfCommands(t *testing.T) {
	s := start(t, 1)
	dialLMTP(t, s.LMTP).mustDeliver(t, []byte(simple("half")), login(0))
	for _, half := range []struct{ address, text string }{
		{s.IMAP, "a LOG"},
		{s.IMAP, "a LOGIN {10}\r\nabc"},
		{s.IMAP, "a LOGIN {999999999}\r\n"},
		{s.IMAP, "a LOGIN {99999999999999999999}\r\n"},
		{s.IMAP, "a LOGIN " + strings.Repeat("(", 7000)},
		{s.IMAP, "a AUTHENTICATE PLAIN\r\n"},
		{s.IMAPS, "\x16\x03\x01"},
		{s.LMTP, "LHLO half\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<" + login(0) + ">\r\nDATA\r\nSubject: ha"},
		{s.LMTP, "LHL"},
	} {
		conn := open(t, half.address)
		if _, err := io.WriteString(conn, half.text); err != nil {
			t.Logf("%.20q: %v", half.text, err)
		}
	}
	endless(t, s.IMAP, "a LOGIN \"")
	endless(t, s.LMTP, "LHLO ")
	c := dialIMAP(t, s, login(0), "INBOX")
	if got := len(bodies(t, c)); got != 1 {
		t.Errorf("%d messages", got)
	}
	dialLMTP(t, s.LMTP).mustDeliver(t, []byte(simple("whole")), login(0))
	if got := count(t, c, "INBOX"); got != 2 {
		t.Errorf("%d messages after the halves", got)
	}
}

func open(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// endless sends a line without an end until the server has enough of it.
func endless(t *testing.T, address, start string) {
	t.Helper()
	conn := open(t, address)
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	chunk := strings.Repeat("x", 64<<10)
	if _, err := io.WriteString(conn, start); err != nil {
		t.Fatal(err)
	}
	for range 4096 { // 256 MiB
		if _, err := io.WriteString(conn, chunk); err != nil {
			return
		}
	}
	t.Error(fmt.Errorf("%s takes a line of 256 MiB", address))
}
