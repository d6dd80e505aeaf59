// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"strings"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/store/storetest"
)

// TestSharedFolders: folders of others as their rights are.
func TestSharedFolders(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.grant(t, "anna", object.KindInbox, "bert", reads)
		o.grant(t, "anna", object.KindSentItems, "sales", writes)
		o.run(t, `
			a> APPEND INBOX «@{letter}»
			a= OK
			a> NAMESPACE
			a< NAMESPACE (("" "/")) (("Other Users/" "/")) (("Public Folders/" "/"))
			a= OK
			b> SELECT "Other Users/anna@example.test/INBOX"
			b<<
			b< 1 EXISTS
			b< OK [PERMANENTFLAGS ()]
			b= OK [READ-ONLY]
			b> FETCH 1 BODY[TEXT]
			b< 1 FETCH (BODY[TEXT] «hello world»)
			b= OK
			b> UID COPY 1 INBOX
			b= OK [COPYUID ...]
			b> STORE 1 +FLAGS (\Seen)
			b= NO [READ-ONLY]
			b> APPEND "Other Users/anna@example.test/INBOX" «@{letter}»
			b= NO [NOPERM]
			b> SELECT "Other Users/anna@example.test/Sent Items"
			b<<
			b= NO [NONEXISTENT]
			b> SELECT INBOX
			b<<
			b< 1 EXISTS
			b= OK [READ-WRITE]
			c> SELECT "Other Users/anna@example.test/INBOX"
			c= NO [NONEXISTENT]
			c> SELECT "Other Users/nobody/INBOX"
			c= NO [NONEXISTENT]
			c> SELECT "Other Users/anna/Sent Items"
			c= NO [NONEXISTENT]
			c> APPEND "Other Users/anna@example.test/Sent Items" «@{letter}»
			c= OK [APPENDUID ...]
			c> SELECT "Other Users/anna@example.test/Sent Items"
			c<<
			c< 1 EXISTS
			c= OK [READ-WRITE]
			c> STORE 1 +FLAGS (\Deleted work)
			c< FLAGS (...)
			c< 1 FETCH (FLAGS (\Deleted work))
			c= OK
			c> MOVE 1 INBOX
			c< OK [COPYUID ...]
			c< 1 EXPUNGE
			c= OK
			c> STATUS INBOX (MESSAGES DELETED)
			c< STATUS INBOX (MESSAGES 1 DELETED 1)
			c= OK
			c> SELECT "Public Folders"
			c<<
			c= NO [NONEXISTENT]
		`)
	})
}

// TestDropBox: who may put messages into a folder and not see it finds it by its
// name, and learns nothing of what is in it.
func TestDropBox(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.run(t, `
			b> APPEND "Other Users/anna@example.test/Drop" «@{letter}»
			b= NO [TRYCREATE]
			a> CREATE Drop
			a= OK
			a> CREATE Drop/Below
			a= OK
			a> SETACL Drop bert@example.test ip
			a= OK
			a> SETACL Drop/Below bert@example.test ip
			a= OK
			b> APPEND INBOX «@{letter}»
			b= OK
			b> APPEND "Other Users/anna@example.test/Drop" «@{letter}»
			b= OK []
			b> APPEND "Other Users/anna@example.test/drop" (\Seen) «@{letter}»
			b= OK []
			b> MYRIGHTS "Other Users/anna@example.test/Drop"
			b< MYRIGHTS "Other Users/anna@example.test/Drop" ip
			b= OK
			b> SELECT INBOX
			b<<
			b= OK
			b> COPY 1 "Other Users/anna@example.test/Drop"
			b= OK []
			b> REPLACE 1 "Other Users/anna@example.test/Drop" «@{letter}»
			b< 1 EXPUNGE
			b= OK
			b> APPEND INBOX «@{letter}»
			b<<
			b= OK
			b> MOVE 1 "Other Users/anna@example.test/Drop"
			b< 1 EXPUNGE
			b= OK
			b> LIST "" "Other*"
			b= OK
			b> LIST "" "Other Users/anna@example.test/Drop"
			b= OK
			b> STATUS "Other Users/anna@example.test/Drop" (MESSAGES)
			b= NO [NONEXISTENT]
			b> SUBSCRIBE "Other Users/anna@example.test/Drop"
			b= NO [NONEXISTENT]
			b> SELECT "Other Users/anna@example.test/Drop"
			b= NO [NONEXISTENT]
			c> APPEND "Other Users/anna@example.test/Drop" «@{letter}»
			c= NO [TRYCREATE]
			c> MYRIGHTS "Other Users/anna@example.test/Drop"
			c= NO [NONEXISTENT]
			a> STATUS Drop (MESSAGES UNSEEN)
			a< STATUS Drop (MESSAGES 5 UNSEEN 5)
			a= OK
			a> SETACL Drop bert@example.test lip
			a= OK
			b> APPEND "Other Users/anna@example.test/Drop" «@{letter}»
			b= OK []
			b> LIST "" "Other*"
			b< LIST (\Noselect \HasChildren) "/" "Other Users"
			b< LIST (\Noselect \HasChildren) "/" "Other Users/anna@example.test"
			b< LIST (\Noselect \HasNoChildren) "/" "Other Users/anna@example.test/Drop"
			b= OK
			b> APPEND "Other Users/anna@example.test/Drop/Below" «@{letter}»
			b= OK []
		`)
	})
}

