// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// Limits on folders.
const (
	maxFolderName  = 255 // characters
	maxFolderClass = 255 // bytes
	maxFolders     = 100_000
	maxDepth       = 200
	maxFolderBag   = 64 << 10 // bytes of properties of one, all of which are in memory
)

// CreateFolders implements object.Folders.
func (s *session) CreateFolders(ctx context.Context, req object.CreateFoldersRequest) (object.CreateFoldersResponse, error) {
	var out object.CreateFoldersResponse
	err := s.update(ctx, actMakeFolder, req.Store, func(t *tx) error {
		out.Created = nil
		c := newChildren(t)
		for i := range req.Folders {
			f := &req.Folders[i]
			parent := f.Parent
			if f.Under < 0 || f.Under > i {
				return fmt.Errorf("create folder %q: under folder %d of the request: %w", f.Name, f.Under, mapi.InvalidParameter)
			}
			if f.Under > 0 {
				parent = out.Created[f.Under-1].ID
			}
			made, err := t.makeFolder(c, parent, f, req.OpenExisting)
			if err != nil {
				return err
			}
			out.Created = append(out.Created, made)
		}
		return nil
	})
	if err != nil {
		return object.CreateFoldersResponse{}, err
	}
	for _, f := range out.Created {
		if !f.Existed {
			_ = s.auditFolder(ctx, nil, "create folder", req.Store, f.ID)
		}
	}
	return out, nil
}

// children finds folders by parent and name without regard to case.
type children struct {
	byName map[childName]mapi.ID
}

type childName struct {
	parent mapi.ID
	name   string
}

func keyOf(parent mapi.ID, name string) childName {
	return childName{parent, object.FolderNameKey(name)}
}

func newChildren(t *tx) children {
	c := children{map[childName]mapi.ID{}}
	for f := range t.folders {
		if f.id != rootID {
			c.byName[keyOf(f.parent, f.name)] = f.id
		}
	}
	return c
}

func (t *tx) createFolder(c children, parent mapi.ID, n *object.NewFolder, openExisting bool) (object.CreatedFolder, error) {
	if err := checkName(n.Name); err != nil {
		return object.CreatedFolder{}, err
	}
	above, err := t.look(parent)
	if err == nil {
		err = t.may(actMakeFolder, parent)
	}
	if err != nil {
		return object.CreatedFolder{}, err
	}
	if err := holdsFolders(above); err != nil {
		return object.CreatedFolder{}, err
	}
	if id, ok := c.byName[keyOf(parent, n.Name)]; ok {
		if f, err := t.look(id); openExisting && err == nil && f.search == n.Search && t.need(id, 0) == nil {
			return object.CreatedFolder{ID: id, Existed: true}, nil
		}
		return object.CreatedFolder{}, fmt.Errorf("create folder %q: %w", n.Name, mapi.AlreadyExists)
	}
	if len(c.byName) >= maxFolders || t.depth(parent) >= maxDepth || len(n.Class) > maxFolderClass {
		return object.CreatedFolder{}, fmt.Errorf("create folder %q: too many, too deep or class too long: %w", n.Name, mapi.TooBig)
	}
	f := folder{id: t.nextID(), parent: parent, name: n.Name, class: n.Class, next: 1, fresh: true}
	if f.class == "" {
		if f.class = above.class; f.class == "" {
			f.class = "IPF.Note"
		}
	}
	f.uidValidity = t.nextValidity()
	f.own = t.nextChange()
	f.change = f.own
	if f.props = folderProps(nil, n.Props, nil); len(f.props) > maxFolderBag {
		return object.CreatedFolder{}, fmt.Errorf("create folder %q: %d bytes of properties: %w", n.Name, len(f.props), mapi.TooBig)
	}
	t.inherit(&f, above)
	t.part[f.id] = &f
	c.byName[keyOf(parent, n.Name)] = f.id
	t.event(object.Event{Kind: object.EventHierarchy, Folder: f.id, Change: f.own})
	t.touched(object.EventCreated, &f, 0, f.own)
	return object.CreatedFolder{ID: f.id}, nil
}

