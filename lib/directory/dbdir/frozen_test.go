// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
)

// TestFrozenSchema opens a directory of the first schema. It has anna with all
// that there was, bert the administrator, and cleo, disabled and without a
// password.
func TestFrozenSchema(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/schema1")); err != nil {
		t.Fatal(err)
	}
	d, err := Open(filepath.Join(dir, "directory.db"), Options{DefaultDomain: "example.test"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	u, _, err := d.Authenticate(t.Context(), "anna", "secret", "imap")
	if err != nil || u.FullName != "Änne Müller" || u.Language != "de" || u.Quota != (directory.Quota{Warn: 1, Soft: 2, Hard: 3}) ||
		!slices.Equal(u.Aliases, []string{"am@example.test", "anna@other.test"}) || u.Kind != directory.KindUser || u.PasswordChanged.IsZero() {
		t.Errorf("anna: %+v %v", u, err)
	}
	if u, err := d.User(t.Context(), "bert"); err != nil || u.Admin != directory.AdminServer {
		t.Errorf("bert: %+v %v", u, err)
	}
	if u, err := d.User(t.Context(), "cleo"); err != nil || !u.Disabled || !u.PasswordChanged.IsZero() || u.Admin != directory.AdminNone {
		t.Errorf("cleo: %+v %v", u, err)
	}
	if list, err := d.Search(t.Context(), "mull", false, 0); err != nil || len(list) != 1 || list[0].ID != u.ID {
		t.Errorf("search: %v %v", list, err)
	}
	version, _ := d.Version(t.Context())
	for since, want := range map[uint64]mapi.Code{0: 0, 1: mapi.SyncTooOld, version: 0, version + 1: mapi.SyncTooOld} {
		for _, err := range d.Changes(t.Context(), since) {
			if mapi.CodeOf(err) != want {
				t.Errorf("changes since %d: %v", since, err)
			}
		}
	}
	create(t, d, directory.User{Name: "new"}, "") // and it is written on
}
