// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"testing"

	"twiga/lib/mapi/object"
	"twiga/lib/store/storetest"
)

// TestMoveFolderBrokenOff: a move to another store that broke off goes on, and
// nothing comes twice or is lost, whether the messages that came had left the
// first store or not.
func TestMoveFolderBrokenOff(t *testing.T) {
	for _, tt := range []struct {
		name string
		left bool
	}{{"behind a batch", true}, {"before the messages left", false}} {
		t.Run(tt.name, func(t *testing.T) { brokenOff(t, tt.left) })
	}
}

func brokenOff(t *testing.T, left bool) {
	f := open(t)
	bert := storetest.Logon(t, f.e, "bert").Whoami().Store
	archive := storetest.As(t, f.e, object.RoleArchive)
	st, err := archive.GetStore(t.Context(), object.GetStoreRequest{GUID: bert})
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.anna.CreateFolders(t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: f.st.SpecialFolder(object.KindRoot), Name: "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	from := r.Created[0].ID
	var list []object.NewMessage
	for range 250 {
		list = append(list, text("x"))
	}
	f.save(from, list...)
	req := object.CopyFolderRequest{Store: f.store, Folder: from, ToStore: bert, ToParent: st.SpecialFolder(object.KindRoot), Move: left}
	for p, err := range archive.CopyFolder(t.Context(), req) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Done >= 100 {
			break
		}
	}
	if n := f.state(from).Messages; left && n != 150 || !left && n != 250 {
		t.Errorf("%d messages are left", n)
	}
	req.Move = true
	for _, err := range archive.CopyFolder(t.Context(), req) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if st, err = archive.GetStore(t.Context(), object.GetStoreRequest{GUID: bert}); err != nil || st.Messages != 250 {
		t.Errorf("%d messages came, %v", st.Messages, err)
	}
	if st, err = archive.GetStore(t.Context(), object.GetStoreRequest{GUID: f.store}); err != nil || st.Messages != 0 {
		t.Errorf("%d messages are left, %v", st.Messages, err)
	}
	f.check()
}
