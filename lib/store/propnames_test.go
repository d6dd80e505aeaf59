// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

func propNames(n int) []mapi.Name {
	out := make([]mapi.Name, n)
	for i := range out {
		if out[i] = (mapi.Name{Set: tag.SetCommon.GUID(), LID: uint32(i)}); i%2 == 0 {
			out[i] = mapi.Name{Set: tag.SetPublicStrings.GUID(), Text: fmt.Sprint("Name ", i)}
		}
	}
	return out
}

// Ids stay the same over restarts, and beyond what the cache holds.
func TestNamesStay(t *testing.T) {
	dir := t.TempDir()
	e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain, NamedProperties: 4500})
	if err != nil {
		t.Fatal(err)
	}
	storetest.AddUser(t, e, "anna")
	names := propNames(4500)
	anna := storetest.Logon(t, e, "anna")
	first, err := anna.NamesToIDs(t.Context(), object.NamesToIDsRequest{Names: names, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	one := object.NamesToIDsRequest{Names: []mapi.Name{{Set: tag.SetTask.GUID(), LID: 1}}, Create: true}
	if _, err := anna.NamesToIDs(t.Context(), one); !errors.Is(err, mapi.NotEnoughResources) {
		t.Errorf("one more: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = storetest.OpenDir(t, dir, store.Options{NamedProperties: 4501})
	anna = storetest.Logon(t, e, "anna")
	for range 2 {
		again, err := anna.NamesToIDs(t.Context(), object.NamesToIDsRequest{Names: names})
		if err != nil || !slices.Equal(again.IDs, first.IDs) {
			t.Errorf("other ids: %v", err)
		}
		back, err := anna.IDsToNames(t.Context(), object.IDsToNamesRequest{IDs: first.IDs})
		if err != nil || !slices.EqualFunc(back.Names, names, func(a object.NamedID, b mapi.Name) bool { return a.Name == b }) {
			t.Errorf("other names: %v", err)
		}
	}
	if _, err := anna.NamesToIDs(t.Context(), one); err != nil {
		t.Errorf("one more, where there is room: %v", err)
	}
}

// Who asks at the same time gets the same ids.
func TestNamesAtOnce(t *testing.T) {
	f := open(t)
	names := propNames(50)
	var all [8][]uint16
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			resp, err := f.anna.NamesToIDs(t.Context(), object.NamesToIDsRequest{Names: names, Create: true})
			if err != nil {
				t.Error(err)
			}
			all[i] = resp.IDs
		})
	}
	wg.Wait()
	for i := range all {
		if !slices.Equal(all[i], all[0]) {
			t.Errorf("ids %x, others %x", all[i], all[0])
		}
	}
	seen := slices.Clone(all[0])
	slices.Sort(seen)
	if len(slices.Compact(seen)) != len(names) {
		t.Errorf("ids are given twice: %x", all[0])
	}
}
