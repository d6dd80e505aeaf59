// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"path/filepath"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// TestRepairSearchFolders damages a mailbox with a search folder and
// soft-deleted messages: a repair makes it sound and finds what there is.
func TestRepairSearchFolders(t *testing.T) {
	for _, tc := range []struct {
		name, damage string
		found        int
	}{
		{"a member is lost", "DELETE FROM member WHERE uid = 1", 3},
		{"all members are lost", "DELETE FROM member", 3},
		{"a copy is lost", "DELETE FROM item WHERE folder IN (SELECT folder FROM search) AND uid = 2", 3},
		{"a copy differs", "UPDATE item SET flags = 8 WHERE folder IN (SELECT folder FROM search) AND uid = 2", 3},
		{"a message is lost", "DELETE FROM message WHERE uid = 1", 2},
		{"the list is lost", "DELETE FROM item WHERE folder NOT IN (SELECT folder FROM search)", 3},
		{"the search is lost", "DELETE FROM search", 0},
		{"the search folder is lost", "DELETE FROM folder WHERE id IN (SELECT folder FROM search)", -1},
		{"times are lost", "DELETE FROM deleted", 3},
		{"a table is lost", "DROP TABLE member", 3},
		{"the search table is lost", "DROP TABLE search", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			e := storetest.OpenDir(t, dir, store.Options{})
			storetest.AddUser(t, e, "anna")
			f := newFixture(t, e)
			found := f.search(f.st.SpecialFolder(object.KindRoot), "found")
			f.find(found, object.SearchCriteria{Where: isUnread, Scope: []mapi.ID{f.inbox}})
			f.save(f.inbox, text("1"), text("2"), text("3"), text("4"))
			f.filled(found)
			f.discard(f.inbox, []mapi.UIDRange{{First: 4, Last: 4}})
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			c, err := sqlite.Open(filepath.Join(dir, "mailboxes", f.store.String(), "mailbox.db"), sqlite.Options{})
			if err == nil {
				err = c.Script(tc.damage)
			}
			if err == nil {
				err = c.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			f.e = storetest.OpenDir(t, dir, store.Options{})
			f.anna = storetest.Logon(t, f.e, "anna")
			repaired := 0
			for p, err := range storetest.As(t, f.e, object.RoleAdmin).Check(t.Context(), object.CheckRequest{Store: f.store, Repair: true}) {
				if err != nil || !p.Repaired {
					t.Errorf("%+v %v", p, err)
				}
				repaired++
			}
			if repaired == 0 {
				t.Error("nothing was repaired")
			}
			f.check()
			if tc.found < 0 {
				return
			}
			if tc.found > 0 {
				f.filled(found)
			}
			if got := len(f.holds(found, nil)); got != tc.found {
				t.Errorf("%d are found, want %d", got, tc.found)
			}
		})
	}
}
