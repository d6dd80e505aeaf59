// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import (
	"context"
	"io"
	"iter"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/wire"
)

// Service is the door to a store server, as one peer sees it: what the peer
// may ask for is settled before (at the socket).
type Service interface {
	// Logon opens a session. LogonFailed: wrong user or credentials, or a
	// disabled user. NoAccess: the peer may not have the role, or the user may
	// not act as Identity. PasswordExpired: the password is right but too old.
	// NoSupport: credentials of this kind are not checked here. SessionLimit: the
	// user, or the address in Peer, has as many sessions as may be. Busy: there
	// were too many failures of the user, or from the address; the credentials
	// were not looked at, and may be shown again later. InUse: the user has a
	// session that is Alone already. TooEarly: the last logon was not Apart.
	Logon(ctx context.Context, req LogonRequest) (Session, error)
	// GetLogonKinds tells what kinds of credentials users can show.
	GetLogonKinds(ctx context.Context, req GetLogonKindsRequest) (LogonKinds, error)
	// StartProof begins a logon by SCRAM-SHA-256 (RFC 7677). It tells nothing of
	// whether there is such a user. NoSupport: there are no such logons.
	StartProof(ctx context.Context, req StartProofRequest) (StartProofResponse, error)
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
	RoleArchive       // read, move and delete any message; make and change folders
	RoleAdmin         // users and stores, the folders of the public store; read any mailbox, logged
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

// LogonRequest says who asks and for what role.
//
// User and the credentials count for RoleUser: a Password, a Proof, a Token or a
// Certificate, just one of which is there. With a Token or a Certificate these
// say who the user is; User may be empty and must not be another. A peer with RoleAdmin may log on as any
// user without the password (Impersonate), which is logged. A peer with
// RoleGateway may log on with RoleAdmin by the name and password of a user who
// is an administrator.
type LogonRequest struct {
	Role        Role
	User        string
	Password    string
	Program     string // "imapgw", for the session list and the log
	Peer        string // address of the client behind the program, "192.0.2.1:4711"
	Service     string // one of directory.Services that the user wants to use: it may be turned off, and app passwords may be bound to it
	Impersonate bool

	// Identity is the user whom the one who logs on wants to act as; "" is
	// oneself. Administrators of the server may act as anybody, but not with an
	// app password; it is logged.
	Identity    string
	Proof       LogonProof // of the password
	Token       string     // bearer token of the issuer that the server trusts
	Certificate [][]byte   // certificates that the client has shown the peer under TLS, in DER, its own first

	// Alone asks for a session beside which the user has no other one that is
	// alone by this Service, as POP3 locks a maildrop. It is free again when the
	// session ends, whatever ends it.
	Alone bool
	// Apart is the least time since the last logon of the user by this Service
	// that named such a time; 0 is none, and that logon does not count.
	Apart time.Duration
}

// LogonProof is what a client of SCRAM-SHA-256 makes of the password.
type LogonProof struct {
	Nonce   string // as StartProof gave it; it counts once, for a short time
	Message string // AuthMessage of RFC 5802 3, in which the nonce is
	Proof   []byte // ClientProof
}

// Signed is what a Session that was opened by a Proof offers beside.
type Signed interface {
	// Signature is the server's signature of the message: what shows the client
	// that the server knows the password, too.
	Signature() []byte
}

// GetLogonKindsRequest asks what kinds of credentials there are.
type GetLogonKindsRequest struct{}

// LogonKinds are kinds of credentials.
type LogonKinds struct {
	Passwords, Proofs, Tokens, Certificates bool

	Issuer string // of tokens: its URL
	Scope  string // that a token must have; "" is none
}

// StartProofRequest names the user who wants to log on.
type StartProofRequest struct {
	User string
	Peer string // as in LogonRequest
}

// StartProofResponse is what the client makes the proof with.
type StartProofResponse struct {
	Salt       []byte
	Iterations int
	Nonce      string // printable ASCII without a comma
}

// Principal is who a session acts for.
type Principal struct {
	Role         Role
	User         string    // login name with domain; "" for a service role
	ID           mapi.GUID // of the user
	Store        mapi.GUID // the user's own mailbox
	Impersonated bool
}

// Session is one authenticated principal's access to the store server.
type Session interface {
	// Whoami tells the principal; it makes no trip.
	Whoami() Principal
	// Logoff ends the session and its watches. Later calls answer EndOfSession.
	Logoff(ctx context.Context) error

	Stores
	Permissions
	Folders
	Searches
	Rules
	Tables
	Messages
	Streams
	URLs
	Journal
	Delivery
	Submission
	Directory
	Maintenance
}

// Stores are the calls about whole mailboxes.
type Stores interface {
	// GetStore describes a mailbox: the one named, else the principal's own. To
	// others than the owner and the server it has no sizes and no limits.
	GetStore(ctx context.Context, req GetStoreRequest) (Store, error)
	// ListStores gives all mailboxes, orphans too. RoleAdmin, RoleMonitor, RoleIndex, RoleArchive.
	ListStores(ctx context.Context, req ListStoresRequest) iter.Seq2[Store, error]
	// RemoveStore deletes an orphaned mailbox for good. RoleAdmin. InvalidObject: it has an owner.
	RemoveStore(ctx context.Context, req RemoveStoreRequest) (Empty, error)
	// CreateStore makes the public store or an archive. RoleAdmin.
	// AlreadyExists: there is one already. NoSupport: the directory keeps no archives.
	CreateStore(ctx context.Context, req CreateStoreRequest) (Store, error)
	// HookStore gives an orphan an owner. RoleAdmin. InvalidObject: it has one.
	// AlreadyExists: the user, or the server, has such a store already. The store
	// gets the standard folders of its kind that it lacks; the user's sessions end.
	HookStore(ctx context.Context, req HookStoreRequest) (Store, error)
	// UnhookStore makes an orphan of a store; the owner's sessions end. RoleAdmin.
	// InvalidObject: it is one.
	UnhookStore(ctx context.Context, req UnhookStoreRequest) (Empty, error)
	// CopyToPublic copies an orphan's folders into the public store and tells how
	// far it is; the last Progress has Done equal to Total. What was copied stays
	// where it fails or is ended on the way. RoleAdmin. NotFound: there is no
	// public store. InvalidObject: the store has an owner. AlreadyExists: the new
	// folder's name is taken.
	CopyToPublic(ctx context.Context, req CopyToPublicRequest) iter.Seq2[Progress, error]
	// SharedStores gives the stores of others, and the public one, that have
	// folders which the principal may see, or put messages into, without a look
	// into any of them: it may be that none is seen. RoleUser.
	SharedStores(ctx context.Context, req SharedStoresRequest) (SharedStoresResponse, error)
	// GetStoreProps gives properties of the store itself: out-of-office, for one
	// (OutOfOffice). Others than the owner and the server get what describes it.
	GetStoreProps(ctx context.Context, req GetStorePropsRequest) (GetStorePropsResponse, error)
	// SetStoreProps changes them. It wants the owner, or RoleAdmin. TooBig: they
	// take more than 1 MiB. ObjectChanged: they are not what the request wants
	// them to be.
	SetStoreProps(ctx context.Context, req SetStorePropsRequest) (Empty, error)
	// ReceiveFolder says where messages of a class arrive. NotFound: the store
	// has no Inbox.
	ReceiveFolder(ctx context.Context, req ReceiveFolderRequest) (ReceiveFolderResponse, error)
	// SetReceiveFolder changes that. It wants the owner, or RoleAdmin. NoAccess
	// also for the classes IPM and REPORT.IPM; InvalidParameter: no message class.
	SetReceiveFolder(ctx context.Context, req SetReceiveFolderRequest) (Empty, error)
	// NamesToIDs gives the ids of named properties. NotEnoughResources: the store
	// has as many names as it may; none of the request's was made.
	NamesToIDs(ctx context.Context, req NamesToIDsRequest) (NamesToIDsResponse, error)
	// IDsToNames is the inverse.
	IDsToNames(ctx context.Context, req IDsToNamesRequest) (IDsToNamesResponse, error)
}

// Permissions are the calls about who may do what in a store.
type Permissions interface {
	// ModifyPermissions changes the permission list of a folder, which TablePermissions
	// shows. It wants RightFolderOwner, or RoleAdmin. NotFound also where a member is nobody.
	ModifyPermissions(ctx context.Context, req ModifyPermissionsRequest) (Empty, error)
	// GetRights tells what the principal may do in folders.
	GetRights(ctx context.Context, req GetRightsRequest) (GetRightsResponse, error)
	// GetDelegates tells who acts for the owner. It wants the owner, a delegate or RoleAdmin.
	GetDelegates(ctx context.Context, req GetDelegatesRequest) (GetDelegatesResponse, error)
	// SetDelegates changes that. It wants the owner, or RoleAdmin.
	SetDelegates(ctx context.Context, req SetDelegatesRequest) (Empty, error)
}

// Searches are the calls about search folders, which CreateFolders makes.
type Searches interface {
	// SetSearchCriteria says what a search folder finds and starts to fill it.
	// InvalidObject: it is no search folder. FolderCycle: it would search itself.
	// InvalidParameter: no scope. TooBig: MaxSearchScope. NoSupport: a restriction
	// that counts. NoAccess: not the owner.
	SetSearchCriteria(ctx context.Context, req SetSearchCriteriaRequest) (Empty, error)
	// GetSearchCriteria tells the criteria and how far the filling is.
	GetSearchCriteria(ctx context.Context, req GetSearchCriteriaRequest) (GetSearchCriteriaResponse, error)
}

// Rules are the calls about the rules of folders. The store keeps them; to carry
// them out is for who delivers.
type Rules interface {
	// GetRules gives the rules of a folder. It wants RightFolderOwner, RoleDelivery
	// or RoleAdmin.
	GetRules(ctx context.Context, req GetRulesRequest) (GetRulesResponse, error)
	// ModifyRules changes them, all or none. It wants RightFolderOwner, or
	// RoleAdmin. NotFound also for the id of a rule that the folder does not have.
	// NotEnoughResources:
	// more than MaxRules. TooBig, TooComplex, StringTooLong, InvalidParameter: a
	// rule that cannot be kept; an action has the fields of its type and no others.
	ModifyRules(ctx context.Context, req ModifyRulesRequest) (ModifyRulesResponse, error)
}

// Folders are the calls that change the folder tree. Reading it is a Query of
// TableHierarchy. In the public store RoleAdmin has them, too, but CopyFolder
// and search folders.
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
	// SetFolderProps sets and deletes properties of a folder. With
	// tag.TwigaAnnotations among them it does what RaiseFolder does, too.
	// ObjectChanged: they are not what the request wants them to be.
	SetFolderProps(ctx context.Context, req SetFolderPropsRequest) (Empty, error)
	// RaiseFolder gives a folder a new FolderState.Change and tells of it as of a
	// change to its messages: for who keeps elsewhere what clients see of the folder.
	RaiseFolder(ctx context.Context, req RaiseFolderRequest) (Empty, error)
	// FolderStates gives counters and high-water marks of folders (all of the
	// store where none is named), cheaply: it reads one row a folder. A folder
	// that is not there is left out.
	FolderStates(ctx context.Context, req FolderStatesRequest) (FolderStatesResponse, error)
	// CopyFolder copies or moves a folder, across stores too, and tells how far
	// it is; the last Progress has Done equal to Total. Within a store a move is
	// one transaction; else it is done folder by folder, and one that broke off
	// goes on where it was when it is asked for again. A move takes along what is
	// below; soft-deleted messages and rights stay behind. It wants
	// RightCreateSubfolder there and RightReadAny here, with Move RightFolderOwner
	// and RightDeleteAny as well, in all folders. Messages that are private to
	// others do not come.
	// AlreadyExists, FolderCycle, QuotaExceeded; NoAccess: a special folder is
	// moved, or such messages are.
	CopyFolder(ctx context.Context, req CopyFolderRequest) iter.Seq2[Progress, error]
	// EmptyFolder removes what is in a folder.
	EmptyFolder(ctx context.Context, req EmptyFolderRequest) (Empty, error)
	// RestoreFolder brings a soft-deleted folder back. NotFound: its parent is
	// gone, or it went with the one above it. AlreadyExists: a sibling has the name.
	RestoreFolder(ctx context.Context, req RestoreFolderRequest) (Empty, error)
}

