// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"

	"twiga/lib/conv/mime/mimetest"
	"twiga/lib/mapi/object"
)

// benchMessages is how many messages the folder of a benchmark has.
const benchMessages = 5000

// plain is a client that looks at nothing but the end of answers.
type plain struct {
	tb testing.TB
	c  net.Conn
	r  *bufio.Reader
	n  int64 // bytes of the last answer
}

func newPlain(tb testing.TB, r *rig) *plain {
	c, err := net.Dial("tcp", r.address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	p := &plain{tb: tb, c: c, r: bufio.NewReaderSize(c, 256<<10)}
	if _, err := p.r.ReadSlice('\n'); err != nil {
		tb.Fatal(err)
	}
	p.do("LOGIN anna@example.test secret")
	return p
}

// do sends a command and reads its answer, skipping literals.
func (p *plain) do(command string) {
	if _, err := io.WriteString(p.c, "x "+command+"\r\n"); err != nil {
		p.tb.Fatal(err)
	}
	for p.n = 0; ; {
		line, err := p.r.ReadSlice('\n')
		if err != nil {
			p.tb.Fatal(err)
		}
		p.n += int64(len(line))
		if line[0] == 'x' {
			if !bytes.HasPrefix(line, []byte("x OK")) {
				p.tb.Fatalf("%.40s: %s", command, line)
			}
			return
		}
		for bytes.HasSuffix(line, []byte("}\r\n")) {
			open := bytes.LastIndexByte(line, '{')
			size, err := strconv.Atoi(string(line[open+1 : len(line)-3]))
			if err != nil {
				break
			}
			if _, err := p.r.Discard(size); err != nil {
				p.tb.Fatal(err)
			}
			p.n += int64(size)
			if line, err = p.r.ReadSlice('\n'); err != nil {
				p.tb.Fatal(err)
			}
			p.n += int64(len(line))
		}
	}
}

// filled is a client with a folder of messages selected.
func filled(b *testing.B, service object.Service) *plain {
	p := newPlain(b, newRig(b, service))
	p.do("CREATE big")
	text := strings.TrimPrefix(mimetest.Mixed("hello", mimetest.Bytes(1, 30000)), mimetest.Head)
	for i := range benchMessages {
		m := fmt.Sprintf("From: Anna Example <anna@example.test>\r\nTo: Bob <bob@example.test>\r\nSubject: message %d\r\n"+
			"Message-ID: <%d@example.test>\r\nDate: Sat, 1 Feb 2020 01:00:00 +0200\r\n", i, i) + text
		p.do(fmt.Sprintf("APPEND big (\\Seen) {%d+}\r\n%s", len(m), m))
	}
	p.do("SELECT big")
	return p
}

func eachBench(b *testing.B, run func(b *testing.B, service object.Service)) {
	b.Run("memory", func(b *testing.B) { run(b, newMemStore()) })
	for name, open := range engines {
		b.Run(name, func(b *testing.B) { run(b, open(b)) })
	}
}

func BenchmarkCommands(b *testing.B) {
	eachBench(b, func(b *testing.B, service object.Service) {
		p := filled(b, service)
		for _, row := range []struct {
			name, command string
			messages      int
		}{
			{"noop", "NOOP", 0},
			{"select", "SELECT big", 0},
			{"status", "STATUS INBOX (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)", 0},
			{"list", `LIST "" *`, 0},
			{"fetch-flags", "UID FETCH 1:* (FLAGS)", benchMessages},
			{"fetch-fast", "FETCH 1:* FAST", benchMessages},
			{"fetch-envelope", "UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)", benchMessages},
			{"fetch-headers", "UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (FROM TO CC SUBJECT DATE MESSAGE-ID REFERENCES)])", benchMessages},
			{"fetch-body", "UID FETCH 1:* (BODY.PEEK[])", benchMessages},
			{"fetch-one", "UID FETCH 2500 (BODY.PEEK[])", 0},
			{"fetch-part", "UID FETCH 2500 (BODY.PEEK[2])", 0},
			{"search-flags", "UID SEARCH UNSEEN", benchMessages},
			{"search-subject", "UID SEARCH SUBJECT 4711", benchMessages},
			{"search-body", "UID SEARCH BODY nowhere", benchMessages},
			{"sort-date", "UID SORT (DATE) UTF-8 ALL", benchMessages},
			{"sort-subject", "UID SORT (REVERSE SUBJECT) UTF-8 ALL", benchMessages},
			{"sort-partial", "UID SORT RETURN (PARTIAL 1:50) (REVERSE DATE) UTF-8 ALL", benchMessages},
			{"thread", "UID THREAD REFERENCES UTF-8 ALL", benchMessages},
			{"store-bulk", "UID STORE 1:* +FLAGS.SILENT (\\Flagged)", benchMessages},
		} {
			b.Run(row.name, func(b *testing.B) {
				p.do(row.command)
				b.ReportAllocs()
				b.SetBytes(p.n)
				for b.Loop() {
					p.do(row.command)
				}
				if row.messages > 0 {
					b.ReportMetric(float64(b.N*row.messages)/b.Elapsed().Seconds(), "msg/s")
				}
			})
		}
		b.Run("store-one", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				p.do(fmt.Sprintf("UID STORE %d %cFLAGS (\\Answered)", 1+i/2%benchMessages, "+-"[i%2]))
			}
		})
		b.Run("append", func(b *testing.B) {
			m := mimetest.Mixed("hello", mimetest.Bytes(2, 28000))
			p.do("CREATE target")
			command := fmt.Sprintf("APPEND target {%d+}\r\n%s", len(m), m)
			for b.Loop() {
				p.do(command)
			}
			p.do("DELETE target")
		})
	})
}
