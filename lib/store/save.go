// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// SaveMessages implements object.Messages.
func (s *session) SaveMessages(ctx context.Context, req object.SaveMessagesRequest) (object.SaveMessagesResponse, error) {
	var out object.SaveMessagesResponse
	m, leave, err := s.mailbox(ctx, actSave, req.Store)
	if err != nil {
		return out, err
	}
	defer leave()
	limits, err := m.quota(ctx)
	if err != nil {
		return out, coded(err)
	}
	list := make([]*prepared, len(req.Messages))
	for i := range req.Messages {
		if list[i], err = s.e.prepare(ctx, &req.Messages[i], false); err != nil {
			return out, err
		}
	}
	err = m.update(ctx, func(t *tx) error {
		f, err := t.contents(req.Folder)
		if err != nil {
			return err
		}
		out.UIDValidity, out.Saved = f.uidValidity, nil
		for i, p := range list {
			saved, err := t.save(f, p, req.Messages[i].ID, req.Messages[i].IfChange)
			if err != nil {
				return err
			}
			out.Saved = append(out.Saved, saved)
		}
		return t.checkQuota(limits)
	})
	if err != nil {
		return object.SaveMessagesResponse{}, err
	}
	return out, nil
}

// checkQuota says whether the mailbox is within its hard limit.
func (t *tx) checkQuota(limits object.Limits) error {
	if limits.Hard >= 0 && t.root().size > limits.Hard {
		return fmt.Errorf("save into store %s: %d bytes, limit %d: %w", t.m.guid, t.root().size, limits.Hard, mapi.QuotaExceeded)
	}
	return nil
}

// save writes a new message, or replaces the one of the id.
func (t *tx) save(f *folder, p *prepared, id mapi.ID, ifChange mapi.Change) (object.SavedMessage, error) {
	if id == 0 {
		return t.insert(f, p, t.nextID())
	}
	return t.replace(f, p, id, ifChange)
}

// insert writes a message that is not there, with the next UID.
func (t *tx) insert(f *folder, p *prepared, id mapi.ID) (object.SavedMessage, error) {
	it, err := t.addItem(f, p.item, id)
	if err != nil {
		return object.SavedMessage{}, err
	}
	if err := t.insertMessage(f, &it, p); err != nil {
		return object.SavedMessage{}, err
	}
	return object.SavedMessage{ID: id, UID: it.uid, Change: it.change}, nil
}

func (t *tx) insertMessage(f *folder, it *item, p *prepared) error {
	err := t.c.Exec("INSERT INTO message (id, folder, uid, summary, bag, recipients, attachments) VALUES (?,?,?,?,?,?,?)",
		uint64(it.id), uint64(f.id), uint32(it.uid), p.summary, p.bag, p.recipients, p.attachments)
	if err == nil && p.body != nil {
		err = t.c.Exec("INSERT INTO body (id, recipe) VALUES (?, ?)", uint64(it.id), p.body)
	}
	t.mine.pages += (len(p.bag) + len(p.body)) / sqlite.PageSize
	return err
}

// maxUID is the last UID that a folder gives (RFC 3501 2.3.1.1: 32 bits).
const maxUID = 1<<32 - 2

// addItem puts a row into a folder's view and counts it.
func (t *tx) addItem(f *folder, it item, id mapi.ID) (item, error) {
	if f.next > maxUID {
		return it, fmt.Errorf("add message to folder %s: out of UIDs: %w", f.id, mapi.NotEnoughResources)
	}
	it.id, it.uid, it.change = id, mapi.UID(f.next), t.nextChange()
	f.next++
	if err := it.insert(t.c, f.id); err != nil {
		return it, err
	}
	t.counted(f, &it, 1)
	return it, nil
}

// counted adds an item to the counters of folder and mailbox or takes it off.
func (t *tx) counted(f *folder, it *item, sign int) {
	f.count(it.flags, it.size, sign)
	f.change = t.root().change
	t.root().count(it.flags, it.size, sign)
}

