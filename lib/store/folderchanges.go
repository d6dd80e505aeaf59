// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"iter"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// FolderChanges implements object.Journal. Folders come from memory; the
// database is asked only where the tree has changed.
func (s *session) FolderChanges(ctx context.Context, req object.FolderChangesRequest) iter.Seq2[object.FolderChange, error] {
	return func(yield func(object.FolderChange, error) bool) {
		m, acc, leave, err := s.mailbox(ctx, actChanges, req.Store)
		if err != nil {
			yield(object.FolderChange{}, err)
			return
		}
		defer leave()
		list, err := m.folderChanges(ctx, acc, &req)
		if err != nil {
			yield(object.FolderChange{}, err)
			return
		}
		for i := range list {
			if !yield(list[i], nil) {
				return
			}
		}
	}
}

// folderChanges looks at the tree in memory first: the tombstones of what is
// missing there are in the database by then.
func (m *mailbox) folderChanges(ctx context.Context, acc *access, req *object.FolderChangesRequest) ([]object.FolderChange, error) {
	root := m.folder(rootID)
	if req.Folder != 0 && req.Folder != rootID && !acc.sees(m.folder(req.Folder)) {
		return nil, noFolder(req.Folder)
	}
	if req.Since != 0 && req.Since < root.pruned {
		return nil, fmt.Errorf("read folder changes since %d: %w", req.Since, mapi.SyncTooOld)
	}
	out := []object.FolderChange{{Kind: object.ChangeState, Change: root.change}}
	if req.Since != 0 && req.Since >= root.own {
		return out, nil
	}
	folders := m.allFolders()
	now := folders[rootID].change
	out[0].Change = now
	out, gone := changedFolders(out, folders, acc, req)
	if req.Since == 0 {
		return out, nil
	}
	err := m.view(ctx, func(c *sqlite.Conn) error {
		rows, err := c.Query(foldersGone, uint64(rootID), uint64(req.Since), uint64(now))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			id := mapi.ID(rows.Int(0))
			if folders[id] == nil { // else it came back
				gone = append(gone, object.FolderChange{Kind: object.ChangeGone, ID: id, Parent: mapi.ID(rows.Int(1)), Change: mapi.Change(rows.Int(2))})
			}
		}
		return rows.Err()
	})
	return append(out, gone...), err
}

const foldersGone = "SELECT id, uid, change FROM tombstone WHERE folder = ? AND change > ? AND change <= ? AND kind = 1 ORDER BY change"

// changedFolders appends the folders that are new or changed, and gives those
// that changed and that the caller has to take for gone: they are somewhere
// else, kept for recovery, or not to be seen. Of what came from outside of the
// request's folder, all that is below is new to the caller.
func changedFolders(out []object.FolderChange, folders map[mapi.ID]*folder, acc *access, req *object.FolderChangesRequest) (all, gone []object.FolderChange) {
	top := req.Folder
	if top == 0 {
		top = rootID
	}
	inside := map[mapi.ID]bool{top: true}
	changed := map[mapi.ID]bool{}
	for _, r := range treeRows(folders, rootID, nil, 0, false) {
		f := r.f
		if f.id == top {
			continue
		}
		inside[f.id] = inside[f.parent] && f.kind != object.KindRecoverable
		changed[f.id] = f.own > req.Since || req.Folder != 0 && changed[f.parent]
		switch {
		case !changed[f.id]:
		case inside[f.id] && acc.need(f.id, mapi.RightFolderVisible) == nil:
			out = append(out, object.FolderChange{Kind: object.ChangeUpsert, ID: f.id, Parent: f.parent, Change: f.own,
				Name: f.name, Class: f.class, Role: f.kind})
		case req.Since != 0:
			gone = append(gone, object.FolderChange{Kind: object.ChangeGone, ID: f.id, Parent: f.parent, Change: f.own})
		}
	}
	return out, gone
}
