// SPDX-License-Identifier: AGPL-3.0-or-later

// Package directory says who there is: users (later groups and companies),
// their addresses, quotas and mailboxes. It holds the values and the contract
// that a directory plug-in satisfies; dbdir keeps them in a database.
package directory

import (
	"context"
	"iter"
	"time"

	"twiga/lib/mapi"
)

// User is one person or resource who may own a mailbox.
type User struct {
	ID       mapi.GUID // given at creation, never changes
	Name     string    // login name in lower case, with its domain: "anna@example.test"
	FullName string
	Address  string   // primary mail address in lower case
	Aliases  []string // further addresses in lower case
	Language string   // BCP 47, of the folder names; "" is the server's
	Store    mapi.GUID
	Quota    Quota
	Admin    bool
	Disabled bool // no logon; mail is still delivered
	Created  time.Time
}

// Quota are the limits of a mailbox in bytes; 0 is the server's default, a
// negative number no limit. Beyond Warn the user is told, beyond Soft nothing
// is sent, beyond Hard nothing is saved.
type Quota struct{ Warn, Soft, Hard int64 }

// Changes say which fields of a user to set: the nil ones stay.
type Changes struct {
	FullName *string
	Address  *string
	Aliases  *[]string
	Language *string
	Quota    *Quota
	Admin    *bool
	Disabled *bool
	Store    *mapi.GUID
}

// Directory is what the store asks about users. Implementations fold names
// and addresses to lower case (RFC 5321 2.4 leaves the local part to the
// receiver) and take a name without a domain in the default domain. Errors
// carry mapi.NotFound, mapi.AlreadyExists, mapi.LogonFailed,
// mapi.AmbiguousRecipient or mapi.NoSupport (a read-only directory).
type Directory interface {
	// User finds a user by login name.
	User(ctx context.Context, name string) (User, error)
	// ByAddress finds the user who receives mail for an address.
	ByAddress(ctx context.Context, address string) (User, error)
	// ByID finds a user by id.
	ByID(ctx context.Context, id mapi.GUID) (User, error)
	// Users lists all users by name.
	Users(ctx context.Context) iter.Seq2[User, error]
	// Authenticate checks a password; mapi.LogonFailed where user or password
	// is wrong, in equal time. Version changes whenever the answer might, so
	// that a caller may keep the answer for a while.
	Authenticate(ctx context.Context, name, password string) (User, error)
	// Version is a number that changes with every change of the directory.
	Version(ctx context.Context) (uint64, error)

	// Create adds a user. Name and Address are completed with the default domain.
	Create(ctx context.Context, u User, password string) (User, error)
	// Change sets some fields of a user and gives the user as it is then.
	Change(ctx context.Context, name string, c Changes) (User, error)
	// SetPassword replaces the password.
	SetPassword(ctx context.Context, name, password string) error
	// Delete takes the user out; the mailbox is the store's to keep or remove.
	Delete(ctx context.Context, name string) error
}
