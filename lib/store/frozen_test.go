// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// Each schema as it was when it came into use. The last one is made anew only as
// long as nobody has data of it; the others never are.
const (
	frozenFirst  = "testdata/schema1"
	frozenSecond = "testdata/schema2"
	frozenThird  = "testdata/schema3"
	frozenFourth = "testdata/schema4"
)

var update = flag.Bool("update", false, "make the frozen fourth schema anew, which is for none that is in use")

// thawed opens a copy of a frozen data folder.
func thawed(t *testing.T, frozen string) *fixture {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(frozen)); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, storetest.OpenDir(t, dir, store.Options{SoftDelete: 1000000 * time.Hour}))
	f.check() // the references to blobs are filled in, too
	return f
}

func TestFrozenSchemas(t *testing.T) {
	if *update {
		freeze(t)
	}
	for _, frozen := range []string{frozenFirst, frozenSecond, frozenThird, frozenFourth} {
		t.Run(filepath.Base(frozen), func(t *testing.T) {
			f := thawed(t, frozen)
			stats, err := storetest.As(t, f.e, object.RoleAdmin).StoreStatistics(t.Context(), object.StoreStatisticsRequest{Store: f.store})
			if err != nil || stats.Blobs != 1 || stats.BlobRefs != 1 || stats.BlobContent != 4000 {
				t.Errorf("statistics %+v %v", stats, err)
			}
			rows := collect(t, f.anna.Changes(t.Context(), object.ChangesRequest{Folder: f.inbox, Since: 1}))
			if len(rows) != 3 || rows[1].Flags != object.FlagSeen || rows[1].Keywords[0] != "kept" || rows[2].Kind != object.ChangeGone {
				t.Fatalf("changes %+v", rows)
			}
			m := collect(t, f.anna.GetMessages(t.Context(), object.GetMessagesRequest{IDs: []mapi.ID{rows[1].ID}}))
			if len(m) != 1 || m[0].Props.Text(tag.Subject) != "frozen" || len(m[0].Recipients) != 1 {
				t.Errorf("message %+v", m)
			}
			want := append(bytes.Clone(text("frozen").Content[0].Inline), bytes.Repeat([]byte("blob"), 1000)...)
			if got := f.content(object.ReadItem{Message: rows[1].ID, Length: -1}); !bytes.Equal(got, want) {
				t.Errorf("%d bytes", len(got))
			}
			f.save(f.inbox, text("new")) // and it is written on
			f.check()
		})
	}
}

// What came with the second schema is there still.
func TestFrozenSecond(t *testing.T) {
	f := thawed(t, frozenSecond)
	ctx := t.Context()
	states := f.state(f.inbox)
	if states.Recoverable != 1 || states.Associated != 1 {
		t.Errorf("the Inbox is %+v", states)
	}
	restored, err := f.anna.Transfer(ctx, object.TransferRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 1 << 31}}, Restore: true, Move: true})
	if err != nil || len(restored.Pairs) != 1 {
		t.Errorf("restored %+v, %v", restored, err)
	}
	var found mapi.ID
	for _, row := range collect(t, f.anna.Query(ctx, object.QueryRequest{Table: object.TableHierarchy, Columns: []mapi.PropTag{tag.FolderId, tag.FolderType}})) {
		if row.Int(tag.FolderType) == int64(mapi.FolderSearch) {
			found = mapi.ID(row.Int(tag.FolderId))
		}
	}
	criteria, err := f.anna.GetSearchCriteria(ctx, object.GetSearchCriteriaRequest{Folder: found})
	if err != nil || len(criteria.Criteria.Scope) != 1 || f.state(found).Messages != 2 { // with the one restored
		t.Errorf("the search is %+v with %d messages, %v", criteria, f.state(found).Messages, err)
	}
	rules, err := f.anna.GetRules(ctx, object.GetRulesRequest{})
	if err != nil || len(rules.Rules) != 1 || rules.Rules[0].Name != "rule" {
		t.Errorf("rules %+v, %v", rules, err)
	}
	rights, err := storetest.Logon(t, f.e, "bert").GetRights(ctx, object.GetRightsRequest{Store: f.store, Folders: []mapi.ID{f.inbox}})
	if err != nil || len(rights.Folders) != 1 || rights.Folders[0].Rights&mapi.RightReadAny == 0 {
		t.Errorf("rights %+v, %v", rights, err)
	}
	f.check()
}

