// SPDX-License-Identifier: AGPL-3.0-or-later

package foldertree_test

import (
	"testing"

	"twiga/lib/admin/foldertree"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store/storetest"
)

func TestFind(t *testing.T) {
	tree := foldertree.Tree{
		{ID: 1, Kind: object.KindRoot, Path: foldertree.Top}, {ID: 2, Kind: object.KindInbox, Path: "Posteingang"},
		{ID: 3, Path: "Posteingang/Listen"}, {ID: 4, Path: "a/b"}, {ID: 5, Kind: object.KindCalendar, Path: "Kalender"}, {ID: 6, Path: "Calendar"},
	}
	tests := []struct {
		name, path string
		want       mapi.ID
	}{
		{"top", "/", 1},
		{"nothing is the top", "", 1},
		{"name", "Posteingang", 2},
		{"case and slash at the end", "posteingang/LISTEN/", 3},
		{"English word", "inbox", 2},
		{"below an English word", "Inbox/Listen", 3},
		{"a slash in a name", "a/b", 4},
		{"a folder of that name goes first", "calendar", 6},
		{"missing", "Tasks", 0},
		{"missing below", "inbox/x", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := tree.Find(tt.path)
			if tt.want == 0 {
				if mapi.CodeOf(err) != mapi.NotFound {
					t.Fatalf("got %v, %v", f, err)
				}
				return
			}
			if err != nil || f.ID != tt.want {
				t.Fatalf("got %v, %v, want %s", f, err, tt.want)
			}
		})
	}
	if tree.Path(3) != "Posteingang/Listen" || tree.Path(99) != "0x63" || tree.Of(object.KindTasks) != nil {
		t.Errorf("paths %q %q", tree.Path(3), tree.Path(99))
	}
}

// TestRead: folders come below their parents, whatever sorts between the names.
func TestRead(t *testing.T) {
	s := storetest.Logon(t, storetest.Open(t), "anna")
	store, err := s.GetStore(t.Context(), object.GetStoreRequest{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.CreateFolders(t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{
		{Parent: store.SpecialFolder(object.KindInbox), Name: "Lists"}, {Parent: store.SpecialFolder(object.KindRoot), Name: "Inbox 2"}}})
	if err != nil {
		t.Fatal(err)
	}
	tree, err := foldertree.Read(t.Context(), s, &store)
	if err != nil || tree[0].Path != foldertree.Top {
		t.Fatalf("%v: %v", tree, err)
	}
	for i := range tree {
		if tree[i].Path == "Inbox" {
			if tree[i].Kind != object.KindInbox || tree[i+1].Path != "Inbox/Lists" || tree[i+2].Path != "Inbox 2" {
				t.Errorf("after the Inbox: %v", tree[i:i+3])
			}
			return
		}
	}
	t.Error("no Inbox")
}
