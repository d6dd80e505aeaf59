// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	largeTurns = 7   // how often each command is timed on each server
	largeBatch = 250 // messages in one APPEND
)

// timedClient is an IMAP client that keeps the clock: what it reads is looked at when
// the clock has stopped.
type timedClient struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	tag  int
}

func dialTimed(t *testing.T, addr, user string) *timedClient {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	c := &timedClient{t: t, conn: conn, in: bufio.NewReaderSize(conn, 1<<20)}
	if _, err := c.in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	c.ask("LOGIN " + user + " " + password)
	return c
}

// ask runs a command and gives all that came before its OK, and how long it took.
func (c *timedClient) ask(command string) ([]byte, time.Duration) {
	c.t.Helper()
	c.tag++
	tag := "t" + strconv.Itoa(c.tag) + " "
	begin := time.Now()
	if _, err := io.WriteString(c.conn, tag+command+"\r\n"); err != nil {
		c.t.Fatal(err)
	}
	var out bytes.Buffer
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			c.t.Fatalf("%.60s: %v", command, err)
		}
		if bytes.HasPrefix(line, []byte(tag)) {
			if took := time.Since(begin); bytes.HasPrefix(line[len(tag):], []byte("OK")) {
				return out.Bytes(), took
			}
			c.t.Fatalf("%.60s: %s", command, line)
		}
		out.Write(line)
	}
}

// fill appends n messages to the INBOX, three in ten of them unread.
func (c *timedClient) fill(n int) {
	c.t.Helper()
	body := strings.Repeat("Some words that say very little.\r\n", 20)
	first := time.Date(2015, 1, 1, 8, 0, 0, 0, time.UTC)
	for i := 0; i < n; i += largeBatch {
		var b strings.Builder
		b.WriteString("APPEND INBOX")
		for k := i; k < min(n, i+largeBatch); k++ {
			arrived := first.Add(time.Duration(k) * 20 * time.Minute)
			sent := arrived.Add(-time.Duration(k*7919%5000) * time.Minute) // in another order
			flags := `(\Seen)`
			if k*7919%10 < 3 {
				flags = "()"
			}
			data := fmt.Sprintf("From: Person %d <p%d@x.test>\r\nTo: anna@example.test\r\nSubject: Matter %d\r\nDate: %s\r\nMessage-ID: <%d@x.test>\r\n\r\n%s",
				k%997, k%997, k%5003, sent.Format(time.RFC1123Z), k, body)
			fmt.Fprintf(&b, " %s %q {%d+}\r\n%s", flags, arrived.Format("02-Jan-2006 15:04:05 -0700"), len(data), data)
		}
		c.ask(b.String())
	}
}

// largeWork is what is timed: each run on a server gives an answer that the other
// one has to give too, and the time.
type largeWork struct {
	name string
	run  func(s *largeServer) (answer string, took time.Duration)
}

// largeServer is one of the two with its clients.
type largeServer struct {
	name           string
	reader, writer *timedClient
	flags          int // how often changes were made
}

var largeWorks = []largeWork{
	{"SELECT", func(s *largeServer) (string, time.Duration) {
		s.reader.ask("UNSELECT")
		out, took := s.reader.ask("SELECT INBOX")
		return lineWith(out, " EXISTS"), took
	}},
	{"FETCH 1:* FLAGS", func(s *largeServer) (string, time.Duration) {
		out, took := s.reader.ask("FETCH 1:* FLAGS")
		return fmt.Sprint(bytes.Count(out, []byte(" FETCH (")), bytes.Count(out, []byte(`\Seen`))), took
	}},
	{"SEARCH UNSEEN", func(s *largeServer) (string, time.Duration) {
		out, took := s.reader.ask("SEARCH UNSEEN")
		return string(out), took
	}},
	{"SORT RETURN (PARTIAL 1:50) (REVERSE DATE)", func(s *largeServer) (string, time.Duration) {
		out, took := s.reader.ask("UID SORT RETURN (PARTIAL 1:50) (REVERSE DATE) UTF-8 ALL")
		_, rest, _ := strings.Cut(string(out), "PARTIAL")
		return rest, took
	}},
	{"SELECT (QRESYNC) after 10 changes", func(s *largeServer) (string, time.Duration) {
		out, _ := s.writer.ask("SELECT INBOX")
		since, validity := number(lineWith(out, "HIGHESTMODSEQ")), number(lineWith(out, "UIDVALIDITY"))
		for i := range 10 {
			s.writer.ask(fmt.Sprintf(`UID STORE %d %cFLAGS.SILENT (\Flagged)`, 1+i*101, "+-"[s.flags%2]))
		}
		s.flags++
		s.reader.ask("UNSELECT")
		out, took := s.reader.ask(fmt.Sprintf("SELECT INBOX (QRESYNC (%s %s))", validity, since))
		return fmt.Sprint(bytes.Count(out, []byte(" FETCH ("))), took
	}},
}

// lineWith is the first line with a text in it.
func lineWith(out []byte, text string) string {
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, text) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// number is the first number of a text.
func number(text string) string {
	from := strings.IndexAny(text, "0123456789")
	if from < 0 {
		return "0"
	}
	rest := text[from:]
	return rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
}

// TestLargeBesideDovecot times work on a mailbox of TWIGA_LARGE messages on Twiga and on
// Dovecot in turns, and prints medians and ratios. Both have to answer alike.
func TestLargeBesideDovecot(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("TWIGA_LARGE"))
	if n == 0 {
		t.Skip("set TWIGA_LARGE to a number of messages, see make large")
	}
	d := startDovecot(t, "mail_plugins = acl quota zlib", "", "mail_plugins = acl imap_acl quota imap_quota zlib imap_zlib", "")
	s := start(t, 1)
	servers := []*largeServer{{name: "twiga"}, {name: "dovecot"}}
	for i, at := range [][2]string{{s.IMAP, s.Users[0].Name}, {d.IMAP, "anna@example.test"}} {
		begin := time.Now()
		servers[i].writer = dialTimed(t, at[0], at[1])
		servers[i].writer.fill(n)
		t.Logf("%s: filled in %s", servers[i].name, time.Since(begin).Round(time.Second))
		servers[i].reader = dialTimed(t, at[0], at[1])
		servers[i].reader.ask("ENABLE QRESYNC")
		servers[i].writer.ask("ENABLE CONDSTORE")
		servers[i].reader.ask("SELECT INBOX")
	}
	t.Logf("%-45s %10s %10s %8s", "median ms of "+strconv.Itoa(n)+" messages", "twiga", "dovecot", "ratio")
	for _, w := range largeWorks {
		var took [2][]time.Duration
		for range largeTurns {
			var answers [2]string
			for i, server := range servers {
				a, d := w.run(server)
				answers[i], took[i] = a, append(took[i], d)
			}
			if answers[0] != answers[1] {
				t.Errorf("%s: %.300s, want %.300s", w.name, answers[0], answers[1])
			}
		}
		var ms [2]float64
		for i := range took {
			slices.Sort(took[i])
			ms[i] = float64(took[i][largeTurns/2].Microseconds()) / 1000
		}
		t.Logf("%-45s %10.3f %10.3f %8.2f", w.name, ms[0], ms[1], ms[1]/ms[0])
	}
}
