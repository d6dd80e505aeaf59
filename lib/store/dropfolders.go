// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"context"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// dropFolderColumns are all that is told of such folders: what is in them is
// nobody's business who puts something into them.
var dropFolderColumns = []mapi.PropTag{
	tag.DisplayName, tag.FolderType, tag.ContainerClass, tag.Rights, tag.FolderId, tag.ParentFolderId, tag.TwigaFolderKind,
}

// dropFolderRows are the rows of TableDropFolders, by id.
func (s *session) dropFolderRows(ctx context.Context, req *object.QueryRequest) ([]mapi.Props, error) {
	m, acc, leave, err := s.mailbox(ctx, actRead, req.Store)
	if err != nil {
		return nil, err
	}
	defer leave()
	var found []*folder
	for _, f := range m.allFolders() {
		if !f.buried && !acc.sees(f) && acc.of(f)&allowed[actSave].rights != 0 {
			found = append(found, f)
		}
	}
	slices.SortFunc(found, func(a, b *folder) int { return cmp.Compare(a.id, b.id) })
	out := make([]mapi.Props, len(found))
	for i, f := range found {
		row := folderRow{f: f, acc: acc, store: m.guid}
		for _, t := range dropFolderColumns {
			v, _ := row.Get(t)
			out[i].Set(t, v)
		}
	}
	return out, nil
}
