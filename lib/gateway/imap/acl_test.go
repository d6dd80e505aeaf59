// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
	"twiga/lib/store/storetest"
)

// Each letter is a right and back, and what has no letter stays.
func TestRightLetters(t *testing.T) {
	const unlettered = mapi.RightFreeBusyDetailed | mapi.RightFolderContact
	for _, tt := range []struct {
		name   string
		before mapi.Rights
		action proto.StoreAction
		rights string
		after  mapi.Rights
		told   string
	}{
		{"look up", 0, proto.StoreReplace, "l", mapi.RightFolderVisible, "l"},
		{"read", 0, proto.StoreReplace, "r", mapi.RightReadAny, "r"},
		{"seen is write", 0, proto.StoreReplace, "s", mapi.RightEditAny | mapi.RightEditOwned, "sw"},
		{"write", 0, proto.StoreReplace, "w", mapi.RightEditAny | mapi.RightEditOwned, "sw"},
		{"insert", 0, proto.StoreReplace, "i", mapi.RightCreate, "ip"},
		{"post is insert", 0, proto.StoreReplace, "p", mapi.RightCreate, "ip"},
		{"subfolders", 0, proto.StoreReplace, "k", mapi.RightCreateSubfolder, "kc"},
		{"subfolders of old", 0, proto.StoreReplace, "c", mapi.RightCreateSubfolder, "kc"},
		{"remove the mailbox", 0, proto.StoreReplace, "x", mapi.RightFolderOwner, "xa"},
		{"administer", 0, proto.StoreReplace, "a", mapi.RightFolderOwner, "xa"},
		{"mark deleted", 0, proto.StoreReplace, "t", mapi.RightDeleteAny | mapi.RightDeleteOwned, "ted"},
		{"expunge", 0, proto.StoreReplace, "e", mapi.RightDeleteAny | mapi.RightDeleteOwned, "ted"},
		{"delete of old gives no administration", 0, proto.StoreReplace, "d", mapi.RightDeleteAny | mapi.RightDeleteOwned, "ted"},
		{"all", 0, proto.StoreReplace, "lrswipkxtea", rightsOwner, "lrswipkxtecda"},
		{"nothing", rightsOwner, proto.StoreReplace, "", 0, ""},
		{"no letter is kept", unlettered | mapi.RightReadAny, proto.StoreReplace, "l", unlettered | mapi.RightFolderVisible, "l"},
		{"editing the own is kept", mapi.RightEditOwned | mapi.RightReadAny, proto.StoreReplace, "lr", mapi.RightEditOwned | mapi.RightReadAny | mapi.RightFolderVisible, "lr"},
		{"editing is taken whole", mapi.RightEditAny | mapi.RightEditOwned, proto.StoreRemove, "w", 0, ""},
		{"add", mapi.RightReadAny, proto.StoreAdd, "i", mapi.RightReadAny | mapi.RightCreate, "rip"},
		{"take what is not there", mapi.RightReadAny | mapi.RightDeleteOwned, proto.StoreRemove, "te", mapi.RightReadAny | mapi.RightDeleteOwned, "r"},
	} {
		got := changed(tt.before, proto.RightsChange{Action: tt.action, Rights: tt.rights})
		if got != tt.after || letters(got) != tt.told {
			t.Errorf("%s: 0x%x %q, want 0x%x %q", tt.name, got, letters(got), tt.after, tt.told)
		}
	}
}

// TestACLOfWhoIsGone: users and groups that are no more are not told, and do not
// hinder others.
func TestACLOfWhoIsGone(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.run(t, `
			a> SETACL INBOX carl lr
			a= OK
			a> SETACL INBOX $sales lrs
			a= OK
		`)
		admin := storetest.As(t, o.engine, object.RoleAdmin)
		if _, err := admin.DeleteUser(t.Context(), object.DeleteUserRequest{Name: "carl"}); err != nil {
			t.Fatal(err)
		}
		if _, err := admin.DeleteGroup(t.Context(), object.DeleteGroupRequest{Name: "sales"}); err != nil {
			t.Fatal(err)
		}
		o.run(t, `
			a> GETACL INBOX
			a< ACL INBOX anna@example.test lrswipkxtecda
			a= OK
			a> SETACL INBOX carl l
			a= NO [CANNOT]
			a> SETACL INBOX bert lr
			a= OK
			a> GETACL INBOX
			a< ACL INBOX anna@example.test lrswipkxtecda bert@example.test lr
			a= OK
		`)
	})
}