// Tables are rows with the columns that one asks for.
type Tables interface {
	// Query streams the rows of a table, each a bag of those of the asked
	// columns that the row has. TooComplex: the restriction is too deep.
	// BadColumn: a column that cannot be asked for so. NotEnoughResources: an order
	// of so many rows that it wants Limit. Of the values of one property of a row,
	// 1000 at most are rows of their own.
	Query(ctx context.Context, req QueryRequest) iter.Seq2[wire.Bag, error]
	// FindRow finds a row and tells its position and the number of rows.
	FindRow(ctx context.Context, req FindRowRequest) (FindRowResponse, error)
	// Explain tells how a query is answered, for people who wonder.
	Explain(ctx context.Context, req QueryRequest) (ExplainResponse, error)
}

// Messages are the calls about messages.
type Messages interface {
	// GetMessages streams whole messages (properties, recipients, attachment
	// rows, not their content) in the order asked; missing ones are left out, and
	// soft-deleted ones.
	GetMessages(ctx context.Context, req GetMessagesRequest) iter.Seq2[Message, error]
	// SaveMessages adds messages to a folder, or replaces those that name an ID.
	// QuotaExceeded, TooBig, ObjectChanged (IfChange differs); NotFound also
	// where a segment names a blob that is not there, as HasBlobs tells.
	SaveMessages(ctx context.Context, req SaveMessagesRequest) (SaveMessagesResponse, error)
	// SetProps sets and deletes properties of messages. Submitted: one waits to be
	// sent. QuotaExceeded.
	SetProps(ctx context.Context, req SetPropsRequest) (SetPropsResponse, error)
	// SetFlags changes flags and keywords of messages of one folder. A message
	// whose flags stay the same gets no new change number. FlagDeleted takes the
	// right to delete and no other; without it a FlagsReplace leaves it as it is.
	SetFlags(ctx context.Context, req SetFlagsRequest) (SetFlagsResponse, error)
	// Transfer copies or moves messages to another folder. A move keeps the
	// message's ID within a store. The new UIDs rise in the order of the old. Of
	// flags and keywords those stay that the session could set there afterwards.
	// QuotaExceeded, ObjectDeleted (Expect); Submitted: a message to be moved
	// waits to be sent.
	Transfer(ctx context.Context, req TransferRequest) (TransferResponse, error)
	// ReplaceMessage adds a message to a folder and soft-deletes another one of the
	// store, in one transaction. ObjectDeleted: that one is not there. Submitted: it
	// waits to be sent. NoSupport: it is asked for by a search folder. QuotaExceeded
	// where the mailbox would grow, TooBig; NotFound as for SaveMessages.
	ReplaceMessage(ctx context.Context, req ReplaceMessageRequest) (ReplaceMessageResponse, error)
	// DeleteMessages removes messages of one folder. With OnlyDeleted those stay
	// that the principal may not delete.
	DeleteMessages(ctx context.Context, req DeleteMessagesRequest) (DeleteMessagesResponse, error)
}

