// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"fmt"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store/storetest"
)

var displayName = []mapi.PropTag{tag.DisplayName}

// A copy goes step by step, tells how far it is and can be ended.
func TestCopyToPublic(t *testing.T) {
	f := open(t)
	admin := storetest.As(t, f.e, object.RoleAdmin)
	list := make([]object.NewMessage, 250)
	for i := range list {
		list[i] = text(fmt.Sprint(i))
	}
	f.save(f.inbox, list...)
	folders := make([]object.NewFolder, 300)
	for i := range folders {
		folders[i] = object.NewFolder{Parent: f.inbox, Name: fmt.Sprint(i)}
		if i%50 > 0 {
			folders[i].Under = i
		}
	}
	if _, err := f.anna.CreateFolders(t.Context(), object.CreateFoldersRequest{Folders: folders}); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.UnhookStore(t.Context(), object.UnhookStoreRequest{GUID: f.store}); err != nil {
		t.Fatal(err)
	}
	public := createPublic(t, f.e)
	steps := 0
	for range admin.CopyToPublic(t.Context(), object.CopyToPublicRequest{GUID: f.store, Name: "ended"}) {
		if steps++; steps == 2 {
			break
		}
	}
	progress := collect(t, admin.CopyToPublic(t.Context(), object.CopyToPublicRequest{GUID: f.store}))
	want := []object.Progress{{Done: 100, Total: 250}, {Done: 200, Total: 250}, {Done: 250, Total: 250}}
	if fmt.Sprint(progress) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", progress, want)
	}
	paths := func(guid mapi.GUID, top mapi.ID) map[string]mapi.ID {
		out, names := map[string]mapi.ID{}, map[mapi.ID]string{}
		for b, err := range admin.Query(t.Context(), object.QueryRequest{Store: guid, Table: object.TableHierarchy, Folder: top,
			Columns: []mapi.PropTag{tag.DisplayName, tag.FolderId, tag.ParentFolderId}}) {
			if err != nil {
				t.Fatal(err)
			}
			id := mapi.ID(b.Int(tag.FolderId))
			names[id] = names[mapi.ID(b.Int(tag.ParentFolderId))] + "/" + b.Text(tag.DisplayName)
			out[names[id]] = id
		}
		return out
	}
	all := paths(public.GUID, public.SpecialFolder(object.KindRoot))
	copied := paths(public.GUID, all["/anna@example.test"])
	from := paths(f.store, f.st.SpecialFolder(object.KindRoot))
	if len(copied) != len(from) || len(from) != 317 {
		t.Errorf("%d folders of %d", len(copied), len(from))
	}
	for path := range from {
		if copied[path] == 0 {
			t.Errorf("%s is not there", path)
		}
	}
	subjects := func(guid mapi.GUID, folder mapi.ID) (out []string) {
		for b, err := range admin.Query(t.Context(), object.QueryRequest{Store: guid, Table: object.TableContents, Folder: folder, Columns: []mapi.PropTag{tag.Subject}}) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, b.Text(tag.Subject))
		}
		return out
	}
	if a, b := subjects(f.store, f.inbox), subjects(public.GUID, copied["/Inbox"]); fmt.Sprint(a) != fmt.Sprint(b) || len(b) != 250 {
		t.Errorf("copied are %q", b)
	}
	if b := subjects(public.GUID, all["/ended/Inbox"]); len(b) != 200 {
		t.Errorf("the copy that was ended has %d messages", len(b))
	}
	for p, err := range admin.Check(t.Context(), object.CheckRequest{Store: public.GUID, Blobs: true}) {
		t.Errorf("check: %+v %v", p, err)
	}
}
