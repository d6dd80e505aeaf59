// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import (
	"time"

	"twiga/lib/mapi"
)

// ChangesRequest asks for the changes to one folder's messages since a change number.
type ChangesRequest struct {
	Store  mapi.GUID
	Folder mapi.ID
	Since  mapi.Change
	Table  TableKind        // TableContents (also 0) or TableAssociated
	Where  mapi.Restriction // only messages that satisfy it; others that changed are given as gone
}

// ChangeKind says what a ChangeItem is.
type ChangeKind uint8

// The kinds of change.
const (
	ChangeState  ChangeKind = iota + 1 // the first item: the folder's state at the moment that the stream shows
	ChangeUpsert                       // a message that is new or changed
	ChangeGone                         // a message that was deleted or moved away; UID, ID and Change count
)

// ChangeItem is one entry of the stream of Changes.
type ChangeItem struct {
	Kind     ChangeKind
	State    FolderState // with ChangeState
	UID      mapi.UID
	ID       mapi.ID
	Change   mapi.Change
	Modified mapi.Change // of the last change to more than flags and keywords: up to Since, only the read state and its like changed
	Flags    Flags
	Keywords []string
	Received time.Time
	Sent     time.Time // PidTagClientSubmitTime: a mail's Date; zero where it has none
	Saved    time.Time // when it came into the folder: IMAP's SAVEDATE
	Size     int64     // RFC822.SIZE; -1 where the message has no MIME yet
}

// WatchRequest names mailboxes; none is the principal's own, or all of the server
// where it has none (RoleSpool, RoleIndex, RoleArchive, RoleAdmin). A user may
// name SharedVersion, too: an EventHierarchy of it tells that SharedStores has
// other stores than before.
//
// Of events that wait for a slow caller only the last EventContents of a folder
// and the last EventModified of an object are kept.
type WatchRequest struct {
	Stores  []mapi.GUID
	Folders []mapi.ID // only in, or from, these folders (MaxWatchedFolders), where any is given
	Events  EventMask // which; 0 is those that tell about whole folders: EventsCoarse
}

// MaxWatchedFolders is how many folders one watch may name.
const MaxWatchedFolders = 1000

// EventMask is a set of EventKinds: bit 1<<kind. EventStarted and EventCatchUp
// are always in it.
type EventMask uint32

// Mask is the set of these events.
func Mask(kinds ...EventKind) EventMask {
	var m EventMask
	for _, k := range kinds {
		m |= 1 << k
	}
	return m
}

// Has says whether an event is in the set.
func (m EventMask) Has(k EventKind) bool { return m&(1<<k) != 0 }

// The usual sets. Those of single objects are also the row events of the tables
// that the objects stand in: added, modified, deleted.
var (
	EventsCoarse = Mask(EventContents, EventNewMail, EventHierarchy, EventSubmitted)
	EventsFine   = Mask(EventCreated, EventModified, EventDeleted, EventMoved, EventCopied, EventSearchComplete)
)

// EventKind says what happened.
type EventKind uint8

// The events.
const (
	EventStarted        EventKind = iota + 1 // the watch is in force; the first event
	EventContents                            // messages of the folder were added, changed or removed
	EventNewMail                             // a message was delivered (beside EventContents)
	EventHierarchy                           // folders were added, changed, moved or removed
	EventSubmitted                           // the outgoing queue has a new entry
	EventCatchUp                             // events were dropped: look at everything anew
	EventCreated                             // a message (Message) or folder (Message 0) was made
	EventModified                            // it was changed
	EventDeleted                             // it was deleted, soft or for good
	EventMoved                               // it was moved, from Old
	EventCopied                              // it was copied, from Old
	EventSearchComplete                      // a search folder was filled
)

// Event tells that something happened; what it was is in the journal.
type Event struct {
	Kind    EventKind
	Store   mapi.GUID
	Folder  mapi.ID
	Message mapi.ID     // with EventNewMail and EventSubmitted
	Change  mapi.Change // the folder's, after it
	Old     OldPlace    // with EventMoved and EventCopied
	Arrived *Arrival    // with some EventContents
}

// Arrival is a message whose coming is all that happened to its folder since a change:
// who knows the folder as it was then need not read the journal. It is told of a
// principal's own mailbox, and to services, where there is nothing else to tell.
type Arrival struct {
	Since mapi.Change
	Item  ChangeItem // as Changes gives it
}

// OldPlace is where an object was moved or copied from.
type OldPlace struct {
	Store   mapi.GUID
	Folder  mapi.ID // the former parent
	Message mapi.ID // 0 for a folder
}
