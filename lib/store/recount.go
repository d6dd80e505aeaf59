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
	total, unread, deleted uint32
	size                   int64
	lastUID                uint64
	lastChange             mapi.Change
}

// recount counts the items of all folders; the root has the sums.
func recount(c *sqlite.Conn) (map[mapi.ID]countedItems, error) {
	rows, err := c.Query(`SELECT folder, count(*), sum(flags & 1 = 0), sum(flags & 8 <> 0), sum(size), max(uid), max(change) FROM item GROUP BY folder`)
	if err != nil {
		return nil, err
	}
	out := map[mapi.ID]countedItems{}
	var sum countedItems
	for rows.Next() {
		n := countedItems{uint32(rows.Int(1)), uint32(rows.Int(2)), uint32(rows.Int(3)), rows.Int(4), uint64(rows.Int(5)), mapi.Change(rows.Int(6))}
		out[mapi.ID(rows.Int(0))] = n
		sum.total, sum.unread, sum.deleted, sum.size = sum.total+n.total, sum.unread+n.unread, sum.deleted+n.deleted, sum.size+n.size
		sum.lastChange = max(sum.lastChange, n.lastChange)
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
	if f.id != rootID && f.next <= n.lastUID {
		add("uid-order", "next uid is %d, but %d is there", f.next, n.lastUID)
	}
	if f.change < n.lastChange {
		add("change", "says change %d, but has %d", f.change, n.lastChange)
	}
	return out
}

// countProblems compares the rows of all folders with their items.
func countProblems(c *sqlite.Conn) ([]finding, error) {
	counts, err := recount(c)
	if err != nil {
		return nil, err
	}
	rows, err := c.Query("SELECT " + folderColumns + " FROM folder ORDER BY id")
	if err != nil {
		return nil, err
	}
	var out []finding
	var root *folder
	for rows.Next() {
		f := scanFolder(rows)
		if f.id == rootID {
			root = f
		}
		out = append(out, counts[f.id].compare(f)...)
		if root != nil && (f.change > root.change || f.own > root.change || uint64(f.id) >= root.next) {
			out = append(out, finding{"change", "folder " + f.id.String(), fmt.Sprintf("change %d or %d beyond the mailbox's %d, or id beyond %d", f.change, f.own, root.change, root.next)})
		}
	}
	return out, rows.Close()
}

// repair corrects counters, next UIDs and change numbers.
func (k *checker) repair(ctx context.Context) error {
	var fixed []finding
	err := k.m.update(ctx, func(t *tx) error {
		fixed = nil
		counts, err := recount(t.c)
		if err != nil {
			return err
		}
		for f := range t.folders {
			n := counts[f.id]
			found := n.compare(f)
			if len(found) == 0 {
				continue
			}
			fixed = append(fixed, found...)
			f, err := t.edit(f.id)
			if err != nil {
				return err
			}
			f.total, f.unread, f.deleted, f.size = n.total, n.unread, n.deleted, n.size
			f.change = max(f.change, n.lastChange)
			if f.id != rootID {
				f.next = max(f.next, n.lastUID+1)
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
