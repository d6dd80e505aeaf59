// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// SaveMessages implements object.Messages.
func (s *session) SaveMessages(ctx context.Context, req object.SaveMessagesRequest) (object.SaveMessagesResponse, error) {
	var out object.SaveMessagesResponse
	m, acc, leave, err := s.mailbox(ctx, actSave, req.Store)
	if err != nil {
		return out, err
	}
	defer leave()
	if err := acc.mayLook(req.Folder); err != nil {
		return out, err
	}
	if err := s.mayRefer(req.Messages); err != nil {
		return out, err
	}
	if req.Import || slices.ContainsFunc(req.Messages, func(n object.NewMessage) bool { return n.ID != 0 }) {
		if err := s.may(actReplace); err != nil {
			return out, err
		}
	}
	limits, err := m.quota(ctx)
	if err != nil {
		return out, coded(err)
	}
	list := make([]*prepared, len(req.Messages))
	for i := range req.Messages {
		if list[i], err = s.e.prepare(ctx, &req.Messages[i], false); err != nil {
			return out, err
		}
		if req.Associated {
			list[i].item.list = listAssociated
		}
	}
	err = m.updateAs(ctx, acc, func(t *tx) error {
		f, err := t.contents(req.Folder)
		if err != nil {
			return err
		}
		if err := t.maySave(f.id, req.Messages); err != nil {
			return err
		}
		before := t.root().size
		out.UIDValidity, out.Saved = f.uidValidity, nil
		for i, p := range list {
			saved, err := t.saveOne(f, p, &req, i)
			if err != nil {
				return err
			}
			out.Saved = append(out.Saved, saved)
		}
		return t.checkGrowth(before, limits)
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

// maySave says whether the session may add those of the messages that are new,
// or else see the folder.
func (t *tx) maySave(folder mapi.ID, list []object.NewMessage) error {
	for i := range list {
		if list[i].ID == 0 {
			return t.may(actSave, folder)
		}
	}
	return t.need(folder, 0)
}

// checkGrowth is checkQuota for what may have made the mailbox smaller: that is
// always allowed.
func (t *tx) checkGrowth(before int64, limits object.Limits) error {
	if t.root().size <= before {
		return nil
	}
	return t.checkQuota(limits)
}

// saveOne saves a message of a request.
func (t *tx) saveOne(f *folder, p *prepared, req *object.SaveMessagesRequest, i int) (object.SavedMessage, error) {
	n := &req.Messages[i]
	if req.Import {
		return t.importMessage(f, p, n, req.Associated)
	}
	return t.save(f, p, n.ID, n.IfChange)
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
	saved, err := t.add(f, p, id)
	t.touched(object.EventCreated, f, saved.ID, saved.Change)
	return saved, err
}

// add is insert without an event.
func (t *tx) add(f *folder, p *prepared, id mapi.ID) (object.SavedMessage, error) {
	it := p.item
	err := t.keepSettable(f, &it, always)
	if err == nil {
		it, err = t.addItem(f, it, id)
	}
	if err != nil {
		return object.SavedMessage{}, err
	}
	if err := t.insertMessage(f, &it, p); err != nil {
		return object.SavedMessage{}, err
	}
	if err := t.sign(id); err != nil {
		return object.SavedMessage{}, err
	}
	return object.SavedMessage{ID: id, UID: it.uid, Change: it.change}, nil
}

func (t *tx) insertMessage(f *folder, it *item, p *prepared) error {
	err := t.c.Exec("INSERT INTO message (id, folder, uid, summary, bag, recipients, attachments) VALUES (?,?,?,?,?,?,?)",
		uint64(it.id), uint64(it.list.of(f.id)), uint32(it.uid), p.summary, p.bag, p.recipients, p.attachments)
	if err == nil && p.body != nil {
		if err = t.c.Exec("INSERT INTO body (id, recipe) VALUES (?, ?)", uint64(it.id), p.body); err == nil {
			err = t.countBlobs(p.body, 1)
		}
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
	it.modified = it.change
	it.savedAt(t.now)
	f.next++
	if err := it.insert(t.c, f.id); err != nil {
		return it, err
	}
	t.counted(f, &it, 1)
	t.noteSearch(id, touchAny)
	t.mine.came = &it
	return it, nil
}

// counted adds an item to the counters of folder and mailbox or takes it off.
func (t *tx) counted(f *folder, it *item, sign int) {
	f.count(it, sign)
	f.change = t.root().change
	if f.buried {
		t.countBuried(it, sign)
		return
	}
	t.root().count(it, sign)
	if it.list == listAssociated {
		t.root().size += int64(sign) * it.size // the folder's is that of its contents
	}
}

// removeItem takes a row out of a folder's view and leaves a tombstone.
func (t *tx) removeItem(f *folder, it *item) error {
	change := t.nextChange()
	key := uint64(it.list.of(f.id))
	err := t.c.Exec("DELETE FROM item WHERE folder = ? AND uid = ?", key, uint32(it.uid))
	if it.list == listDeleted { // nobody follows the changes of that list
		t.counted(f, it, -1)
		return errors.Join(err, t.c.Exec("DELETE FROM deleted WHERE object = ?", uint64(it.id)))
	}
	if err == nil {
		err = t.c.Exec("INSERT INTO tombstone (folder, change, uid, id, kind) VALUES (?, ?, ?, ?, ?)",
			key, uint64(change), uint32(it.uid), uint64(it.id), goneMessage)
	}
	t.counted(f, it, -1)
	t.noteSearch(it.id, touchAny)
	return err
}

// placeOf finds a message's list and item by its id.
const placeOf = "SELECT i.folder, " + itemOfI + " FROM message m JOIN item i ON " + placed + " WHERE m.id = ?"

// place is where a message is that was not deleted.
func (t *tx) place(id mapi.ID) (folder mapi.ID, it item, err error) {
	err = t.c.Row(func(r *sqlite.Rows) {
		folder, it.list = listOf(mapi.ID(r.Int(0)))
		scanItem(r, 1, &it)
	}, placeOf, uint64(id))
	if errors.Is(err, sqlite.ErrNoRow) || err == nil && it.list == listDeleted {
		err = noMessage(id)
	}
	return folder, it, err
}

// replace writes a message in place of the one of the id. It keeps the id, and
// the UID as long as the content stays.
func (t *tx) replace(f *folder, p *prepared, id mapi.ID, ifChange mapi.Change) (object.SavedMessage, error) {
	at, old, err := t.place(id)
	if err == nil {
		err = t.mayEdit(actReplace, at, old)
	}
	if err != nil {
		return object.SavedMessage{}, err
	}
	switch {
	case at != f.id || old.list != p.item.list:
		return object.SavedMessage{}, fmt.Errorf("replace message %s: it is in folder %s: %w", id, at, mapi.NotFound)
	case ifChange != 0 && ifChange != old.change:
		return object.SavedMessage{}, fmt.Errorf("replace message %s: change %d, expected %d: %w", id, old.change, ifChange, mapi.ObjectChanged)
	case old.flags&object.FlagSubmitted != 0:
		return object.SavedMessage{}, fmt.Errorf("replace message %s: %w", id, mapi.Submitted)
	}
	var bag, body []byte
	err = t.c.Row(func(r *sqlite.Rows) { bag, body = r.Bytes(0), r.Bytes(1) },
		"SELECT m.bag, b.recipe FROM message m"+withBody+"WHERE m.id = ?", uint64(id))
	if err != nil {
		return object.SavedMessage{}, err
	}
	next := *p
	next.bag = keepOrigin(t.modifiedNow(p.bag), bag)
	rest := len(p.summary) + len(p.recipients) + len(p.attachments)
	next.item.size += besides(p.item.content, rest+len(next.bag)) - besides(p.item.content, rest+len(p.bag))
	p = &next
	it := next.item
	if bytes.Equal(body, p.body) {
		it.flags |= old.flags & object.FlagOpenEnd
		it, err = t.rewriteItem(f, &old, it)
	} else {
		if err := t.removeItem(f, &old); err != nil {
			return object.SavedMessage{}, err
		}
		it.email = newEmailID(t.m.guid, id, old.change)
		it, err = t.addItem(f, it, id)
		t.noteSearch(id, touchContent)
	}
	if err == nil {
		err = t.rewriteMessage(&it, p, !bytes.Equal(body, p.body))
	}
	t.touched(object.EventModified, f, id, it.change)
	return object.SavedMessage{ID: id, UID: it.uid, Change: it.change}, err
}

// rewriteItem puts other values into a row of the view, at the same UID.
func (t *tx) rewriteItem(f *folder, old *item, it item) (item, error) {
	it.id, it.uid, it.change, it.saved, it.email = old.id, old.uid, t.nextChange(), old.savedTime(), old.email
	it.modified = it.change
	if err := t.c.Exec("DELETE FROM item WHERE folder = ? AND uid = ?", uint64(old.list.of(f.id)), uint32(old.uid)); err != nil {
		return it, err
	}
	if err := it.insert(t.c, f.id); err != nil {
		return it, err
	}
	t.counted(f, old, -1)
	t.counted(f, &it, 1)
	t.noteSearch(it.id, touchAny)
	return it, nil
}

// deleteMessage removes a message but for the item.
func (t *tx) deleteMessage(id mapi.ID) error {
	if err := t.unsign(id); err != nil {
		return err
	}
	return t.deleteRows(id)
}

// deleteRows removes the rows of a message's content.
func (t *tx) deleteRows(id mapi.ID) error {
	t.noteSearch(id, touchAny)
	return t.freed(dropMessage(t.c, id))
}

// rewriteMessage puts other values into a message's row, and another body where
// that is not the same.
func (t *tx) rewriteMessage(it *item, p *prepared, body bool) error {
	t.mine.pages += len(p.bag) / sqlite.PageSize
	err := t.c.Exec("UPDATE message SET uid = ?, summary = ?, bag = ?, recipients = ?, attachments = ? WHERE id = ?",
		uint32(it.uid), p.summary, p.bag, p.recipients, p.attachments, uint64(it.id))
	if err != nil || !body {
		return err
	}
	t.mine.pages += len(p.body) / sqlite.PageSize
	return t.newBody(it.id, p.body)
}