// Streams carry content.
type Streams interface {
	// Read streams parts of contents, item by item in the order asked.
	// CorruptData: content is lost or damaged.
	Read(ctx context.Context, req ReadRequest) iter.Seq2[Chunk, error]
	// Upload keeps content as a blob. It is durable with the first message that
	// refers to it, or when HasBlobs has told of it. A blob that no
	// message refers to is removed after the grace time. InvalidParameter: the
	// content is not what req.ID or req.Size says.
	Upload(ctx context.Context, req UploadRequest, content io.Reader) (BlobID, error)
	// HasBlobs says which blobs are there, so that they need no upload, and
	// starts their grace time anew. Users are told of those that they uploaded
	// of late, which are also all that their messages may refer to: whoever knows
	// a hash does not have its content by that.
	HasBlobs(ctx context.Context, req HasBlobsRequest) (HasBlobsResponse, error)
}

// Journal is what changed, and being told of it.
type Journal interface {
	// Changes streams a folder's state, then every message whose last change
	// is later than req.Since as it is now, by UID, then the messages that
	// left the folder since, by UID. Since 0 gives the whole folder and no
	// tombstones. SyncTooOld: tombstones back to Since are gone; start from 0.
	// Changed messages that the principal does not see, being private, are gone.
	Changes(ctx context.Context, req ChangesRequest) iter.Seq2[ChangeItem, error]
	// FolderChanges streams what changed in the folder tree. SyncTooOld as above.
	FolderChanges(ctx context.Context, req FolderChangesRequest) iter.Seq2[FolderChange, error]
	// DirectoryChanges streams what changed in the address book, first an entry
	// of the kind ChangeVersion. SyncTooOld as above.
	DirectoryChanges(ctx context.Context, req DirectoryChangesRequest) iter.Seq2[DirectoryChange, error]
	// SourceKeys finds objects by source key.
	SourceKeys(ctx context.Context, req SourceKeysRequest) (SourceKeysResponse, error)
	// Watch streams events of the mailboxes named, after the commits that
	// caused them, in order per mailbox, from the moment of its first event,
	// EventStarted. A watcher that is too slow gets EventCatchUp in place of
	// what it missed, and so does a user's of mailboxes of others when the user is
	// in other groups than before. Of a folder that is taken from the session's sight comes one
	// last EventHierarchy, as of one that is removed.
	Watch(ctx context.Context, req WatchRequest) iter.Seq2[Event, error]
}

