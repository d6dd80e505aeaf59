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
	Flags    Flags
	Keywords []string
	Received time.Time
	Size     int64 // RFC822.SIZE; -1 where the message has no MIME yet
}

// WatchRequest names mailboxes; none is all that the role may see (RoleSpool,
// RoleIndex, RoleAdmin ...).
type WatchRequest struct{ Stores []mapi.GUID }

// EventKind says what happened.
type EventKind uint8

// The events.
const (
	EventStarted   EventKind = iota + 1 // the watch is in force; the first event
	EventContents                       // messages of the folder were added, changed or removed
	EventNewMail                        // a message was delivered (beside EventContents)
	EventHierarchy                      // folders were added, changed, moved or removed
	EventSubmitted                      // the outgoing queue has a new entry
	EventCatchUp                        // events were dropped: look at everything anew
)

// Event tells that something happened; what it was is in the journal.
type Event struct {
	Kind    EventKind
	Store   mapi.GUID
	Folder  mapi.ID
	Message mapi.ID     // with EventNewMail and EventSubmitted
	Change  mapi.Change // the folder's, after it
}
