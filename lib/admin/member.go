// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// The members of permission lists that are nobody in particular, as commands
// print and take them.
const (
	memberDefault   = "Default"
	memberAnonymous = "Anonymous"
)

// member finds who is meant in a permission list: a user, a group, one of the
// two above, or by id somebody who is no more.
func (l *link) member(ctx context.Context, name string) (mapi.GUID, error) {
	switch {
	case strings.EqualFold(name, memberDefault):
		return object.MemberDefault, nil
	case strings.EqualFold(name, memberAnonymous):
		return object.MemberAnonymous, nil
	}
	u, err := l.admin.GetUser(ctx, object.GetUserRequest{Name: name})
	if err == nil {
		return u.ID, nil
	}
	if errors.Is(err, mapi.NotFound) {
		var g mapi.GUID
		if group, groupErr := l.admin.GetGroup(ctx, object.GetGroupRequest{Name: name}); groupErr == nil {
			return group.ID, nil
		}
		if g, err = mapi.ParseGUID(name); err == nil {
			return g, nil
		}
		err = mapi.NotFound
	}
	return mapi.GUID{}, fmt.Errorf("find user or group %s: %w", name, err)
}

// memberRights are one row of a permission list.
type memberRights struct {
	id     mapi.GUID
	name   string
	rights mapi.Rights
}

// permissions gives the permission list of a folder, members by their login or
// group names.
func (b *box) permissions(ctx context.Context, folder mapi.ID) ([]memberRights, error) {
	var out []memberRights
	req := object.QueryRequest{Store: b.store.GUID, Table: object.TablePermissions, Folder: folder,
		Columns: []mapi.PropTag{tag.EntryId, tag.MemberName, tag.MemberRights}}
	for row, err := range b.s.Query(ctx, req) {
		if err != nil {
			return nil, fmt.Errorf("read permissions of folder %s: %w", folder, err)
		}
		m := memberRights{name: row.Text(tag.MemberName), rights: mapi.Rights(row.Int(tag.MemberRights))}
		copy(m.id[:], row.Bytes(tag.EntryId))
		switch m.id {
		case object.MemberDefault:
			m.name = memberDefault
		case object.MemberAnonymous:
			m.name = memberAnonymous
		}
		out = append(out, m)
	}
	if len(out) <= 2 {
		return out, nil
	}
	names, err := b.accounts(ctx, out)
	for i := range out {
		if name := names[out[i].id]; name != "" {
			out[i].name = name
		}
	}
	return out, err
}

// accounts are the login and group names of members.
func (b *box) accounts(ctx context.Context, members []memberRights) (map[mapi.GUID]string, error) {
	var among mapi.Or
	for i := range members {
		among = append(among, mapi.Property{Op: mapi.EQ, Tag: tag.EntryId, Value: mapi.Binary(members[i].id[:])})
	}
	out := map[mapi.GUID]string{}
	req := object.QueryRequest{Table: object.TableAddressBook, Columns: []mapi.PropTag{tag.EntryId, tag.Account}, Where: among}
	for row, err := range b.admin.Query(ctx, req) {
		if err != nil {
			return nil, fmt.Errorf("read address book: %w", err)
		}
		var id mapi.GUID
		copy(id[:], row.Bytes(tag.EntryId))
		out[id] = row.Text(tag.Account)
	}
	return out, nil
}