// TestACL: rights are given, told and taken.
func TestACL(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.run(t, `
			a> CAPABILITY
			a< CAPABILITY ... ACL RIGHTS=kxte LIST-MYRIGHTS...
			a= OK
			a> MYRIGHTS INBOX
			a< MYRIGHTS INBOX lrswipkxtecda
			a= OK
			a> GETACL INBOX
			a< ACL INBOX anna@example.test lrswipkxtecda
			a= OK
			a> SETACL INBOX bert lr
			a= OK
			a> SETACL INBOX $sales lrsw
			a= OK
			a> SETACL INBOX group:sales +i
			a= OK
			a> SETACL INBOX anyone l
			a= OK
			a> GETACL INBOX
			a< ACL INBOX anna@example.test lrswipkxtecda anyone l bert@example.test lr $sales lrswip
			a= OK
			a> SETACL INBOX $sales -sw
			a= OK
			a> DELETEACL INBOX anyone
			a= OK
			a> SETACL INBOX BERT@EXAMPLE.TEST +te
			a= OK
			a> GETACL INBOX
			a< ACL INBOX anna@example.test lrswipkxtecda bert@example.test lrted $sales lrip
			a= OK
			a> LISTRIGHTS INBOX bert
			a< LISTRIGHTS INBOX bert "" l r sw ip kc xa ted
			a= OK
			a> LISTRIGHTS INBOX anna
			a< LISTRIGHTS INBOX anna lrswipkxtecda
			a= OK
			a> SETACL INBOX anna -a
			a= NO [CANNOT]
			a> SETACL INBOX -bert r
			a= NO [CANNOT]
			a> SETACL INBOX nobody lr
			a= NO [CANNOT]
			a> SETACL INBOX ber lr
			a= NO [CANNOT]
			a> SETACL INBOX sales lr
			a= NO [CANNOT]
			a> SETACL INBOX bert lrZ
			a= BAD
			a> SETACL nowhere bert lr
			a= NO [NONEXISTENT]
			a> GETACL nowhere
			a= NO [NONEXISTENT]
			b> MYRIGHTS "Other Users/anna@example.test/INBOX"
			b< MYRIGHTS "Other Users/anna@example.test/INBOX" lrted
			b= OK
			b> GETACL "Other Users/anna@example.test/INBOX"
			b= NO [NOPERM]
			b> SETACL "Other Users/anna@example.test/INBOX" carl lr
			b= NO [NOPERM]
			b> DELETEACL "Other Users/anna@example.test/INBOX" $sales
			b= NO [NOPERM]
			b> LISTRIGHTS "Other Users/anna@example.test/INBOX" carl
			b= NO [NOPERM]
			b> GETACL "Other Users/anna@example.test/Drafts"
			b= NO [NONEXISTENT]
			b> MYRIGHTS "Other Users/anna@example.test/Drafts"
			b= NO [NONEXISTENT]
			b> GETACL "Other Users/nobody/INBOX"
			b= NO [NONEXISTENT]
			a> DELETEACL INBOX bert
			a= OK
			b> MYRIGHTS "Other Users/anna@example.test/INBOX"
			b= NO [NONEXISTENT]
		`)
	})
}

// sharedBox is the folder in which rightScripts try what anna let bert do.
const sharedBox = `"Other Users/anna@example.test/INBOX"`

