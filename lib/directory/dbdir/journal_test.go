// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
)

// changes tells what changed since, by names, what is gone by "-".
func changes(t *testing.T, d *DB, since uint64) (version uint64, out []string) {
	t.Helper()
	for ch, err := range d.Changes(t.Context(), since) {
		if err != nil {
			t.Fatal(err)
		}
		switch ch.Kind {
		case directory.ChangeVersion:
			version = ch.Version
		case directory.ChangeUpsert:
			out = append(out, ch.Entry.Name)
		case directory.ChangeGone:
			out = append(out, "-"+ch.Entry.Kind.String())
		}
	}
	return version, out
}

func TestChanges(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	d, err := Open(filepath.Join(t.TempDir(), "directory.db"), Options{DefaultDomain: "x", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	first, list := changes(t, d, 0)
	if len(list) != 0 {
		t.Errorf("an empty directory has %v", list)
	}
	anna := create(t, d, directory.User{Name: "anna"}, "")
	group(t, d, directory.Group{Name: "team"})
	contact(t, d, "out", "o@outside.test")
	for i := range listBatch {
		create(t, d, directory.User{Name: fmt.Sprintf("u%d", i)}, "")
	}
	second, list := changes(t, d, first)
	if len(list) != listBatch+3 || !slices.Equal(list[:3], []string{"anna@x", "team", "out"}) {
		t.Errorf("%d changes, %v", len(list), list[:3])
	}
	if _, list := changes(t, d, second); len(list) != 0 {
		t.Errorf("nothing changed, yet %v", list)
	}
	if err := d.SetPassword(ctx, "anna", "word"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ChangeMembers(ctx, "team", []mapi.GUID{anna.ID}, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.DeleteContact(ctx, "out"); err != nil {
		t.Fatal(err)
	}
	third, list := changes(t, d, second)
	if !slices.Equal(list, []string{"team", "-contact"}) {
		t.Errorf("changes %v", list)
	}
	now = now.Add(tombstoneAge + time.Hour)
	if err := d.Delete(ctx, "u1"); err != nil {
		t.Fatal(err)
	}
	if _, list := changes(t, d, third); !slices.Equal(list, []string{"-user"}) {
		t.Errorf("changes %v", list)
	}
	for _, err := range d.Changes(ctx, second) {
		if mapi.CodeOf(err) != mapi.SyncTooOld {
			t.Errorf("since what is forgotten: %v", err)
		}
	}
}
