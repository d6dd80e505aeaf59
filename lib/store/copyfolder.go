// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

// moveRounds is how often a move looks for messages that came meanwhile.
const moveRounds = 5

// errStopped ends a copy whose caller wants no more.
var errStopped = errors.New("copy was stopped")

// CopyFolder implements object.Folders.
func (s *session) CopyFolder(ctx context.Context, req object.CopyFolderRequest) iter.Seq2[object.Progress, error] {
	return func(yield func(object.Progress, error) bool) {
		err := s.copyFolder(ctx, &req, func(p object.Progress) bool { return yield(p, nil) })
		if err != nil && !errors.Is(err, errStopped) {
			yield(object.Progress{}, coded(err))
		}
	}
}

func (s *session) copyFolder(ctx context.Context, req *object.CopyFolderRequest, yield func(object.Progress) bool) error {
	m, acc, leave, err := s.mailbox(ctx, actTransfer, req.Store)
	if err != nil {
		return err
	}
	defer leave()
	to := req.ToStore
	if to.IsZero() {
		to = m.guid
	}
	target, toAcc, leaveTo, err := s.mailbox(ctx, actTree, to)
	if err != nil {
		return err
	}
	defer leaveTo()
	if req.Move && target == m {
		return m.moveWithin(ctx, acc, req, yield)
	}
	c := &folderCopy{m: m, to: target, acc: acc, toAcc: toAcc, req: req, yield: yield}
	if c.limits, err = target.quota(ctx); err != nil {
		return err
	}
	return c.run(ctx)
}

// moveWithin moves a folder within its store, which is one transaction.
func (m *mailbox) moveWithin(ctx context.Context, acc *access, req *object.CopyFolderRequest, yield func(object.Progress) bool) error {
	err := m.updateAs(ctx, acc, func(t *tx) error {
		if _, err := t.look(req.ToParent); err != nil {
			return err
		}
		if err := t.need(req.Folder, mapi.RightFolderOwner); err != nil {
			return err
		}
		if err := t.need(req.ToParent, mapi.RightCreateSubfolder); err != nil {
			return err
		}
		return t.moveFolder(req.Folder, req.ToParent, req.Name)
	})
	if err == nil {
		yield(object.Progress{Done: 1, Total: 1})
	}
	return err
}

// folderCopy is the state of one copy, or of a move to another store. Folders
// are made first, each marked with where it comes from and up to which UID its
// messages came. The mark changes with the messages in one transaction, so that
// a copy that broke off goes on where it was when it is asked for again, and
// nothing comes twice. The marks go at the end.
type folderCopy struct {
	m, to      *mailbox
	acc, toAcc *access
	req        *object.CopyFolderRequest
	limits     object.Limits
	yield      func(object.Progress) bool
	folders    []copied
	names      remap // of the folders' properties, across stores
	done       int64
	total      int64
}

// copied is a folder and its copy.
type copied struct {
	from *folder
	to   mapi.ID
	last mapi.UID // of those whose copies are there
}

func (c *folderCopy) run(ctx context.Context) error {
	if err := c.plan(ctx); err != nil {
		return err
	}
	err := c.to.updateAs(ctx, c.toAcc, c.make)
	for round := 0; err == nil; round++ {
		for i := range c.folders {
			if err = c.messages(ctx, &c.folders[i]); err != nil {
				return err
			}
		}
		if !c.req.Move {
			break
		}
		err = c.m.updateAs(ctx, c.acc, c.removeSource)
		if err == nil {
			break
		}
		if errors.Is(err, mapi.HasMessages) && round < moveRounds {
			err = nil
		}
	}
	if err == nil {
		err = c.to.updateAs(ctx, c.toAcc, c.unmark)
	}
	if err == nil {
		c.yield(object.Progress{Done: c.done, Total: c.done})
	}
	return err
}

// plan lists the folders, a parent before its children, and asks for the rights.
func (c *folderCopy) plan(ctx context.Context) error {
	all := c.m.allFolders()
	top := all[c.req.Folder]
	if top == nil || top.id == rootID {
		return noFolder(c.req.Folder)
	}
	c.folders = []copied{{from: top}}
	if c.req.Subfolders || c.req.Move {
		for _, r := range treeRows(all, top.id, nil, 0, true) {
			if !r.f.search { // it would find the same again
				c.folders = append(c.folders, copied{from: r.f})
			}
		}
	}
	rights := mapi.RightReadAny
	if c.req.Move {
		rights |= mapi.RightFolderOwner | mapi.RightDeleteAny
	}
	for _, f := range c.folders {
		switch {
		case c.m == c.to && c.req.Subfolders && f.from.id == c.req.ToParent:
			return fmt.Errorf("copy folder %s under %s: %w", top.id, c.req.ToParent, mapi.FolderCycle)
		case c.req.Move && f.from.kind != object.KindGeneric:
			return fmt.Errorf("move folder %s: a standard folder: %w", f.from.id, mapi.NoAccess)
		}
		if err := c.acc.need(f.from.id, rights); err != nil {
			return err
		}
		c.total += int64(f.from.total) + int64(f.from.associated)
		if c.m != c.to {
			c.names.noteBag(f.from.props)
		}
	}
	return c.m.view(ctx, func(conn *sqlite.Conn) error {
		if err := c.mayMove(conn); err != nil || len(c.names.ids) == 0 {
			return err
		}
		return c.names.read(conn, c.m)
	})
}

