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

// TestNotifyBelowOthers: a name above the mailboxes of others stands for all that
// they share.
func TestNotifyBelowOthers(t *testing.T) {
	for _, top := range []string{"", "Other Users", "Other Users/anna@example.test", "Other Users/anna@example.test/INBOX"} {
		t.Run(top, func(t *testing.T) {
			eachOffice(t, func(t *testing.T, o *office) {
				o.grant(t, "anna", object.KindInbox, "bert", reads)
				anna, bert := o.clientOf(t, "anna"), o.clientOf(t, "bert")
				bert.OK(`NOTIFY SET (subtree "%s" (MessageNew MessageExpunge)) (personal (MessageNew MessageExpunge))`, top)
				anna.OK("%s", spell("APPEND INBOX "+letter))
				bert.Expect(`* STATUS "Other Users/anna@example.test/INBOX" (MESSAGES 1 ...)`)
				anna.OK("%s", spell("APPEND INBOX "+letter))
				bert.Expect(`* STATUS "Other Users/anna@example.test/INBOX" (MESSAGES 2 ...)`)
			})
		})
	}
}

// TestNotifyOfWhatIsSharedLater: a mailbox that is first shared with the user
// after NOTIFY SET is told of as others below its name are.
func TestNotifyOfWhatIsSharedLater(t *testing.T) {
	for _, top := range []string{`subtree ""`, `subtree "Other Users"`, `mailboxes "Other Users/anna@example.test/INBOX"`} {
		for _, member := range []string{"bert", "sales", "anyone"} {
			t.Run(top+" "+member, func(t *testing.T) {
				eachOffice(t, func(t *testing.T, o *office) {
					who := map[string]string{"bert": "bert", "sales": "carl", "anyone": "carl"}[member]
					anna, c := o.clientOf(t, "anna"), o.clientOf(t, who)
					c.OK(`NOTIFY SET (%s (MessageNew MessageExpunge MailboxName))`, top)
					anna.OK("%s", spell("APPEND INBOX "+letter))
					o.grant(t, "anna", object.KindSentItems, "anyone", 0) // nothing to anybody
					o.grant(t, "anna", object.KindInbox, member, reads)
					c.Expect(`* LIST (...) "/" "Other Users/anna@example.test/INBOX"`)
					c.Expect(`* STATUS "Other Users/anna@example.test/INBOX" (MESSAGES 1 ...)`)
					anna.OK("%s", spell("APPEND INBOX "+letter))
					c.Expect(`* STATUS "Other Users/anna@example.test/INBOX" (MESSAGES 2 ...)`)
				})
			})
		}
	}
}

// TestNotifyOfNewGroups: who comes into a group is told of what it may see.
func TestNotifyOfNewGroups(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.grant(t, "anna", object.KindInbox, "sales", reads)
		anna, bert := o.clientOf(t, "anna"), o.clientOf(t, "bert")
		bert.OK(`NOTIFY SET (subtree "" (MessageNew MessageExpunge MailboxName))`)
		o.members(t, object.ChangeMembersRequest{Group: "sales", Add: []string{"bert"}})
		bert.Expect(`* LIST (...) "/" "Other Users/anna@example.test/INBOX"`)
		anna.OK("%s", spell("APPEND INBOX "+letter))
		bert.Expect(`* STATUS "Other Users/anna@example.test/INBOX" (MESSAGES 1 ...)`)
	})
}

// TestNotifyOfPublicFolders: they are told by their names, however they are
// named.
func TestNotifyOfPublicFolders(t *testing.T) {
	for _, in := range []string{`subtree ""`, `subtree "Public Folders"`, `subtree-one "Public Folders"`, `mailboxes "Public Folders/News"`} {
		t.Run(in, func(t *testing.T) {
			eachOffice(t, func(t *testing.T, o *office) {
				o.publish(t, 0, object.Permission{Member: object.MemberDefault, Rights: writes}, object.NewFolder{Name: "News", Class: "IPF.Note"})
				anna, bert := o.clientOf(t, "anna"), o.clientOf(t, "bert")
				bert.OK(`NOTIFY SET (%s (MessageNew MessageExpunge))`, in)
				anna.OK("%s", spell(`APPEND "Public Folders/News" `+letter))
				bert.Expect(`* STATUS "Public Folders/News" (MESSAGES 1 ...)`)
			})
		})
	}
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
