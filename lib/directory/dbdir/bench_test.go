// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
)

func filled(b *testing.B, n int) (d *DB, last directory.User) {
	b.Helper()
	d, err := Open(filepath.Join(b.TempDir(), "directory.db"), Options{DefaultDomain: "x", LogonCache: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	var ids []mapi.GUID
	for i := range n {
		last, err = d.Create(b.Context(), directory.User{Name: fmt.Sprintf("user%d", i), FullName: fmt.Sprintf("Person Number %d", i)}, "")
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, last.ID)
	}
	g, err := d.CreateGroup(b.Context(), directory.Group{Name: "inner", Members: ids})
	if err == nil {
		_, err = d.CreateGroup(b.Context(), directory.Group{Name: "outer", Members: []mapi.GUID{g.ID}})
	}
	if err == nil {
		err = d.SetPassword(b.Context(), last.Name, "secret")
	}
	if err != nil {
		b.Fatal(err)
	}
	return d, last
}

func BenchmarkGroupsOf(b *testing.B) {
	d, u := filled(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if list, err := d.GroupsOf(b.Context(), u.ID); err != nil || len(list) != 2 {
			b.Fatal(list, err)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	d, _ := filled(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if list, err := d.Search(b.Context(), "pers 99", false, 20); err != nil || len(list) == 0 {
			b.Fatal(list, err)
		}
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	d, u := filled(b, 10)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := d.Authenticate(b.Context(), u.Name, "secret", "imap"); err != nil {
			b.Fatal(err)
		}
	}
}
