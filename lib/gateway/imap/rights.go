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

// permanent are those of the flags that the client may change (RFC 4314 5.1).
func (s *selected) permanent(flags []string) []string {
	switch {
	case s.rights&rightsEditing != 0:
	case s.rights&rightsDeleting != 0:
		return []string{proto.FlagDeleted}
	default:
		return nil
	}
	return append(slices.Clip(flags), proto.FlagWildcard)
}

// onlyDeleted says whether of all flags \Deleted alone may be changed: by who
// may remove messages, but not change them.
func (s *selected) onlyDeleted() bool { return s.rights&rightsEditing == 0 }

// keepDeleted leaves of a change what onlyDeleted lets through, RFC 4314 4: the
// other flags are as they are. Nothing is left where \Deleted is not named.
func keepDeleted(req *object.SetFlagsRequest) (nothing bool) {
	had := req.Flags&object.FlagDeleted != 0
	req.Flags, req.Keywords = object.FlagDeleted, nil
	switch {
	case req.Mode == object.FlagsReplace && !had:
		req.Mode = object.FlagsRemove
	case req.Mode == object.FlagsReplace:
		req.Mode = object.FlagsAdd
	case !had:
		return true
	}
	return false
}

// marksSeen says whether FETCH sets \Seen. Who may change but the own messages
// sets it by STORE.
func (s *selected) marksSeen() bool { return !s.readOnly && s.rights&mapi.RightEditAny != 0 }