// TestListShared: LIST shows what may be seen, and namespaces only above that.
func TestListShared(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.run(t, `
			b> LIST "" "Other*"
			b= OK
			b> LIST "" "Public*"
			b= OK
		`)
		o.grant(t, "anna", object.KindInbox, "bert", reads)
		o.grant(t, "anna", object.KindSentItems, "sales", reads)
		o.grant(t, "anna", object.KindCalendar, "anyone", reads)
		o.run(t, `
			a> CREATE "Other Users"
			a= NO [NONEXISTENT]
			a> CREATE "Other Users/me"
			a= NO [NONEXISTENT]
			a> LIST "" "Other*"
			a= OK
			b> LIST "" "Other*"
			b< LIST (\Noselect \HasChildren) "/" "Other Users"
			b< LIST (\Noselect \HasChildren) "/" "Other Users/anna@example.test"
			b< LIST (\HasNoChildren) "/" "Other Users/anna@example.test/INBOX"
			b= OK
			b> LIST (SUBSCRIBED) "" "Other*"
			b= OK
			b> SUBSCRIBE "Other Users/anna@example.test/INBOX"
			b= OK
			b> LIST (SUBSCRIBED RECURSIVEMATCH) "" "Other%"
			b< LIST (\NonExistent \Noselect) "/" "Other Users" ("CHILDINFO" ("SUBSCRIBED"))
			b= OK
			b> LSUB "" "Other*"
			b< LSUB () "/" "Other Users/anna@example.test/INBOX"
			b= OK
			b> LIST "" ("Other Users/*") RETURN (CHILDREN SUBSCRIBED MYRIGHTS STATUS (MESSAGES))
			b< LIST (\NonExistent \Noselect \HasChildren) "/" "Other Users/anna@example.test"
			b< LIST (\Subscribed \HasNoChildren) "/" "Other Users/anna@example.test/INBOX"
			b< MYRIGHTS "Other Users/anna@example.test/INBOX" lr
			b< STATUS "Other Users/anna@example.test/INBOX" (MESSAGES 0)
			b= OK
			c> LIST "" "Other Users/%/*"
			c< LIST (\HasNoChildren) "/" "Other Users/anna@example.test/Sent Items"
			c= OK
		`)
		o.members(t, object.ChangeMembersRequest{Group: "sales", Remove: []string{"carl"}})
		o.grant(t, "anna", object.KindInbox, "bert", 0)
		o.run(t, `
			b> LIST "" "Other*"
			b= OK
			b> LIST (SUBSCRIBED) "" "Other*"
			b< LIST (\NonExistent \Noselect \Subscribed) "/" "Other Users/anna@example.test/INBOX"
			b= OK
			b> LSUB "" "%"
			b<<
			b< LSUB (\Noselect) "/" "Other Users"
			b= OK
			b> LSUB "" "Other Users/%"
			b< LSUB (\Noselect) "/" "Other Users/anna@example.test"
			b= OK
			b> LSUB "" "Other Users/%/%"
			b< LSUB () "/" "Other Users/anna@example.test/INBOX"
			b= OK
			b> LIST (SUBSCRIBED RECURSIVEMATCH) "" "Other%" RETURN (CHILDREN)
			b< LIST (\NonExistent \Noselect \HasNoChildren) "/" "Other Users" ("CHILDINFO" ("SUBSCRIBED"))
			b= OK
			b> LIST (SUBSCRIBED RECURSIVEMATCH) "" "Other Users/%"
			b< LIST (\NonExistent \Noselect) "/" "Other Users/anna@example.test" ("CHILDINFO" ("SUBSCRIBED"))
			b= OK
			b> LIST (SUBSCRIBED) "" "Other Users/%"
			b= OK
			b> LIST "" "Other%" RETURN (SUBSCRIBED)
			b= OK
			b> UNSUBSCRIBE "Other Users/anna@example.test/INBOX"
			b= OK
			b> LIST (SUBSCRIBED) "" "Other*"
			b= OK
			c> LIST "" "Other*"
			c= OK
			c> SELECT "Other Users/anna@example.test/Sent Items"
			c= NO [NONEXISTENT]
		`)
	})
}

