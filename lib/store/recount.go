// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// finding is something wrong with a folder's counters.
type finding struct{ kind, object, text string }

// countedItems are a folder's counters as its items have them.
type countedItems struct {
	total, unread, deleted  uint32
	associated, recoverable uint32
	size                    int64
	associatedSize          int64 // counts for the root's size
	recoverableSize         int64
	lastUID                 uint64
	lastChange              mapi.Change
	found                   bool // of a search folder
}

// add adds what one list has.
func (n *countedItems) add(l list, r *sqlite.Rows) {
	switch l {
	case listContents:
		n.total, n.unread, n.deleted, n.size = uint32(r.Int(1)), uint32(r.Int(2)), uint32(r.Int(3)), r.Int(4)
	case listAssociated:
		n.associated, n.associatedSize = uint32(r.Int(1)), r.Int(4)
	case listDeleted:
		n.recoverable, n.recoverableSize = uint32(r.Int(1)), r.Int(4)
	}
	n.lastUID = max(n.lastUID, uint64(r.Int(5)))
	n.lastChange = max(n.lastChange, mapi.Change(r.Int(6)))
}

// recount counts the items of all folders; the root has the sums, to which
// search folders give none but their change. What is in soft-deleted folders
// counts there as soft-deleted.
func recount(c *sqlite.Conn, buried map[mapi.ID]bool) (map[mapi.ID]countedItems, error) {
	rows, err := c.Query(`SELECT folder, count(*), sum(flags & 1 = 0), sum(flags & 8 <> 0), sum(size), max(uid), max(change),
		folder IN (SELECT folder FROM search) FROM item GROUP BY folder`)
	if err != nil {
		return nil, err
	}
	out := map[mapi.ID]countedItems{}
	for rows.Next() {
		id, l := listOf(mapi.ID(rows.Int(0)))
		n := out[id]
		n.add(l, rows)
		n.found = rows.Int(7) != 0
		out[id] = n
	}
	var sum countedItems
	for id, n := range out {
		sum.recoverable += n.recoverable
		sum.recoverableSize += n.recoverableSize
		sum.lastChange = max(sum.lastChange, n.lastChange)
		if n.found {
			continue
		}
		if buried[id] {
			sum.recoverableSize += n.size + n.associatedSize
			continue
		}
		sum.total, sum.unread, sum.deleted = sum.total+n.total, sum.unread+n.unread, sum.deleted+n.deleted
		sum.associated += n.associated
		sum.size += n.size + n.associatedSize
	}
	out[rootID] = sum
	return out, rows.Close()
}

// compare gives what is wrong with a folder.
func (n countedItems) compare(f *folder) []finding {
	var out []finding
	add := func(kind, format string, args ...any) {
		out = append(out, finding{kind, "folder " + f.id.String(), fmt.Sprintf(format, args...)})
	}
	if f.total != n.total || f.unread != n.unread || f.deleted != n.deleted || f.size != n.size {
		add("counter", "says %d messages, %d unread, %d deleted, %d bytes; has %d, %d, %d, %d",
			f.total, f.unread, f.deleted, f.size, n.total, n.unread, n.deleted, n.size)
	}
	if f.associated != n.associated || f.recoverable != n.recoverable || f.recoverableSize != n.recoverableSize {
		add("counter", "says %d associated, %d soft-deleted of %d bytes; has %d, %d of %d",
			f.associated, f.recoverable, f.recoverableSize, n.associated, n.recoverable, n.recoverableSize)
	}
	if f.id != rootID && f.next <= n.lastUID {
		add("uid-order", "next uid is %d, but %d is there", f.next, n.lastUID)
	}
	if f.change < n.lastChange {
		add("change", "says change %d, but has %d", f.change, n.lastChange)
	}
	return out
}

// correct sets what compare finds.
func (n countedItems) correct(f *folder) {
	f.total, f.unread, f.deleted, f.size = n.total, n.unread, n.deleted, n.size
	f.associated, f.recoverable, f.recoverableSize = n.associated, n.recoverable, n.recoverableSize
	f.change, f.wide = max(f.change, n.lastChange), true
	if f.id != rootID {
		f.next = max(f.next, n.lastUID+1)
	}
}

// buriedIDs are the soft-deleted folders among the rows.
func buriedIDs(list []*folder) map[mapi.ID]bool {
	byID := map[mapi.ID]*folder{}
	for _, f := range list {
		byID[f.id] = f
	}
	out := map[mapi.ID]bool{}
	for _, f := range buriedIn(byID) {
		out[f.id] = true
	}
	return out
}

// countProblems compares the rows of all folders with their items.
func countProblems(c *sqlite.Conn) ([]finding, error) {
	rows, err := c.Query("SELECT " + folderColumns + " FROM folder ORDER BY id")
	if err != nil {
		return nil, err
	}
	var list []*folder
	for rows.Next() {
		list = append(list, scanFolder(rows))
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	counts, err := recount(c, buriedIDs(list))
	if err != nil {
		return nil, err
	}
	var out []finding
	var root *folder
	for _, f := range list {
		if f.id == rootID {
			root = f
		}
		out = append(out, counts[f.id].compare(f)...)
		if root != nil && (f.change > root.change || f.own > root.change || uint64(f.id) >= root.next) {
			out = append(out, finding{"change", "folder " + f.id.String(), fmt.Sprintf("change %d or %d beyond the mailbox's %d, or id beyond %d", f.change, f.own, root.change, root.next)})
		}
	}
	return out, nil
}

// repair corrects counters, next UIDs and change numbers.
func (k *checker) repair(ctx context.Context) error {
	var fixed []finding
	err := k.m.update(ctx, func(t *tx) error {
		fixed = nil
		buried := map[mapi.ID]bool{}
		var list []mapi.ID
		for f := range t.buried {
			buried[f.id] = true
			list = append(list, f.id)
		}
		for f := range t.folders {
			list = append(list, f.id)
		}
		counts, err := recount(t.c, buried)
		if err != nil {
			return err
		}
		for _, id := range list {
			f, err := t.editAny(id)
			if err != nil {
				return err
			}
			if found := counts[id].compare(f); len(found) > 0 {
				fixed = append(fixed, found...)
				counts[id].correct(f)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(fixed, func(a, b finding) int { return cmp.Compare(a.object, b.object) })
	for _, p := range fixed {
		if err := k.problem(p.kind, p.object, true, "%s", p.text); err != nil {
			return err
		}
	}
	return nil
}
