// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"strings"
	"testing"

	"twiga/lib/mapi/object"
)

// nested is a message with a text, an attachment in base64, one in an encoding
// that nobody knows, and a text in quoted-printable.
const nested = `«Subject: parts⏎From: a@example.test⏎Message-ID: <p@x>⏎References: <first@x> <p0@x>⏎MIME-Version: 1.0⏎Content-Type: multipart/mixed; boundary=b⏎⏎` +
	`--b⏎⏎Hello there,⏎⏎Ann wrote:⏎> old words⏎⏎--b⏎Content-Type: image/png⏎Content-Transfer-Encoding: base64⏎⏎aGVsbG8Ad29ybGQ=⏎` +
	`--b⏎Content-Type: text/x-odd⏎Content-Transfer-Encoding: x-odd⏎⏎odd⏎--b⏎Content-Type: text/x-qp⏎Content-Transfer-Encoding: quoted-printable⏎⏎a=3Db=⏎c⏎--b--⏎»`

// fetchScripts are those of the extensions of FETCH.
var fetchScripts = []struct{ name, script string }{
	{"binary", `
		1> APPEND INBOX ` + nested + `
		1= OK ...
		1> SELECT INBOX
		1<<
		1= OK ...
		1> FETCH 1 (BINARY.SIZE[2] BINARY.SIZE[4] BINARY.SIZE[1] BINARY.SIZE[9])
		1< 1 FETCH (BINARY.SIZE[2] 11 BINARY.SIZE[4] 4 BINARY.SIZE[1] 41 BINARY.SIZE[9] 0)
		1= OK ...
		1> FETCH 1 BINARY.PEEK[2]
		1< 1 FETCH (BINARY[2] ~{11}⏎hello` + "\x00" + `world)
		1= OK ...
		1> UID FETCH 1 (BINARY.PEEK[2]<6.3> BINARY.PEEK[2]<20.3> BINARY.PEEK[4]<1.100>)
		1< 1 FETCH (UID 1 BINARY[2]<6> ~{3}⏎wor BINARY[2]<20> ~{0}⏎ BINARY[4]<1> ~{3}⏎=bc)
		1= OK ...
		1> FETCH 1 BINARY.PEEK[1]<0.5>
		1< 1 FETCH (BINARY[1]<0> ~{5}⏎Hello)
		1= OK ...
		1> FETCH 1 BINARY.PEEK[7]
		1< 1 FETCH (BINARY[7] NIL)
		1= OK ...
		1> FETCH 1 BINARY.PEEK[3]
		1< 1 FETCH (UID 1)
		1= NO [UNKNOWN-CTE] ...
		1> FETCH 1 (BINARY.PEEK[]<0.14>)
		1< 1 FETCH (BINARY[]<0> ~{14}⏎Subject: parts)
		1= OK ...
		1> FETCH 1 BINARY[4]
		1< 1 FETCH (FLAGS (\Seen...) BINARY[4] ~{4}⏎a=bc)
		1= OK ...
		1> FETCH 1 BINARY.SIZE[2]<0.1>
		1= BAD ...
		1> FETCH 1 BINARY[TEXT]
		1= BAD ...
	`},
	{"preview", `
		1> APPEND INBOX ` + nested + `
		1= OK ...
		1> SELECT INBOX
		1<<
		1= OK ...
		1> FETCH 1 PREVIEW
		1< 1 FETCH (PREVIEW "Hello there,")
		1= OK ...
		1> FETCH 1 (FLAGS PREVIEW (LAZY) UID)
		1< 1 FETCH (UID 1 FLAGS (...) PREVIEW "Hello there,")
		1= OK ...
		1> FETCH 1 PREVIEW (LAZY)
		1< 1 FETCH (PREVIEW "Hello there,")
		1= OK ...
		1> FETCH 1 (PREVIEW (HASTY))
		1= BAD ...
	`},
	{"savedate", `
		1> APPEND INBOX "01-Jan-2020 10:00:00 +0000" ` + letter + `
		1= OK ...
		1> SELECT INBOX
		1<<
		1= OK ...
		1> FETCH 1 (INTERNALDATE SAVEDATE)
		1< 1 FETCH (INTERNALDATE "01-Jan-2020 10:00:00 +0000" SAVEDATE "...-20...")
		1= OK ...
		1> SEARCH SAVEDSINCE 1-Feb-2020 BEFORE 1-Feb-2020 SAVEDATESUPPORTED
		1< SEARCH 1
		1= OK ...
		1> SEARCH OR SAVEDBEFORE 1-Feb-2020 SAVEDON 1-Jan-2020
		1< SEARCH
		1= OK ...
	`},
	{"partial", `
		1> APPEND INBOX ` + letter + `
		1= OK ...
		1> APPEND INBOX ` + letter + `
		1= OK ...
		1> APPEND INBOX ` + letter + `
		1= OK ...
		1> SELECT INBOX
		1<<
		1= OK ...
		1> UID FETCH 1:* (UID) (PARTIAL 2:3)
		1< 2 FETCH (UID 2)
		1< 3 FETCH (UID 3)
		1= OK ...
		1> UID FETCH 1,3 (UID) (PARTIAL -1:-1)
		1< 3 FETCH (UID 3)
		1= OK ...
		1> UID FETCH 1:3 (UID) (PARTIAL -2:-10)
		1< 1 FETCH (UID 1)
		1< 2 FETCH (UID 2)
		1= OK ...
		1> FETCH 1:3 (UID) (PARTIAL 7:9)
		1= OK ...
		1> UID FETCH 1:* (UID) (PARTIAL 1:-1)
		1= BAD ...
		1> UID FETCH 1:* (UID) (PARTIAL 0:1)
		1= BAD ...
	`},
	{"twice the same", `
		1> APPEND INBOX ` + nested + `
		1= OK ...
		1> SELECT INBOX
		1<<
		1= OK ...
		1> FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]
		1< 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {18}⏎Subject: parts⏎⏎)
		1= OK ...
		1> FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]
		1< 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {18}⏎Subject: parts⏎⏎)
		1= OK ...
		1> FETCH 1 (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)]<3.4> BODY.PEEK[]<0.7>)
		1< 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT)]<3> {4}⏎ject BODY[]<0> {7}⏎Subject)
		1= OK ...
		1> FETCH 1 BODY.PEEK[]
		1< 1 FETCH (BODY[] {...}⏎Subject: parts⏎...)
		1= OK ...
		1> FETCH 1 (BODY.PEEK[]<2.5> BODY.PEEK[2] BODY.PEEK[HEADER.FIELDS (FROM)] BODY.PEEK[8])
		1< 1 FETCH (BODY[]<2> {5}⏎bject BODY[2] {16}⏎aGVsbG8Ad29ybGQ= BODY[HEADER.FIELDS (FROM)] {24}⏎From: a@example.test⏎⏎ BODY[8] NIL)
		1= OK ...
		1> FETCH 1 BODY[]
		1< 1 FETCH (FLAGS (\Seen...) BODY[] {...}⏎Subject: parts⏎...)
		1= OK ...
	`},
}

