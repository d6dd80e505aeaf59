// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
	"twiga/lib/store/foldername"
)

// standard are the folders of a new mailbox in the order of their ids, which
// begin behind the root's; parents stand before their children.
var standard = []struct {
	kind, parent object.FolderKind
	class        string
}{
	{object.KindRoot, 0, ""},
	{object.KindInbox, object.KindRoot, "IPF.Note"},
	{object.KindOutbox, object.KindRoot, "IPF.Note"},
	{object.KindSentItems, object.KindRoot, "IPF.Note"},
	{object.KindDeletedItems, object.KindRoot, "IPF.Note"},
	{object.KindDrafts, object.KindRoot, "IPF.Note"},
	{object.KindJunk, object.KindRoot, "IPF.Note"},
	{object.KindArchive, object.KindRoot, "IPF.Note"},
	{object.KindCalendar, object.KindRoot, "IPF.Appointment"},
	{object.KindContacts, object.KindRoot, "IPF.Contact"},
	{object.KindTasks, object.KindRoot, "IPF.Task"},
	{object.KindNotes, object.KindRoot, "IPF.StickyNote"},
	{object.KindJournal, object.KindRoot, "IPF.Journal"},
	{object.KindSuggested, object.KindRoot, "IPF.Contact"},
	{object.KindSyncIssues, object.KindRoot, "IPF.Note"},
	{object.KindConflicts, object.KindSyncIssues, "IPF.Note"},
	{object.KindLocalFailures, object.KindSyncIssues, "IPF.Note"},
	{object.KindServerFailures, object.KindSyncIssues, "IPF.Note"},
}

// createMailbox makes a mailbox with the standard folders. It is made under
// another name first, so that half of one is never found.
func (e *Engine) createMailbox(kind object.StoreKind, owner mapi.GUID, language string) (mapi.GUID, error) {
	guid := mapi.NewGUID()
	temp := filepath.Join(e.path, mailboxesName, tempPrefix+guid.String())
	if err := os.Mkdir(temp, 0o700); err != nil {
		return guid, fmt.Errorf("create mailbox: %w", diskError(err))
	}
	err := fillMailbox(filepath.Join(temp, databaseName), guid, kind, owner, language)
	if err == nil {
		if err = diskError(syncDir(temp)); err == nil {
			err = diskError(os.Rename(temp, e.mailboxDir(guid)))
		}
	}
	if err == nil {
		err = diskError(syncDir(filepath.Dir(temp)))
	}
	if err != nil {
		_ = os.RemoveAll(temp)
		return guid, fmt.Errorf("create mailbox: %w", coded(err))
	}
	return guid, nil
}

// tempPrefix begins the names of mailbox folders that are being made or removed.
const tempPrefix = "new-"

func fillMailbox(path string, guid mapi.GUID, kind object.StoreKind, owner mapi.GUID, language string) error {
	c, err := sqlite.Open(path, sqlite.Options{Create: true})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Migrate(migrations); err != nil {
		return err
	}
	now := time.Now()
	err = c.Update(func() error {
		err := c.Exec("INSERT INTO mailbox (one, guid, kind, owner, language, created) VALUES (1, ?, ?, ?, ?, ?)",
			guid[:], uint8(kind), owner[:], language, now.Unix())
		if err != nil {
			return err
		}
		return insertStandard(c, language, uint32(now.Unix()))
	})
	if err != nil {
		return err
	}
	return c.Close()
}

// insertStandard makes the root and the standard folders. Their changes are 1.
func insertStandard(c *sqlite.Conn, language string, validity uint32) error {
	ids := map[object.FolderKind]mapi.ID{0: rootID}
	for i, s := range standard {
		ids[s.kind] = rootID + 1 + mapi.ID(i)
	}
	root := folder{id: rootID, next: uint64(len(standard)) + 2, change: 1, own: 1, uidValidity: validity + uint32(len(standard)), fresh: true}
	if err := root.save(c); err != nil {
		return err
	}
	for i, s := range standard {
		f := folder{id: ids[s.kind], parent: ids[s.parent], kind: s.kind, uidValidity: validity + uint32(i), next: 1, change: 1, own: 1,
			name: foldername.Of(s.kind, language), class: s.class, fresh: true}
		if !isMail(s.class) {
			// What is no mail is not among the folders that IMAP clients show unasked.
			f.props = wire.AppendProp([]byte{wire.BagVersion}, tag.TwigaSubscribed, mapi.Bool(false))
		}
		if err := f.save(c); err != nil {
			return err
		}
	}
	return nil
}

func isMail(class string) bool { return class == "" || strings.HasPrefix(class, "IPF.Note") }

// removeMailbox takes a mailbox away. Nobody may use it from now on; the blobs
// that only it referred to go with the next sweep.
func (e *Engine) removeMailbox(guid mapi.GUID) error {
	e.mu.Lock()
	if s := e.open[guid]; s != nil {
		if s.m == nil || s.m.users > 0 {
			e.mu.Unlock()
			return fmt.Errorf("remove store %s: in use: %w", guid, mapi.Busy)
		}
		e.forget(s.m)
		s.m.writing.Lock()
		s.m.closeFiles()
		s.m.writing.Unlock()
	}
	gone := filepath.Join(e.path, mailboxesName, tempPrefix+guid.String())
	err := os.Rename(e.mailboxDir(guid), gone)
	e.mu.Unlock()
	if err == nil {
		err = syncDir(filepath.Dir(gone))
	}
	e.versions.of(guid).Add(1)
	if err != nil {
		return fmt.Errorf("remove store %s: %w", guid, diskError(err))
	}
	e.queue.forget(guid)
	if err := os.RemoveAll(gone); err != nil {
		return fmt.Errorf("remove store %s: %w", guid, diskError(err))
	}
	return nil
}

// removeStray takes away what a crash left of mailboxes being made or removed.
func (e *Engine) removeStray() error {
	dir := filepath.Join(e.path, mailboxesName)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return diskError(err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), tempPrefix) {
			if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
				return diskError(err)
			}
		}
	}
	return nil
}

func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
