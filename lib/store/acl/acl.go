// SPDX-License-Identifier: AGPL-3.0-or-later

// Package acl computes what somebody may do in a folder from its permission
// list, as [MS-OXCPERM] has it: pure values, no storage.
package acl

import (
	"bytes"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Full is what a mailbox's owner may do in every folder of it.
const Full = mapi.RightsAll | mapi.RightFolderContact | mapi.RightFreeBusySimple | mapi.RightFreeBusyDetailed

// Author is what Exchange calls so: read all, write, and change what one wrote.
const Author = mapi.RightReadAny | mapi.RightCreate | mapi.RightEditOwned | mapi.RightDeleteOwned | mapi.RightFolderVisible

// List is a permission list, sorted by member, each member once. It is never
// changed, so that folders may share it.
type List []object.Permission

// Who is the one whose rights are asked for.
type Who struct {
	User   mapi.GUID   // zero: did not log on
	Groups []mapi.GUID // that the user is in, also through others
}

func compare(p object.Permission, member mapi.GUID) int { return bytes.Compare(p.Member[:], member[:]) }

// Of gives what is listed for a member; not ok where it is not listed.
func (l List) Of(member mapi.GUID) (mapi.Rights, bool) {
	i, ok := slices.BinarySearchFunc(l, member, compare)
	if !ok {
		return 0, false
	}
	return l[i].Rights, true
}

// Rights gives the effective rights: those listed for the user; else all those
// of the groups that are listed and that the user is in; else those of
// MemberDefault ([MS-OXCPERM] 2.2.5). Who did not log on has those of
// MemberAnonymous.
func (l List) Rights(who Who) mapi.Rights {
	if len(l) == 0 {
		return 0
	}
	if who.User.IsZero() {
		r, _ := l.Of(object.MemberAnonymous)
		return Closure(r)
	}
	if r, ok := l.Of(who.User); ok {
		return Closure(r)
	}
	var rights mapi.Rights
	listed := false
	for _, g := range who.Groups {
		if r, ok := l.Of(g); ok {
			rights, listed = rights|r, true
		}
	}
	if !listed {
		rights, _ = l.Of(object.MemberDefault)
	}
	return Closure(rights)
}

// Closure adds the rights that others bring along, [MS-OXCPERM] 2.2.7: who may
// edit or delete any message may so the own, and who may read a folder or owns
// it sees it.
func Closure(r mapi.Rights) mapi.Rights {
	if r&mapi.RightEditAny != 0 {
		r |= mapi.RightEditOwned
	}
	if r&mapi.RightDeleteAny != 0 {
		r |= mapi.RightDeleteOwned
	}
	if r&(mapi.RightReadAny|mapi.RightFolderOwner) != 0 {
		r |= mapi.RightFolderVisible
	}
	return r
}

// Change gives the list with members set and removed.
func (l List) Change(replace bool, set []object.Permission, remove []mapi.GUID) List {
	var out List
	if !replace {
		out = slices.Clone(l)
	}
	for _, member := range remove {
		if i, ok := slices.BinarySearchFunc(out, member, compare); ok {
			out = slices.Delete(out, i, i+1)
		}
	}
	for _, p := range set {
		i, ok := slices.BinarySearchFunc(out, p.Member, compare)
		if !ok {
			out = slices.Insert(out, i, p)
		}
		out[i] = p
	}
	return out
}

// The bits of PidTagMemberRights that there are.
const known = Full

// Valid says whether there are such rights.
func Valid(r mapi.Rights) bool { return r&^known == 0 }

// Access gives PidTagAccess ([MS-OXCPRPT] 2.2.1.1) of a folder for somebody who
// has these rights in it.
func Access(r mapi.Rights) mapi.Access {
	var a mapi.Access
	for _, e := range []struct {
		right mapi.Rights
		gives mapi.Access
	}{
		{mapi.RightReadAny, mapi.AccessRead},
		{mapi.RightFolderOwner, mapi.AccessModify | mapi.AccessDelete | mapi.AccessCreateAssociated},
		{mapi.RightCreateSubfolder, mapi.AccessCreateHierarchy},
		{mapi.RightCreate, mapi.AccessCreateContents},
	} {
		if r&e.right != 0 {
			a |= e.gives
		}
	}
	return a
}