// mayMove refuses a move of messages that are not there for the session, before
// anything came or went.
func (c *folderCopy) mayMove(conn *sqlite.Conn) error {
	if !c.req.Move || c.acc.isFull() || !c.acc.hides {
		return nil
	}
	for _, f := range c.folders {
		for _, l := range []list{listContents, listAssociated} {
			for after := mapi.UID(0); ; {
				items, err := someItems(conn, l.of(f.from.id), after, acrossBatch)
				if err != nil {
					return err
				}
				if len(items) == 0 {
					break
				}
				n := len(items)
				after = items[n-1].uid
				if items, err = c.acc.shown(conn, items); err != nil {
					return err
				}
				if len(items) < n {
					return fmt.Errorf("move folder %s: there is what only others see: %w", f.from.id, mapi.NoAccess)
				}
			}
		}
	}
	return nil
}

// make makes the copies of the folders, or finds those that an earlier try made.
func (c *folderCopy) make(t *tx) error {
	if err := t.need(c.req.ToParent, mapi.RightCreateSubfolder); err != nil {
		return err
	}
	if err := c.names.create(t); err != nil {
		return err
	}
	known := newChildren(t)
	at := map[mapi.ID]mapi.ID{c.folders[0].from.parent: c.req.ToParent}
	for i := range c.folders {
		f := &c.folders[i]
		name := f.from.name
		if i == 0 && c.req.Name != "" {
			name = c.req.Name
		}
		parent := at[f.from.parent]
		if id, ok := known.byName[keyOf(parent, name)]; ok {
			there, err := t.look(id)
			if err != nil {
				return err
			}
			last, ok := c.marked(there, f.from.id)
			if !ok {
				return fmt.Errorf("copy folder %s to %q: %w", f.from.id, name, mapi.AlreadyExists)
			}
			f.to, f.last = id, last
		} else {
			props := c.props(f.from)
			props.Set(tag.TwigaCopying, mapi.Binary(c.mark(f)))
			made, err := t.createFolder(known, parent, &object.NewFolder{Name: name, Class: f.from.class, Props: props}, false)
			if err != nil {
				return err
			}
			f.to = made.ID
		}
		at[f.from.id] = f.to
	}
	return nil
}

// props are a folder's properties as the target means them.
func (c *folderCopy) props(f *folder) mapi.Props {
	if c.m == c.to {
		return f.props.Props()
	}
	return c.names.props(f.props)
}

