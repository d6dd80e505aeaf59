// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// What is kept in memory of a mailbox is read again by the next process.
func TestStoreSettingsStay(t *testing.T) {
	dir := t.TempDir()
	e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	drafts := f.st.SpecialFolder(object.KindDrafts)
	_, err1 := f.anna.SetReceiveFolder(t.Context(), object.SetReceiveFolderRequest{Class: "IPM.Note", Folder: drafts})
	_, err2 := f.anna.SetStoreProps(t.Context(), object.SetStorePropsRequest{Set: mapi.Props{{Tag: tag.Comment, Value: mapi.String("kept")}}})
	rule := object.Rule{Name: "kept", Actions: []object.Action{{Type: object.ActionDelete}}}
	ids, err3 := f.anna.ModifyRules(t.Context(), object.ModifyRulesRequest{Set: []object.Rule{rule}})
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatal(err1, err2, err3)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = storetest.OpenDir(t, dir, store.Options{})
	f = newFixture(t, e)
	if r, err := f.anna.ReceiveFolder(t.Context(), object.ReceiveFolderRequest{Class: "ipm.note.x"}); err != nil || r.Folder != drafts || r.Class != "IPM.Note" {
		t.Errorf("receive folder %+v %v", r, err)
	}
	if p, err := f.anna.GetStoreProps(t.Context(), object.GetStorePropsRequest{}); err != nil || p.Props.Text(tag.Comment) != "kept" {
		t.Errorf("properties %+v %v", p, err)
	}
	if r, err := f.anna.GetRules(t.Context(), object.GetRulesRequest{}); err != nil || len(r.Rules) != 1 || r.Rules[0].ID != ids.IDs[0] || r.Rules[0].Name != "kept" {
		t.Errorf("rules %+v %v", r, err)
	}
	f.save(f.inbox, text("1")) // and folder 1 is written without them
	if p, err := f.anna.GetStoreProps(t.Context(), object.GetStorePropsRequest{}); err != nil || p.Props.Text(tag.Comment) != "kept" {
		t.Errorf("properties %+v %v", p, err)
	}
	f.check()
}