// Versioned is what a Session may offer beside: to see without a trip that
// nothing has changed.
type Versioned interface {
	// Version is a number that changes with every change of a mailbox that was
	// committed, before the change is acknowledged to anybody. Not ok: it is
	// not known here; ask FolderStates. It may become known while the mailbox
	// is watched. That of SharedVersion tells of what SharedStores answers, and
	// ResolveRecipients but for what mailboxes have against mail; it is known
	// while anything is watched, and no run of the store has a number of another.
	Version(store mapi.GUID) (n uint64, ok bool)
}

// SharedVersion stands for no mailbox, see Versioned.
var SharedVersion = mapi.GUID{0xff, 'S', 'H', 'A', 'R', 'E', 'D'}

// Leaver is what a Session may offer beside: to end without a trip.
type Leaver interface {
	// Leave is Logoff for somebody who does not wait for it: calls answer
	// EndOfSession from now on, the store hears of it with the next call of the
	// process, or soon.
	Leave()
}

// leaveTime bounds the wait of Leave for sessions that have no other way.
const leaveTime = 5 * time.Second

// Leave ends a session whose user has gone, the quickest way that it has. That
// the store may not hear of it does no harm: it ends sessions of peers that are
// gone.
func Leave(s Session) {
	if l, ok := s.(Leaver); ok {
		l.Leave()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	_ = s.Logoff(ctx)
}

// Accounted is what a Session may offer beside: to be told what the calls made
// with it took, for the table of sessions.
type Accounted interface {
	// Account adds a call: the time it took, and an estimate of the processor's
	// part of it.
	Account(took, cpu time.Duration)
}

// Delivery is how mail comes in. RoleDelivery; ResolveRecipients also RoleAdmin.
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
	// NoRecipients, Submitted, QuotaExceeded (soft quota). NoAccess also where the
	// message is from an address of somebody here who lets the user neither send
	// as that one nor, with the user as the sender, on behalf of that one.
	Submit(ctx context.Context, req SubmitRequest) (Empty, error)
	// AbortSubmit takes it out again. NotSubmitted.
	AbortSubmit(ctx context.Context, req SubmitRequest) (Empty, error)
	// Outgoing streams the queue, of all mailboxes for RoleSpool and
	// RoleAdmin, else of the own; soonest first.
	Outgoing(ctx context.Context, req OutgoingRequest) iter.Seq2[QueueEntry, error]
	// FinishSubmit records what became of a try, in one transaction. RoleSpool. NotSubmitted.
	FinishSubmit(ctx context.Context, req FinishSubmitRequest) (Empty, error)
}