// mark is the value of tag.TwigaCopying: store and folder that it is a copy of,
// and the UID of the last message that came.
func (c *folderCopy) mark(f *copied) []byte {
	b := append([]byte(nil), c.m.guid[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(f.from.id))
	return binary.LittleEndian.AppendUint32(b, uint32(f.last))
}

// marked says whether a folder is the copy that an earlier try began.
func (c *folderCopy) marked(f *folder, from mapi.ID) (mapi.UID, bool) {
	v, _ := f.props.Get(tag.TwigaCopying)
	b := v.Bytes()
	if len(b) != 28 || [16]byte(b[:16]) != c.m.guid || mapi.ID(binary.LittleEndian.Uint64(b[16:])) != from {
		return 0, false
	}
	return mapi.UID(binary.LittleEndian.Uint32(b[24:])), true
}

// messages copies the messages of a folder that are behind the last one, and
// for a move takes them out after that.
func (c *folderCopy) messages(ctx context.Context, f *copied) error {
	if c.req.Move {
		if err := c.takeCopied(ctx, f); err != nil {
			return err
		}
	}
	for {
		items, hidden, err := c.next(ctx, f.from.id, f.last)
		if err == nil && len(items) == 0 && hidden > 0 {
			f.last = hidden
			continue
		}
		if err != nil || len(items) == 0 {
			return err
		}
		if err := mayLeave(items, c.req.Move); err != nil {
			return err
		}
		if items, err = c.carry(ctx, f, items); err != nil {
			return err
		}
		if c.req.Move {
			if err := takeOut(ctx, c.m, c.acc, f.from.id, items); err != nil {
				return err
			}
		}
		c.done += int64(len(items))
		if c.done < c.total && !c.yield(object.Progress{Done: c.done, Total: c.total}) {
			return errStopped
		}
	}
}

// takeCopied takes out what an earlier try copied.
func (c *folderCopy) takeCopied(ctx context.Context, f *copied) error {
	for f.last > 0 {
		items, _, err := c.next(ctx, f.from.id, 0)
		if err != nil {
			return err
		}
		items = slices.DeleteFunc(items, func(it item) bool { return it.uid > f.last })
		if len(items) == 0 {
			return nil
		}
		if err := takeOut(ctx, c.m, c.acc, f.from.id, items); err != nil {
			return err
		}
	}
	return nil
}

// next reads some items of a folder behind a UID: contents and associated. Of a
// batch in which none is there for the session it gives the last UID.
func (c *folderCopy) next(ctx context.Context, folder mapi.ID, after mapi.UID) (items []item, hidden mapi.UID, err error) {
	err = c.m.view(ctx, func(conn *sqlite.Conn) error {
		for _, l := range []list{listContents, listAssociated} {
			some, err := someItems(conn, l.of(folder), after, acrossBatch)
			if err != nil {
				return err
			}
			items = append(items, some...)
		}
		slices.SortFunc(items, func(a, b item) int { return cmp.Compare(a.uid, b.uid) })
		if items = items[:min(len(items), acrossBatch)]; len(items) == 0 {
			return nil
		}
		last := items[len(items)-1].uid
		if items, err = c.acc.shown(conn, items); len(items) == 0 {
			hidden = last
		}
		return err
	})
	return items, hidden, err
}

// carry writes copies of messages and moves the mark, in one transaction. It
// gives those that it was about: fewer where they are large.
func (c *folderCopy) carry(ctx context.Context, f *copied, items []item) ([]item, error) {
	var freight *cargo
	if c.m != c.to {
		var err error
		if freight, err = loadCargo(ctx, c.m, f.from.id, items); err != nil {
			return nil, err
		}
		items = freight.items
	}
	next := *f
	next.last = items[len(items)-1].uid
	err := c.to.updateAs(ctx, c.toAcc, func(t *tx) error {
		to, err := t.contents(f.to)
		if err != nil {
			return err
		}
		if c.m == c.to {
			err = t.copyItems(f.from.id, to, items)
		} else {
			_, err = t.unloadCargo(to, freight, c.req.Move)
		}
		if err != nil {
			return err
		}
		to.props = wire.AppendChanged(nil, to.props, mapi.Props{{Tag: tag.TwigaCopying, Value: mapi.Binary(c.mark(&next))}}, nil)
		to.wide = true
		return t.checkQuota(c.limits)
	})
	if err == nil {
		f.last = next.last
	}
	return items, err
}

// copyItems copies those of the items that are still there.
func (t *tx) copyItems(from mapi.ID, to *folder, items []item) error {
	for i := range items {
		now, err := itemsIn(t.c, items[i].list.of(from), []mapi.UIDRange{{First: items[i].uid, Last: items[i].uid}})
		if err != nil {
			return err
		}
		for j := range now {
			if _, err := t.copyItem(to, &now[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeSource removes the folders that were moved: they are empty, and no
// other folder came below meanwhile.
func (c *folderCopy) removeSource(t *tx) error {
	byParent := t.byParent()
	n := 1
	for _, f := range c.folders {
		for _, child := range byParent[f.from.id] {
			if !child.search {
				n++
			}
		}
		if now, err := t.look(f.from.id); err == nil && now.associated > 0 {
			return fmt.Errorf("move folder %s: %w", f.from.id, mapi.HasMessages)
		}
	}
	if n != len(c.folders) {
		return fmt.Errorf("move folder %s: others came below: %w", c.req.Folder, mapi.HasFolders)
	}
	if err := t.mayDeleteTree(byParent, c.req.Folder, false); err != nil {
		return err
	}
	return t.deleteTree(byParent, c.req.Folder)
}

// unmark makes ordinary folders of the copies.
func (c *folderCopy) unmark(t *tx) error {
	for _, f := range c.folders {
		to, err := t.edit(f.to)
		if mapi.CodeOf(err) == mapi.NotFound {
			continue // deleted meanwhile
		}
		if err != nil {
			return err
		}
		to.props = folderProps(to.props, nil, []mapi.PropTag{tag.TwigaCopying})
		to.own, to.wide = t.nextChange(), true
	}
	return nil
}