func TestFetchScripts(t *testing.T) {
	for _, tc := range fetchScripts {
		t.Run(tc.name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, service object.Service) { newRig(t, service).run(t, tc.script) })
		})
	}
}

// A message has its EMAILID wherever it is copied to, and all of a thread have
// their THREADID.
func TestObjectIDs(t *testing.T) {
	for name, open := range engines { // the memory store has no ids
		t.Run(name, func(t *testing.T) { objectIDs(t, open(t)) })
	}
}

func objectIDs(t *testing.T, service object.Service) {
	c := newRig(t, service).client(t)
	c.OK("CREATE other")
	c.OK("%s", literals("APPEND INBOX "+nested))
	c.OK("%s", literals("APPEND INBOX «Message-ID: <first@x>⏎⏎first»"))
	c.OK("SELECT INBOX")
	before := c.OK("FETCH 1:2 (EMAILID THREADID)")
	c.OK("COPY 1:2 other")
	c.OK("SELECT other")
	after := c.OK("FETCH 1:2 (EMAILID THREADID)")
	if len(before) != 2 || strings.Join(before, "") != strings.Join(after, "") {
		t.Errorf("before %q, after %q", before, after)
	}
	_, one, _ := strings.Cut(before[0], "THREADID")
	_, two, _ := strings.Cut(before[1], "THREADID")
	if one != two || before[0] == before[1] {
		t.Errorf("a thread: %q", before)
	}
}
