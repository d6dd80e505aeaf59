// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"testing"

	"twiga/lib/mapi/object"
)

// TestNoNamespaces: where none are set up, their names are like others.
func TestNoNamespaces(t *testing.T) {
	newRig(t, newMemStore()).run(t, `
		1> NAMESPACE
		1< NAMESPACE (("" "/")) NIL NIL
		1= OK
		1> LIST "" "Other Users*"
		1= OK
		1> SELECT "Other Users/bert/INBOX"
		1= NO [NONEXISTENT]
		1> CREATE "Other Users/x"
		1= OK
	`)
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
	r.client(t).OK("%s", spell("APPEND Drafts "+letter))
	if lines := c.OK("STATUS Drafts (MESSAGES)"); lines[0] != "STATUS Drafts (MESSAGES 1)" {
		t.Errorf("after an append: %q", lines)
	}
	if counting.calls.Load() == before {
		t.Error("the calls are not counted")
	}
}