// TestRightsTaken: who has a folder open that is not to be read any more is told
// BYE, and of nothing that came since.
func TestRightsTaken(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		for name, left := range map[string]mapi.Rights{"all": 0, "reading": mapi.RightFolderVisible} {
			o.grant(t, "anna", object.KindInbox, "bert", reads)
			c := o.clientOf(t, "bert")
			c.OK(`SELECT "Other Users/anna@example.test/INBOX"`)
			c.OK("UID FETCH 1:* FLAGS")
			o.grant(t, "anna", object.KindInbox, "bert", left)
			o.client(t).OK("%s", spell("APPEND INBOX "+letter))
			c.Send("x NOOP\r\n")
			if line := c.ReadLine(); line != "* BYE [UNAVAILABLE] Mailbox was deleted" {
				t.Errorf("%s taken: got %q", name, line)
			}
		}
	})
}

// TestWritingTaken: rights that were taken after SELECT let nothing through, though
// the mailbox is still open as it was.
func TestWritingTaken(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.grant(t, "anna", object.KindInbox, "bert", writes)
		anna, c := o.client(t), o.clientOf(t, "bert")
		for range 40 {
			anna.OK("%s", spell("APPEND INBOX "+letter))
		}
		anna.OK("SELECT INBOX")
		anna.OK(`STORE 1 +FLAGS (\Deleted)`)
		c.OK(`SELECT "Other Users/anna@example.test/INBOX"`)
		o.grant(t, "anna", object.KindInbox, "bert", reads)
		for _, command := range []string{
			`STORE 2 +FLAGS (\Seen)`, `STORE 2:40 +FLAGS.SILENT (\Flagged)`, `UID STORE 1:* FLAGS.SILENT (work)`, `STORE 1 -FLAGS (\Deleted)`,
			`EXPUNGE`, `UID EXPUNGE 1`, `MOVE 2 INBOX`, `REPLACE 2 INBOX {1+}` + "\r\nx", `UID COPY 2 "Other Users/anna@example.test/INBOX"`,
		} {
			if got := c.Cmd("%s", command).String(); !strings.HasPrefix(got, "NO [") {
				t.Errorf("%s: %s", command, got)
			}
		}
		c.OK("FETCH 2 BODY[]")
		c.OK("CLOSE")
		o.run(t, `
			1> SELECT INBOX
			1<<
			1< 40 EXISTS
			1= OK
			1> SEARCH DELETED
			1< SEARCH 1
			1= OK
			1> SEARCH OR SEEN OR FLAGGED KEYWORD work
			1< SEARCH
			1= OK
		`)
	})
}

