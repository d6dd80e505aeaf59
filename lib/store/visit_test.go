// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Housekeeping that looks into all mailboxes leaves those open that people
// work with.
func TestVisitsMakeRoom(t *testing.T) {
	const kept = 4
	e, err := Open(t.Context(), t.TempDir(), Options{Mailboxes: kept})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var all []mapi.GUID
	for range 3 * kept {
		guid, err := e.createMailbox(object.StorePrivate, mapi.NewGUID(), "en")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, guid)
	}
	used := all[kept : 2*kept]
	before := map[mapi.GUID]*mailbox{}
	for _, guid := range used {
		m, err := e.acquire(guid)
		if err != nil {
			t.Fatal(err)
		}
		before[guid] = m
		e.leave(m)
	}
	for _, guid := range all {
		_, leave, err := e.visit(guid)
		if err != nil {
			t.Fatal(err)
		}
		leave()
	}
	e.evict()
	if n := len(e.open); n != kept {
		t.Errorf("%d mailboxes are open, want %d", n, kept)
	}
	for i, guid := range used {
		if s := e.open[guid]; s == nil || s.m != before[guid] {
			t.Errorf("mailbox %d, which is used, was closed", i)
		}
	}
}
