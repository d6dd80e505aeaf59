// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"os"
	"strings"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// A change of flags is acknowledged when it is in the mailbox's log, before the
// disk has it: soft commits. What a power cut may take back with them is made
// good by entries in the table ahead, which are on the disk before:
//
//   - folder 1 has the change number up to which such commits may have given
//     numbers, so that none is given twice;
//   - each folder whose flags were changed since the mailbox was opened has an
//     entry, so that after a power cut all of its messages get new change numbers:
//     who follows the changes reads the flags as they are.
//
// Each entry names the run of the kernel that it was made in. Where that is the
// same still, only the process ended, and nothing is lost.

const (
	aheadNumbers = 1 << 15 // change numbers that are reserved at once
	softMessages = 10_000  // that a soft commit changes: less than half of the numbers, and few MiB of the log
)

// errNotSoft says that a transaction does more than a soft one may.
var errNotSoft = errors.New("the transaction has to be on the disk")

// ahead is the table in memory. It is guarded by mailbox.writing.
type ahead struct {
	upTo    mapi.Change          // change numbers that may be given
	folders map[mapi.ID]struct{} // that have an entry of this run of the kernel
}

// bootID names the run of the kernel; "" where that is not known.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// softSized says whether ranges of a folder are of no more messages than a soft commit
// changes.
func (m *mailbox) softSized(folder mapi.ID, ranges []mapi.UIDRange) bool {
	f := m.folder(folder)
	return spanOf(ranges) <= softMessages || f != nil && f.total <= softMessages
}

// maySoften says whether a batch can try a soft commit.
func (m *mailbox) maySoften(batch []*operation) bool {
	if m.e.opt.FlagSync < 0 {
		return false
	}
	for _, op := range batch {
		if _, ok := m.ahead.folders[op.flags]; !ok {
			return false
		}
	}
	return true
}

// flagsAlone says whether the transaction changed flags and nothing else, within
// what is reserved.
func (t *tx) flagsAlone() bool {
	if t.done.hard || t.find.changed || len(t.done.blobs) > 0 {
		return false
	}
	for id, f := range t.base {
		old := t.m.folder(id)
		if f == nil || old == nil || f.fresh || f.wide || f.relisted || f.buried ||
			f.next != old.next || f.total != old.total || f.size != old.size {
			return false
		}
		if _, ok := t.m.ahead.folders[id]; !ok && f.change != old.change {
			return false
		}
		if id == rootID && f.change > t.m.ahead.upTo {
			return false
		}
	}
	return true
}

// reserve makes the entries that later soft commits want.
func (t *tx) reserve() error {
	a := &t.m.ahead
	if t.soft || !t.flagging || t.m.e.opt.FlagSync < 0 {
		return nil
	}
	root := t.base[rootID]
	if root == nil {
		return nil // nothing changed
	}
	for id, f := range t.base {
		_, has := a.folders[id]
		if old := t.m.folder(id); has || f == nil || old == nil || id == rootID || f.change == old.change {
			continue
		}
		if err := t.c.Exec("INSERT OR IGNORE INTO ahead (folder, change, boot) VALUES (?, 0, ?)", uint64(id), t.m.e.boot); err != nil {
			return err
		}
		t.afterwards(func() { a.folders[id] = struct{}{} })
	}
	if _, has := a.folders[rootID]; has && root.change+aheadNumbers/2 <= a.upTo {
		return nil
	}
	upTo := root.change + aheadNumbers
	t.afterwards(func() { a.upTo, a.folders[rootID] = upTo, struct{}{} })
	return t.c.Exec("INSERT INTO ahead (folder, change, boot) VALUES (?1, ?2, ?3) ON CONFLICT (folder) DO UPDATE SET change = ?2, boot = ?3",
		uint64(rootID), uint64(upTo), t.m.e.boot)
}

// afterwards runs after the commit; it is for the end of a transaction.
func (t *tx) afterwards(f func()) { t.done.after = append(t.done.after, f) }

// loadAhead reads the entries of a mailbox that was not closed in peace. After a
// power cut it makes good what may be lost.
func (m *mailbox) loadAhead(c *sqlite.Conn) error {
	m.ahead = ahead{folders: map[mapi.ID]struct{}{}}
	var lost []mapi.ID
	root := m.folders[rootID]
	rows, err := c.Query("SELECT folder, change, boot FROM ahead")
	if err != nil {
		return err
	}
	for rows.Next() {
		id, upTo := mapi.ID(rows.Int(0)), mapi.Change(rows.Int(1))
		if id == rootID {
			root.change = max(root.change, upTo) // the next one is none that was given
		}
		if boot := rows.Text(2); boot != "" && boot == m.e.boot {
			m.ahead.folders[id] = struct{}{}
			m.ahead.upTo = max(m.ahead.upTo, upTo)
		} else if id != rootID {
			lost = append(lost, id)
		}
	}
	if err := rows.Close(); err != nil || len(lost) == 0 {
		return err
	}
	err = m.renumber(c, lost)
	if k := sqlite.KindOf(err); k == sqlite.Full || k == sqlite.ReadOnly {
		return nil // the entries stay for the next time
	}
	return err
}

// renumber gives all messages of folders new change numbers.
func (m *mailbox) renumber(c *sqlite.Conn, list []mapi.ID) error {
	root := *m.folders[rootID]
	changed := map[mapi.ID]*folder{rootID: &root}
	err := c.Update(func() error {
		for _, id := range list {
			f := m.folders[id]
			if f == nil {
				f = m.buried[id]
			}
			if f == nil {
				continue
			}
			root.change++
			err := c.Exec("UPDATE item SET modified = coalesce(modified, change), change = ? WHERE folder = ?", uint64(root.change), uint64(id))
			if err != nil {
				return err
			}
			next := *f
			next.change = root.change
			changed[id] = &next
		}
		for _, f := range changed {
			if err := f.save(c); err != nil {
				return err
			}
		}
		return c.Exec("DELETE FROM ahead")
	})
	if err != nil {
		return err
	}
	m.ahead = ahead{folders: map[mapi.ID]struct{}{}}
	m.setFolders(changed)
	log.Warn(context.Background(), codePowerCut, "change numbers of messages given anew after a power cut", log.Store(m.guid.String()))
	return nil
}

// rest removes the entries of a mailbox whose files are about to be closed. It
// wants m.writing. Where it fails they stay, which does no harm.
func (m *mailbox) rest() {
	m.connMu.Lock()
	c := m.w
	m.connMu.Unlock()
	if c == nil || len(m.ahead.folders) == 0 {
		return
	}
	err := c.Update(func() error {
		if err := c.Exec("UPDATE folder SET change = max(change, ?) WHERE id = ?", uint64(m.folder(rootID).change), uint64(rootID)); err != nil {
			return err
		}
		return c.Exec("DELETE FROM ahead WHERE boot = ?", m.e.boot)
	})
	if err == nil || errors.Is(err, sqlite.ErrNotOnDisk) {
		m.ahead = ahead{folders: map[mapi.ID]struct{}{}}
	}
}
