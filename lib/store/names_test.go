// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"strings"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// TestFolderNames creates folders of odd names.
func TestFolderNames(t *testing.T) {
	for _, tc := range []struct {
		name, folder string
		want         mapi.Code
	}{
		{"as long as may be", strings.Repeat("ä", 255), 0},
		{"longer", strings.Repeat("ä", 256), mapi.StringTooLong},
		{"none", "", mapi.InvalidParameter},
		{"NUL", "a\x00b", mapi.InvalidParameter},
		{"line end", "a\r\nb", mapi.InvalidParameter},
		{"delete", "a\x7f", mapi.InvalidParameter},
		{"C1", "a\u0085b", mapi.InvalidParameter},
		{"line separator", "a\u2028b", mapi.InvalidParameter},
		{"paragraph separator", "\u2029", mapi.InvalidParameter},
		{"not UTF-8", "a\xff", mapi.InvalidParameter},
		{"another case", "ÄPFEL", mapi.AlreadyExists},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := open(t)
			create := func(name string) error {
				_, err := f.anna.CreateFolders(t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: f.inbox, Name: name}}})
				return err
			}
			if err := create("Äpfel"); err != nil {
				t.Fatal(err)
			}
			if err := create(tc.folder); err == nil && tc.want != 0 || err != nil && mapi.CodeOf(err) != tc.want {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestFolderDepth moves trees under trees.
func TestFolderDepth(t *testing.T) {
	f := open(t)
	chain := func(n int) (top, bottom mapi.ID) {
		list := make([]object.NewFolder, n)
		for i := range list {
			list[i] = object.NewFolder{Name: "level", Under: i}
		}
		list[0] = object.NewFolder{Parent: f.inbox, Name: strings.Repeat("x", n)}
		r, err := f.anna.CreateFolders(t.Context(), object.CreateFoldersRequest{Folders: list})
		if err != nil {
			t.Fatal(err)
		}
		return r.Created[0].ID, r.Created[n-1].ID
	}
	_, under := chain(150)
	short, _ := chain(20)
	long, _ := chain(120)
	move := func(id mapi.ID) error {
		_, err := f.anna.MoveFolder(t.Context(), object.MoveFolderRequest{Folder: id, Parent: under})
		return err
	}
	if err := move(short); err != nil {
		t.Errorf("within the bound: %v", err)
	}
	if err := move(long); mapi.CodeOf(err) != mapi.TooBig {
		t.Errorf("beyond the bound: %v", err)
	}
	f.check()
}
