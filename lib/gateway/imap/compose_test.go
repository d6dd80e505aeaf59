// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"strings"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/proto/lines/linestest"
)

// TestBornAsProperties reads a message that has no MIME in the store.
func TestBornAsProperties(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			service := open(t)
			r := newRig(t, service)
			s, st := annasMailbox(t, service)
			var p, a mapi.Props
			p.Set(tag.Subject, mapi.String("born as properties"))
			p.Set(tag.Body, mapi.String("hello body"))
			p.Set(tag.MessageClass, mapi.String("IPM.Note"))
			a.Set(tag.AttachLongFilename, mapi.String("notes.bin"))
			_, err := s.SaveMessages(t.Context(), object.SaveMessagesRequest{
				Store: st.GUID, Folder: st.SpecialFolder(object.KindInbox),
				Messages: []object.NewMessage{{Props: p, Attachments: []object.NewAttachment{{
					Props: a, Content: []object.Segment{{Inline: []byte("attached"), Size: 8}},
				}}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			c := r.client(t)
			c.OK("%s", spell("APPEND INBOX "+letter))
			c.OK("SELECT INBOX")
			lines := c.OK("FETCH 1:2 (RFC822.SIZE ENVELOPE BODY.PEEK[])")
			if len(lines) != 2 {
				t.Fatalf("got %q", lines)
			}
			var whole string
			for _, l := range lines {
				if strings.HasPrefix(l, "1 ") {
					whole = l
				}
			}
			if !linestest.Match(`1 FETCH (RFC822.SIZE ... ENVELOPE (..."born as properties"...) BODY[] {...hello body...notes.bin...)`, whole) {
				t.Errorf("got %q", whole)
			}
			if again := c.OK("FETCH 1 (RFC822.SIZE ENVELOPE BODY.PEEK[])"); again[0] != whole {
				t.Errorf("again %q\nfirst %q", again, whole)
			}
			if lines := c.OK("FETCH 1 BODY.PEEK[2]"); !linestest.Match(`1 FETCH (BODY[2] {...YXR0YWNoZWQ=...)`, lines[0]) {
				t.Errorf("attachment: %q", lines)
			}
			for _, key := range []string{"SUBJECT born", "BODY hello", "SMALLER 5000"} {
				if got := c.OK("SEARCH 1 %s", key); got[0] != "SEARCH 1" {
					t.Errorf("SEARCH %s: %q", key, got)
				}
			}
		})
	}
}
