// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"testing"

	"twiga/lib/mapi/object"
)

// TestSharedFolders: folders of others as their rights are.
func TestSharedFolders(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.grant(t, "anna", object.KindInbox, "bert", reads)
		o.grant(t, "anna", object.KindSentItems, "sales", writes)
		o.run(t, `
			a> APPEND INBOX `+letter+`
			a= OK ...
			a> NAMESPACE
			a< NAMESPACE (("" "/")) (("Other Users/" "/")) (("Public Folders/" "/"))
			a= OK ...
			b> SELECT "Other Users/anna@example.test/INBOX"
			b<<
			b< 1 EXISTS
			b< OK [PERMANENTFLAGS ()] ...
			b= OK [READ-ONLY] ...
			b> FETCH 1 BODY[TEXT]
			b< 1 FETCH (BODY[TEXT] {11}⏎hello world)
			b= OK ...
			b> UID COPY 1 INBOX
			b= OK [COPYUID ...] ...
			b> STORE 1 +FLAGS (\Seen)
			b= NO [READ-ONLY] ...
			b> APPEND "Other Users/anna@example.test/INBOX" `+letter+`
			b= NO [NOPERM] ...
			b> SELECT "Other Users/anna@example.test/Sent Items"
			b<< 
			b= NO [NONEXISTENT] ...
			b> SELECT INBOX
			b<<
			b< 1 EXISTS
			b= OK [READ-WRITE] ...
			c> SELECT "Other Users/anna@example.test/INBOX"
			c= NO [NONEXISTENT] ...
			c> SELECT "Other Users/nobody/INBOX"
			c= NO [NONEXISTENT] ...
			c> APPEND "Other Users/anna@example.test/Sent Items" `+letter+`
			c= OK [APPENDUID ...] ...
			c> SELECT "Other Users/anna@example.test/Sent Items"
			c<<
			c< 1 EXISTS
			c= OK [READ-WRITE] ...
			c> STORE 1 +FLAGS (\Deleted work)
			c< FLAGS (...)
			c< 1 FETCH ...
			c= OK ...
			c> SELECT "Public Folders"
			c<<
			c= NO [NONEXISTENT] ...
		`)
	})
}