// TestSearchFolder: it is read as other mailboxes, and nothing is put into it.
func TestSearchFolder(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		anna := storetest.Logon(t, o.engine, "anna")
		st, err := anna.GetStore(t.Context(), object.GetStoreRequest{})
		must(t, "get store", err)
		made, err := anna.CreateFolders(t.Context(), object.CreateFoldersRequest{Store: st.GUID, Folders: []object.NewFolder{
			{Parent: st.SpecialFolder(object.KindRoot), Name: "Found", Class: "IPF.Note", Search: true},
		}})
		must(t, "create search folder", err)
		_, err = anna.SetSearchCriteria(t.Context(), object.SetSearchCriteriaRequest{Store: st.GUID, Folder: made.Created[0].ID,
			Criteria: object.SearchCriteria{Scope: []mapi.ID{st.SpecialFolder(object.KindInbox)}, Where: mapi.Exist{Tag: tag.Subject}}})
		must(t, "set criteria", err)
		o.run(t, `
			a> APPEND INBOX «@{letter}»
			a= OK
			a> SELECT Found
			a<<
			a< 1 EXISTS
			a= OK
			a> STORE 1 +FLAGS.SILENT (\Flagged)
			a= OK
			a> APPEND Found «@{letter}»
			a= NO [CANNOT]
			a> COPY 1 Found
			a= NO [CANNOT]
			a> UID SEARCH FLAGGED
			a< SEARCH 1
			a= OK
		`)
	})
}

// TestSearchOfOthers: ESEARCH passes over what is to be seen only (RFC 7377 2.1).
func TestSearchOfOthers(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.grant(t, "anna", object.KindInbox, "bert", reads)
		o.grant(t, "anna", object.KindSentItems, "bert", mapi.RightFolderVisible)
		o.run(t, `
			a> APPEND INBOX «@{letter}»
			a= OK
			b> ESEARCH IN (subtree "Other Users") ALL
			b< ESEARCH (TAG "..." MAILBOX "Other Users/anna@example.test/INBOX" UIDVALIDITY ...) UID ALL 1
			b= OK
			b> ESEARCH IN (mailboxes ("Other Users/anna@example.test/Sent Items" "Other Users/anna@example.test/INBOX")) ALL
			b< ESEARCH (TAG "..." MAILBOX "Other Users/anna@example.test/INBOX" UIDVALIDITY ...) UID ALL 1
			b= OK
		`)
	})
}

// publish makes public folders, at the top where nothing else is said, and gives a
// member of one of them rights.
func (o *office) publish(t *testing.T, of int, p object.Permission, folders ...object.NewFolder) {
	t.Helper()
	admin := storetest.As(t, o.engine, object.RoleAdmin)
	st, err := admin.GetStore(t.Context(), object.GetStoreRequest{Public: true})
	must(t, "get public store", err)
	for i := range folders {
		if f := &folders[i]; f.Under == 0 {
			f.Parent = st.SpecialFolder(object.KindRoot)
		}
	}
	made, err := admin.CreateFolders(t.Context(), object.CreateFoldersRequest{Store: st.GUID, Folders: folders})
	must(t, "create public folders", err)
	_, err = admin.ModifyPermissions(t.Context(), object.ModifyPermissionsRequest{
		Store: st.GUID, Folder: made.Created[of].ID, Set: []object.Permission{p},
	})
	must(t, "set permission", err)
}

// TestPublicFolders: what everybody sees, each as the rights there are.
func TestPublicFolders(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.publish(t, 1, object.Permission{Rights: 0},
			object.NewFolder{Name: "News", Class: "IPF.Note"},
			object.NewFolder{Name: "Board", Class: "IPF.Note"},
			object.NewFolder{Under: 2, Name: "Minutes", Class: "IPF.Note"},
		)
		o.run(t, `
			b> LIST "" "Public*"
			b< LIST (\Noselect \HasChildren) "/" "Public Folders"
			b< LIST (\HasNoChildren) "/" "Public Folders/Minutes"
			b< LIST (\HasNoChildren) "/" "Public Folders/News"
			b= OK
			b> SELECT "Public Folders/Board"
			b= NO [NONEXISTENT]
			b> CREATE "Public Folders/mine"
			b= NO [NOPERM]
			b> APPEND "Public Folders/News" «@{letter}»
			b= OK [APPENDUID ...]
			c> SELECT "Public Folders/News"
			c<<
			c< 1 EXISTS
			c= OK [READ-WRITE]
			c> STORE 1 +FLAGS (\Flagged)
			c= NO [NOPERM]
			c> FETCH 1 BODY[TEXT]
			c< 1 FETCH (BODY[TEXT] «hello world»)
			c= OK
			b> SELECT "Public Folders/News"
			b<<
			b< 1 EXISTS
			b= OK [READ-WRITE]
			b> STORE 1 +FLAGS.SILENT (\Flagged)
			b= OK
		`)
	})
}

