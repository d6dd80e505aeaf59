// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"slices"
	"testing"

	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// three are scripts' first lines: three messages in the Inbox.
const three = `
	1> APPEND INBOX ` + letter + `
	1= OK ...
	1> APPEND INBOX ` + letter + `
	1= OK ...
	1> APPEND INBOX ` + letter + `
	1= OK ...
`

// featureScripts are about what ENABLE turns on.
var featureScripts = []struct{ name, script string }{
	{"qresync not enabled", `
		1> SELECT INBOX (QRESYNC (1 1))
		1= BAD ...
		1> ENABLE QRESYNC X-NONE
		1< ENABLED QRESYNC
		1= OK ...
		1> SELECT INBOX (QRESYNC (0 1))
		1= BAD ...
		1> SELECT INBOX (QRESYNC (1 1 1:*))
		1= BAD ...
		1> SELECT INBOX (QRESYNC (1 1 (1,2 1)))
		1= BAD ...
		1> SELECT INBOX (QRESYNC (999999 1))
		1<<
		1= OK [READ-WRITE] ...
	`},
	{"vanished takes the place of expunge", three + `
		1> ENABLE QRESYNC
		1< ENABLED QRESYNC
		1= OK ...
		1> SELECT INBOX
		1<<
		1= OK ...
		2> SELECT INBOX
		2<<
		2= OK ...
		1> UID STORE 1,3 +FLAGS.SILENT (\Deleted)
		1< 1 FETCH (UID 1 MODSEQ (...))
		1< 3 FETCH (UID 3 MODSEQ (...))
		1= OK ...
		1> EXPUNGE
		1< VANISHED 1,3
		1= OK [HIGHESTMODSEQ ...] ...
		2> NOOP
		2< 3 EXPUNGE
		2< 1 EXPUNGE
		2= OK ...
		1> UID FETCH 1:5 (FLAGS) (CHANGEDSINCE 1 VANISHED)
		1< VANISHED (EARLIER) 1,3
		1< 1 FETCH (UID 2 FLAGS (...) MODSEQ (...))
		1= OK ...
		1> UID FETCH 2:5 (FLAGS) (CHANGEDSINCE 9999 VANISHED)
		1= OK ...
		1> FETCH 1 (FLAGS) (CHANGEDSINCE 1 VANISHED)
		1= BAD ...
		2> UID FETCH 1:5 (FLAGS) (CHANGEDSINCE 1 VANISHED)
		2= BAD ...
		2> UID STORE 2 +FLAGS.SILENT (\Deleted)
		2= OK ...
		2> EXPUNGE
		2< 1 EXPUNGE
		2= OK ...
		1> NOOP
		1< VANISHED 2
		1= OK ...
	`},
	{"uidonly", three + `
		1> ENABLE UIDONLY
		1< ENABLED UIDONLY
		1= OK ...
		1> SELECT INBOX
		1<<
		1= OK ...
		1> FETCH 1 FLAGS
		1= BAD [UIDREQUIRED] ...
		1> STORE 1 FLAGS ()
		1= BAD [UIDREQUIRED] ...
		1> COPY 1 INBOX
		1= BAD [UIDREQUIRED] ...
		1> MOVE 1 INBOX
		1= BAD [UIDREQUIRED] ...
		1> UID FETCH 2 (FLAGS RFC822.SIZE)
		1< 2 UIDFETCH (FLAGS (...) RFC822.SIZE 49)
		1= OK ...
		1> UID FETCH 2 (UID)
		1< 2 UIDFETCH (UID 2)
		1= OK ...
		1> UID STORE 1 +FLAGS (\Deleted)
		1< 1 UIDFETCH (FLAGS (\Deleted...))
		1= OK ...
		1> EXPUNGE
		1< VANISHED 1
		1= OK ...
		1> UID FETCH 2 BODY.PEEK[TEXT]
		1< 2 UIDFETCH (BODY[TEXT] {11}⏎hello world)
		1= OK ...
	`},
	{"names in utf-8", `
		1> CREATE &AMQ-rger
		1= OK ...
		1> LIST "" &AMQ-rger
		1< LIST (...) "/" &AMQ-rger
		1= OK ...
		1> ENABLE UTF8=ACCEPT
		1< ENABLED UTF8=ACCEPT
		1= OK ...
		1> LIST "" "Ä*"
		1< LIST (...) "/" "Ärger"
		1= OK ...
		1> STATUS "Ärger" (MESSAGES)
		1< STATUS "Ärger" (MESSAGES 0)
		1= OK ...
		1> CREATE "Tom & Jerry"
		1= OK ...
		1> LIST "" "Tom*"
		1< LIST (...) "/" "Tom & Jerry"
		1= OK ...
		2> LIST "" "Tom*"
		2< LIST (...) "/" "Tom &- Jerry"
		2= OK ...
	`},
	{"imap4rev2 knows no recent", `
		1> APPEND INBOX ` + letter + `
		1= OK ...
		1> ENABLE IMAP4rev2
		1< ENABLED IMAP4rev2
		1= OK ...
		1> SELECT INBOX
		1< FLAGS (...)
		1< 1 EXISTS
		1< LIST (...) "/" INBOX
		1< OK [PERMANENTFLAGS ...
		1< OK [UIDVALIDITY ...
		1< OK [UIDNEXT ...
		1< OK [MAILBOXID ...
		1< OK [HIGHESTMODSEQ ...
		1= OK [READ-WRITE] ...
		2> APPEND INBOX ` + letter + `
		2= OK ...
		1> NOOP
		1< 2 EXISTS
		1= OK ...
		1> FETCH 1:2 FLAGS
		1< 1 FETCH (FLAGS ())
		1< 2 FETCH (FLAGS ())
		1= OK ...
	`},
	{"language", `
		1> LANGUAGE
		1< LANGUAGE (i-default en de fr)
		1= OK LANGUAGE completed
		1> LANGUAGE xx de-CH
		1< LANGUAGE (de)
		1< NAMESPACE ...
		1= OK LANGUAGE erledigt
		1> SELECT nowhere
		1= NO [NONEXISTENT] Diese Mailbox gibt es nicht
		1> LANGUAGE xx
		1= NO [CANNOT] Keine der Sprachen ist bekannt
		1> LANGUAGE default
		1< LANGUAGE (i-default)
		1< NAMESPACE ...
		1= OK LANGUAGE completed
	`},
	{"unauthenticate", three + `
		1> ENABLE UIDONLY
		1< ENABLED UIDONLY
		1= OK ...
		1> SELECT INBOX
		1<<
		1= OK ...
		1> UNAUTHENTICATE
		1= OK UNAUTHENTICATE completed
		1> SELECT INBOX
		1= BAD [CLIENTBUG] Log in first
		1> UNAUTHENTICATE
		1= BAD ...
		1> LOGIN anna@example.test secret
		1= OK ...
		1> SELECT INBOX
		1<<
		1= OK ...
		1> FETCH 1 UID
		1< 1 FETCH (UID 1)
		1= OK ...
	`},
	{"batches", three + `
		1> UIDBATCHES 500
		1= BAD ...
		1> SELECT INBOX
		1<<
		1= OK ...
		1> UIDBATCHES 500
		1< UIDBATCHES (TAG "...") 3:1
		1= OK ...
		1> UIDBATCHES 500 2:3
		1< UIDBATCHES (TAG "...")
		1= OK ...
		1> UIDBATCHES 499
		1= NO [TOOFEW] ...
		1> UIDBATCHES 500 2:1
		1= BAD [CLIENTBUG] ...
		1> UIDBATCHES 500 1:201
		1= NO [TOOMANY] ...
		1> UIDBATCHES 500 10
		1= BAD ...
	`},
	{"compress", `
		1> COMPRESS LZW
		1= NO ...
		1> FROB
		1= BAD ...
	`},
}