// Directory are the calls about users, groups and contacts. All but GetUser of
// oneself and SetPassword of one's own (with the old one), one's own app
// passwords (not in a session that one opened) and ResolveNames want RoleAdmin;
// but who is an administrator changes quotas by SetUser in any own session.
// An administrator of the level AdminUsers gets NoAccess to administrators, gives
// nobody another mailbox or level, chooses no ids of users and makes no app
// passwords for others. Who may set passwords and members of groups still has
// ways into mailboxes; these are seen by their owners, or in the log.
//
// The sessions of a user end, but the one that asks, when the user is disabled,
// deleted, or gets another mailbox, password, name, kind, level or other
// services, or an app password is revoked.
type Directory interface {
	// CreateUser makes a user and the mailbox. AlreadyExists; BadValue: the
	// password is not as the policy wants it.
	CreateUser(ctx context.Context, req CreateUserRequest) (directory.User, error)
	GetUser(ctx context.Context, req GetUserRequest) (directory.User, error)
	ListUsers(ctx context.Context, req ListUsersRequest) iter.Seq2[directory.User, error]
	SetUser(ctx context.Context, req SetUserRequest) (directory.User, error)
	// SetPassword replaces a password. BadValue: it is not as the policy wants it.
	SetPassword(ctx context.Context, req SetPasswordRequest) (Empty, error)
	// DeleteUser takes the user out. The mailbox stays as an orphan unless Purge.
	DeleteUser(ctx context.Context, req DeleteUserRequest) (Empty, error)

	CreateGroup(ctx context.Context, req CreateGroupRequest) (directory.Group, error)
	GetGroup(ctx context.Context, req GetGroupRequest) (directory.Group, error)
	ListGroups(ctx context.Context, req ListGroupsRequest) iter.Seq2[directory.Group, error]
	SetGroup(ctx context.Context, req SetGroupRequest) (directory.Group, error)
	DeleteGroup(ctx context.Context, req DeleteGroupRequest) (Empty, error)
	// ChangeMembers adds and removes members. FolderCycle: a group would be in
	// itself. InvalidObject: it is dynamic. NotFound also where a member is nobody.
	ChangeMembers(ctx context.Context, req ChangeMembersRequest) (directory.Group, error)

	CreateContact(ctx context.Context, req CreateContactRequest) (directory.Contact, error)
	ListContacts(ctx context.Context, req ListContactsRequest) iter.Seq2[directory.Contact, error]
	SetContact(ctx context.Context, req SetContactRequest) (directory.Contact, error)
	DeleteContact(ctx context.Context, req DeleteContactRequest) (Empty, error)

	// CreateAppPassword makes a password that the server chooses. AlreadyExists;
	// InvalidObject: the user does not log on; NotEnoughResources: there are too many.
	CreateAppPassword(ctx context.Context, req CreateAppPasswordRequest) (CreateAppPasswordResponse, error)
	ListAppPasswords(ctx context.Context, req ListAppPasswordsRequest) iter.Seq2[directory.AppPassword, error]
	// RevokeAppPassword takes it back; the user's sessions end.
	RevokeAppPassword(ctx context.Context, req RevokeAppPasswordRequest) (Empty, error)

	// GetPolicy tells what passwords must be like.
	GetPolicy(ctx context.Context, req GetPolicyRequest) (directory.Policy, error)
	// GetLogonState tells whether a user is locked out, and when the password is
	// too old. NotFound.
	GetLogonState(ctx context.Context, req GetLogonStateRequest) (directory.LogonState, error)
	// UnlockUser ends the lockout of a user, if there is one. NotFound.
	UnlockUser(ctx context.Context, req UnlockUserRequest) (Empty, error)

	// ResolveNames finds entries of the address book by what people type. Everybody.
	ResolveNames(ctx context.Context, req ResolveNamesRequest) (ResolveNamesResponse, error)
}