// What came with the fourth schema is there still: a copy that has its body from a
// message that got another one.
func TestFrozenFourth(t *testing.T) {
	f := thawed(t, frozenFourth)
	drafts := f.st.SpecialFolder(object.KindDrafts)
	rows := collect(t, f.anna.Changes(t.Context(), object.ChangesRequest{Folder: drafts}))
	if len(rows) != 3 {
		t.Fatalf("changes %+v", rows)
	}
	for i, want := range []string{"draft", "edited"} {
		if got := f.content(object.ReadItem{Message: rows[i+1].ID, Length: -1}); !bytes.Contains(got, []byte(want)) {
			t.Errorf("message %d is %q", i, got)
		}
	}
	if f.purge(drafts, everything); f.state(drafts).Messages != 0 {
		t.Error("they stay")
	}
	f.check()
}

// freeze makes the fourth schema.
func freeze(t *testing.T) {
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.RemoveAll(frozenFourth))
	e, err := store.Open(ctx, frozenFourth, store.Options{DefaultDomain: storetest.Domain})
	must(err)
	storetest.AddUser(t, e, "anna")
	storetest.AddUser(t, e, "bert")
	f := newFixture(t, e)
	id, err := f.anna.Upload(ctx, object.UploadRequest{Size: -1}, bytes.NewReader(bytes.Repeat([]byte("blob"), 1000)))
	must(err)
	m := text("frozen")
	m.Flags, m.Keywords = object.FlagSeen, []string{"kept"}
	m.Recipients = []mapi.Props{{{Tag: tag.EmailAddress, Value: mapi.String("x@example.test")}}}
	m.Content = append(m.Content, object.Segment{Blob: id, Size: 4000})
	f.save(f.inbox, m, text("deleted"))
	_, err = f.anna.DeleteMessages(ctx, object.DeleteMessagesRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: 2, Last: 2}}, Soft: true})
	must(err)
	_, err = f.anna.SaveMessages(ctx, object.SaveMessagesRequest{Folder: f.inbox, Associated: true, Messages: []object.NewMessage{text("associated")}})
	must(err)
	_, err = f.anna.ModifyPermissions(ctx, object.ModifyPermissionsRequest{Folder: f.inbox,
		Set: []object.Permission{{Member: storetest.Logon(t, e, "bert").Whoami().ID, Rights: mapi.RightReadAny | mapi.RightFolderVisible}}})
	must(err)
	_, err = f.anna.ModifyRules(ctx, object.ModifyRulesRequest{Set: []object.Rule{{Name: "rule", State: object.RuleEnabled, Condition: mapi.Exist{Tag: tag.Subject},
		Actions: []object.Action{{Type: object.ActionMarkAsRead}}}}})
	must(err)
	made, err := f.anna.CreateFolders(ctx, object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: f.st.SpecialFolder(object.KindRoot), Name: "found", Search: true}}})
	must(err)
	_, err = f.anna.SetSearchCriteria(ctx, object.SetSearchCriteriaRequest{Folder: made.Created[0].ID, Criteria: object.SearchCriteria{
		Scope: []mapi.ID{f.inbox}, Where: mapi.Exist{Tag: tag.Subject}}})
	must(err)
	for {
		c, err := f.anna.GetSearchCriteria(ctx, object.GetSearchCriteriaRequest{Folder: made.Created[0].ID})
		must(err)
		if c.State == object.SearchComplete {
			break
		}
	}
	drafts := f.st.SpecialFolder(object.KindDrafts)
	draft := f.save(drafts, text("draft"))
	_, err = f.anna.Transfer(ctx, object.TransferRequest{Folder: drafts, UIDs: everything, ToFolder: drafts})
	must(err)
	edited := text("edited")
	edited.ID = draft[0].ID
	f.save(drafts, edited)
	must(e.Close())
	must(os.Remove(filepath.Join(frozenFourth, "lock")))
}
