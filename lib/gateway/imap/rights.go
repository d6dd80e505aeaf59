// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"slices"

	"twiga/lib/mapi"
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
	if s.rights&rightsEditing == 0 {
		return nil
	}
	return append(slices.Clip(flags), proto.FlagWildcard)
}

// marksSeen says whether FETCH sets \Seen. Who may change but the own messages
// sets it by STORE.
func (s *selected) marksSeen() bool { return !s.readOnly && s.rights&mapi.RightEditAny != 0 }