// TestPrivateItems: what one user sees of a folder is never what another is
// told, whichever of them looked first.
func TestPrivateItems(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.grant(t, "anna", object.KindInbox, "bert", reads)
		o.grant(t, "anna", object.KindInbox, "carl", reads)
		anna := storetest.Logon(t, o.engine, "anna")
		st, err := anna.GetStore(t.Context(), object.GetStoreRequest{})
		must(t, "get store", err)
		_, err = anna.SetDelegates(t.Context(), object.SetDelegatesRequest{Delegates: []object.Delegate{{User: o.ids["bert"], Private: true}}})
		must(t, "set delegates", err)
		o.run(t, `
			a> APPEND INBOX «Subject: open⏎⏎x»
			a= OK
			a> APPEND INBOX «Subject: secret⏎Sensitivity: Private⏎⏎x»
			a= OK
		`)
		var private []mapi.ID
		for item, err := range anna.Changes(t.Context(), object.ChangesRequest{Store: st.GUID, Folder: st.SpecialFolder(object.KindInbox)}) {
			must(t, "changes", err)
			if item.UID == 2 {
				private = append(private, item.ID)
			}
		}
		o.private(t, anna, private)
		o.run(t, `
			a> SELECT INBOX
			a<<
			a< 2 EXISTS
			a= OK
			b> SELECT "Other Users/anna@example.test/INBOX"
			b<<
			b< 2 EXISTS
			b= OK
			c> SELECT "Other Users/anna@example.test/INBOX"
			c<<
			c< 1 EXISTS
			c= OK
			c> UID FETCH 1:* BODY.PEEK[HEADER]
			c< 1 FETCH (UID 1 BODY[HEADER] «Subject: open⏎⏎»)
			c= OK
			c> UID FETCH 2 (FLAGS BODY.PEEK[])
			c= OK
			c> UID SEARCH SUBJECT secret
			c< SEARCH
			c= OK
			c> UID COPY 2 INBOX
			c= OK
			c> STATUS "Other Users/anna@example.test/INBOX" (MESSAGES UNSEEN)
			c< STATUS "Other Users/anna@example.test/INBOX" (MESSAGES 1 UNSEEN 1)
			c= OK
			c> NOOP
			c= OK
		`)
	})
}

