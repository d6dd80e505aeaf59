// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// mailbox is one open mailbox. Its files may be closed while it is idle; what
// it keeps in memory stays true, since nobody else writes them.
type mailbox struct {
	e        *Engine
	guid     mapi.GUID
	path     string // of the database
	language string
	version  *atomic.Uint64 // changes with every commit

	users      int          // who works with it; guarded by Engine.mu
	used       time.Time    // guarded by Engine.mu
	lastWrite  atomic.Int64 // Unix nanoseconds
	dirty      atomic.Bool  // the log holds something
	shortening atomic.Bool  // the log is being copied into the database beside who writes
	softly     atomic.Bool  // and the disk may not have it; the mailbox is among Engine.unsynced
	signed     atomic.Bool  // there may be rows in the table author
	pruned     atomic.Int64 // Unix nanoseconds; when old tombstones were looked for

	queueMu sync.Mutex
	queue   []*operation // guarded by queueMu
	leading bool         // guarded by queueMu

	writing sync.Mutex
	log     *sqlite.WAL // guarded by writing
	frames  int64       // in the log after the last commit; guarded by writing
	doubt   doubt       // about the last commit
	gap     bool        // the disk may not have all of the log, which has to begin anew; guarded by writing
	day     int64       // of the last epoch; guarded by writing
	ahead   ahead       // guarded by writing

	connMu  sync.Mutex
	w       *sqlite.Conn   // guarded by connMu; used under writing
	idle    []*sqlite.Conn // guarded by connMu
	reading chan struct{}  // holds as many as read

	names nameCache

	stateMu  sync.RWMutex
	kind     object.StoreKind              // guarded by stateMu
	owner    mapi.GUID                     // guarded by stateMu
	receive  map[string]receiver           // by class in small letters; guarded by stateMu
	folders  map[mapi.ID]*folder           // guarded by stateMu
	buried   map[mapi.ID]*folder           // soft-deleted folders, and the one that holds them; guarded by stateMu
	special  map[object.FolderKind]mapi.ID // guarded by stateMu
	searches *searches                     // nil: no search folders; guarded by stateMu
	acting   map[mapi.GUID]object.Delegate // guarded by stateMu
	limits   struct {                      // guarded by stateMu
		version uint64
		known   bool
		is      object.Limits
	}
}

// databaseName is the name of a mailbox's database in its folder.
const databaseName = "mailbox.db"

// openMailbox reads what is kept in memory of a mailbox.
func (e *Engine) openMailbox(guid mapi.GUID) (*mailbox, error) {
	path := filepath.Join(e.mailboxDir(guid), databaseName)
	m := &mailbox{e: e, guid: guid, path: path, version: e.versions.of(guid), log: sqlite.NewWAL(path, e.redoOf(guid)), reading: make(chan struct{}, readersMax)}
	m.writing.Lock()
	defer m.writing.Unlock()
	c, err := m.writer()
	if err != nil {
		if sqlite.KindOf(err) == sqlite.Missing {
			return nil, noStore(guid)
		}
		return nil, fmt.Errorf("open mailbox %s: %w", guid, coded(err))
	}
	if err := m.load(c); err != nil {
		m.closeFiles()
		return nil, fmt.Errorf("open mailbox %s: %w", guid, coded(err))
	}
	if _, err := m.noteShares(); err != nil {
		m.closeFiles()
		return nil, fmt.Errorf("open mailbox %s: %w", guid, err)
	}
	return m, nil
}

func (m *mailbox) load(c *sqlite.Conn) error {
	if err := migrateMailbox(c); err != nil {
		return err
	}
	err := c.Row(func(r *sqlite.Rows) {
		m.kind, m.language = object.StoreKind(r.Int(0)), r.Text(2)
		copy(m.owner[:], r.Bytes(1))
	}, "SELECT kind, owner, language FROM mailbox WHERE one = 1")
	if errors.Is(err, sqlite.ErrNoRow) {
		err = fmt.Errorf("read mailbox: %w: %w", err, mapi.CorruptStore)
	}
	if err != nil {
		return err
	}
	if m.receive, err = loadReceivers(c); err != nil {
		return err
	}
	rows, err := c.Query("SELECT " + folderColumns + " FROM folder")
	if err != nil {
		return err
	}
	m.folders, m.special, m.buried = map[mapi.ID]*folder{}, map[object.FolderKind]mapi.ID{}, map[mapi.ID]*folder{}
	for rows.Next() {
		f := scanFolder(rows)
		m.folders[f.id] = f
		if f.kind != object.KindGeneric {
			m.special[f.kind] = f.id
		}
	}
	if err := rows.Close(); err != nil {
		return err
	}
	m.bury()
	if m.folders[rootID] == nil {
		return fmt.Errorf("read folders: no root: %w", mapi.CorruptStore)
	}
	if err := m.loadAhead(c); err != nil {
		return err
	}
	if err := m.loadRights(c); err != nil {
		return err
	}
	if err := m.loadSearches(c); err != nil {
		return err
	}
	return m.loadJournal(c)
}

