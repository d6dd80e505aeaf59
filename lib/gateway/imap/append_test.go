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

// replaceScripts say what REPLACE answers.
var replaceScripts = []struct{ name, script string }{
	{"replace", `
		1> APPEND INBOX ` + letter + `
		1= OK ...
		1> APPEND INBOX ` + letter + `
		1= OK ...
		1> CREATE other
		1= OK ...
		1> SELECT INBOX
		1<<
		1= OK ...
		2> SELECT INBOX
		2<<
		2= OK ...
		1> REPLACE 1 INBOX (\Seen) «Subject: new⏎⏎text»
		1< OK [APPENDUID ... 3] ...
		1< 1 EXPUNGE
		1< 2 EXISTS
		1< ... RECENT
		1= OK REPLACE completed
		2> NOOP
		2<<
		2< 1 EXPUNGE
		2< 2 EXISTS
		2= OK ...
		1> FETCH 1:* (UID FLAGS BODY.PEEK[TEXT])
		1< 1 FETCH (UID 2 FLAGS (...) BODY[TEXT] {11}⏎hello world)
		1< 2 FETCH (UID 3 FLAGS (...\Seen...) BODY[TEXT] {4}⏎text)
		1= OK ...
		1> UID REPLACE 2 other CATENATE (URL "/INBOX/;UID=2/;SECTION=HEADER" TEXT «changed»)
		1< OK [APPENDUID ... 1] ...
		1< 1 EXPUNGE
		1= OK UID REPLACE completed
		# nothing changes where it fails
		1> REPLACE 7 INBOX ` + letter + `
		1= BAD ...
		1> UID REPLACE 2 INBOX ` + letter + `
		1= NO [NONEXISTENT] ...
		1> REPLACE 1 nowhere ` + letter + `
		1= NO [TRYCREATE] ...
		1> REPLACE 1 INBOX ` + letter + ` ` + letter + `
		1= BAD ...
		1> REPLACE 1 INBOX CATENATE (URL "/INBOX/;UID=77")
		1= NO [BADURL ...] ...
		1> FETCH 1:* UID
		1< 1 FETCH (UID 3)
		1= OK ...
		1> EXAMINE INBOX
		1<<
		1= OK ...
		1> REPLACE 1 INBOX ` + letter + `
		1= NO [READ-ONLY] ...
		1> SELECT other
		1<<
		1< 1 EXISTS
		1= OK ...
		1> FETCH 1 BODY.PEEK[TEXT]
		1< 1 FETCH (BODY[TEXT] {7}⏎changed)
		1= OK ...
	`},
	{"vanished", `
		1> ENABLE QRESYNC UIDONLY
		1< ENABLED ...
		1= OK ...
		1> APPEND INBOX ` + letter + `
		1= OK ...
		1> SELECT INBOX
		1<<
		1= OK ...
		1> REPLACE 1 INBOX ` + letter + `
		1= BAD [UIDREQUIRED] ...
		1> UID REPLACE 1 INBOX ` + letter + `
		1<<
		1< OK [APPENDUID ... 2] ...
		1< VANISHED 1
		1= OK UID REPLACE completed
	`},
}

func TestReplaceScripts(t *testing.T) {
	for _, tt := range replaceScripts {
		t.Run(tt.name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, service object.Service) { newRig(t, service).run(t, tt.script) })
		})
	}
}

// TestReplaceAcross: a message takes the place of another in somebody else's
// mailbox.
func TestReplaceAcross(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.grant(t, "anna", object.KindInbox, "bert", writes)
		o.grant(t, "anna", object.KindSentItems, "bert", reads)
		o.run(t, `
			b> APPEND INBOX `+letter+`
			b= OK ...
			b> SELECT INBOX
			b<<
			b= OK ...
			b> REPLACE 1 "Other Users/anna@example.test/Sent Items" `+letter+`
			b= NO [NOPERM] ...
			b> REPLACE 1 "Other Users/anna@example.test/INBOX" CATENATE (URL "/INBOX/;UID=1" TEXT «!»)
			b< OK [APPENDUID ... 1] ...
			b< 1 EXPUNGE
			b= OK ...
			a> SELECT INBOX
			a<<
			a< 1 EXISTS
			a= OK ...
			a> FETCH 1 BODY[TEXT]
			a<<
			a< 1 FETCH (... BODY[TEXT] {12}⏎hello world!)
			a= OK ...
		`)
	})
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
