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

// TestManyMailboxes works on more mailboxes than may be open, while their
// files are closed and their logs emptied all the time.
func TestManyMailboxes(t *testing.T) {
	const users, each = 6, 40
	e := storetest.OpenDir(t, t.TempDir(), store.Options{Mailboxes: 2, Settle: time.Millisecond, Hibernate: time.Millisecond})
	var fixtures []*fixture
	for i := range users {
		storetest.AddUser(t, e, fmt.Sprintf("u%d", i))
		s := storetest.Logon(t, e, fmt.Sprintf("u%d", i))
		st, err := s.GetStore(t.Context(), object.GetStoreRequest{})
		if err != nil {
			t.Fatal(err)
		}
		fixtures = append(fixtures, &fixture{t: t, e: e, anna: s, st: st, store: st.GUID, inbox: st.SpecialFolder(object.KindInbox)})
	}
	var wg sync.WaitGroup
	for w := range 2 * users {
		wg.Go(func() {
			f := fixtures[w%users]
			for i := range each {
				f.save(f.inbox, text(fmt.Sprint(w, i)))
				n := 0
				for _, err := range f.anna.Changes(t.Context(), object.ChangesRequest{Folder: f.inbox}) {
					if err != nil {
						t.Error(err)
					}
					if n++; n > 5 {
						break // and lets go of the reader
					}
				}
				if _, err := f.anna.SetFlags(t.Context(), object.SetFlagsRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 9}},
					Mode: object.FlagsAdd + object.FlagMode(i%2), Flags: object.FlagSeen}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, f := range fixtures {
		if st := f.state(f.inbox); st.Messages != 2*each || st.UIDNext != 2*each+1 {
			t.Errorf("%+v", st)
		}
		f.check()
	}
}

// TestSecondProcess is refused while the first has the data open.
func TestSecondProcess(t *testing.T) {
	dir := t.TempDir()
	storetest.OpenDir(t, dir, store.Options{})
	if _, err := store.Open(t.Context(), dir, store.Options{}); mapi.CodeOf(err) != mapi.Busy {
		t.Errorf("second opens: %v", err)
	}
}
