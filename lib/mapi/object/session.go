// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import (
	"context"
	"io"
	"iter"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/wire"
)

// Service is the door to a store server, as one peer sees it: what the peer
// may ask for is settled before (at the socket).
type Service interface {
	// Logon opens a session. LogonFailed: wrong user or password, or a
	// disabled user. NoAccess: the peer may not have the role.
	Logon(ctx context.Context, req LogonRequest) (Session, error)
}

// Role says what a session is for, and so what it may do.
type Role uint8

// The roles. A peer's roles are set in stored's configuration by its uid.
const (
	RoleNone     Role = iota
	RoleUser          // an end user, by name and password: the own mailbox. Peers with RoleGateway may ask for it.
	RoleGateway       // nothing by itself but to pass on an end user's password
	RoleDelivery      // resolve recipients and save into any mailbox; read nothing
	RoleSpool         // the outgoing queue and the messages in it
	RoleIndex         // read any mailbox
	RoleMonitor       // sizes and quotas
	RoleArchive       // read and move any message
	RoleAdmin         // users and stores; read any mailbox, logged
)

var roleNames = [...]string{"none", "user", "gateway", "delivery", "spool", "index", "monitor", "archive", "admin"}

// String is the role's name as in the configuration.
func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return "unknown"
}

// ParseRole is the inverse of String; false for a name that is no role.
func ParseRole(name string) (Role, bool) {
	for i, n := range roleNames {
		if n == name && i > 0 {
			return Role(i), true
		}
	}
	return RoleNone, false
}

// LogonRequest says who asks and for what role. User and Password count for
// RoleUser only.
type LogonRequest struct {
	Role     Role
	User     string
	Password string
	Program  string // "imapgw", for the session list and the log
	Peer     string // address of the client behind the program, "192.0.2.1:4711"
}

// Principal is who a session acts for.
type Principal struct {
	Role  Role
	User  string    // login name with domain; "" for a service role
	ID    mapi.GUID // of the user
	Store mapi.GUID // the user's own mailbox
}

// Session is one authenticated principal's access to the store server.
type Session interface {
	// Whoami tells the principal; it makes no trip.
	Whoami() Principal
	// Logoff ends the session and its watches. Later calls answer EndOfSession.
	Logoff(ctx context.Context) error

	Stores
	Folders
	Tables
	Messages
	Streams
	Journal
	Delivery
	Submission
	Directory
	Maintenance
}

// Stores are the calls about whole mailboxes.
type Stores interface {
	// GetStore describes a mailbox: the one named, else the principal's own.
	GetStore(ctx context.Context, req GetStoreRequest) (Store, error)
	// ListStores gives all mailboxes, orphans too. RoleAdmin, RoleMonitor, RoleIndex, RoleArchive.
	ListStores(ctx context.Context, req ListStoresRequest) iter.Seq2[Store, error]
	// RemoveStore deletes an orphaned mailbox for good. RoleAdmin. InvalidObject: it has an owner.
	RemoveStore(ctx context.Context, req RemoveStoreRequest) (Empty, error)
}

// Folders are the calls that change the folder tree. Reading it is a Query of
// TableHierarchy.
type Folders interface {
	// CreateFolders makes folders in order, in one transaction; a later one may
	// name an earlier one as parent through NewFolder.Under.
	// AlreadyExists: a sibling has the name and OpenExisting is off.
	CreateFolders(ctx context.Context, req CreateFoldersRequest) (CreateFoldersResponse, error)
	// MoveFolder renames a folder, moves it under another parent, or both.
	// AlreadyExists, FolderCycle; NoAccess for folders of a special kind that may not be renamed.
	MoveFolder(ctx context.Context, req MoveFolderRequest) (Empty, error)
	// DeleteFolder removes a folder. HasFolders, HasMessages: it has them and
	// the request does not say to take them along. NoAccess: a special folder.
	DeleteFolder(ctx context.Context, req DeleteFolderRequest) (Empty, error)
	// SetFolderProps sets and deletes properties of a folder.
	SetFolderProps(ctx context.Context, req SetFolderPropsRequest) (Empty, error)
	// FolderStates gives counters and high-water marks of folders (all of the
	// store where none is named), cheaply: it reads one row a folder. A folder
	// that is not there is left out.
	FolderStates(ctx context.Context, req FolderStatesRequest) (FolderStatesResponse, error)
}

// Tables are rows with the columns that one asks for.
type Tables interface {
	// Query streams the rows of a table, each a bag of those of the asked
	// columns that the row has. TooComplex: the restriction is too deep.
	Query(ctx context.Context, req QueryRequest) iter.Seq2[wire.Bag, error]
}