// removeItem takes a row out of a folder's view and leaves a tombstone.
func (t *tx) removeItem(f *folder, it *item) error {
	change := t.nextChange()
	err := t.c.Exec("DELETE FROM item WHERE folder = ? AND uid = ?", uint64(f.id), uint32(it.uid))
	if err == nil {
		err = t.c.Exec("INSERT INTO tombstone (folder, change, uid, id, kind) VALUES (?, ?, ?, ?, ?)",
			uint64(f.id), uint64(change), uint32(it.uid), uint64(it.id), goneMessage)
	}
	t.counted(f, it, -1)
	return err
}

// place is where a message is.
func (t *tx) place(id mapi.ID) (folder mapi.ID, it item, err error) {
	err = t.c.Row(func(r *sqlite.Rows) {
		folder = mapi.ID(r.Int(0))
		scanItem(r, 1, &it)
	}, "SELECT i.folder, i.uid, i.id, i.change, i.flags, i.received, i.sent, i.size, i.content, i.class, i.keywords "+
		"FROM message m JOIN item i ON i.folder = m.folder AND i.uid = m.uid WHERE m.id = ?", uint64(id))
	if errors.Is(err, sqlite.ErrNoRow) {
		err = noMessage(id)
	}
	return folder, it, err
}

// replace writes a message in place of the one of the id. It keeps the id, and
// the UID as long as the content stays.
func (t *tx) replace(f *folder, p *prepared, id mapi.ID, ifChange mapi.Change) (object.SavedMessage, error) {
	at, old, err := t.place(id)
	if err != nil {
		return object.SavedMessage{}, err
	}
	switch {
	case at != f.id:
		return object.SavedMessage{}, fmt.Errorf("replace message %s: it is in folder %s: %w", id, at, mapi.NotFound)
	case ifChange != 0 && ifChange != old.change:
		return object.SavedMessage{}, fmt.Errorf("replace message %s: change %d, expected %d: %w", id, old.change, ifChange, mapi.ObjectChanged)
	case old.flags&object.FlagSubmitted != 0:
		return object.SavedMessage{}, fmt.Errorf("replace message %s: %w", id, mapi.Submitted)
	}
	var body []byte
	err = t.c.Row(func(r *sqlite.Rows) { body = r.Bytes(0) }, "SELECT recipe FROM body WHERE id = ?", uint64(id))
	if err != nil && !errors.Is(err, sqlite.ErrNoRow) {
		return object.SavedMessage{}, err
	}
	it := p.item
	if bytes.Equal(body, p.body) {
		it, err = t.rewriteItem(f, &old, it)
	} else {
		if err := t.removeItem(f, &old); err != nil {
			return object.SavedMessage{}, err
		}
		it, err = t.addItem(f, it, id)
	}
	if err == nil {
		err = t.deleteMessage(id)
	}
	if err == nil {
		err = t.insertMessage(f, &it, p)
	}
	return object.SavedMessage{ID: id, UID: it.uid, Change: it.change}, err
}

// rewriteItem puts other values into a row of the view, at the same UID.
func (t *tx) rewriteItem(f *folder, old *item, it item) (item, error) {
	it.id, it.uid, it.change = old.id, old.uid, t.nextChange()
	if err := t.c.Exec("DELETE FROM item WHERE folder = ? AND uid = ?", uint64(f.id), uint32(old.uid)); err != nil {
		return it, err
	}
	if err := it.insert(t.c, f.id); err != nil {
		return it, err
	}
	t.counted(f, old, -1)
	t.counted(f, &it, 1)
	return it, nil
}

// deleteMessage removes a message's rows beside the item.
func (t *tx) deleteMessage(id mapi.ID) error {
	if err := t.c.Exec("DELETE FROM message WHERE id = ?", uint64(id)); err != nil {
		return err
	}
	return t.c.Exec("DELETE FROM body WHERE id = ?", uint64(id))
}
