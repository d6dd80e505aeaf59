// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/sqlite"
	"twiga/lib/store/acl"
)

// loadRights reads the permission lists and the delegates.
func (m *mailbox) loadRights(c *sqlite.Conn) error {
	rows, err := c.Query("SELECT folder, member, rights FROM acl ORDER BY folder, member")
	if err != nil {
		return err
	}
	for rows.Next() {
		p := object.Permission{Rights: mapi.Rights(rows.Int(2))}
		copy(p.Member[:], rows.Bytes(1))
		if f := cmp.Or(m.folders[mapi.ID(rows.Int(0))], m.buried[mapi.ID(rows.Int(0))]); f != nil {
			f.acl = append(f.acl, p)
		}
	}
	if err := rows.Close(); err != nil {
		return err
	}
	if m.acting, err = readDelegates(c); err != nil {
		return err
	}
	n, err := c.Int("SELECT EXISTS (SELECT 1 FROM author)")
	m.signed.Store(n != 0)
	return err
}

// saveList writes the permission list, where it was changed.
func (f *folder) saveList(c *sqlite.Conn) error {
	if !f.relisted {
		return nil
	}
	if err := c.Exec("DELETE FROM acl WHERE folder = ?", uint64(f.id)); err != nil {
		return err
	}
	for _, p := range f.acl {
		err := c.Exec("INSERT INTO acl (folder, member, rights) VALUES (?, ?, ?)", uint64(f.id), p.Member[:], uint32(p.Rights))
		if err != nil {
			return err
		}
	}
	return nil
}

// inherit gives a new folder the list of the one above. Who makes a folder in
// another's mailbox owns it.
func (t *tx) inherit(f, above *folder) {
	f.acl = above.acl
	if !t.acc.isFull() {
		f.acl = f.acl.Change(false, []object.Permission{{Member: t.acc.who.User, Rights: mapi.RightsAll}}, nil)
	}
	f.relisted = len(f.acl) > 0
}