// rightScripts say what each right lets one do, and its lack not.
var rightScripts = []struct{ name, rights, script string }{
	{"l", "l", `
		b> LIST "" ` + sharedBox + `
		b< LIST (\Noselect \HasNoChildren) "/" ` + sharedBox + `
		b= OK
		b> SELECT ` + sharedBox + `
		b= NO [NOPERM]
		b> STATUS ` + sharedBox + ` (MESSAGES)
		b= NO [NOPERM]
		b> APPEND ` + sharedBox + ` «@{letter}»
		b= NO [NOPERM]
	`},
	{"r", "lr", `
		b> SELECT ` + sharedBox + `
		b<<
		b< OK [PERMANENTFLAGS ()]
		b= OK [READ-ONLY]
		b> UID EXPUNGE 1
		b= NO [READ-ONLY]
		b> MOVE 1 INBOX
		b= NO [READ-ONLY]
	`},
	{"w", "lrsw", `
		b> SELECT ` + sharedBox + `
		b<<
		b< OK [PERMANENTFLAGS (\Answered ... \*)]
		b= OK [READ-WRITE]
		b> STORE 1 +FLAGS.SILENT (\Answered)
		b= OK
		b> FETCH 1 (FLAGS BODY[TEXT])
		b< 1 FETCH (FLAGS (\Answered \Seen) BODY[TEXT] "...")
		b= OK
		b> STORE 1 +FLAGS.SILENT (\Deleted)
		b= NO [NOPERM]
		a> SELECT INBOX
		a<<
		a= OK
		a> STORE 1 +FLAGS.SILENT (\Deleted)
		a= OK
		b> NOOP
		b<<
		b= OK
		b> EXPUNGE
		b= NO [NOPERM]
		b> MOVE 1 INBOX
		b= NO [NOPERM]
		b> CLOSE
		b= OK
	`},
	{"s taken away meanwhile", "lrsw", `
		b> SELECT ` + sharedBox + `
		b<<
		b= OK [READ-WRITE]
		a> SETACL INBOX bert lr
		a= OK
		b> FETCH 1 (FLAGS BODY[TEXT])
		b< 1 FETCH (FLAGS () BODY[TEXT] "...")
		b= OK
	`},
	{"te taken away meanwhile", "lrswte", `
		b> SELECT ` + sharedBox + `
		b<<
		b= OK [READ-WRITE]
		b> STORE 1 +FLAGS.SILENT (\Deleted)
		b= OK
		a> SETACL INBOX bert lrsw
		a= OK
		b> CLOSE
		b= OK
		b> STATUS ` + sharedBox + ` (MESSAGES)
		b< STATUS ` + sharedBox + ` (MESSAGES 1)
		b= OK
	`},
	{"t", "lrte", `
		b> SELECT ` + sharedBox + `
		b<<
		b< OK [PERMANENTFLAGS (\Deleted)]
		b= OK [READ-WRITE]
		b> FETCH 1 BODY[TEXT]
		b< 1 FETCH (BODY[TEXT] "...")
		b= OK
		b> STORE 1 +FLAGS (\Answered)
		b= NO [NOPERM]
		b> STORE 1 FLAGS (\Answered \Deleted)
		b< 1 FETCH (UID 1 FLAGS (\Deleted))
		b= OK
		b> EXPUNGE
		b< 1 EXPUNGE
		b= OK
	`},
	{"i", "lri", `
		b> APPEND ` + sharedBox + ` «@{letter}»
		b= OK [APPENDUID ...]
		b> SELECT ` + sharedBox + `
		b<<
		b< 2 EXISTS
		b= OK [READ-WRITE]
		b> CREATE "Other Users/anna@example.test/INBOX/sub"
		b= NO [NOPERM]
	`},
	{"k", "lrk", `
		b> CREATE "Other Users/anna@example.test/INBOX/sub"
		b= OK [MAILBOXID ...]
		b> APPEND "Other Users/anna@example.test/INBOX/sub" «@{letter}»
		b= OK
		b> RENAME "Other Users/anna@example.test/INBOX/sub" "Other Users/anna@example.test/INBOX/top"
		b= OK
		b> DELETE "Other Users/anna@example.test/INBOX/top"
		b= OK
		b> DELETE ` + sharedBox + `
		b= NO [CANNOT]
		b> RENAME ` + sharedBox + ` mine
		b= NO [CANNOT]
	`},
	{"a", "lra", `
		b> GETACL ` + sharedBox + `
		b< ACL ` + sharedBox + ` anna@example.test lrswipkxtecda bert@example.test lrxa
		b= OK
		b> SETACL ` + sharedBox + ` carl lr
		b= OK
		b> SETACL ` + sharedBox + ` anna lr
		b= NO [CANNOT]
		c> EXAMINE ` + sharedBox + `
		c<<
		c= OK [READ-ONLY]
	`},
	{"metadata needs more than l", "l", `
		b> MYRIGHTS ` + sharedBox + `
		b< MYRIGHTS ` + sharedBox + ` l
		b= OK
		b> GETMETADATA ` + sharedBox + ` (/shared/comment /private/comment)
		b= NO [NOPERM]
		b> SETMETADATA ` + sharedBox + ` (/private/comment "b")
		b= NO [NOPERM]
		b> LIST "" ` + sharedBox + ` RETURN (METADATA (/shared/comment))
		b< LIST (\Noselect) "/" ` + sharedBox + `
		b= OK
	`},
	{"metadata needs more than lkxte", "lkxte", `
		b> GETMETADATA ` + sharedBox + ` /shared/comment
		b= NO [NOPERM]
	`},
	{"metadata with r", "lr", `
		b> SETMETADATA ` + sharedBox + ` (/private/comment "b" /shared/comment "s")
		b= NO [NOPERM]
	`},
	{"metadata with w", "lsw", `
		b> SETMETADATA ` + sharedBox + ` (/private/comment "b")
		b= OK
		b> GETMETADATA ` + sharedBox + ` /private/comment
		b< METADATA ` + sharedBox + ` (/private/comment "b")
		b= OK
	`},
	{"metadata with i", "li", `
		b> GETMETADATA ` + sharedBox + ` /shared/comment
		b< METADATA ` + sharedBox + ` (/shared/comment NIL)
		b= OK
	`},
	{"metadata needs l", "swipk", `
		b> GETMETADATA ` + sharedBox + ` /shared/comment
		b= NO [NONEXISTENT]
		b> SETMETADATA ` + sharedBox + ` (/private/comment "b")
		b= NO [NONEXISTENT]
	`},
	{"nothing", "", `
		b> LIST "" "Other*"
		b= OK
		b> MYRIGHTS ` + sharedBox + `
		b= NO [NONEXISTENT]
		b> APPEND ` + sharedBox + ` «@{letter}»
		b= NO [TRYCREATE]
		b> CREATE ` + sharedBox + `
		b= NO [NONEXISTENT]
		b> SUBSCRIBE ` + sharedBox + `
		b= NO [NONEXISTENT]
		b> DELETE ` + sharedBox + `
		b= NO [NONEXISTENT]
		b> RENAME ` + sharedBox + ` x
		b= NO [NONEXISTENT]
	`},
}

// TestRightsInCommands plays rightScripts.
func TestRightsInCommands(t *testing.T) {
	for _, tt := range rightScripts {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t, func(_ testing.TB, s object.Service) object.Service { return s })
			o.run(t, `
				a> APPEND INBOX «@{letter}»
				a= OK
				a> SETACL INBOX bert "`+tt.rights+`"
				a= OK
			`+tt.script)
		})
	}
}
