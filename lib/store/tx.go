// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// tx is a writing transaction on a mailbox. Operations are its parts: one that
// fails leaves nothing behind. Folders are changed in memory and written at
// the end, once each.
type tx struct {
	m   *mailbox
	c   *sqlite.Conn
	now time.Time

	base map[mapi.ID]*folder // as earlier parts left them; nil is gone
	part map[mapi.ID]*folder // as this part has them
	done effects             // of earlier parts
	mine effects             // of this part
}

// effects are what a transaction does beyond its database, after the commit.
type effects struct {
	events []object.Event
	after  []func()
	pages  int // estimate of what was written beside the usual
}

func (e *effects) add(o effects) {
	e.events = append(e.events, o.events...)
	e.after = append(e.after, o.after...)
	e.pages += o.pages
}

func newTx(m *mailbox, c *sqlite.Conn) *tx {
	return &tx{m: m, c: c, now: time.Now(), base: map[mapi.ID]*folder{}, part: map[mapi.ID]*folder{}}
}

// keep makes this part's changes those of the transaction.
func (t *tx) keep() {
	for id, f := range t.part {
		t.base[id] = f
	}
	t.done.add(t.mine)
	t.drop()
}

// drop forgets this part's changes.
func (t *tx) drop() {
	clear(t.part)
	t.mine = effects{}
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
	if f == nil {
		return nil, noFolder(id)
	}
	return f, nil
}

// lookHolder is a folder that may hold messages: any but the top.
func (t *tx) lookHolder(id mapi.ID) (*folder, error) {
	f, err := t.look(id)
	if err != nil || id == rootID {
		return nil, noFolder(id)
	}
	return f, nil
}

// edit is a folder to be changed.
func (t *tx) edit(id mapi.ID) (*folder, error) {
	if f := t.part[id]; f != nil {
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
	if id == rootID {
		return nil, noFolder(id)
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
	t.part[id] = nil
	return t.c.Exec("DELETE FROM folder WHERE id = ?", uint64(id))
}

// folders gives all folders as they are now, in no order.
func (t *tx) folders(yield func(*folder) bool) {
	for id := range t.part {
		if f := t.part[id]; f != nil && !yield(f) {
			return
		}
	}
	for id, f := range t.base {
		if _, over := t.part[id]; !over && f != nil && !yield(f) {
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

// after runs after the commit.
func (t *tx) after(f func()) { t.mine.after = append(t.mine.after, f) }

// finish writes the folders, at the end of the transaction.
func (t *tx) finish() error {
	for _, f := range t.base {
		if f == nil {
			continue
		}
		if err := f.save(t.c); err != nil {
			return err
		}
	}
	return nil
}

// publish shows what was committed: the state first, then the events.
func (t *tx) publish() {
	var events []object.Event
	for id, f := range t.base {
		old := t.m.folder(id)
		if f != nil && id != rootID && (old == nil || old.change != f.change) {
			events = append(events, object.Event{Kind: object.EventContents, Store: t.m.guid, Folder: id, Change: f.change})
		}
		if f != nil {
			f.fresh, f.wide = false, false
		}
	}
	t.m.setFolders(t.base)
	t.m.version.Add(1)
	for _, f := range t.done.after {
		f()
	}
	t.m.e.hub.Publish(append(events, t.done.events...)...)
}
