// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/object/dump"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

// loadBelow puts what a dump has below a folder, as new messages: folders are
// found by name or made, messages whose content is there already are left out.
// The top of a mailbox and its folder of what people see become the folder
// itself; a part's topmost folder becomes one below it. What is soft-deleted is
// left out, and search folders.
func (s *session) loadBelow(ctx context.Context, req *object.LoadRequest, d *dump.Decoder) (object.LoadResponse, error) {
	m, acc, leave, err := s.mailbox(ctx, actCheck, req.Store)
	if err != nil {
		return object.LoadResponse{}, err
	}
	defer leave()
	switch f := m.folder(req.Folder); {
	case f == nil || f.id == rootID:
		return object.LoadResponse{}, noFolder(req.Folder)
	case f.search:
		return object.LoadResponse{}, noHolder(req.Folder)
	}
	l := &below{m: m, acc: acc, d: d, target: req.Folder, old: map[mapi.ID]*oldFolder{}, left: map[mapi.ID]bool{}}
	err = rows(ctx, d, func(r dump.Row) error { return l.row(ctx, r) })
	if err == nil {
		err = l.makeFolders(ctx)
	}
	if err == nil {
		err = l.flush(ctx)
	}
	l.out.Store = m.guid
	return l.out, err
}

// below is the state of a load below a folder.
type below struct {
	m      *mailbox
	acc    *access
	d      *dump.Decoder
	target mapi.ID
	out    object.LoadResponse

	old   map[mapi.ID]*oldFolder // the dump's folders
	left  map[mapi.ID]bool       // of them those left out, with all below
	named []object.NamedID       // what ids of named properties stand for there
	names remap                  // of the folders' properties
	made  bool
	into  mapi.ID // where the messages that wait go
	wait  []*prepared
	body  mapi.ID       // the id of the body of the last one
	has   *contentIndex // of into
}

// oldFolder is a folder of the dump and the one that it becomes.
type oldFolder struct {
	parent      mapi.ID
	top         bool
	name, class string
	props       wire.Bag
	now         mapi.ID
}

func (l *below) row(ctx context.Context, r dump.Row) error {
	t := &l.d.Tables[r.Table]
	row := namedRow{t.Columns, r.Values}
	switch t.Name {
	case "folder":
		id := mapi.ID(row.int("id"))
		l.old[id] = &oldFolder{parent: mapi.ID(row.int("parent")), name: row.text("name"), class: row.text("class"), props: wire.Bag(row.bytes("props")),
			top: id == rootID || object.FolderKind(row.int("kind")) == object.KindRoot}
		if object.FolderKind(row.int("kind")) == object.KindRecoverable {
			l.left[id] = true
		}
	case "search":
		l.left[mapi.ID(row.int("folder"))] = true
	case "named":
		n := object.NamedID{ID: uint16(row.int("id")), Name: mapi.Name{LID: uint32(row.int("lid")), Text: row.text("name")}}
		copy(n.Name.Set[:], row.bytes("guid"))
		l.named = append(l.named, n)
	case "item":
		return l.item(ctx, row)
	case "message":
		if p := l.last(mapi.ID(row.int("id"))); p != nil {
			p.summary, p.bag = row.bytes("summary"), row.bytes("bag")
			p.recipients, p.attachments = row.bytes("recipients"), row.bytes("attachments")
			if l.body = p.item.id; row.value("body") != nil {
				l.body = mapi.ID(row.int("body"))
			}
		}
	case "body":
		if n := len(l.wait); n > 0 && mapi.ID(row.int("id")) == l.body {
			l.wait[n-1].body = row.bytes("recipe")
		}
	}
	return nil
}

// last is the message that rows of this id belong to.
func (l *below) last(id mapi.ID) *prepared {
	if n := len(l.wait); n > 0 && l.wait[n-1].item.id == id {
		return l.wait[n-1]
	}
	return nil
}

// item begins the next message.
func (l *below) item(ctx context.Context, row namedRow) error {
	if !l.made {
		if err := l.makeFolders(ctx); err != nil {
			return err
		}
	}
	from, kind := listOf(mapi.ID(row.int("folder")))
	if kind > listAssociated || l.leftOut(from) {
		return nil
	}
	into := l.target
	if f := l.old[from]; f != nil {
		into = f.now
	}
	if into != l.into || len(l.wait) >= acrossBatch {
		if err := l.flush(ctx); err != nil {
			return err
		}
	}
	if into != l.into {
		l.into, l.has = into, nil
	}
	p := &prepared{item: item{
		id: mapi.ID(row.int("id")), flags: object.Flags(row.int("flags")) &^ object.FlagSubmitted,
		received: uint64(row.int("received")), sent: uint64(row.int("sent")), size: row.int("size"), content: row.int("content"),
		class: row.text("class"), keywords: row.text("keywords"), list: kind,
		saved: uint64(row.int("saved")), email: row.text("email"),
	}}
	if row.value("content") == nil {
		p.item.content = p.item.size
	}
	l.wait, l.body = append(l.wait, p), p.item.id
	return nil
}

// leftOut says whether a folder or one above it is left out.
func (l *below) leftOut(id mapi.ID) bool {
	for range maxDepth {
		if l.left[id] {
			return true
		}
		f := l.old[id]
		if f == nil {
			break
		}
		id = f.parent
	}
	return false
}

