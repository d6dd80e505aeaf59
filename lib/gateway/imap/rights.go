// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

const (
	// rightsOwner are what a mailbox's owner has everywhere in it.
	rightsOwner = mapi.RightsAll

	// rightsEditing let one change flags, rightsDeleting remove messages: all
	// of them, or those that one made.
	rightsEditing  = mapi.RightEditAny | mapi.RightEditOwned
	rightsDeleting = mapi.RightDeleteAny | mapi.RightDeleteOwned

	// rightsWriting are those of which one is enough for READ-WRITE (RFC 4314
	// 5.2).
	rightsWriting = rightsEditing | rightsDeleting | mapi.RightCreate
)

// edits and deletes say whether the user may change flags, and \Deleted, of any
// message at all: \Deleted goes with the right to remove (RFC 4314 4).
func (s *selected) edits() bool   { return s.rights&rightsEditing != 0 }
func (s *selected) deletes() bool { return s.rights&rightsDeleting != 0 }

// permanent are those of the flags that the client may change (RFC 4314 5.1).
func (s *selected) permanent(flags []string) []string {
	switch {
	case s.edits() && s.deletes():
	case s.edits():
		flags = slices.DeleteFunc(slices.Clone(flags), func(f string) bool { return f == proto.FlagDeleted })
	case s.deletes():
		return []string{proto.FlagDeleted}
	default:
		return nil
	}
	return append(slices.Clip(flags), proto.FlagWildcard)
}

// trim leaves of a change of flags what the rights let through, RFC 4314 4: the
// other flags are as they are. It may leave nothing. Where all flags are replaced,
// the store leaves \Deleted alone.
func (s *selected) trim(req *object.SetFlagsRequest) (nothing bool) {
	replaces, marks := req.Mode == object.FlagsReplace, req.Flags&object.FlagDeleted != 0
	switch {
	case s.edits() && (s.deletes() || replaces || !marks):
		return false
	case s.edits():
		req.Flags &^= object.FlagDeleted
		return req.Flags == 0 && len(req.Keywords) == 0
	case !s.deletes(), !replaces && !marks:
		return true
	}
	req.Flags, req.Keywords = object.FlagDeleted, nil
	if replaces {
		req.Mode = object.FlagsAdd
		if !marks {
			req.Mode = object.FlagsRemove
		}
	}
	return false
}

// marksSeen says whether FETCH sets \Seen. Who may change but the own messages
// sets it by STORE.
func (s *selected) marksSeen() bool { return !s.readOnly && s.rights&mapi.RightEditAny != 0 }
