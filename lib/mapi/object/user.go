// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import (
	"twiga/lib/directory"
	"twiga/lib/mapi"
)

// CreateUserRequest makes a user and the mailbox. Store names an orphan to be
// hooked in place of a new mailbox; zero makes one. InvalidParameter: the user
// has an Archive already, which CreateStore or HookStore gives later.
type CreateUserRequest struct {
	User     directory.User
	Password string // "" is none: no logon
	Store    mapi.GUID
}

// GetUserRequest names a user by login name or, where Name is "", by address; both empty is oneself.
type GetUserRequest struct{ Name, Address string }

// ListUsersRequest asks for all users.
type ListUsersRequest struct{}

// SetUserRequest changes the fields that are not nil.
type SetUserRequest struct {
	Name    string
	Changes directory.Changes
}

// SetPasswordRequest replaces a password; Old is wanted of everybody but RoleAdmin.
type SetPasswordRequest struct{ Name, Old, New string }

// DeleteUserRequest takes a user out, and with Purge the mailbox too.
type DeleteUserRequest struct {
	Name  string
	Purge bool
}
