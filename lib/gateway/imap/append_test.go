// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"testing"

	"twiga/lib/mapi/object"
)

// TestReplaceAcross: a message takes the place of another in somebody else's
// mailbox.
func TestReplaceAcross(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.grant(t, "anna", object.KindInbox, "bert", writes)
		o.grant(t, "anna", object.KindSentItems, "bert", reads)
		o.run(t, `
			b> APPEND INBOX «@{letter}»
			b= OK
			b> SELECT INBOX
			b<<
			b= OK
			b> REPLACE 1 "Other Users/anna@example.test/Sent Items" «@{letter}»
			b= NO [NOPERM]
			b> REPLACE 1 "Other Users/anna@example.test/INBOX" CATENATE (URL "/INBOX/;UID=1" TEXT «!»)
			b< OK [APPENDUID ... 1]
			b< 1 EXPUNGE
			b= OK
			a> SELECT INBOX
			a<<
			a< 1 EXISTS
			a= OK
			a> FETCH 1 BODY[TEXT]
			a<<
			a< 1 FETCH (... BODY[TEXT] «hello world!»)
			a= OK
		`)
	})
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
