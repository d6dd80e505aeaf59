// SPDX-License-Identifier: AGPL-3.0-or-later

// Package rightwords gives words to what somebody may do in a folder: roles,
// as mail programs offer them, and the single rights.
package rightwords

import (
	"fmt"
	"strings"

	"twiga/lib/mapi"
)

// word is one name for rights.
type word struct {
	name   string
	rights mapi.Rights
}

// own is what authors may do with what they made.
const own = mapi.RightCreate | mapi.RightEditOwned | mapi.RightDeleteOwned

// reader is what everybody needs who is to see something.
const reader = mapi.RightReadAny | mapi.RightFolderVisible

// roles are the usual sets, the lesser ones first, made of the rights of [MS-OXCPERM] 2.2.7.
var roles = []word{
	{"none", 0},
	{"contributor", mapi.RightCreate | mapi.RightFolderVisible},
	{"reviewer", reader},
	{"nonediting-author", reader | mapi.RightCreate | mapi.RightDeleteOwned},
	{"author", reader | own},
	{"publishing-author", reader | own | mapi.RightCreateSubfolder},
	{"editor", reader | own | mapi.RightEditAny | mapi.RightDeleteAny},
	{"publishing-editor", reader | own | mapi.RightEditAny | mapi.RightDeleteAny | mapi.RightCreateSubfolder},
	{"owner", mapi.RightsAll},
}

// rights are the single ones, [MS-OXCPERM] 2.2.7.
var rights = []word{
	{"read", mapi.RightReadAny}, {"create", mapi.RightCreate}, {"edit-own", mapi.RightEditOwned}, {"delete-own", mapi.RightDeleteOwned},
	{"edit", mapi.RightEditAny}, {"delete", mapi.RightDeleteAny}, {"create-subfolder", mapi.RightCreateSubfolder},
	{"folder-owner", mapi.RightFolderOwner}, {"folder-contact", mapi.RightFolderContact}, {"visible", mapi.RightFolderVisible},
	{"free-busy", mapi.RightFreeBusySimple}, {"free-busy-detailed", mapi.RightFreeBusyDetailed},
}

// beside are those that a role may have or not.
const beside = mapi.RightFolderContact | mapi.RightFreeBusySimple | mapi.RightFreeBusyDetailed

// Parse reads roles and single rights with commas between them; their sum counts.
func Parse(text string) (mapi.Rights, error) {
	var sum mapi.Rights
	for name := range strings.SplitSeq(text, ",") {
		r, ok := find(strings.ToLower(strings.TrimSpace(name)))
		if !ok {
			return 0, fmt.Errorf("right %q: want one of %s", name, strings.Join(Names(), ", "))
		}
		sum |= r
	}
	return sum, nil
}

func find(name string) (mapi.Rights, bool) {
	for _, list := range [][]word{roles, rights} {
		for _, w := range list {
			if w.name == name {
				return w.rights, true
			}
		}
	}
	return 0, false
}

// Text is the inverse of Parse: a role with what it has beside, else the single
// rights.
func Text(r mapi.Rights) string {
	var names []string
	left := r
	for _, w := range roles {
		if w.rights == r&^beside && (w.rights != 0 || r == 0) {
			names, left = append(names, w.name), r&beside
			break
		}
	}
	for _, w := range rights {
		if left&w.rights != 0 {
			names, left = append(names, w.name), left&^w.rights
		}
	}
	if left != 0 {
		names = append(names, fmt.Sprintf("0x%x", uint32(left)))
	}
	return strings.Join(names, ",")
}

// Names are all words, roles first.
func Names() []string {
	var out []string
	for _, list := range [][]word{roles, rights} {
		for _, w := range list {
			out = append(out, w.name)
		}
	}
	return out
}
