// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// modelFolders is how many folders the model has at most.
const modelFolders = 8

// restore brings soft-deleted messages back, or copies them.
func (m *model) restore(t *rapid.T) {
	from, to := m.at(t), m.at(t)
	ranges, _ := m.uids(t, from)
	hit := inRanges(m.deleted[from], ranges)
	req := object.TransferRequest{Folder: m.folders[from], ToFolder: m.folders[to], UIDs: ranges, Restore: true,
		Move: rapid.Bool().Draw(t, "move")}
	if req.Move && from == to && rapid.Bool().Draw(t, "where it was") {
		req.ToFolder = 0
	}
	r, err := m.f.anna.Transfer(m.f.t.Context(), req)
	if err != nil || len(r.Pairs) != len(hit) {
		t.Fatalf("%d pairs of %d, %v", len(r.Pairs), len(hit), err)
	}
	for i, uid := range hit {
		if r.Pairs[i] != (object.UIDPair{From: uid, To: m.next[to]}) {
			t.Fatalf("pair %+v", r.Pairs[i])
		}
		m.want[to][m.next[to]] = m.deleted[from][uid]
		m.next[to]++
		if req.Move {
			delete(m.deleted[from], uid)
		}
	}
}

// purge removes soft-deleted messages for good: all of a folder, or some.
func (m *model) purge(t *rapid.T) {
	at := m.at(t)
	if rapid.Bool().Draw(t, "all") {
		r, err := m.f.anna.PurgeDeleted(m.f.t.Context(), object.PurgeDeletedRequest{Folder: m.folders[at]})
		if err != nil || int(r.Messages) != len(m.deleted[at]) {
			t.Fatalf("purged %+v of %d, %v", r, len(m.deleted[at]), err)
		}
		clear(m.deleted[at])
		return
	}
	m.drop(t, object.TableSoftDeleted, at, m.deleted[at])
}

func (m *model) drop(t *rapid.T, table object.TableKind, at int, list map[mapi.UID]modelMessage) {
	ranges, _ := m.uids(t, at)
	hit := inRanges(list, ranges)
	r, err := m.f.anna.DeleteMessages(m.f.t.Context(), object.DeleteMessagesRequest{Folder: m.folders[at], UIDs: ranges, Table: table})
	if err != nil || !slices.Equal(r.UIDs, hit) {
		t.Fatalf("deleted %v, want %v, %v", r.UIDs, hit, err)
	}
	for _, uid := range hit {
		delete(list, uid)
	}
}

// view saves an associated message.
func (m *model) view(t *rapid.T) {
	at := m.at(t)
	m.count++
	_, err := m.f.anna.SaveMessages(m.f.t.Context(), object.SaveMessagesRequest{Folder: m.folders[at], Associated: true, Messages: []object.NewMessage{text(fmt.Sprint(m.count))}})
	if err != nil {
		t.Fatal(err)
	}
	m.views[at][m.next[at]] = modelMessage{fmt.Sprint(m.count), 0, ""}
	m.next[at]++
}

func (m *model) unview(t *rapid.T) {
	at := m.at(t)
	m.drop(t, object.TableAssociated, at, m.views[at])
}

// copyFolder copies a folder beside itself, with new UIDs in the old order.
func (m *model) copyFolder(t *rapid.T) {
	if len(m.folders) >= modelFolders {
		t.Skip("enough folders")
	}
	from := m.at(t)
	m.count++
	name := fmt.Sprintf("copy %d of %s", m.count, m.folders[0])
	root := m.f.st.SpecialFolder(object.KindRoot)
	for _, err := range m.f.anna.CopyFolder(m.f.t.Context(), object.CopyFolderRequest{Folder: m.folders[from], ToParent: root, Name: name}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := m.f.anna.CreateFolders(m.f.t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: root, Name: name}}, OpenExisting: true})
	if err != nil || !r.Created[0].Existed {
		t.Fatalf("the copy is not there: %v", err)
	}
	to := m.add(r.Created[0].ID)
	uids := append(slices.Collect(maps.Keys(m.want[from])), slices.Collect(maps.Keys(m.views[from]))...)
	slices.Sort(uids)
	for _, uid := range uids {
		if msg, ok := m.want[from][uid]; ok {
			m.want[to][m.next[to]] = msg
		} else {
			m.views[to][m.next[to]] = m.views[from][uid]
		}
		m.next[to]++
	}
}

// bury soft-deletes a folder, sees that it is gone, and restores it.
func (m *model) bury(t *rapid.T) {
	id := m.folders[m.at(t)]
	_, err := m.f.anna.DeleteFolder(m.f.t.Context(), object.DeleteFolderRequest{Folder: id, Messages: true, Subfolders: true, Soft: true})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := m.f.anna.FolderStates(m.f.t.Context(), object.FolderStatesRequest{Folders: []mapi.ID{id}}); err != nil || len(r.Folders) != 0 {
		t.Fatalf("it is still there: %+v, %v", r, err)
	}
	if _, err = m.f.anna.RestoreFolder(m.f.t.Context(), object.RestoreFolderRequest{Folder: id}); err != nil {
		t.Fatal(err)
	}
}

// empty removes all messages of a folder.
func (m *model) empty(t *rapid.T) {
	at := m.at(t)
	req := object.EmptyFolderRequest{Folder: m.folders[at], Soft: rapid.Bool().Draw(t, "soft"), Associated: rapid.Bool().Draw(t, "associated")}
	if _, err := m.f.anna.EmptyFolder(m.f.t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if req.Soft {
		maps.Copy(m.deleted[at], m.want[at])
	}
	clear(m.want[at])
	if req.Associated {
		clear(m.views[at])
	}
}
