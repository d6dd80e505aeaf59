// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
	"twiga/lib/store/recipe"
)

// tx is a writing transaction on a mailbox. Operations are its parts: one that
// fails leaves nothing behind. Folders are changed in memory and written at
// the end, once each.
type tx struct {
	m   *mailbox
	c   *sqlite.Conn
	now time.Time
	acc *access // of the part's session; nil is the server itself

	fineWanted bool // somebody watches single objects
	shows      bool // somebody may see a folder that was not seen before
	soft       bool // the commit does not wait for the disk, see ahead.go
	flagging   bool // there are parts that need not

	base map[mapi.ID]*folder // as earlier parts left them; nil is gone
	part map[mapi.ID]*folder // as this part has them
	done effects             // of earlier parts
	mine effects             // of this part
	find txSearches

	rec recipe.Recipe // scratch
}

// effects are what a transaction does beyond its database, after the commit.
type effects struct {
	events []object.Event
	after  []func()
	pages  int  // estimate of what was written beside the usual
	unfine bool // fine events were not made
	hard   bool // the commit waits for the disk, whatever changed
	blobs  blobRefs
	came   *item // the last message that came into a folder
}

func (e *effects) add(o effects) {
	e.events = append(e.events, o.events...)
	e.after = append(e.after, o.after...)
	e.pages += o.pages
	e.blobs.merge(o.blobs)
	e.unfine = e.unfine || o.unfine
	e.hard = e.hard || o.hard
	if o.came != nil {
		e.came = o.came
	}
}

func newTx(m *mailbox, c *sqlite.Conn) *tx {
	return &tx{m: m, c: c, now: time.Now(), fineWanted: m.e.hub.Fine(m.guid), base: map[mapi.ID]*folder{}, part: map[mapi.ID]*folder{},
		find: txSearches{base: m.searchFolders()}}
}

// keep makes this part's changes those of the transaction.
func (t *tx) keep() {
	for id, f := range t.part {
		t.base[id] = f
	}
	t.done.add(t.mine)
	t.find.keep()
	t.drop()
}

// drop forgets this part's changes.
func (t *tx) drop() {
	clear(t.part)
	t.mine = effects{}
	t.find.drop()
	t.acc = nil
}

// look is a folder as it is now, not to be changed.
func (t *tx) look(id mapi.ID) (*folder, error) {
	f, ok := t.part[id]
	if !ok {
		f, ok = t.base[id]
	}
	if !ok {
		f = t.m.folder(id)
	}
	if f == nil || f.buried {
		return nil, noFolder(id)
	}
	return f, nil
}

// lookHolder is a folder that may hold messages: any but the top and search
// folders.
func (t *tx) lookHolder(id mapi.ID) (*folder, error) {
	f, err := t.look(id)
	if err != nil || id == rootID {
		return nil, noFolder(id)
	}
	if f.search {
		return nil, noHolder(id)
	}
	return f, nil
}

// edit is a folder to be changed.
func (t *tx) edit(id mapi.ID) (*folder, error) {
	if f := t.part[id]; f != nil && !f.buried {
		return f, nil
	}
	f, err := t.look(id)
	if err != nil {
		return nil, err
	}
	f2 := *f
	t.part[id] = &f2
	return &f2, nil
}

// contents is a folder that can hold messages, to be changed.
func (t *tx) contents(id mapi.ID) (*folder, error) {
	if _, err := t.lookHolder(id); err != nil {
		return nil, err
	}
	return t.edit(id)
}

// root is the row that counts for the mailbox; it is always there.
func (t *tx) root() *folder {
	f, _ := t.edit(rootID)
	return f
}

// remove takes a folder away.
func (t *tx) remove(id mapi.ID) error {
	f := t.lookBuried(id)
	if f == nil {
		f, _ = t.look(id)
	}
	if f != nil && len(f.acl) > 0 {
		if err := t.c.Exec("DELETE FROM acl WHERE folder = ?", uint64(id)); err != nil {
			return err
		}
	}
	t.part[id] = nil
	if err := t.forgetFolder(id); err != nil {
		return err
	}
	return t.c.Exec("DELETE FROM folder WHERE id = ?", uint64(id))
}

