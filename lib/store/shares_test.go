// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// shared are the owners of what others show somebody, of folders for mail.
func shared(t *testing.T, e *store.Engine, user string, classes ...string) (owners []string, version uint64) {
	t.Helper()
	res, err := storetest.Logon(t, e, user).SharedStores(t.Context(), object.SharedStoresRequest{Classes: classes})
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range res.Stores {
		owners = append(owners, st.Owner)
		version = max(version, st.Version)
	}
	return owners, version
}

func share(t *testing.T, e *store.Engine, kind object.FolderKind, member mapi.GUID, rights mapi.Rights) {
	t.Helper()
	s := storetest.Logon(t, e, "anna")
	st, err := s.GetStore(t.Context(), object.GetStoreRequest{})
	if err == nil {
		_, err = s.ModifyPermissions(t.Context(), object.ModifyPermissionsRequest{
			Store: st.GUID, Folder: st.SpecialFolder(kind), Set: []object.Permission{{Member: member, Rights: rights}},
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestSharedStores: who is given and taken rights is told of the mailbox, and
// still after a restart.
func TestSharedStores(t *testing.T) {
	dir := t.TempDir()
	e := storetest.OpenDir(t, dir, store.Options{})
	storetest.AddUser(t, e, "anna")
	bert := storetest.AddUser(t, e, "bert").ID
	expect := func(what string, want []string, classes ...string) {
		t.Helper()
		if got, _ := shared(t, e, "bert", classes...); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	anna := []string{"anna@example.test"}
	reopen := func() {
		t.Helper()
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		e = storetest.OpenDir(t, dir, store.Options{})
	}
	expect("nothing is shared", nil)
	share(t, e, object.KindCalendar, bert, mapi.RightReadAny)
	expect("a calendar", anna)
	expect("a calendar is no mail", nil, "IPF.Note")
	share(t, e, object.KindInbox, object.MemberDefault, mapi.RightFolderVisible)
	expect("everybody's", anna, "IPF.Note")
	_, before := shared(t, e, "bert")
	share(t, e, object.KindInbox, bert, mapi.RightReadAny)
	if _, after := shared(t, e, "bert"); after <= before {
		t.Errorf("version %d after %d", after, before)
	}
	reopen()
	expect("after a restart", anna, "ipf.note")
	if own, _ := shared(t, e, "anna"); own != nil {
		t.Errorf("the own mailbox is told: %v", own)
	}
	share(t, e, object.KindInbox, object.MemberDefault, 0)
	share(t, e, object.KindInbox, bert, mapi.RightCreate)
	share(t, e, object.KindCalendar, bert, mapi.RightFreeBusyDetailed)
	expect("messages may be put into one", anna, "IPF.Note")
	expect("but not into the calendar", nil, "IPF.Appointment")
	share(t, e, object.KindInbox, bert, mapi.RightEditAny|mapi.RightDeleteAny|mapi.RightCreateSubfolder)
	expect("nothing is seen any more", nil)
	reopen()
	expect("nor after a restart", nil)
}

// TestSharesAreMadeAnew: files that are missing or damaged are put right when
// the mailbox is opened.
func TestSharesAreMadeAnew(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"missing": os.Remove,
		"damaged": func(path string) error { return os.WriteFile(path, []byte("share 7\n"), 0o600) },
		"too many": func(path string) error {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, append(b, mapi.NewGUID().String()+" ipf.note\n"...), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e := storetest.OpenDir(t, dir, store.Options{})
			anna := storetest.AddUser(t, e, "anna")
			share(t, e, object.KindInbox, storetest.AddUser(t, e, "bert").ID, mapi.RightReadAny)
			path := filepath.Join(dir, "shared", anna.Store.String())
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			e = storetest.OpenDir(t, dir, store.Options{})
			if _, err := storetest.Logon(t, e, "anna").GetStore(t.Context(), object.GetStoreRequest{}); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != string(want) {
				t.Errorf("%q, %v, want %q", got, err, want)
			}
			if got, _ := shared(t, e, "bert"); !slices.Equal(got, []string{"anna@example.test"}) {
				t.Errorf("shared: %v", got)
			}
		})
	}
}