// Messages are the calls about messages.
type Messages interface {
	// GetMessages streams whole messages (properties, recipients, attachment
	// rows, not their content) in the order asked; missing ones are left out.
	GetMessages(ctx context.Context, req GetMessagesRequest) iter.Seq2[Message, error]
	// SaveMessages adds messages to a folder, or replaces those that name an ID.
	// QuotaExceeded, TooBig, ObjectChanged (IfChange differs); NotFound also
	// where a segment names a blob that is not there.
	SaveMessages(ctx context.Context, req SaveMessagesRequest) (SaveMessagesResponse, error)
	// SetProps sets and deletes properties of messages.
	SetProps(ctx context.Context, req SetPropsRequest) (SetPropsResponse, error)
	// SetFlags changes flags and keywords of messages of one folder. A message
	// whose flags stay the same gets no new change number.
	SetFlags(ctx context.Context, req SetFlagsRequest) (SetFlagsResponse, error)
	// Transfer copies or moves messages to another folder. A move keeps the
	// message's ID within a store. The new UIDs rise in the order of the old.
	Transfer(ctx context.Context, req TransferRequest) (TransferResponse, error)
	// DeleteMessages removes messages of one folder.
	DeleteMessages(ctx context.Context, req DeleteMessagesRequest) (DeleteMessagesResponse, error)
}

// Streams carry content.
type Streams interface {
	// Read streams parts of contents, item by item in the order asked.
	Read(ctx context.Context, req ReadRequest) iter.Seq2[Chunk, error]
	// Upload keeps content as a blob, durable when it returns. A blob that no
	// message refers to is removed after the grace time. InvalidParameter: the
	// content is not what req.ID or req.Size says.
	Upload(ctx context.Context, req UploadRequest, content io.Reader) (BlobID, error)
	// HasBlobs says which blobs are there, so that they need no upload, and
	// starts their grace time anew.
	HasBlobs(ctx context.Context, req HasBlobsRequest) (HasBlobsResponse, error)
}

// Journal is what changed, and being told of it.
type Journal interface {
	// Changes streams a folder's state, then every message whose last change
	// is later than req.Since as it is now, by UID, then the messages that
	// left the folder since, by UID. Since 0 gives the whole folder and no
	// tombstones. SyncTooOld: tombstones back to Since are gone; start from 0.
	Changes(ctx context.Context, req ChangesRequest) iter.Seq2[ChangeItem, error]
	// Watch streams events of the mailboxes named, after the commits that
	// caused them, in order per mailbox, from the moment of its first event,
	// EventStarted. A watcher that is too slow gets EventCatchUp in place of
	// what it missed.
	Watch(ctx context.Context, req WatchRequest) iter.Seq2[Event, error]
}

// Versioned is what a Session may offer beside: to see without a trip that
// nothing has changed.
type Versioned interface {
	// Version is a number that changes with every change of a mailbox that was
	// committed, before the change is acknowledged to anybody. Not ok: it is
	// not known here; ask FolderStates. It may become known while the mailbox
	// is watched.
	Version(store mapi.GUID) (n uint64, ok bool)
}

// Delivery is how mail comes in. RoleDelivery.
type Delivery interface {
	// ResolveRecipients finds the mailboxes of addresses, one answer each.
	ResolveRecipients(ctx context.Context, req ResolveRecipientsRequest) (ResolveRecipientsResponse, error)
	// Deliver saves one message into many mailboxes, each its own
	// transaction, with one answer each in order. Content is kept once.
	Deliver(ctx context.Context, req DeliverRequest) (DeliverResponse, error)
}

// Submission is how mail goes out.
type Submission interface {
	// Submit puts a message of the principal's Outbox in the outgoing queue.
	// NoRecipients, Submitted, QuotaExceeded (soft quota).
	Submit(ctx context.Context, req SubmitRequest) (Empty, error)
	// AbortSubmit takes it out again. NotSubmitted.
	AbortSubmit(ctx context.Context, req SubmitRequest) (Empty, error)
	// Outgoing streams the queue, of all mailboxes for RoleSpool and
	// RoleAdmin, else of the own; soonest first.
	Outgoing(ctx context.Context, req OutgoingRequest) iter.Seq2[QueueEntry, error]
	// FinishSubmit records what became of a try, in one transaction. RoleSpool. NotSubmitted.
	FinishSubmit(ctx context.Context, req FinishSubmitRequest) (Empty, error)
}

// Directory are the calls about users. All but GetUser of oneself and
// SetPassword of one's own (with the old one) want RoleAdmin. The sessions of a
// user end, but the one that asks, when the user is disabled, deleted, or gets
// another mailbox or another password.
type Directory interface {
	// CreateUser makes a user and the mailbox. AlreadyExists.
	CreateUser(ctx context.Context, req CreateUserRequest) (directory.User, error)
	GetUser(ctx context.Context, req GetUserRequest) (directory.User, error)
	ListUsers(ctx context.Context, req ListUsersRequest) iter.Seq2[directory.User, error]
	SetUser(ctx context.Context, req SetUserRequest) (directory.User, error)
	SetPassword(ctx context.Context, req SetPasswordRequest) (Empty, error)
	// DeleteUser takes the user out. The mailbox stays as an orphan unless Purge.
	DeleteUser(ctx context.Context, req DeleteUserRequest) (Empty, error)
}

// Maintenance are the calls for operators. RoleAdmin.
type Maintenance interface {
	// Check compares a mailbox with itself and streams what is wrong.
	Check(ctx context.Context, req CheckRequest) iter.Seq2[Problem, error]
}

// Empty is the answer of calls that only succeed or fail.
type Empty struct{}
