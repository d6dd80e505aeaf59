// SPDX-License-Identifier: AGPL-3.0-or-later

// Package directory says who there is: users, groups and contacts,
// their addresses, quotas and mailboxes. It holds the values and the contract
// that a directory plug-in satisfies; dbdir keeps them in a database.
package directory

import (
	"context"
	"iter"

	"twiga/lib/mapi"
)

// Directory is what the store asks about users. Implementations fold names
// and addresses to lower case (RFC 5321 2.4 leaves the local part to the
// receiver) and take a name without a domain in the default domain. Errors
// carry mapi.NotFound, mapi.AlreadyExists, mapi.LogonFailed,
// mapi.AmbiguousRecipient, mapi.InvalidParameter (a name or field that cannot
// be) or mapi.NoSupport (a read-only directory).
//
// Names of users, groups and contacts are one namespace, and so are all their
// addresses.
type Directory interface {
	// User finds a user by login name.
	User(ctx context.Context, name string) (User, error)
	// ByAddress finds the user who receives mail for an address.
	ByAddress(ctx context.Context, address string) (User, error)
	// ByID finds a user by id.
	ByID(ctx context.Context, id mapi.GUID) (User, error)
	// Users lists all users by name.
	Users(ctx context.Context) iter.Seq2[User, error]
	// Authenticate checks a password or app password for a service ("" is any),
	// and tells which app password it was ("" is the password itself);
	// mapi.LogonFailed where user or password is wrong, in equal time, the user
	// may not log on or is locked out, or the service is turned off;
	// mapi.PasswordExpired, beside the user. It is called for every logon, and so
	// an implementation keeps what is dear.
	Authenticate(ctx context.Context, name, password, service string) (u User, app string, err error)
	// Version is a number that changes with every change of the directory, but
	// not with what Authenticate records.
	Version(ctx context.Context) (uint64, error)

	// Create adds a user. Name and Address are completed with the default domain.
	// mapi.BadValue: the password is not as the policy wants it.
	Create(ctx context.Context, u User, password string) (User, error)
	// Change sets some fields of a user and gives the user as it is then. With
	// another name the addresses stay.
	Change(ctx context.Context, name string, c Changes) (User, error)
	// SetPassword replaces the password, and ends a lockout; "" takes it away.
	// mapi.BadValue: it is not as the policy wants it.
	SetPassword(ctx context.Context, name, password string) error
	// Policy is what passwords must be like.
	Policy() Policy
	// LogonState tells whether a user is locked out and how long the password
	// counts.
	LogonState(ctx context.Context, name string) (LogonState, error)
	// Unlock ends a lockout, and forgets the wrong passwords.
	Unlock(ctx context.Context, name string) error
	// Delete takes the user out, of groups and lists of senders, too; the mailbox
	// is the store's to keep or remove.
	Delete(ctx context.Context, name string) error

	// Group finds a group by name or address.
	Group(ctx context.Context, name string) (Group, error)
	// Groups lists all groups by name.
	Groups(ctx context.Context) iter.Seq2[Group, error]
	// GroupsOf gives the groups that an entry is in, also through other groups
	// and dynamic ones; none for somebody unknown. It is asked often and answers
	// from memory.
	GroupsOf(ctx context.Context, user mapi.GUID) ([]mapi.GUID, error)
	// Members gives the users and contacts in a group, also through others, each
	// once, by name.
	Members(ctx context.Context, group mapi.GUID) ([]Entry, error)
	// CreateGroup adds a group. A mailing group without an address gets one of its
	// name in the default domain.
	CreateGroup(ctx context.Context, g Group) (Group, error)
	ChangeGroup(ctx context.Context, name string, c GroupChanges) (Group, error)
	// ChangeMembers adds and removes members; mapi.FolderCycle where a group
	// would be in itself, mapi.InvalidObject where the group is dynamic. Who is
	// in it already, or was not, stays so.
	ChangeMembers(ctx context.Context, name string, add, remove []mapi.GUID) (Group, error)
	DeleteGroup(ctx context.Context, name string) error

	// Contacts lists all contacts by name.
	Contacts(ctx context.Context) iter.Seq2[Contact, error]
	CreateContact(ctx context.Context, c Contact) (Contact, error)
	ChangeContact(ctx context.Context, name string, c ContactChanges) (Contact, error)
	DeleteContact(ctx context.Context, name string) error

	// Entry finds an entry by id.
	Entry(ctx context.Context, id mapi.GUID) (Entry, error)
	// Find finds an entry by login name, group name, contact name or address.
	Find(ctx context.Context, name string) (Entry, error)
	// Search finds entries by what people type: the beginning of words of the
	// name, or of the address.
	Search(ctx context.Context, text string, hidden bool, limit int) ([]Entry, error)
	// Changes streams entries changed since a version, behind one ChangeVersion.
	// mapi.SyncTooOld: deletions so old are forgotten.
	Changes(ctx context.Context, since uint64) iter.Seq2[Change, error]

	// AddAppPassword makes an app password and gives it. mapi.NotEnoughResources:
	// the user has as many as may be. mapi.InvalidObject: the user may not log on.
	AddAppPassword(ctx context.Context, user, name string, services []string) (string, error)
	AppPasswords(ctx context.Context, user string) ([]AppPassword, error)
	RevokeAppPassword(ctx context.Context, user, name string) error
}

// Proofs is what a Directory may offer beside: logons by SCRAM-SHA-256 (RFC
// 7677), for which it keeps keys made of the passwords.
type Proofs interface {
	// HasProofs says whether keys are kept at all.
	HasProofs() bool
	// Salt is what a client has to know to make a proof. Those who are unknown,
	// or for whom there are no keys, have one too, that stays the same and cannot
	// be told from others.
	Salt(ctx context.Context, name string) (salt []byte, iterations int, err error)
	// AuthenticateProof is Authenticate by a proof (ClientProof) of the message
	// (AuthMessage) that was made with the Salt; it gives the server's signature
	// beside. That the message is new is the caller's to know. A wrong proof
	// does not count towards a lockout: which one is tried again cannot be told.
	AuthenticateProof(ctx context.Context, name, service, message string, proof []byte) (u User, app string, signature []byte, err error)
}