// loadJournal reads of what the tree's last change was, and of what day the
// last entry of the epochs is.
func (m *mailbox) loadJournal(c *sqlite.Conn) error {
	root := m.folders[rootID]
	for _, f := range m.folders {
		root.own = max(root.own, f.own)
	}
	return c.Row(func(r *sqlite.Rows) {
		root.own = max(root.own, mapi.Change(r.Int(0)))
		m.day = r.Int(1)
	}, "SELECT coalesce((SELECT max(change) FROM tombstone WHERE folder = ?), 0), coalesce((SELECT max(day) FROM epoch), 0)", uint64(rootID))
}

// schemaLimit is a version that no schema gets to; a number beyond is damage.
const schemaLimit = 1000

// migrateMailbox brings the schema up to date. A file without one is no
// mailbox, or not any more.
func migrateMailbox(c *sqlite.Conn) error {
	v, err := c.Int("PRAGMA user_version")
	if err == nil && (v <= 0 || v > schemaLimit) {
		err = fmt.Errorf("read mailbox: schema version %d: %w", v, mapi.CorruptStore)
	}
	if err != nil {
		return err
	}
	return c.Migrate(migrations, migrationFills...)
}

// folder is a folder's row as of the last commit, nil where there is none.
func (m *mailbox) folder(id mapi.ID) *folder {
	m.stateMu.RLock()
	defer m.stateMu.RUnlock()
	return m.folders[id]
}

// allFolders is a copy of the map of folders.
func (m *mailbox) allFolders() map[mapi.ID]*folder {
	m.stateMu.RLock()
	defer m.stateMu.RUnlock()
	return maps.Clone(m.folders)
}

func (m *mailbox) specialID(k object.FolderKind) mapi.ID {
	m.stateMu.RLock()
	defer m.stateMu.RUnlock()
	return m.special[k]
}

// setFolders takes over what a transaction committed.
func (m *mailbox) setFolders(changed map[mapi.ID]*folder) {
	m.stateMu.Lock()
	defer m.stateMu.Unlock()
	for id, f := range changed {
		if f == nil {
			delete(m.folders, id)
			delete(m.buried, id)
			continue
		}
		if f.buried {
			delete(m.folders, id)
			m.buried[id] = f
			continue
		}
		delete(m.buried, id)
		m.folders[id] = f
		if f.kind != object.KindGeneric {
			m.special[f.kind] = id
		}
	}
}

// identity tells what the mailbox is for and whose it is or was.
func (m *mailbox) identity() (object.StoreKind, mapi.GUID) {
	m.stateMu.RLock()
	defer m.stateMu.RUnlock()
	return m.kind, m.owner
}

// quota gives the limits in force; it asks the directory again when that
// changed. Only users' own mailboxes have any.
func (m *mailbox) quota(ctx context.Context) (object.Limits, error) {
	version, err := m.e.dir.Version(ctx)
	if err != nil {
		return object.Limits{}, err
	}
	m.stateMu.RLock()
	known, is := m.limits.known && m.limits.version == version, m.limits.is
	m.stateMu.RUnlock()
	if known {
		return is, nil
	}
	kind, owner := m.identity()
	if kind != object.StorePrivate {
		is = object.Limits{Warn: -1, Soft: -1, Hard: -1}
	} else {
		var q directory.Quota
		u, err := m.e.dir.ByID(ctx, owner)
		switch {
		case err == nil:
			q = u.Quota
		case mapi.CodeOf(err) != mapi.NotFound:
			return object.Limits{}, err
		}
		is = resolve(q, m.e.opt.Quota)
	}
	m.stateMu.Lock()
	m.limits.version, m.limits.known, m.limits.is = version, true, is
	m.stateMu.Unlock()
	return is, nil
}

// resolve fills in the server's defaults; negative is no limit.
func resolve(q directory.Quota, def object.Limits) object.Limits {
	pick := func(own, def int64) int64 {
		if own == 0 {
			own = def
		}
		if own == 0 {
			return -1
		}
		return own
	}
	return object.Limits{Warn: pick(q.Warn, def.Warn), Soft: pick(q.Soft, def.Soft), Hard: pick(q.Hard, def.Hard)}
}

// beside is the path of a file in the mailbox's folder.
func (m *mailbox) beside(name string) string { return filepath.Join(filepath.Dir(m.path), name) }
