// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	proto "twiga/lib/proto/imap"
)

// The identifiers of RFC 4314 3 that are nobody in particular, and what groups
// begin with: "$" as they are told, "group:" is understood, too.
const (
	anyone    = "anyone"
	anonymous = "anonymous"
	groupMark = "$"
	groupWord = "group:"
)

// rightLetters say which letters stand for which right, RFC 4314 2.1 and
// [MS-OXCPERM] 2.2.7; letters in one row go together. lesser is what goes along
// when the right is taken: who may not change any message is not to change the
// own. Free and busy times, the contact of a folder, and changing or deleting
// but the own messages have no letter: ACL commands leave them as they are.
var rightLetters = []struct {
	letters string
	old     string // the letter of RFC 2086 that is told beside
	right   mapi.Rights
	lesser  mapi.Rights
}{
	{"l", "", mapi.RightFolderVisible, 0},
	{"r", "", mapi.RightReadAny, 0},
	{"sw", "", mapi.RightEditAny, mapi.RightEditOwned},
	{"ip", "", mapi.RightCreate, 0},
	{"k", "c", mapi.RightCreateSubfolder, 0},
	{"xa", "", mapi.RightFolderOwner, 0},
	{"te", "d", mapi.RightDeleteAny, mapi.RightDeleteOwned},
}

// letterOrder is the order in which rights are told.
const letterOrder = "lrswipkxtecda"

// letters are the rights as IMAP tells them.
func letters(r mapi.Rights) string {
	var have string
	for _, row := range rightLetters {
		if r&row.right != 0 {
			have += row.letters + row.old
		}
	}
	out := make([]byte, 0, len(have))
	for i := range len(letterOrder) {
		if strings.IndexByte(have, letterOrder[i]) >= 0 {
			out = append(out, letterOrder[i])
		}
	}
	return string(out)
}

// changed are rights after a change of letters. Of letters that go together one
// is enough to give, or to take.
func changed(r mapi.Rights, c proto.RightsChange) mapi.Rights {
	for _, row := range rightLetters {
		named, had := strings.ContainsAny(c.Rights, row.letters+row.old), r&row.right != 0
		switch {
		case c.Action == proto.StoreRemove && named, c.Action == proto.StoreReplace && !named:
			if had {
				r &^= row.right | row.lesser
			}
		case named:
			r |= row.right | row.lesser
		}
	}
	return r
}

// member is who is in a permission list.
type member struct {
	object.Permission
	identifier string
}

// administered finds a folder whose rights the user may change.
func (s *session) administered(ctx context.Context, mailbox string) (place, error) {
	f, err := s.find(ctx, mailbox)
	if err == nil && f.rights&mapi.RightFolderOwner == 0 {
		err = errNoPerm
	}
	return f, err
}

// members reads the permission list of a folder. Users and groups that are there
// no more have no name to be told or named by, and nobody has their rights.
func (s *session) members(ctx context.Context, f place) ([]member, error) {
	req := object.QueryRequest{Store: f.box.guid, Table: object.TablePermissions, Folder: f.id,
		Columns: []mapi.PropTag{tag.EntryId, tag.MemberRights, tag.Account, tag.ObjectType}}
	var out []member
	for bag, err := range s.store.Query(ctx, req) {
		if err != nil {
			s.store.sawError(err)
			return nil, fmt.Errorf("read permissions of folder %s: %w", f.id, err)
		}
		var m member
		id, _ := bag.Get(tag.EntryId)
		copy(m.Member[:], id.Bytes())
		m.Rights = mapi.Rights(bag.Int(tag.MemberRights))
		switch name := bag.Text(tag.Account); {
		case m.Member == object.MemberDefault:
			m.identifier = anyone
		case m.Member == object.MemberAnonymous:
			m.identifier = anonymous
		case name == "":
			continue
		case mapi.ObjectType(bag.Int(tag.ObjectType)) == mapi.ObjectDistList:
			m.identifier = groupMark + name
		default:
			m.identifier = name
		}
		out = append(out, m)
	}
	return out, nil
}

// owner is the login name of the one who may do everything in a mailbox, "" for
// none.
func (s *session) owner(ctx context.Context, box *mailbox) (string, error) {
	if box.own {
		return s.user.User, nil
	}
	is, err := s.sharing(ctx)
	if err != nil {
		return "", err
	}
	for i := range is.stores {
		if is.stores[i].GUID == box.guid {
			return is.stores[i].Owner, nil
		}
	}
	return "", nil
}

// GetACL implements proto.ACLSession, RFC 4314 3.3. The owner comes first, who
// is in no list; Default and Anonymous have rows also where they have nothing,
// which are not told.
func (s *session) GetACL(ctx context.Context, mailbox string) ([]proto.ACLEntry, error) {
	f, err := s.administered(ctx, mailbox)
	if err != nil {
		return nil, answer(err)
	}
	owner, err := s.owner(ctx, f.box)
	if err != nil {
		return nil, answer(err)
	}
	list, err := s.members(ctx, f)
	if err != nil {
		return nil, answer(err)
	}
	var out []proto.ACLEntry
	if owner != "" {
		out = append(out, proto.ACLEntry{Identifier: owner, Rights: letters(rightsOwner)})
	}
	for _, m := range list {
		if m.Rights != 0 || m.Member != object.MemberDefault && m.Member != object.MemberAnonymous {
			out = append(out, proto.ACLEntry{Identifier: m.identifier, Rights: letters(m.Rights)})
		}
	}
	return out, nil
}

