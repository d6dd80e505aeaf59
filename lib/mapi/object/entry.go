// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import "twiga/lib/directory"

// CreateGroupRequest makes a group.
type CreateGroupRequest struct{ Group directory.Group }

// GetGroupRequest names a group by name or address.
type GetGroupRequest struct{ Name string }

// ListGroupsRequest asks for all groups, or those that a user or group is in.
type ListGroupsRequest struct{ Member string }

// SetGroupRequest changes the fields that are not nil.
type SetGroupRequest struct {
	Name    string
	Changes directory.GroupChanges
}

// DeleteGroupRequest names a group.
type DeleteGroupRequest struct{ Name string }

// ChangeMembersRequest adds and removes members of a group by login name, group
// name, contact name or address.
type ChangeMembersRequest struct {
	Group  string
	Add    []string
	Remove []string
}

// CreateContactRequest makes a contact: an address outside.
type CreateContactRequest struct{ Contact directory.Contact }

// ListContactsRequest asks for all contacts.
type ListContactsRequest struct{}

// SetContactRequest changes the fields that are not nil.
type SetContactRequest struct {
	Name    string
	Changes directory.ContactChanges
}

// DeleteContactRequest names a contact.
type DeleteContactRequest struct{ Name string }

// CreateAppPasswordRequest makes a further password for a user (RoleAdmin or
// oneself), for these services only, where any is given.
type CreateAppPasswordRequest struct {
	User     string
	Name     string
	Services []string
}

// CreateAppPasswordResponse has the password; it is shown once.
type CreateAppPasswordResponse struct{ Password string }

// ListAppPasswordsRequest names a user.
type ListAppPasswordsRequest struct{ User string }

// RevokeAppPasswordRequest names an app password of a user.
type RevokeAppPasswordRequest struct{ User, Name string }

// GetPolicyRequest asks what passwords must be like.
type GetPolicyRequest struct{}

// GetLogonStateRequest names a user.
type GetLogonStateRequest struct{ User string }

// UnlockUserRequest names a user.
type UnlockUserRequest struct{ User string }

// ResolveNamesRequest asks for the entries of the address book that what people
// type may mean: by name, by the beginning of parts of the name, by address.
type ResolveNamesRequest struct {
	Names []string
	Limit int // matches each; 0 is 20
}

// ResolveNamesResponse has one entry for each name.
type ResolveNamesResponse struct{ Results []ResolvedName }

// ResolvedName has the entries that a name may mean. It is resolved where there is one.
type ResolvedName struct{ Matches []directory.Entry }