// namesOf gives a remap that noted what it is for the names of the dump.
func (l *below) namesOf(r *remap) {
	for _, n := range l.named {
		if _, used := r.ids[n.ID]; used && checkPropertyName(n.Name) == nil {
			r.names = append(r.names, n)
		}
	}
}

// makeFolders finds or makes the folders that the dump's become.
func (l *below) makeFolders(ctx context.Context) error {
	l.made = true
	made := int64(0)
	for _, f := range l.old {
		l.names.noteBag(f.props)
	}
	l.namesOf(&l.names)
	err := l.m.updateAs(ctx, l.acc, func(t *tx) error {
		made = 0
		if err := l.names.create(t); err != nil {
			return err
		}
		c := newChildren(t)
		for id := range l.old {
			if l.leftOut(id) {
				continue
			}
			n, err := l.makeFolder(t, c, id, 0)
			if err != nil {
				return err
			}
			made += n
		}
		return nil
	})
	l.out.Folders += made
	return err
}

// makeFolder makes a folder and those above it; it tells how many.
func (l *below) makeFolder(t *tx, c children, id mapi.ID, depth int) (made int64, err error) {
	f := l.old[id]
	switch {
	case f.now != 0:
		return 0, nil
	case depth > maxDepth:
		return 0, fmt.Errorf("make folder %q: %w", f.name, mapi.FolderCycle)
	case f.top:
		f.now = l.target
		return 0, nil
	}
	parent := l.target
	if above := l.old[f.parent]; above != nil && uint64(id) != l.d.Header.Folder {
		if made, err = l.makeFolder(t, c, f.parent, depth+1); err != nil {
			return made, err
		}
		parent = above.now
	}
	got, err := t.createFolder(c, parent, &object.NewFolder{Name: f.name, Class: f.class, Props: l.names.props(f.props)}, true)
	if err != nil {
		return made, err
	}
	if f.now = got.ID; !got.Existed {
		made++
	}
	return made, nil
}

// translate gives the messages that wait the ids that named properties have
// here. One that is damaged is taken as it is, for a check to find.
func (l *below) translate(ctx context.Context) error {
	var names remap
	for _, p := range l.wait {
		_ = names.note(p)
	}
	if len(names.ids) == 0 {
		return nil
	}
	l.namesOf(&names)
	if err := l.m.updateAs(ctx, l.acc, names.create); err != nil {
		return err
	}
	for _, p := range l.wait {
		_ = names.message(p)
	}
	return nil
}

// flush saves the messages that wait.
func (l *below) flush(ctx context.Context) error {
	if len(l.wait) == 0 {
		return nil
	}
	if err := l.translate(ctx); err != nil {
		return err
	}
	if l.has == nil {
		l.has = &contentIndex{m: l.m, folder: l.into}
		if err := l.m.view(ctx, l.has.load); err != nil {
			return err
		}
	}
	fresh := l.wait[:0]
	for _, p := range l.wait {
		there, err := l.has.find(ctx, p)
		if err != nil {
			return err
		}
		if there {
			l.out.Skipped++
			continue
		}
		fresh = append(fresh, p)
	}
	l.wait = nil
	if len(fresh) == 0 {
		return nil
	}
	saved := make([]mapi.ID, len(fresh))
	err := l.m.updateAs(ctx, l.acc, func(t *tx) error {
		for i, p := range fresh {
			f, err := t.contents(l.into)
			if err != nil {
				return err
			}
			got, err := t.insert(f, p, t.nextID())
			if err != nil {
				return err
			}
			saved[i] = got.ID
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, p := range fresh {
		l.has.add(keyOfContent(&p.item), saved[i])
	}
	l.out.Messages += int64(len(fresh))
	return nil
}

// contentIndex finds messages of a folder by their content.
type contentIndex struct {
	m      *mailbox
	folder mapi.ID
	bySize map[contentKey][]mapi.ID
}

// contentKey is what messages of the same content have in common.
type contentKey struct {
	list          list
	size, content int64
}

func keyOfContent(it *item) contentKey { return contentKey{it.list, it.size, it.content} }

func (x *contentIndex) load(c *sqlite.Conn) error {
	x.bySize = map[contentKey][]mapi.ID{}
	for _, l := range []list{listContents, listAssociated} {
		rows, err := c.Query("SELECT size, ifnull(content, size), id FROM item WHERE folder = ?", uint64(l.of(x.folder)))
		if err != nil {
			return err
		}
		for rows.Next() {
			x.add(contentKey{l, rows.Int(0), rows.Int(1)}, mapi.ID(rows.Int(2)))
		}
		if err := rows.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (x *contentIndex) add(key contentKey, id mapi.ID) {
	x.bySize[key] = append(x.bySize[key], id)
}

// find says whether a message of the same content is there.
func (x *contentIndex) find(ctx context.Context, p *prepared) (bool, error) {
	list := x.bySize[keyOfContent(&p.item)]
	if len(list) == 0 {
		return false, nil
	}
	found := false
	err := x.m.view(ctx, func(c *sqlite.Conn) error {
		for _, id := range list {
			have, err := readPrepared(c, &item{id: id})
			if err != nil {
				return err
			}
			if have == nil {
				continue
			}
			if found, err = x.m.e.sameContent(ctx, p, have); found || err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}