// TestRenameAcross: folders move to others' mailboxes and back, with what is
// below them, as rights let them.
func TestRenameAcross(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.grant(t, "anna", object.KindRoot, "bert", writes|mapi.RightCreateSubfolder)
		o.grant(t, "anna", object.KindRoot, "carl", writes)
		o.run(t, `
			b> CREATE plans/2026
			b= OK
			b> APPEND plans (\Flagged work) «@{letter}»
			b= OK
			b> APPEND plans/2026 «@{letter}»
			b= OK
			a> CREATE taken
			a= OK
			b> RENAME plans "Other Users/anna@example.test/taken"
			b= NO [ALREADYEXISTS]
			b> RENAME plans "Other Users/nobody/plans"
			b= NO [NONEXISTENT]
			b> RENAME "Sent Items" "Other Users/anna@example.test/sent"
			b= NO [CANNOT]
			c> CREATE plans
			c= OK
			c> RENAME plans "Other Users/anna@example.test/carls"
			c= NO [NOPERM]
			c> STATUS plans (MESSAGES)
			c< STATUS plans (MESSAGES 0)
			c= OK
			b> ENABLE IMAP4rev2
			b< ENABLED IMAP4rev2
			b= OK
			b> RENAME plans "Other Users/anna@example.test/from/bert"
			b< LIST (\HasChildren) "/" "Other Users/anna@example.test/from/bert" ("OLDNAME" (plans))
			b= OK
			b> LIST "" (plans plans/*)
			b= OK
			a> LIST "" from*
			a< LIST (\HasChildren) "/" from
			a< LIST (\HasChildren) "/" from/bert
			a< LIST (\HasNoChildren) "/" from/bert/2026
			a= OK
			a> STATUS from/bert/2026 (MESSAGES)
			a< STATUS from/bert/2026 (MESSAGES 1)
			a= OK
			a> SELECT from/bert
			a<<
			a= OK
			a> FETCH 1 (FLAGS BODY.PEEK[TEXT])
			a< 1 FETCH (FLAGS (\Flagged work) BODY[TEXT] «hello world»)
			a= OK
			a> UNSELECT
			a= OK
			a> SETACL from/bert bert lrstx
			a= OK
			a> SETACL from/bert/2026 bert l
			a= OK
			b> RENAME "Other Users/anna@example.test/from/bert" back
			b= NO [NOPERM]
			a> STATUS from/bert/2026 (MESSAGES)
			a< STATUS from/bert/2026 (MESSAGES 1)
			a= OK
			a> SETACL from/bert/2026 bert lrstx
			a= OK
			b> RENAME "Other Users/anna@example.test/from/bert" back
			b<<
			b= OK
			b> STATUS back/2026 (MESSAGES)
			b< STATUS back/2026 (MESSAGES 1)
			b= OK
			a> LIST "" from*
			a< LIST (\HasNoChildren) "/" from
			a= OK
			b> APPEND INBOX «@{letter}»
			b= OK
			b> RENAME INBOX "Other Users/anna@example.test/inbox of bert"
			b= OK
			a> STATUS "inbox of bert" (MESSAGES)
			a< STATUS "inbox of bert" (MESSAGES 1)
			a= OK
		`)
	})
}

// TestRenameAcrossSelected: who moves the selected mailbox to somebody else has
// none selected; what is there is found in any case.
func TestRenameAcrossSelected(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.grant(t, "anna", object.KindRoot, "bert", writes|mapi.RightCreateSubfolder)
		o.run(t, `
			a> CREATE from
			a= OK
			b> CREATE Went/Along
			b= OK
			b> SELECT Went/Along
			b<<
			b= OK
			b> RENAME went "Other Users/anna@example.test/FROM/went"
			b<<
			b< OK [CLOSED] Previous mailbox is closed
			b= OK
			b> SEARCH ALL
			b= BAD [CLIENTBUG]
			b> SELECT "Other Users/anna@example.test/from/WENT/along"
			b<<
			b= OK
			b> SUBSCRIBE "Other Users/anna@example.test/from/WENT"
			b= OK
			b> LIST (SUBSCRIBED) "" "Other*"
			b< LIST (\Subscribed) "/" "Other Users/anna@example.test/from/went"
			b= OK
			b> UNSUBSCRIBE "Other Users/anna@example.test/from/Went"
			b= OK
			b> LIST (SUBSCRIBED) "" "Other*"
			b= OK
		`)
	})
}

