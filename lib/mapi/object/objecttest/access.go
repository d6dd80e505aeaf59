// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"context"
	"slices"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func accessCases() []testCase {
	return []testCase{
		{"each role may do what it is for and no more", accessMatrix},
		{"a user has no access to others", accessUsers},
	}
}

// accessCall is a call on somebody's mailbox and the roles that may make it.
type accessCall struct {
	name    string
	allowed []object.Role
	open    []object.Role // where the contract leaves it to the implementation
	call    func(ctx context.Context, s object.Session, m *mailbox, msg object.SavedMessage) error
}

func accessCalls() []accessCall {
	admin := []object.Role{object.RoleAdmin}
	readers := []object.Role{object.RoleIndex, object.RoleArchive, object.RoleAdmin}
	return []accessCall{
		{"ListStores", append(readers, object.RoleMonitor), nil, func(ctx context.Context, s object.Session, _ *mailbox, _ object.SavedMessage) error {
			_, err := collect(s.ListStores(ctx, object.ListStoresRequest{}))
			return err
		}},
		{"RemoveStore", admin, nil, func(ctx context.Context, s object.Session, m *mailbox, _ object.SavedMessage) error {
			_, err := s.RemoveStore(ctx, object.RemoveStoreRequest{GUID: m.guid})
			return notWith(err, mapi.InvalidObject)
		}},
		{"Query", readers, nil, func(ctx context.Context, s object.Session, m *mailbox, _ object.SavedMessage) error {
			rows, err := collect(s.Query(ctx, object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox}))
			return shown(len(rows), err)
		}},
		{"GetMessages", readers, nil, func(ctx context.Context, s object.Session, m *mailbox, msg object.SavedMessage) error {
			list, err := collect(s.GetMessages(ctx, object.GetMessagesRequest{Store: m.guid, IDs: []mapi.ID{msg.ID}}))
			return shown(len(list), err)
		}},
		{"Read", readers, nil, func(ctx context.Context, s object.Session, m *mailbox, msg object.SavedMessage) error {
			list, err := collect(s.Read(ctx, object.ReadRequest{Store: m.guid, Items: []object.ReadItem{{Message: msg.ID, Length: -1}}}))
			if err == nil && len(list) > 0 && list[0].Code == mapi.NotFound {
				list = nil
			}
			return shown(len(list), err)
		}},
		{"Changes", readers, nil, func(ctx context.Context, s object.Session, m *mailbox, _ object.SavedMessage) error {
			_, err := collect(s.Changes(ctx, object.ChangesRequest{Store: m.guid, Folder: m.inbox}))
			return err
		}},
		{"SetFlags", nil, []object.Role{object.RoleArchive, object.RoleAdmin}, func(ctx context.Context, s object.Session, m *mailbox, msg object.SavedMessage) error {
			_, err := s.SetFlags(ctx, object.SetFlagsRequest{Store: m.guid, Folder: m.inbox, UIDs: one(msg.UID), Mode: object.FlagsAdd, Flags: object.FlagSeen})
			return err
		}},
		{"ResolveRecipients", []object.Role{object.RoleDelivery}, admin, func(ctx context.Context, s object.Session, m *mailbox, _ object.SavedMessage) error {
			_, err := s.ResolveRecipients(ctx, object.ResolveRecipientsRequest{Addresses: []string{m.user.Address}})
			return err
		}},
		{"Deliver", []object.Role{object.RoleDelivery}, admin, func(ctx context.Context, s object.Session, m *mailbox, _ object.SavedMessage) error {
			resp, err := s.Deliver(ctx, object.DeliverRequest{To: []object.DeliverTo{{Store: m.guid}}, Message: plain("hello")})
			if err == nil && resp.Results[0].Code != 0 {
				err = resp.Results[0].Code
			}
			return err
		}},
		{"FinishSubmit", []object.Role{object.RoleSpool}, admin, func(ctx context.Context, s object.Session, m *mailbox, msg object.SavedMessage) error {
			_, err := s.FinishSubmit(ctx, object.FinishSubmitRequest{Store: m.guid, Message: msg.ID, Outcome: object.OutcomeSent})
			return notWith(err, mapi.NotSubmitted)
		}},
		{"CreateUser", admin, nil, func(ctx context.Context, s object.Session, m *mailbox, _ object.SavedMessage) error {
			_, err := s.CreateUser(ctx, object.CreateUserRequest{User: directory.User{Name: m.user.Name}})
			return notWith(err, mapi.AlreadyExists)
		}},
		{"ListUsers", admin, nil, func(ctx context.Context, s object.Session, _ *mailbox, _ object.SavedMessage) error {
			_, err := collect(s.ListUsers(ctx, object.ListUsersRequest{}))
			return err
		}},
		{"SetUser", admin, nil, func(ctx context.Context, s object.Session, m *mailbox, _ object.SavedMessage) error {
			_, err := s.SetUser(ctx, object.SetUserRequest{Name: m.user.Name})
			return err
		}},
		{"SetPassword", admin, nil, func(ctx context.Context, s object.Session, m *mailbox, _ object.SavedMessage) error {
			_, err := s.SetPassword(ctx, object.SetPasswordRequest{Name: m.user.Name, New: password})
			return err
		}},
		{"Check", admin, nil, func(ctx context.Context, s object.Session, m *mailbox, _ object.SavedMessage) error {
			_, err := collect(s.Check(ctx, object.CheckRequest{Store: m.guid}))
			return err
		}},
	}
}

