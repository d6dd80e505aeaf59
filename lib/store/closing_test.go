// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// TestCloseBusy closes the engine while people save, search folders are filled
// and what was soft-deleted is purged: calls are done as a whole or answer that
// the session is over.
func TestCloseBusy(t *testing.T) {
	dir := t.TempDir()
	e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	storetest.AddUser(t, e, "anna")
	saved := 0
	for round := range 5 {
		f := newFixture(t, e)
		id := f.search(0, fmt.Sprint("all ", round))
		var wg sync.WaitGroup
		var mu sync.Mutex
		begun := make(chan bool, 100)
		work := func(what string, call func() error) {
			wg.Go(func() {
				for n := 0; ; n++ {
					err := call()
					if n == 3 {
						begun <- true
					}
					if mapi.CodeOf(err) == mapi.EndOfSession {
						return
					}
					if err != nil {
						t.Errorf("%s: %v", what, err)
						return
					}
				}
			})
		}
		work("save", func() error {
			r, err := f.anna.SaveMessages(t.Context(), object.SaveMessagesRequest{Folder: f.inbox, Messages: []object.NewMessage{text("a"), text("b")}})
			mu.Lock()
			saved += len(r.Saved)
			mu.Unlock()
			return err
		})
		work("search", func() error {
			_, err := f.anna.SetSearchCriteria(t.Context(), object.SetSearchCriteriaRequest{Folder: id, Criteria: object.SearchCriteria{Scope: []mapi.ID{f.inbox}}})
			return err
		})
		work("delete", func() error {
			r, err := f.anna.SaveMessages(t.Context(), object.SaveMessagesRequest{Folder: f.st.SpecialFolder(object.KindDrafts), Messages: []object.NewMessage{text("c")}})
			if err != nil {
				return err
			}
			uid := r.Saved[0].UID
			_, err = f.anna.DeleteMessages(t.Context(), object.DeleteMessagesRequest{Folder: f.st.SpecialFolder(object.KindDrafts),
				UIDs: []mapi.UIDRange{{First: uid, Last: uid}}, Soft: true})
			return err
		})
		work("purge", func() error {
			e.PurgeOld(t.Context(), time.Now().AddDate(1, 0, 0))
			_, err := f.anna.GetStore(t.Context(), object.GetStoreRequest{})
			return err
		})
		for range 4 {
			<-begun
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if e, err = store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain}); err != nil {
			t.Fatal(err)
		}
		f = newFixture(t, e)
		if n := int(f.state(f.inbox).Messages); n != saved {
			t.Errorf("%d messages of %d that were saved", n, saved)
		}
		f.filled(id)
		f.check()
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}
