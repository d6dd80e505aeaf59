// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// copyBatch is how many messages a statement copies: their pages are in the cache
// for the next one, and SQLite has their rows in memory meanwhile.
const copyBatch = 32

// The statements of a bulk copy: of a list ?1, the UIDs from ?2 to ?3, into the
// list ?4 with UIDs behind ?5 and ids behind ?6.
const (
	bulkCopied       = " FROM (SELECT *, row_number() OVER (ORDER BY uid) AS n FROM item WHERE folder = ?1 AND uid >= ?2 AND uid <= ?3) i "
	itemsCopied      = "SELECT uid, id, flags, size, email FROM item WHERE folder = ? AND uid >= ? AND uid <= ? ORDER BY uid"
	bulkCopyMessages = "INSERT INTO message (folder, uid, id, summary, bag, recipients, attachments, body) SELECT ?4, ?5 + n, ?6 + n, m.summary, m.bag, m.recipients, m.attachments, " +
		bodyOfM + bulkCopied + "CROSS JOIN message m ON m.id = i.id"
	bulkCopyShared = "INSERT INTO shared (body, message) SELECT " + bodyOfM + ", ?4 + n" + bulkCopied + "CROSS JOIN message m ON m.id = i.id WHERE " + bodyOfM + " > 0"
	bulkCopyItems  = "INSERT INTO item (folder, " + itemInserted + ") SELECT ?4, ?5 + n, ?6 + n, ?7 + n, flags & ~65536, received, sent, size, content, class, keywords, " +
		"CASE WHEN ?8 - received BETWEEN 0 AND 9999999 THEN NULL ELSE ?8 END, coalesce(email, substr(?9, n * 15 - 14, 15))" + bulkCopied
)

// copyInBulk copies the messages of a request where they can be treated alike;
// else it does nothing.
func (t *tx) copyInBulk(req *object.TransferRequest, out *object.TransferResponse) (done bool, err error) {
	if req.Move || req.Restore || !t.inBulk(nil, bulkFrom) {
		return false, nil
	}
	from, err := t.lookHolder(req.Folder)
	if err != nil {
		return false, err
	}
	ranges := normalise(req.UIDs)
	var chunks [][]item
	n := 0
	for _, r := range ranges {
		items, err := t.itemsToCopy(from, r)
		if err != nil {
			return false, err
		}
		for n += len(items); len(items) > 0; items = items[min(copyBatch, len(items)):] {
			chunks = append(chunks, items[:min(copyBatch, len(items))])
		}
	}
	if !t.inBulk(ranges, n) {
		return false, nil
	}
	if err := checkExpected(req, n); err != nil {
		return true, err
	}
	to, err := t.edit(req.ToFolder)
	if err != nil {
		return true, err
	}
	out.UIDValidity, out.Before = to.uidValidity, from.state().Change
	out.Pairs = make([]object.UIDPair, 0, n)
	for _, items := range chunks {
		if err := t.copyChunk(from, to, items, out); err != nil {
			return true, err
		}
	}
	if from, err = t.look(req.Folder); err == nil { // it may be the target
		out.Change = from.state().Change
	}
	return true, err
}

// itemsToCopy are the items of a range, with what is to be known to copy them.
func (t *tx) itemsToCopy(from *folder, r mapi.UIDRange) (out []item, err error) {
	rows, err := t.c.Query(itemsCopied, uint64(from.id), uint32(r.First), uint32(r.Last))
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		out = append(out, item{uid: mapi.UID(rows.Int(0)), id: mapi.ID(rows.Int(1)), flags: object.Flags(rows.Int(2)), size: rows.Int(3), email: rows.Text(4)})
	}
	return out, rows.Close()
}

// copyChunk copies items that are all of a folder from the first's UID to the last's.
func (t *tx) copyChunk(from, to *folder, items []item, out *object.TransferResponse) error {
	n := uint64(len(items))
	if to.next+n > maxUID+1 {
		return fmt.Errorf("add %d messages to folder %s: out of UIDs: %w", n, to.id, mapi.NotEnoughResources)
	}
	root := t.root()
	uid, id, change := to.next-1, root.next-1, uint64(root.change)
	list, first, last, key := uint64(from.id), uint32(items[0].uid), uint32(items[n-1].uid), uint64(to.id)
	emails := make([]byte, 0, n*objectIDLength)
	for i := range items {
		emails = append(emails, emailID(t.m.guid, &items[i])...)
	}
	err := t.c.Exec(bulkCopyItems, list, first, last, key, uid, id, change, mapi.FileTime(t.now), emails)
	if err == nil {
		err = t.c.Exec(bulkCopyMessages, list, first, last, key, uid, id)
	}
	if err == nil {
		err = t.c.Exec(bulkCopyShared, list, first, last, id)
	}
	if err != nil {
		return err
	}
	for i := range items {
		it := items[i]
		it.flags &^= object.FlagSubmitted
		it.uid, it.id, it.change = mapi.UID(to.next), t.nextID(), t.nextChange()
		to.next++
		to.count(&it, 1)
		root.count(&it, 1)
		t.fine(object.Event{Kind: object.EventCopied, Folder: to.id, Message: it.id, Change: it.change,
			Old: object.OldPlace{Store: t.m.guid, Folder: from.id, Message: items[i].id}})
		out.Pairs = append(out.Pairs, object.UIDPair{From: items[i].uid, To: it.uid})
	}
	to.change = root.change
	t.mine.pages += int(n) / 8
	return nil
}
