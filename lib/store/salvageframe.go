// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
	"twiga/lib/store/foldername"
)

// frame makes what no mailbox is without: its row, the root and the standard
// folders, these with the ids that they had at first, so that they have their
// messages again.
func (r *rescue) frame(ctx context.Context) error {
	now := time.Now()
	n, err := r.c.Int("SELECT count(*) FROM mailbox WHERE one = 1")
	if err == nil && n == 0 {
		var owner mapi.GUID
		var kind object.StoreKind
		kind, owner, err = r.e.ownerOf(ctx, r.guid)
		if err == nil {
			err = r.c.Exec("INSERT INTO mailbox (one, guid, kind, owner, language, created) VALUES (1, ?, ?, ?, ?, ?)",
				r.guid[:], uint8(kind), owner[:], r.e.opt.Language, now.Unix())
		}
	}
	if err == nil {
		err = r.c.Exec("UPDATE mailbox SET guid = ?", r.guid[:])
	}
	if err != nil {
		return err
	}
	if n, err = r.c.Int("SELECT count(*) FROM folder WHERE id = 1"); err != nil {
		return err
	}
	if n == 0 {
		root := folder{id: rootID, next: uint64(len(standard)) + 2, change: 1, own: 1, uidValidity: uint32(now.Unix()) + uint32(len(standard)), fresh: true}
		if err := root.save(r.c); err != nil {
			return err
		}
	}
	return r.standardFolders(uint32(now.Unix()))
}

func (r *rescue) standardFolders(validity uint32) error {
	var kind object.StoreKind
	var language string
	err := r.c.Row(func(rows *sqlite.Rows) { kind, language = object.StoreKind(rows.Int(0)), rows.Text(1) },
		"SELECT kind, language FROM mailbox WHERE one = 1")
	if err != nil {
		return err
	}
	ids := map[object.FolderKind]mapi.ID{0: rootID}
	for i, s := range standardOf(kind) {
		id := rootID + 1 + mapi.ID(i)
		has, err := r.c.Int("SELECT id FROM folder WHERE kind = ?", uint8(s.kind))
		if err != nil {
			return err
		}
		if ids[s.kind] = mapi.ID(has); has != 0 {
			continue
		}
		taken, err := r.c.Int("SELECT count(*) FROM folder WHERE id = ?", uint64(id))
		if err != nil || taken > 0 {
			return err
		}
		f := folder{id: id, parent: ids[s.parent], kind: s.kind, uidValidity: validity + uint32(i), next: 1, change: 1, own: 1,
			name: foldername.Of(s.kind, language), class: s.class, props: folderProps(nil, standardProps(s.class), nil), fresh: true}
		if err := f.save(r.c); err != nil {
			return err
		}
		listed, err := r.c.Int("SELECT count(*) FROM acl WHERE folder = ?", uint64(id))
		if err == nil && listed == 0 && s.kind == object.KindRoot && kind == object.StorePublic {
			err = openPublic(r.c, id)
		}
		if err != nil {
			return err
		}
		ids[s.kind] = id
	}
	return nil
}

// ownerOf finds what a mailbox is for and the user whose it is; zero is nobody.
func (e *Engine) ownerOf(ctx context.Context, guid mapi.GUID) (object.StoreKind, mapi.GUID, error) {
	if guid == e.publicGUID() {
		return object.StorePublic, mapi.GUID{}, nil
	}
	for u, err := range e.dir.Users(ctx) {
		switch {
		case err != nil:
			return 0, mapi.GUID{}, err
		case u.Store == guid:
			return object.StorePrivate, u.ID, nil
		case u.Archive == guid:
			return object.StoreArchive, u.ID, nil
		}
	}
	return object.StorePrivate, mapi.GUID{}, nil
}