// SetACL implements proto.ACLSession, RFC 4314 3.1. Who is listed with nothing
// has nothing, also where anyone has something.
func (s *session) SetACL(ctx context.Context, mailbox, identifier string, c proto.RightsChange) error {
	f, m, err := s.memberOf(ctx, mailbox, identifier)
	if err != nil {
		return answer(err)
	}
	m.Rights = changed(m.Rights, c)
	return answer(s.setPermissions(ctx, f, object.ModifyPermissionsRequest{Set: []object.Permission{m.Permission}}))
}

// DeleteACL implements proto.ACLSession, RFC 4314 3.2.
func (s *session) DeleteACL(ctx context.Context, mailbox, identifier string) error {
	f, m, err := s.memberOf(ctx, mailbox, identifier)
	if err != nil {
		return answer(err)
	}
	return answer(s.setPermissions(ctx, f, object.ModifyPermissionsRequest{Remove: []mapi.GUID{m.Member}}))
}

func (s *session) setPermissions(ctx context.Context, f place, req object.ModifyPermissionsRequest) error {
	req.Store, req.Folder = f.box.guid, f.id
	defer f.box.treeStale.Store(true)
	_, err := s.store.ModifyPermissions(ctx, req)
	switch mapi.CodeOf(err) {
	case mapi.InvalidParameter:
		return errNoSecurity
	case mapi.TooBig:
		return proto.No(proto.CodeLimit, "Too many have rights here")
	}
	if err != nil {
		s.store.sawError(err)
		return fmt.Errorf("change permissions of folder %s: %w", f.id, err)
	}
	return nil
}

// ListRights implements proto.ACLSession, RFC 4314 3.4.
func (s *session) ListRights(ctx context.Context, mailbox, identifier string) (string, []string, error) {
	if _, _, err := s.memberOf(ctx, mailbox, identifier); errors.Is(err, errOwner) {
		return letters(rightsOwner), nil, nil
	} else if err != nil {
		return "", nil, answer(err)
	}
	var sets []string
	for _, row := range rightLetters {
		sets = append(sets, row.letters+row.old)
	}
	return "", sets, nil
}

// MyRights implements proto.ACLSession, RFC 4314 3.5: any right is enough for it.
func (s *session) MyRights(ctx context.Context, mailbox string) (string, error) {
	f, err := s.findUnseen(ctx, mailbox)
	if err != nil {
		return "", answer(err)
	}
	return letters(f.rights), nil
}

var (
	errOwner      = proto.No(proto.CodeCannot, "The owner of a mailbox has all rights")
	errNobody     = proto.No(proto.CodeCannot, "No user or group has this name")
	errNoSecurity = proto.No(proto.CodeCannot, "This is not for permissions")
)

// memberOf finds a folder whose rights the user may change, and whom an
// identifier means there, with the rights that are listed.
func (s *session) memberOf(ctx context.Context, mailbox, identifier string) (place, member, error) {
	f, err := s.administered(ctx, mailbox)
	if err != nil {
		return f, member{}, err
	}
	if name, ok := strings.CutPrefix(identifier, groupWord); ok {
		identifier = groupMark + name
	}
	list, err := s.members(ctx, f)
	if err != nil {
		return f, member{}, err
	}
	if i := slices.IndexFunc(list, func(m member) bool { return strings.EqualFold(m.identifier, identifier) }); i >= 0 {
		return f, list[i], nil
	}
	m, err := s.resolveMember(ctx, identifier)
	if err != nil {
		return f, m, err
	}
	owner, err := s.owner(ctx, f.box)
	switch {
	case err != nil:
		return f, m, err
	case strings.EqualFold(m.identifier, owner):
		return f, m, errOwner
	}
	for _, other := range list { // by another of the names
		if other.Member == m.Member {
			return f, other, nil
		}
	}
	return f, m, nil
}

// resolveMember finds the user or group of a name or an address.
func (s *session) resolveMember(ctx context.Context, identifier string) (member, error) {
	name, isGroup := strings.CutPrefix(identifier, groupMark)
	res, err := s.store.ResolveNames(ctx, object.ResolveNamesRequest{Names: []string{name}, Limit: 2})
	if err != nil {
		s.store.sawError(err)
		return member{}, fmt.Errorf("find %q: %w", identifier, err)
	}
	if len(res.Results) != 1 || len(res.Results[0].Matches) != 1 {
		return member{}, errNobody
	}
	e := &res.Results[0].Matches[0]
	group := e.Kind == directory.KindGroup || e.Kind == directory.KindDynamicGroup
	switch {
	case e.Kind == directory.KindContact:
		return member{}, errNoSecurity
	case group != isGroup, !isNameOf(e, name):
		return member{}, errNobody
	}
	m := member{identifier: e.Name}
	m.Member = e.ID
	if group {
		m.identifier = groupMark + e.Name
	}
	return m, nil
}

// isNameOf says whether a name is an entry's, in full or without the domain, or
// an address of it. What it begins with is not enough.
func isNameOf(e *directory.Entry, name string) bool {
	local, _, _ := strings.Cut(e.Name, "@")
	return slices.ContainsFunc(append([]string{e.Name, local, e.Address}, e.Aliases...), func(s string) bool { return strings.EqualFold(s, name) })
}

var _ proto.ACLSession = (*session)(nil)