// folderProps is a folder's bag with changes; nil where it has none.
func folderProps(old wire.Bag, set mapi.Props, deleted []mapi.PropTag) wire.Bag {
	set = filterProps(set, func(t mapi.PropTag) bool { return !isFolderComputed(t) })
	if len(old) == 0 && len(set) == 0 {
		return nil
	}
	return wire.AppendChanged(nil, old, set, deleted)
}

func checkName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n == 0 || !utf8.ValidString(name) || strings.ContainsFunc(name, breaksName):
		return fmt.Errorf("name folder %q: %w", name, mapi.InvalidParameter)
	case n > maxFolderName:
		return fmt.Errorf("name folder %.40q: %d characters: %w", name, n, mapi.StringTooLong)
	}
	return nil
}

// breaksName says whether a character may not stand in a name (RFC 9051 5.1).
func breaksName(r rune) bool {
	const lineSeparator, paragraphSeparator = '\u2028', '\u2029'
	return unicode.IsControl(r) || r == lineSeparator || r == paragraphSeparator
}

// depth is how many folders lie above one; damaged trees end somewhere.
func (t *tx) depth(id mapi.ID) int {
	n := 0
	for ; id != rootID && n < maxDepth; n++ {
		f, err := t.look(id)
		if err != nil {
			break
		}
		id = f.parent
	}
	return n
}

// byParent are all folders under their parents.
func (t *tx) byParent() map[mapi.ID][]*folder {
	out := map[mapi.ID][]*folder{}
	for f := range t.folders {
		out[f.parent] = append(out[f.parent], f)
	}
	return out
}

// height is how many levels of folders lie below one, up to a limit.
func height(byParent map[mapi.ID][]*folder, id mapi.ID, limit int) int {
	n := 0
	if limit > 0 {
		for _, f := range byParent[id] {
			n = max(n, 1+height(byParent, f.id, limit-1))
		}
	}
	return n
}

// MoveFolder implements object.Folders.
func (s *session) MoveFolder(ctx context.Context, req object.MoveFolderRequest) (object.Empty, error) {
	err := s.update(ctx, actTree, req.Store, func(t *tx) error {
		if err := t.may(actTree, req.Folder); err != nil {
			return err
		}
		return t.moveFolder(req.Folder, req.Parent, req.Name)
	})
	return object.Empty{}, s.auditFolder(ctx, err, "move folder", req.Store, req.Folder)
}

// moveFolder gives a folder another parent, or 0 for the same, or another
// name, or "" for the same.
func (t *tx) moveFolder(id, parent mapi.ID, name string) error {
	f, err := t.ordinary(id)
	if err != nil {
		return err
	}
	if parent == 0 {
		parent = f.parent
	}
	if name == "" {
		name = f.name
	}
	if err := checkName(name); err != nil {
		return err
	}
	if parent != f.parent {
		if err := t.may(actMakeFolder, parent); err != nil {
			return err
		}
	}
	if err := t.checkCycle(id, parent); err != nil {
		return err
	}
	if other, ok := newChildren(t).byName[keyOf(parent, name)]; ok && other != f.id {
		return fmt.Errorf("move folder %s to %q: %w", f.id, name, mapi.AlreadyExists)
	}
	if parent == f.parent && name == f.name {
		return nil
	}
	if above, err := t.look(parent); err != nil || above.search {
		return noHolder(parent)
	}
	if parent != f.parent && t.depth(parent)+height(t.byParent(), f.id, maxDepth) >= maxDepth {
		return fmt.Errorf("move folder %s under %s: too deep: %w", f.id, parent, mapi.TooBig)
	}
	f, err = t.edit(id)
	if err != nil {
		return err
	}
	old := object.OldPlace{Store: t.m.guid, Folder: f.parent}
	f.parent, f.name, f.own, f.wide = parent, name, t.nextChange(), true
	t.event(object.Event{Kind: object.EventHierarchy, Folder: f.id, Change: f.own})
	if old.Folder == parent {
		t.touched(object.EventModified, f, 0, f.own)
	} else {
		t.fine(object.Event{Kind: object.EventMoved, Folder: f.id, Change: f.own, Old: old})
	}
	return t.searchMoved(f.id, old.Folder)
}