// shown is err, or no access where nothing was shown: a role that may see some
// messages only need not be told that there are others.
func shown(n int, err error) error {
	if err == nil && n == 0 {
		return mapi.NoAccess
	}
	return err
}

// notWith is err unless it has the code, which shows that the call was let in.
func notWith(err error, code mapi.Code) error {
	if mapi.CodeOf(err) == code {
		return nil
	}
	return err
}

func accessMatrix(k *kit) {
	m := k.mailbox()
	msg := m.save(m.inbox, plain("secret"))[0]
	for _, role := range serviceRoles {
		s := k.role(role)
		for _, c := range accessCalls() {
			err := c.call(k.Context(), s, m, msg)
			switch {
			case slices.Contains(c.open, role):
			case slices.Contains(c.allowed, role) && err != nil:
				k.Errorf("%s as %s: %v", c.name, role, err)
			case !slices.Contains(c.allowed, role) && mapi.CodeOf(err) != mapi.NoAccess:
				k.Errorf("%s as %s: %v, want no access", c.name, role, err)
			}
		}
		k.ok(s.Logoff(k.Context()))
	}
}

func accessUsers(k *kit) {
	owner, other := k.mailbox(), k.mailbox()
	msg := owner.save(owner.inbox, plain("secret"))[0]
	for _, c := range accessCalls() {
		err := c.call(k.Context(), other.s, owner, msg)
		if code := mapi.CodeOf(err); code != mapi.NoAccess {
			k.Errorf("%s in another's mailbox: %v, want no access", c.name, err)
		}
	}
	for name, req := range map[string]object.GetStoreRequest{"by GUID": {GUID: owner.guid}, "by name": {User: owner.user.Name}} {
		if _, err := other.s.GetStore(k.Context(), req); mapi.CodeOf(err) != mapi.NoAccess {
			k.Errorf("another's store %s: %v, want no access", name, err)
		}
	}
	_, err := other.s.GetUser(k.Context(), object.GetUserRequest{Name: owner.user.Name})
	k.fails(err, mapi.NoAccess)
	_, err = other.s.Transfer(k.Context(), object.TransferRequest{Store: other.guid, Folder: other.inbox, UIDs: everything(), ToStore: owner.guid, ToFolder: owner.inbox})
	k.fails(err, mapi.NoAccess)
	events, err := collect(other.s.Watch(k.Context(), object.WatchRequest{Stores: []mapi.GUID{owner.guid}}))
	if k.fails(err, mapi.NoAccess); len(events) > 0 {
		k.Errorf("%d events of another's mailbox", len(events))
	}
}