// TestAnnotationsGoAlong: shared annotations go with a folder into another
// mailbox, and so do the private ones of who moves it, there and back.
func TestAnnotationsGoAlong(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.grant(t, "anna", object.KindRoot, "bert", mapi.RightsAll)
		o.run(t, `
			b> CREATE plans/2026
			b= OK
			b> CREATE plansandmore
			b= OK
			b> SETMETADATA plans (/private/comment "of bert" /shared/comment "of all" /private/a/b "")
			b= OK
			b> SETMETADATA plans/2026 (/private/comment "deep")
			b= OK
			b> SETMETADATA plansandmore (/private/comment "stays")
			b= OK
			b> SETMETADATA "" (/private/comment "server")
			b= OK
			b> RENAME plans "Other Users/anna@example.test/berts"
			b<<
			b= OK
			b> GETMETADATA (DEPTH infinity) "Other Users/anna@example.test/berts" (/private/comment /private/a /shared/comment)
			b< METADATA "Other Users/anna@example.test/berts" (/private/comment "of bert" /private/a/b "" /shared/comment "of all")
			b= OK
			b> GETMETADATA "Other Users/anna@example.test/berts/2026" /private/comment
			b< METADATA "Other Users/anna@example.test/berts/2026" (/private/comment deep)
			b= OK
			a> GETMETADATA (DEPTH infinity) berts (/private/comment /private/a /shared/comment)
			a< METADATA berts (/shared/comment "of all")
			a= OK
			a> SETMETADATA berts (/private/comment "of anna")
			a= OK
			b> RENAME "Other Users/anna@example.test/berts" home/plans
			b<<
			b= OK
			b> GETMETADATA (DEPTH infinity) home/plans (/private/comment /private/a /shared/comment)
			b< METADATA home/plans (/private/comment "of bert" /private/a/b "" /shared/comment "of all")
			b= OK
			b> GETMETADATA home/plans/2026 /private/comment
			b< METADATA home/plans/2026 (/private/comment deep)
			b= OK
			b> GETMETADATA plansandmore /private/comment
			b< METADATA plansandmore (/private/comment stays)
			b= OK
			b> GETMETADATA "" /private/comment
			b< METADATA "" (/private/comment server)
			b= OK
		`)
	})
}

// TestAppendFlags: who may put messages into a folder and not change them sets no
// flags there.
func TestAppendFlags(t *testing.T) {
	for _, tt := range []struct {
		name   string
		rights mapi.Rights
		want   string
	}{
		{"creates", reads | mapi.RightCreate, `()`},
		{"creates and deletes", reads | mapi.RightCreate | mapi.RightDeleteAny, `(\Deleted)`},
		{"creates and changes the own", reads | mapi.RightCreate | mapi.RightEditOwned, `(\Flagged work)`},
		{"creates and changes", reads | mapi.RightCreate | mapi.RightEditAny, `(\Flagged work)`},
		{"creates, changes and deletes the own", reads | mapi.RightCreate | mapi.RightEditOwned | mapi.RightDeleteOwned, `(\Flagged \Deleted work)`},
		{"creates, changes and deletes", writes, `(\Flagged \Deleted work)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t, func(_ testing.TB, s object.Service) object.Service { return s })
			o.grant(t, "anna", object.KindInbox, "bert", tt.rights)
			o.run(t, `
				b> APPEND "Other Users/anna@example.test/INBOX" (\Flagged \Deleted work) `+letter+`
				b= OK [APPENDUID ...] ...
				a> EXAMINE INBOX
				a<<
				a= OK ...
				a> FETCH 1 FLAGS
				a< 1 FETCH (FLAGS `+tt.want+`)
				a= OK ...
			`)
		})
	}
}

// TestStoreByRights: STORE changes what the rights let it, and is refused where
// that is nothing.
func TestStoreByRights(t *testing.T) {
	o := newOffice(t, func(_ testing.TB, s object.Service) object.Service { return s })
	for _, tt := range []struct {
		name      string
		rights    mapi.Rights
		permanent string
		command   string
		want      string // the flags then; "" is NO
	}{
		{"edits", mapi.RightEditAny, `(\Answered \Flagged \Seen \Draft ... \*)`, `+FLAGS (\Seen \Deleted)`, `(\Seen \Flagged)`},
		{"edits, all", mapi.RightEditAny, "", `FLAGS (\Seen \Deleted)`, `(\Seen)`},
		{"edits, nothing but what may not be", mapi.RightEditAny, "", `+FLAGS (\Deleted)`, ""},
		{"deletes", mapi.RightDeleteAny, `(\Deleted)`, `+FLAGS (\Seen \Deleted)`, `(\Flagged \Deleted)`},
		{"deletes, all", mapi.RightDeleteAny, "", `FLAGS (\Seen \Deleted)`, `(\Flagged \Deleted)`},
		{"deletes, nothing but what may not be", mapi.RightDeleteAny, "", `+FLAGS (\Seen)`, ""},
		{"both", mapi.RightEditAny | mapi.RightDeleteAny, `(... \Deleted ... \*)`, `FLAGS (\Seen \Deleted)`, `(\Seen \Deleted)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o.grant(t, "anna", object.KindInbox, "bert", reads|tt.rights)
			permanent, answer := "", `b= NO [NOPERM]`
			if tt.permanent != "" {
				permanent = "b< OK [PERMANENTFLAGS " + tt.permanent + "]"
			}
			if tt.want != "" {
				answer = `b< 1 FETCH (FLAGS ` + tt.want + `)` + "\n\t\t\t\tb= OK"
			}
			o.run(t, `
				a> SELECT INBOX
				a<<
				a= OK
				a> STORE 1:* +FLAGS.SILENT (\Deleted)
				a<<
				a= OK
				a> EXPUNGE
				a<<
				a= OK
				a> APPEND INBOX (\Flagged) «@{letter}»
				a<<
				a= OK
				b> SELECT "Other Users/anna@example.test/INBOX"
				b<<
				`+permanent+`
				b= OK [READ-WRITE]
				b> STORE 1 `+tt.command+`
				`+answer+`
			`)
		})
	}
}

