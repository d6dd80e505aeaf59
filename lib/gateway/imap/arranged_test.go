// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"slices"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// TestSortOfMixed sorts messages some of which were saved without what SORT needs
// of them, and some of which go between two sorts.
func TestSortOfMixed(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			service := open(t)
			r := newRig(t, service)
			s, st := annasMailbox(t, service)
			c := r.client(t)
			mail := func(subject string) {
				t.Helper()
				c.OK("%s", spell("APPEND INBOX «Subject: "+subject+"⏎⏎hello⏎»"))
			}
			born := func(subject string) {
				t.Helper()
				var p mapi.Props
				p.Set(tag.Subject, mapi.String(subject))
				p.Set(tag.MessageClass, mapi.String("IPM.Note"))
				_, err := s.SaveMessages(t.Context(), object.SaveMessagesRequest{
					Store: st.GUID, Folder: st.SpecialFolder(object.KindInbox), Messages: []object.NewMessage{{Props: p}},
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			sorted := func(want string) {
				t.Helper()
				if got := c.OK("UID SORT (SUBJECT) UTF-8 ALL"); !slices.Contains(got, "SORT "+want) {
					t.Errorf("SORT gives %q, not %s", got, want)
				}
			}
			mail("foxtrot")
			mail("delta")
			born("alpha")
			mail("charlie")
			born("bravo")
			mail("echo")
			c.OK("SELECT INBOX")
			c.OK("UID SORT (ARRIVAL) UTF-8 ALL") // makes the table
			c.OK(`UID STORE 2,4 +FLAGS.SILENT (\Deleted)`)
			c.OK("UID EXPUNGE 2,4")
			sorted("3 5 6 1")
			mail("Re: alpha")
			born("aachen")
			mail("zulu")
			c.OK("NOOP")
			sorted("8 3 7 5 6 1 9")
		})
	}
}