// folders gives all folders as they are now, in no order.
func (t *tx) folders(yield func(*folder) bool) {
	for id := range t.part {
		if f := t.part[id]; f != nil && !f.buried && !yield(f) {
			return
		}
	}
	for id, f := range t.base {
		if _, over := t.part[id]; !over && f != nil && !f.buried && !yield(f) {
			return
		}
	}
	for id, f := range t.m.allFolders() {
		_, over := t.part[id]
		_, over2 := t.base[id]
		if !over && !over2 && !yield(f) {
			return
		}
	}
}

// nextChange gives the mailbox's next change number.
func (t *tx) nextChange() mapi.Change {
	r := t.root()
	r.change++
	return r.change
}

// nextID gives the mailbox's next id.
func (t *tx) nextID() mapi.ID {
	r := t.root()
	r.next++
	return mapi.ID(r.next - 1)
}

// nextValidity gives a UIDVALIDITY that was never given before: the time,
// unless that is used up.
func (t *tx) nextValidity() uint32 {
	r := t.root()
	r.uidValidity = max(r.uidValidity+1, uint32(t.now.Unix()))
	r.wide = true
	return r.uidValidity
}

// event is published after the commit.
func (t *tx) event(e object.Event) {
	e.Store = t.m.guid
	t.mine.events = append(t.mine.events, e)
}

// fine is event for those of single objects, which are made only where somebody
// wants them.
func (t *tx) fine(e object.Event) {
	if !t.fineWanted {
		t.mine.unfine = true
		return
	}
	t.event(e)
}

// touched is a fine event about a message that is in the folder now.
func (t *tx) touched(kind object.EventKind, f *folder, id mapi.ID, change mapi.Change) {
	t.fine(object.Event{Kind: kind, Folder: f.id, Message: id, Change: change})
}

// after runs after the commit.
func (t *tx) after(f func()) { t.mine.after = append(t.mine.after, f) }

// finish writes the folders and the counts of blobs, at the end of the
// transaction.
func (t *tx) finish() error {
	if t.soft && !t.flagsAlone() {
		return errNotSoft
	}
	if err := t.widenShares(); err != nil {
		return err
	}
	if err := t.noteEpoch(); err != nil {
		return err
	}
	if err := t.reserve(); err != nil {
		return err
	}
	if err := t.done.blobs.write(t.c); err != nil {
		return err
	}
	for _, f := range t.base {
		if f == nil {
			continue
		}
		if err := f.save(t.c); err != nil {
			return err
		}
		if err := f.saveList(t.c); err != nil {
			return err
		}
	}
	return nil
}

// noteTree keeps the number of the last change to the tree in the root.
func (t *tx) noteTree() {
	root := t.base[rootID]
	if root == nil {
		return
	}
	for _, f := range t.base {
		if f == nil {
			root.own = root.change
			return
		}
		root.own = max(root.own, f.own)
	}
}

// arrival is the message that came into a folder, where the transaction did nothing
// else: it gave one change number.
func (t *tx) arrival(old, now *folder) *object.Arrival {
	it, root := t.done.came, t.base[rootID]
	if it == nil || old == nil || root == nil || it.list != listContents || it.change != now.change || root.change != t.m.folder(rootID).change+1 {
		return nil
	}
	return &object.Arrival{Since: old.change, Item: it.upsert(unpackKeywords(it.keywords))}
}

// publish shows what was committed: the state first, then the events.
func (t *tx) publish() {
	var events []object.Event
	for id, f := range t.base {
		old := t.m.folder(id)
		if f != nil && !f.buried && id != rootID && (old == nil || old.change != f.change) {
			events = append(events, object.Event{Kind: object.EventContents, Store: t.m.guid, Folder: id, Change: f.change, Arrived: t.arrival(old, f)})
		}
		if f != nil {
			f.fresh, f.wide, f.relisted = false, false, false
		}
	}
	t.noteTree()
	t.m.setFolders(t.base)
	if t.find.changed { // who sees that a search is complete sees what it holds, too
		t.m.setSearches(t.find.base)
	}
	t.m.version.Add(1)
	for _, f := range t.done.after {
		f()
	}
	t.tellShares()
	t.m.e.hub.Publish(append(events, t.done.events...)...)
	if t.done.unfine && t.m.e.hub.Fine(t.m.guid) { // who came meanwhile
		t.m.e.hub.Missed(t.m.guid)
	}
}