// TestGroupLeft: a right by a group is gone with the group, also for who waits in
// IDLE; others keep theirs.
func TestGroupLeft(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, o *office){
		"by its list": func(t *testing.T, o *office) {
			o.members(t, object.ChangeMembersRequest{Group: "sales", Remove: []string{"carl"}})
		},
		"by a list of one in it": func(t *testing.T, o *office) {
			o.members(t, object.ChangeMembersRequest{Group: "sales", Remove: []string{"team"}})
		},
		"with the group": func(t *testing.T, o *office) {
			_, err := storetest.As(t, o.engine, object.RoleAdmin).DeleteGroup(t.Context(), object.DeleteGroupRequest{Name: "sales"})
			must(t, "delete group", err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachOffice(t, func(t *testing.T, o *office) {
				if strings.Contains(name, "one in it") {
					_, err := storetest.As(t, o.engine, object.RoleAdmin).CreateGroup(t.Context(), object.CreateGroupRequest{Group: directory.Group{Name: "team"}})
					must(t, "create group", err)
					o.members(t, object.ChangeMembersRequest{Group: "team", Add: []string{"carl"}})
					o.members(t, object.ChangeMembersRequest{Group: "sales", Add: []string{"team"}, Remove: []string{"carl"}})
				}
				o.grant(t, "anna", object.KindInbox, "sales", reads)
				o.grant(t, "anna", object.KindInbox, "bert", reads)
				carl, bert := o.as(t, "carl"), o.as(t, "bert")
				for _, c := range []*imaptest.Client{carl, bert} {
					c.OK(`SELECT "Other Users/anna@example.test/INBOX"`)
				}
				carl.Idle()
				leave(t, o)
				carl.Expect("* BYE [UNAVAILABLE] ...")
				if got := bert.OK("NOOP"); len(got) > 0 {
					t.Errorf("the other is told %q", got)
				}
			})
		})
	}
}

// TestRightTakenAway: who has the mailbox of another open in IDLE learns at once
// that it may not be read any more.
func TestRightTakenAway(t *testing.T) {
	for _, tt := range []struct {
		name string
		left mapi.Rights
	}{{"nothing is left", 0}, {"it is still to be seen", mapi.RightFolderVisible}} {
		t.Run(tt.name, func(t *testing.T) {
			eachOffice(t, func(t *testing.T, o *office) {
				o.grant(t, "anna", object.KindInbox, "bert", reads)
				bert := o.as(t, "bert")
				bert.OK(`SELECT "Other Users/anna@example.test/INBOX"`)
				bert.Idle()
				o.grant(t, "anna", object.KindInbox, "bert", tt.left)
				bert.Expect("* BYE [UNAVAILABLE] ...")
			})
		})
	}
}