// ordinary is a folder that may be renamed, moved and deleted.
func (t *tx) ordinary(id mapi.ID) (*folder, error) {
	f, err := t.look(id)
	if err != nil {
		return nil, err
	}
	if id == rootID || f.kind != object.KindGeneric {
		return nil, fmt.Errorf("change folder %s: a standard folder: %w", id, mapi.NoAccess)
	}
	return f, nil
}

// checkCycle says whether a folder may lie under another.
func (t *tx) checkCycle(id, parent mapi.ID) error {
	for at, n := parent, 0; at != rootID; n++ {
		if at == id || n > maxDepth {
			return fmt.Errorf("move folder %s under %s: %w", id, parent, mapi.FolderCycle)
		}
		f, err := t.look(at)
		if err != nil {
			return err
		}
		at = f.parent
	}
	return nil
}

// SetFolderProps implements object.Folders.
func (s *session) SetFolderProps(ctx context.Context, req object.SetFolderPropsRequest) (object.Empty, error) {
	err := s.update(ctx, actTree, req.Store, func(t *tx) error {
		f, err := t.edit(req.Folder)
		if err != nil || f.id == rootID {
			return noFolder(req.Folder)
		}
		if err := t.may(actTree, f.id); err != nil {
			return err
		}
		if err := propsAre(f.props, req.If, req.IfUnset); err != nil {
			return fmt.Errorf("set properties of folder %s: %w", f.id, err)
		}
		if class, ok := req.Set.Get(tag.ContainerClass); ok {
			if len(class.Bytes()) > maxFolderClass {
				return fmt.Errorf("set class of folder %s: %w", f.id, mapi.StringTooLong)
			}
			f.class = class.Text()
		}
		if f.props = folderProps(f.props, req.Set, req.Delete); len(f.props) > maxFolderBag {
			return fmt.Errorf("set properties of folder %s: %d bytes: %w", f.id, len(f.props), mapi.TooBig)
		}
		f.own, f.wide = t.nextChange(), true
		if _, set := req.Set.Get(tag.TwigaAnnotations); set || slices.Contains(req.Delete, tag.TwigaAnnotations) {
			f.change = f.own // RFC 7162 3.2
		}
		t.event(object.Event{Kind: object.EventHierarchy, Folder: f.id, Change: f.own})
		t.touched(object.EventModified, f, 0, f.own)
		return nil
	})
	return object.Empty{}, s.auditFolder(ctx, err, "set folder properties", req.Store, req.Folder)
}

// RaiseFolder implements object.Folders.
func (s *session) RaiseFolder(ctx context.Context, req object.RaiseFolderRequest) (object.Empty, error) {
	return object.Empty{}, s.update(ctx, actRaise, req.Store, func(t *tx) error {
		f, err := t.edit(req.Folder)
		if err != nil || f.id == rootID {
			return noFolder(req.Folder)
		}
		if err := t.may(actRaise, f.id); err != nil {
			return err
		}
		f.change = t.nextChange()
		return nil
	})
}

// FolderStates implements object.Folders.
func (s *session) FolderStates(ctx context.Context, req object.FolderStatesRequest) (object.FolderStatesResponse, error) {
	if len(req.Folders) > object.MaxIDs {
		return object.FolderStatesResponse{}, fmt.Errorf("get states of %d folders: %w", len(req.Folders), mapi.InvalidParameter)
	}
	m, acc, leave, err := s.mailbox(ctx, actStates, req.Store)
	if err != nil {
		return object.FolderStatesResponse{}, err
	}
	defer leave()
	return object.FolderStatesResponse{Folders: m.states(acc, req.Folders)}, nil
}
