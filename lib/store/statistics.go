// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// maxTop is how many folders and blobs statistics list at most.
const maxTop = 1000

// StoreStatistics implements object.Maintenance.
func (s *session) StoreStatistics(ctx context.Context, req object.StoreStatisticsRequest) (object.StoreStatistics, error) {
	var out object.StoreStatistics
	if req.Top < 0 || req.Top > maxTop {
		return out, fmt.Errorf("read statistics: top %d: %w", req.Top, mapi.InvalidParameter)
	}
	err := s.view(ctx, actCheck, req.Store, func(m *mailbox, _ *access, c *sqlite.Conn) error {
		var err error
		if out.File, out.Free, err = c.Sizes(); err != nil {
			return err
		}
		if out.Inline, err = c.Int("SELECT sum(length(recipe)) FROM body"); err != nil {
			return err
		}
		if err := statItems(c, m, req.Top, &out); err != nil {
			return err
		}
		return statBlobs(ctx, c, m.e.blobs, req.Top, &out)
	})
	if err != nil {
		return object.StoreStatistics{}, err
	}
	return out, nil
}

// statItems counts messages and their bytes, by folder.
func statItems(c *sqlite.Conn, m *mailbox, top int, out *object.StoreStatistics) error {
	rows, err := c.Query("SELECT folder, count(*), sum(size), sum(max(ifnull(content, size), 0)) FROM item WHERE folder NOT IN (SELECT folder FROM search) GROUP BY folder")
	if err != nil {
		return err
	}
	folders, buried := m.allFolders(), map[mapi.ID]bool{}
	for _, f := range m.buriedFolders() {
		folders[f.id], buried[f.id] = f, true
	}
	sizes := map[mapi.ID]object.FolderSize{}
	for rows.Next() {
		id, l := listOf(mapi.ID(rows.Int(0)))
		n, bytes, content := rows.Int(1), rows.Int(2), rows.Int(3)
		switch {
		case l == listDeleted || buried[id]:
			out.Deleted += n
			out.DeletedContent += content
		case l == listAssociated:
			out.Associated += n
		default:
			out.Messages += n
		}
		out.Content += content
		f := sizes[id]
		sizes[id] = object.FolderSize{Folder: id, Messages: f.Messages + n, Bytes: f.Bytes + bytes}
	}
	if err := rows.Close(); err != nil {
		return err
	}
	for id, f := range sizes {
		f.Name = pathOf(folders, id)
		out.Folders = keepTop(out.Folders, f, top, func(a, b object.FolderSize) int {
			return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Folder, b.Folder))
		})
	}
	return nil
}

// pathOf is a folder's name with those above it, "" for one that is nowhere.
func pathOf(folders map[mapi.ID]*folder, id mapi.ID) string {
	path := ""
	for range len(folders) {
		f := folders[id]
		if f == nil || f.id == rootID || f.kind == object.KindRoot {
			return path
		}
		if path != "" {
			path = "/" + path
		}
		path, id = f.name+path, f.parent
	}
	return path
}

// statBlobs adds up the blobs; one that is missing takes no room.
func statBlobs(ctx context.Context, c *sqlite.Conn, blobs *blob.Dir, top int, out *object.StoreStatistics) error {
	rows, err := c.Query("SELECT id, refs FROM blob")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id blob.ID
		copy(id[:], rows.Bytes(0))
		info, err := blobs.Stat(ctx, id)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil && !errors.Is(err, blob.ErrNotFound) && !errors.Is(err, blob.ErrDamaged) {
			return err
		}
		b := object.BlobSize{ID: object.BlobID(id), Bytes: info.Size, Disk: info.OnDisk, Refs: rows.Int(1)}
		out.Blobs++
		out.BlobRefs += b.Refs
		out.BlobBytes += b.Disk
		out.BlobContent += b.Refs * b.Bytes
		out.Largest = keepTop(out.Largest, b, top, func(a, b object.BlobSize) int {
			return cmp.Or(cmp.Compare(b.Disk, a.Disk), slices.Compare(a.ID[:], b.ID[:]))
		})
	}
	return rows.Err()
}

// keepTop puts a value into a sorted list of so many at most.
func keepTop[T any](list []T, v T, top int, compare func(a, b T) int) []T {
	at, _ := slices.BinarySearchFunc(list, v, compare)
	if at >= top {
		return list
	}
	list = slices.Insert(list, at, v)
	return list[:min(top, len(list))]
}
