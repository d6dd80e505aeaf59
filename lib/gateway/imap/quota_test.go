// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/store/storetest"
)

// TestQuotaOfOthers: limits are for those who have them, and what is not shown is
// not told as if it were none.
func TestQuotaOfOthers(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		quota := directory.Quota{Hard: 3 << 20}
		_, err := storetest.As(t, o.engine, object.RoleAdmin).SetUser(t.Context(), object.SetUserRequest{Name: "anna", Changes: directory.Changes{Quota: &quota}})
		must(t, "change user", err)
		o.grant(t, "anna", object.KindInbox, "bert", reads)
		o.run(t, `
			b> GETQUOTAROOT "Other Users/anna@example.test/INBOX"
			b< QUOTAROOT "Other Users/anna@example.test/INBOX"
			b= OK
			b> GETQUOTA anna@example.test
			b= NO [NOPERM]
			b> GETQUOTA bert@example.test
			b< QUOTA bert@example.test ()
			b= OK
			c> GETQUOTA anna@example.test
			c= NO [NONEXISTENT]
			c> GETQUOTAROOT "Other Users/anna@example.test/INBOX"
			c= NO [NONEXISTENT]
		`)
	})
}

// TestInboxWithoutRoom: a mailbox that the Inbox's messages do not fit into is not
// made.
func TestInboxWithoutRoom(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		quota := directory.Quota{Hard: 1}
		_, err := storetest.As(t, o.engine, object.RoleAdmin).SetUser(t.Context(), object.SetUserRequest{Name: "anna", Changes: directory.Changes{Quota: &quota}})
		must(t, "change user", err)
		o.run(t, `
			1> CREATE box
			1= OK
			1> SETACL box bert lrswipkxted
			1= OK
			b> APPEND INBOX «@{letter}»
			b= OK
			b> RENAME INBOX "Other Users/anna@example.test/box/a/b"
			b= NO [OVERQUOTA]
			b> STATUS INBOX (MESSAGES)
			b< STATUS INBOX (MESSAGES 1)
			b= OK
			1> LIST "" box*
			1< LIST (...) "/" box
			1= OK
		`)
	})
}

func TestQuota(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		admin := storetest.As(t, o.engine, object.RoleAdmin)
		level := directory.AdminServer
		quota := directory.Quota{Warn: 1 << 20, Soft: 2 << 20, Hard: 3 << 20}
		for name, changes := range map[string]directory.Changes{"anna": {Quota: &quota}, "bert": {Admin: &level}} {
			_, err := admin.SetUser(t.Context(), object.SetUserRequest{Name: name, Changes: changes})
			must(t, "change user", err)
		}
		o.run(t, `
			1> GETQUOTAROOT INBOX
			1< QUOTAROOT INBOX anna@example.test
			1< QUOTA anna@example.test (STORAGE 0 3072)
			1= OK
			1> APPEND INBOX «@{letter}»
			1= OK
			1> GETQUOTA anna@example.test
			1< QUOTA anna@example.test (STORAGE 1 3072)
			1= OK
			1> SETQUOTA anna@example.test (STORAGE 9999)
			1= NO [NOPERM]
			1> GETQUOTA bert@example.test
			1= NO [NONEXISTENT]
			1> GETQUOTAROOT "still to make"
			1< QUOTAROOT "still to make" anna@example.test
			1< QUOTA anna@example.test (STORAGE 1 3072)
			1= OK
		`)
		bert := imaptest.Dial(t, "tcp", o.address)
		bert.Login("bert@example.test", "secret")
		bert.OK("SETQUOTA anna@example.test (STORAGE 10)")
		if got := bert.Cmd("SETQUOTA anna@example.test (MESSAGE 10)").String(); got[:2] != "NO" {
			t.Errorf("limit of messages: %s", got)
		}
		o.run(t, `
			1> GETQUOTA anna@example.test
			1< QUOTA anna@example.test (STORAGE 1 10)
			1= OK
		`)
		u, err := admin.GetUser(t.Context(), object.GetUserRequest{Name: "anna"})
		must(t, "get user", err)
		if want := (directory.Quota{Warn: 9216, Soft: 10240, Hard: 10240}); u.Quota != want {
			t.Errorf("quota %v, want %v", u.Quota, want)
		}
	})
}
