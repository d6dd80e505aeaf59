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
	"twiga/lib/sqlite"
	"twiga/lib/store/foldername"
)

// standardFolder is a folder that a new mailbox has.
type standardFolder struct {
	kind, parent object.FolderKind
	class        string
}

// standard are the folders of a new user's mailbox in the order of their ids, which
// begin behind the root's; parents stand before their children.
var standard = []standardFolder{
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

// standardOf are the folders of a new mailbox of a kind. What is deleted in the
// public store is not put aside in a folder that everybody shares.
func standardOf(kind object.StoreKind) []standardFolder {
	switch kind {
	case object.StorePublic:
		return []standardFolder{{object.KindRoot, 0, ""}}
	case object.StoreArchive:
		return []standardFolder{{object.KindRoot, 0, ""}, {object.KindDeletedItems, object.KindRoot, "IPF.Note"}}
	}
	return standard
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
	if err := c.Migrate(migrations, migrationFills...); err != nil {
		return err
	}
	now := time.Now()
	err = c.Update(func() error {
		err := c.Exec("INSERT INTO mailbox (one, guid, kind, owner, language, created) VALUES (1, ?, ?, ?, ?, ?)",
			guid[:], uint8(kind), owner[:], language, now.Unix())
		if err != nil {
			return err
		}
		if err := insertStandard(c, standardOf(kind), language, uint32(now.Unix())); err != nil || kind != object.StorePublic {
			return err
		}
		return openPublic(c, rootID+1) // the first of them
	})
	if err != nil {
		return err
	}
	return c.Close()
}

// insertStandard makes the root and the standard folders. Their changes are 1.
func insertStandard(c *sqlite.Conn, standard []standardFolder, language string, validity uint32) error {
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
		f.props = folderProps(nil, standardProps(s.class), nil)
		if err := f.save(c); err != nil {
			return err
		}
	}
	return nil
}

// standardProps are the properties of a new standard folder: what is no mail is
// not among the folders that IMAP clients show unasked.
func standardProps(class string) mapi.Props {
	if isMail(class) {
		return nil
	}
	return mapi.Props{{Tag: tag.TwigaSubscribed, Value: mapi.Bool(false)}}
}

func isMail(class string) bool { return class == "" || strings.HasPrefix(class, "IPF.Note") }

// removeMailbox takes a mailbox away. Nobody may use it from now on; the blobs
// that only it referred to go with the next sweep.
func (e *Engine) removeMailbox(guid mapi.GUID) error {
	e.mu.Lock()
	s, free := e.waitIdle(guid)
	if !free {
		e.mu.Unlock()
		return fmt.Errorf("remove store %s: in use: %w", guid, mapi.Busy)
	}
	if s != nil {
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
	e.fills.forget(guid)
	_, _ = e.shares.set(guid, mapi.GUID{}, nil)
	e.deleted.set(guid, time.Time{})
	if err := removeTree(gone); err != nil {
		return fmt.Errorf("remove store %s: %w", guid, diskError(err))
	}
	return nil
}

// removePatience is how long a mailbox that is to be removed may be in use.
const removePatience = 2 * time.Second

// waitIdle waits until nobody uses a mailbox, the housekeeping for one; the
// slot is nil where it is not open. It wants e.mu.
func (e *Engine) waitIdle(guid mapi.GUID) (s *slot, free bool) {
	over := false
	timer := time.AfterFunc(removePatience, func() {
		e.mu.Lock()
		over = true
		e.mu.Unlock()
		e.idle.Broadcast()
	})
	defer timer.Stop()
	for {
		s = e.open[guid]
		switch {
		case s == nil || s.m != nil && s.m.users == 0:
			return s, true
		case over:
			return s, false
		}
		e.idle.Wait()
	}
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
			if err := removeTree(filepath.Join(dir, entry.Name())); err != nil {
				return diskError(err)
			}
		}
	}
	return nil
}

// removeTree removes a folder, where it is a link to one the folder too: so
// mailboxes lie that were moved to another file system.
func removeTree(path string) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		if err := os.RemoveAll(target); err != nil {
			return err
		}
	}
	return os.RemoveAll(path)
}

func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