// ModifyPermissions implements object.Permissions. Of the folders below those
// are changed that the session owns.
func (s *session) ModifyPermissions(ctx context.Context, req object.ModifyPermissionsRequest) (object.Empty, error) {
	if err := s.checkMembers(ctx, &req); err != nil {
		return object.Empty{}, err
	}
	err := s.update(ctx, actPermissions, req.Store, func(t *tx) error {
		if _, err := t.lookHolder(req.Folder); err != nil {
			return err
		}
		if err := t.may(actPermissions, req.Folder); err != nil {
			return err
		}
		if err := t.relist(req.Folder, &req); err != nil || !req.Subfolders {
			return err
		}
		byParent := t.byParent()
		for todo := byParent[req.Folder]; len(todo) > 0; {
			f := todo[len(todo)-1]
			todo = append(todo[:len(todo)-1], byParent[f.id]...)
			if t.may(actPermissions, f.id) != nil {
				continue
			}
			if err := t.relist(f.id, &req); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.audit(ctx, "set permissions", fmt.Sprintf("folder %s of store %s", req.Folder, cmp.Or(req.Store, s.who.Store)))
	}
	return object.Empty{}, err
}

// relist changes a folder's list. A folder whose list stays is not changed.
func (t *tx) relist(id mapi.ID, req *object.ModifyPermissionsRequest) error {
	f, err := t.edit(id)
	if err != nil {
		return err
	}
	list := f.acl.Change(req.Replace, req.Set, req.Remove)
	if len(list) > object.MaxPermissions {
		return fmt.Errorf("set permissions of folder %s: %d members: %w", id, len(list), mapi.TooBig)
	}
	if slices.Equal(list, f.acl) {
		return nil
	}
	f.acl, f.relisted = list, true
	f.own, f.wide = t.nextChange(), true
	t.event(object.Event{Kind: object.EventHierarchy, Folder: f.id, Change: f.own})
	return nil
}

// checkMembers sees to it that those who are to have rights are users or
// groups that may be in permission lists.
func (s *session) checkMembers(ctx context.Context, req *object.ModifyPermissionsRequest) error {
	if err := s.may(actPermissions); err != nil {
		return err
	}
	if len(req.Set) > object.MaxPermissions || len(req.Remove) > object.MaxPermissions {
		return fmt.Errorf("set permissions: %d members: %w", len(req.Set)+len(req.Remove), mapi.TooBig)
	}
	for _, p := range req.Set {
		if !acl.Valid(p.Rights) {
			return fmt.Errorf("set permissions: rights 0x%x: %w", uint32(p.Rights), mapi.InvalidParameter)
		}
		if p.Member == object.MemberDefault || p.Member == object.MemberAnonymous {
			continue
		}
		if err := s.e.checkMember(ctx, p.Member); err != nil {
			return fmt.Errorf("set permissions of %s: %w", p.Member, err)
		}
	}
	return nil
}

func (e *Engine) checkMember(ctx context.Context, id mapi.GUID) error {
	_, err := e.dir.ByID(ctx, id)
	if mapi.CodeOf(err) != mapi.NotFound {
		return coded(err)
	}
	entry, err := e.dir.Entry(ctx, id)
	switch {
	case mapi.CodeOf(err) == mapi.NoSupport:
		return mapi.NotFound
	case err != nil:
		return coded(err)
	case entry.Kind != directory.KindGroup && entry.Kind != directory.KindDynamicGroup:
		return mapi.NotFound
	}
	g, err := e.dir.Group(ctx, entry.Name)
	if err != nil {
		return coded(err)
	}
	if !g.Security {
		return fmt.Errorf("group %q is not for permissions: %w", g.Name, mapi.InvalidParameter)
	}
	return nil
}

// GetRights implements object.Permissions.
func (s *session) GetRights(ctx context.Context, req object.GetRightsRequest) (object.GetRightsResponse, error) {
	var out object.GetRightsResponse
	if len(req.Folders) > object.MaxIDs {
		return out, fmt.Errorf("get rights: %d folders: %w", len(req.Folders), mapi.InvalidParameter)
	}
	m, acc, leave, err := s.mailbox(ctx, actRights, req.Store)
	if err != nil {
		return out, err
	}
	defer leave()
	add := func(f *folder) {
		if f != nil && f.id != rootID && acc.sees(f) {
			out.Folders = append(out.Folders, object.FolderRights{Folder: f.id, Rights: acc.of(f)})
		}
	}
	for _, id := range req.Folders {
		add(m.folder(id))
	}
	if len(req.Folders) == 0 {
		for _, f := range m.allFolders() {
			add(f)
		}
		slices.SortFunc(out.Folders, func(a, b object.FolderRights) int { return cmp.Compare(a.Folder, b.Folder) })
	}
	return out, nil
}

// permissionRows are the rows of TablePermissions, [MS-OXCPERM] 2.2.4: first
// Default and Anonymous, listed or not, then the others by name.
func (s *session) permissionRows(ctx context.Context, req *object.QueryRequest) ([]mapi.Props, error) {
	m, acc, leave, err := s.mailbox(ctx, actPermissions, req.Store)
	if err != nil {
		return nil, err
	}
	defer leave()
	f := m.folder(req.Folder)
	if f == nil || f.id == rootID {
		return nil, noFolder(req.Folder)
	}
	if err := acc.may(actPermissions, f.id); err != nil {
		return nil, err
	}
	var rows []memberRow
	for _, p := range f.acl {
		if p.Member != object.MemberDefault && p.Member != object.MemberAnonymous {
			row := s.e.memberOf(ctx, p.Member)
			row.Permission = p
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b memberRow) int {
		return cmp.Or(cmp.Compare(a.name, b.name), bytes.Compare(a.Member[:], b.Member[:]))
	})
	first := []memberRow{{Permission: object.Permission{Member: object.MemberDefault}}, {name: "Anonymous", Permission: object.Permission{Member: object.MemberAnonymous}}}
	for i := range first {
		first[i].Rights, _ = f.acl.Of(first[i].Member)
	}
	out := make([]mapi.Props, 0, len(rows)+len(first))
	for _, r := range append(first, rows...) {
		out = append(out, r.props())
	}
	return out, nil
}

// memberRow is one member of a permission list.
type memberRow struct {
	name    string
	account string // login name, or a group's
	kind    mapi.ObjectType
	object.Permission
}

// props are the columns. The member's number is 0 for Default and -1 for
// Anonymous ([MS-OXCPERM] 2.2.5); others have the beginning of their GUID, the
// whole of which is the entry id.
func (r *memberRow) props() mapi.Props {
	var p mapi.Props
	p.Set(tag.EntryId, mapi.Binary(r.Member[:]))
	p.Set(tag.MemberId, mapi.Int64(int64(binary.LittleEndian.Uint64(r.Member[:]))))
	p.Set(tag.MemberName, mapi.String(r.name))
	p.Set(tag.MemberRights, mapi.Int32(int32(r.Rights)))
	if r.account != "" {
		p.Set(tag.Account, mapi.String(r.account))
		p.Set(tag.ObjectType, mapi.Int32(int32(r.kind)))
	}
	return p
}

// memberOf names somebody who is listed; by the id who is no more.
func (e *Engine) memberOf(ctx context.Context, id mapi.GUID) memberRow {
	if u, err := e.dir.ByID(ctx, id); err == nil {
		return memberRow{name: cmp.Or(u.FullName, u.Name), account: u.Name, kind: mapi.ObjectMailUser}
	}
	entry, err := e.dir.Entry(ctx, id)
	if err != nil {
		return memberRow{name: id.String()}
	}
	row := memberRow{name: cmp.Or(entry.FullName, entry.Name), account: entry.Name, kind: mapi.ObjectMailUser}
	if entry.Kind == directory.KindGroup || entry.Kind == directory.KindDynamicGroup {
		row.kind = mapi.ObjectDistList
	}
	return row
}
