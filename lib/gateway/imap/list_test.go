// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"testing"

	"twiga/lib/mapi/object"
)

// TestListFamily: what LIST selects and returns, on every store.
func TestListFamily(t *testing.T) {
	for _, tt := range []struct{ name, script string }{
		{"status in list", `
			1> CREATE box/sub
			1= OK [MAILBOXID (...)] ...
			1> APPEND box ` + letter + `
			1= OK ...
			1> APPEND box (\Seen \Deleted) ` + letter + `
			1= OK ...
			1> STATUS box (SIZE DELETED DELETED-STORAGE)
			1< STATUS box (SIZE 98 DELETED 1 DELETED-STORAGE 49)
			1= OK ...
			1> LIST "" (box% box/%) RETURN (STATUS (MESSAGES UNSEEN SIZE))
			1< LIST () "/" box
			1< STATUS box (MESSAGES 2 UNSEEN 1 SIZE 98)
			1< LIST () "/" box/sub
			1< STATUS box/sub (MESSAGES 0 UNSEEN 0 SIZE 0)
			1= OK ...
			1> LIST "" box RETURN (STATUS (NONSENSE))
			1= BAD ...
			1> LIST "" box RETURN (MYRIGHTS)
			1< LIST () "/" box
			1< MYRIGHTS box lrswipkxtecda
			1= OK ...
		`},
		{"mailbox id", `
			1> CREATE box
			1= OK [MAILBOXID (...)] ...
			1> RENAME box other
			1= OK ...
			1> STATUS other (MAILBOXID)
			1< STATUS other (MAILBOXID (...))
			1= OK ...
			1> SELECT other
			1<<
			1< OK [MAILBOXID (...)] ...
			1= OK ...
		`},
		{"subscribed below", `
			1> CREATE p/q
			1= OK ...
			1> UNSUBSCRIBE p
			1= OK ...
			1> LIST (SUBSCRIBED RECURSIVEMATCH) "" p%
			1< LIST () "/" p ("CHILDINFO" ("SUBSCRIBED"))
			1= OK ...
			1> LIST (RECURSIVEMATCH) "" p%
			1= BAD ...
			1> LIST (REMOTE) "" p%
			1< LIST () "/" p
			1= OK ...
			1> LIST () "" p% RETURN (SUBSCRIBED CHILDREN)
			1< LIST (\HasChildren) "/" p
			1= OK ...
		`},
		{"special use at creation", `
			1> CREATE mine (USE (\Sent))
			1= NO [USEATTR] ...
			1> CREATE mine (USE (\All \Flagged))
			1= NO [USEATTR] ...
			1> CREATE mine (USE ())
			1= OK ...
			1> CREATE other (COLOUR)
			1= BAD ...
		`},
		{"the old name", `
			1> ENABLE IMAP4rev2
			1< ENABLED IMAP4rev2
			1= OK ...
			1> CREATE a
			1= OK ...
			1> RENAME a b
			1< LIST (\HasNoChildren) "/" b ("OLDNAME" (a))
			1= OK ...
		`},
		{"no namespaces", `
			1> LIST "" "Other Users*"
			1= OK ...
			1> SELECT "Other Users/bert/INBOX"
			1= NO [NONEXISTENT] ...
			1> CREATE "Other Users/x"
			1= OK ...
		`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, service object.Service) { newRig(t, service).run(t, tt.script) })
		})
	}
}

// TestStatusWithoutTrips: STATUS and LIST ask the store nothing while nothing
// has changed.
func TestStatusWithoutTrips(t *testing.T) {
	o := newOffice(t, func(_ testing.TB, s object.Service) object.Service { return s })
	counting := &countingService{Service: o.engineService()}
	r := newRig(t, counting, func(c *Config) { c.OtherUsers, c.PublicFolders = "Other Users", "Public Folders" })
	o.grant(t, "bert", object.KindInbox, "anna", reads)
	c := r.client(t)
	ask := func() {
		c.OK("STATUS Drafts (MESSAGES UNSEEN)")
		c.OK(`LIST "" * RETURN (CHILDREN SUBSCRIBED)`)
		c.OK(`LIST "" Drafts RETURN (STATUS (MESSAGES))`)
	}
	ask()
	before := counting.calls.Load()
	ask()
	if n := counting.calls.Load() - before; n != 0 {
		t.Errorf("%d calls of the store", n)
	}
	r.client(t).OK("%s", literals("APPEND Drafts "+letter))
	if lines := c.OK("STATUS Drafts (MESSAGES)"); lines[0] != "STATUS Drafts (MESSAGES 1)" {
		t.Errorf("after an append: %q", lines)
	}
	if counting.calls.Load() == before {
		t.Error("the calls are not counted")
	}
}