func TestFeatureScripts(t *testing.T) {
	for _, tc := range featureScripts {
		t.Run(tc.name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, service object.Service) { newRig(t, service).run(t, tc.script) })
		})
	}
}

func TestBatches(t *testing.T) {
	s := &session{sel: &selected{}}
	for uid := range uint32(1250) {
		s.sel.uids = append(s.sel.uids, 3*uid+10)
	}
	for _, tc := range []struct {
		name        string
		first, last uint32
		want        []proto.Range
	}{
		{"all", 1, 0, []proto.Range{{Start: 3757, Stop: 2260}, {Start: 2259, Stop: 760}, {Start: 759, Stop: 1}}},
		{"some", 2, 2, []proto.Range{{Start: 2259, Stop: 760}}},
		{"beyond", 4, 9, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := s.Batches(t.Context(), 500, tc.first, tc.last)
			if err != nil || !slices.Equal(got, tc.want) {
				t.Errorf("got %v, %v, want %v", got, err, tc.want)
			}
		})
	}
}

func TestMessageLimit(t *testing.T) {
	engine := proto.Config{PlainLogin: true, Limits: proto.Limits{Messages: 2}}
	newRigOf(t, Config{Service: newMemStore()}, engine).run(t, three+`
		1> CAPABILITY
		1< CAPABILITY ... MESSAGELIMIT=2 SAVELIMIT=2...
		1= OK ...
		1> SELECT INBOX
		1<<
		1= OK ...
		1> FETCH 1:* UID
		1< 2 FETCH (UID 2)
		1< 3 FETCH (UID 3)
		1= OK [MESSAGELIMIT 2 2] ...
		1> UID STORE 1:* +FLAGS.SILENT (\Deleted)
		1= OK [MESSAGELIMIT 2 2] ...
		1> STORE 1 +FLAGS.SILENT (\Deleted)
		1= OK STORE completed
		1> UID STORE 1:3 (UNCHANGEDSINCE 1) +FLAGS.SILENT (\Seen)
		1<<
		1< OK [MESSAGELIMIT 2 2] ...
		1= OK [MODIFIED 2:3] ...
		1> COPY 1:3 INBOX
		1= NO [MESSAGELIMIT 2] ...
		1> EXPUNGE
		1< 3 EXPUNGE
		1< 2 EXPUNGE
		1= OK [MESSAGELIMIT 2 2] ...
		1> EXPUNGE
		1< 1 EXPUNGE
		1= OK EXPUNGE completed
	`)
}
