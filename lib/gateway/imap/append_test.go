// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"testing"

	"twiga/lib/mapi/object"
)

// multipart is a message that URLs take pieces of.
const multipart = `«From: a@example.test⏎Subject: parts⏎MIME-Version: 1.0⏎Content-Type: multipart/mixed; boundary=b⏎⏎--b⏎⏎first part⏎--b⏎Content-Type: text/plain; charset=utf-8⏎Content-Transfer-Encoding: base64⏎⏎w7xiZXI=⏎--b--⏎»`

// appendScripts say what APPEND and its kin answer.
var appendScripts = []struct{ name, script string }{
	{"several at once", `
		1> SELECT INBOX
		1<<
		1= OK ...
		2> SELECT INBOX
		2<<
		2= OK ...
		1> APPEND INBOX (\Seen) ` + letter + ` (k) "01-Feb-2020 03:04:05 +0100" ` + letter + `
		1<<
		1< 2 EXISTS
		1= OK [APPENDUID ... 1:2] ...
		1> FETCH 1:2 (FLAGS)
		1< 1 FETCH (FLAGS (...\Seen...))
		1< 2 FETCH (FLAGS (...k...))
		1= OK ...
		2> NOOP
		2<<
		2< 2 EXISTS
		2= OK ...
		# one of them is not taken: none is stored
		1> APPEND INBOX ` + letter + ` (\Frob) ` + letter + `
		1= BAD ...
		1> APPEND INBOX ` + letter + ` {0+}⏎
		1= NO [CANNOT] ...
		1> APPEND nowhere ` + letter + ` ` + letter + `
		1= NO [TRYCREATE] ...
		1> APPEND INBOX ` + letter + ` CATENATE (URL "/INBOX/;UID=99")
		1= NO [BADURL "/INBOX/;UID=99"] ...
		1> NOOP
		1= OK ...
		1> STATUS INBOX (MESSAGES UIDNEXT APPENDLIMIT)
		1< STATUS INBOX (MESSAGES 2 UIDNEXT 3 APPENDLIMIT 134217728)
		1= OK ...
	`},
	{"binary and utf8", `
		1> APPEND INBOX ~{17+}⏎Subject: a⏎⏎` + "\x00\x01\xff" + `
		1= OK [APPENDUID ... 1] ...
		1> APPEND INBOX UTF8 (~{17+}⏎Subject: ü⏎⏎xy)
		1= OK [APPENDUID ... 2] ...
		1> SELECT INBOX
		1<<
		1= OK ...
		1> FETCH 1:2 BODY.PEEK[]
		1< 1 FETCH (BODY[] {17}⏎Subject: a⏎⏎` + "\x00\x01\xff" + `)
		1< 2 FETCH (BODY[] {17}⏎Subject: ü⏎⏎xy)
		1= OK ...
	`},
	{"catenate", `
		1> APPEND INBOX ` + multipart + `
		1= OK [APPENDUID ... 1] ...
		1> CREATE "Drafts/a%b"
		1= OK ...
		1> SELECT INBOX
		1<<
		1= OK ...
		1> APPEND "Drafts/a%b" (\Draft) CATENATE (URL "/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(SUBJECT)" TEXT «body: » URL "/inbox/;uid=1/;section=1" TEXT «!» URL ";UID=1/;SECTION=1/;PARTIAL=6.4" URL "/;UID=1/;PARTIAL=6.3")
		1= OK [APPENDUID ... 1] ...
		1> APPEND INBOX CATENATE (URL "/Drafts%2Fa%25b/;UID=1")
		1<<
		1= OK [APPENDUID ... 2] ...
		1> FETCH 2 BODY.PEEK[]
		1< 2 FETCH (BODY[] {42}⏎Subject: parts⏎⏎body: first part!parta@e)
		1= OK ...
		1> APPEND INBOX CATENATE (URL "imap://anna%40example.test@anywhere/INBOX/;UID=1")
		1<<
		1= OK [APPENDUID ... 3] ...
		# nothing is there
		1> APPEND INBOX CATENATE (TEXT «x» URL "/INBOX;UIDVALIDITY=4294967295/;UID=1")
		1= NO [BADURL ...] ...
		1> APPEND INBOX CATENATE (URL "/INBOX/;UID=1/;SECTION=3")
		1= NO [BADURL ...] ...
		1> APPEND INBOX CATENATE (URL "/nowhere/;UID=1")
		1= NO [BADURL ...] ...
		1> APPEND INBOX CATENATE (URL "imap://bert@anywhere/INBOX/;UID=1")
		1= NO [BADURL ...] ...
		1> APPEND INBOX CATENATE (URL "/INBOX/;UID=1" TEXT «x» FROB)
		1= BAD ...
		1> APPEND INBOX CATENATE (URL "/INBOX/;UID=1/;PARTIAL=9999")
		1= NO [CANNOT] ...
		1> STATUS INBOX (MESSAGES)
		1< STATUS INBOX (MESSAGES 3)
		1= OK ...
	`},
}

func TestAppendScripts(t *testing.T) {
	for _, tt := range appendScripts {
		t.Run(tt.name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, service object.Service) { newRig(t, service).run(t, tt.script) })
		})
	}
}

// TestAppendAsksForRoom: a large message is not asked for that there is no room
// for.
func TestAppendAsksForRoom(t *testing.T) {
	m := newMemStore()
	m.hard = 50_000
	c := newRig(t, m).client(t)
	c.Send("a APPEND INBOX {70000}\r\n")
	c.Expect("a NO [OVERQUOTA] ...")
	c.Send("b APPEND INBOX CATENATE (TEXT {5+}\r\nab\r\n\r TEXT {70000}\r\n")
	c.Expect("b NO [OVERQUOTA] ...")
	c.OK("NOOP")
}