// Maintenance are the calls for operators. RoleAdmin.
type Maintenance interface {
	// Check compares a mailbox with itself and streams what is wrong; what was
	// repaired comes first. A mailbox that cannot be opened is a problem, too.
	Check(ctx context.Context, req CheckRequest) iter.Seq2[Problem, error]
	// PurgeDeleted removes soft-deleted messages and folders. Also the owner, of the own.
	PurgeDeleted(ctx context.Context, req PurgeDeletedRequest) (PurgeDeletedResponse, error)
	// Compact writes a mailbox's file anew, beside running calls.
	Compact(ctx context.Context, req CompactRequest) (CompactResponse, error)
	// CollectBlobs removes what nothing refers to, beside running calls.
	CollectBlobs(ctx context.Context, req CollectBlobsRequest) (CollectBlobsResponse, error)
	// StoreStatistics says where a mailbox's bytes go.
	StoreStatistics(ctx context.Context, req StoreStatisticsRequest) (StoreStatistics, error)
	// Dump streams a mailbox as it is at one moment. SyncTooOld as for Changes;
	// InvalidObject: Folder is a search folder.
	Dump(ctx context.Context, req DumpRequest) iter.Seq2[DumpChunk, error]
	// Load reads what Dump wrote. AlreadyExists: a mailbox of that GUID is there.
	// CorruptData: the stream is damaged; NotFound: a blob is missing; Version: a
	// later version wrote it; ObjectChanged: Continue, but the mailbox is not as
	// the dump before left it; InvalidParameter: the dump has a part and a whole
	// is wanted, or the other way round.
	Load(ctx context.Context, req LoadRequest, dump io.Reader) (LoadResponse, error)
	// ReadBlob streams a blob's content. NotFound; CorruptData, at the end: it
	// differs from its name.
	ReadBlob(ctx context.Context, req ReadBlobRequest) iter.Seq2[Chunk, error]
	// KickSession ends a session.
	KickSession(ctx context.Context, req KickSessionRequest) (Empty, error)
}

// Empty is the answer of calls that only succeed or fail.
type Empty struct{}
