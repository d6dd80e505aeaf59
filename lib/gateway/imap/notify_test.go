// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"strings"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// TestNotifyOfOthers: what happens in folders of others is told by the names
// that the user has for them, as the rights are.
func TestNotifyOfOthers(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		const theirs = "Other Users/anna@example.test/"
		o.grant(t, "anna", object.KindInbox, "bert", reads)
		anna, bert := o.clientOf(t, "anna"), o.clientOf(t, "bert")
		lines := bert.OK(`NOTIFY SET STATUS (subtree "Other Users/anna@example.test" (MessageNew MessageExpunge MailboxName))`)
		if got := strings.Join(lines, "\n"); !strings.HasPrefix(got, `STATUS "`+theirs+`INBOX" (MESSAGES 0 `) || len(lines) != 1 {
			t.Errorf("NOTIFY told %q", got)
		}
		anna.OK("%s", spell("APPEND INBOX "+letter))
		bert.Expect(`* STATUS "` + theirs + `INBOX" (MESSAGES 1 ...)`)
		o.grant(t, "anna", object.KindSentItems, "bert", reads)
		bert.Expect(`* LIST (...) "/" "` + theirs + `Sent Items"`)
		anna.OK("%s", spell(`APPEND "Sent Items" `+letter))
		bert.Expect(`* STATUS "` + theirs + `Sent Items" (MESSAGES 1 ...)`)
		o.grant(t, "anna", object.KindSentItems, "bert", 0)
		bert.Expect(`* LIST (\NonExistent) "/" "` + theirs + `Sent Items"`)
		anna.OK("%s", spell(`APPEND "Sent Items" `+letter))
		anna.OK("%s", spell("APPEND INBOX "+letter))
		bert.Expect(`* STATUS "` + theirs + `INBOX" (MESSAGES 2 ...)`)
	})
}

// TestNotifyWhileEventsAreLost: what happened meanwhile is told when the store is
// back.
func TestNotifyWhileEventsAreLost(t *testing.T) {
	store := newMemStore()
	r := newRig(t, store)
	one, two := r.client(t), r.client(t)
	one.OK("NOTIFY SET (inboxes (MessageNew MessageExpunge))")
	two.OK("%s", spell("APPEND INBOX "+letter))
	one.Expect("* STATUS INBOX (MESSAGES 1 ...)")
	store.setDown(mapi.NetworkError)
	store.setDown(0)
	two.OK("%s", spell("APPEND INBOX "+letter))
	one.Expect("* STATUS INBOX (MESSAGES 2 ...)")
}
