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
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.closing > 0 { // by the housekeeper
		e.idle.Wait()
	}
	if n := len(e.open); n != kept {
		t.Errorf("%d mailboxes are open, want %d", n, kept)
	}
	for i, guid := range used {
		if s := e.open[guid]; s == nil || s.m != before[guid] {
			t.Errorf("mailbox %d, which is used, was closed", i)
		}
	}
}

// TestNoMoreThanTooMany wants that no mailbox that people work with is closed for one that
// is looked into, nor where one too many is being closed already.
func TestNoMoreThanTooMany(t *testing.T) {
	const kept = 4
	e, err := Open(t.Context(), t.TempDir(), Options{Mailboxes: kept})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	before := map[mapi.GUID]*mailbox{}
	var last mapi.GUID
	for i := range kept + 1 {
		if last, err = e.createMailbox(object.StorePrivate, mapi.NewGUID(), "en"); err != nil {
			t.Fatal(err)
		}
		if i == kept {
			break
		}
		m, err := e.acquire(last)
		if err != nil {
			t.Fatal(err)
		}
		before[last] = m
		e.leave(m)
	}
	look := func(when string) {
		t.Helper()
		e.mu.Lock()
		defer e.mu.Unlock()
		for guid, m := range before {
			if s := e.open[guid]; s == nil || s.m != m {
				t.Errorf("%s: a mailbox that is used was closed", when)
			}
		}
	}
	_, leave, err := e.visit(last)
	if err != nil {
		t.Fatal(err)
	}
	e.evict()
	look("beside a visit")
	leave()
	m, s := e.takeOldest()
	e.evict()
	look("while the other is being closed")
	if m != nil { // else the housekeeper has it
		e.closeTaken(m, s)
	}
}
