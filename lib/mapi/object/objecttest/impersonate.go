// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func impersonation(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 1)
	s := k.impersonate(m.user)
	equal(k, "the principal", s.Whoami(), object.Principal{Role: object.RoleUser, User: m.user.Name, ID: m.user.ID, Store: m.guid, Impersonated: true})
	as := *m
	as.s = s
	equal(k, "messages", len(as.uids(m.inbox)), 1)
	as.fill(m.inbox, 1)
	equal(k, "messages", len(m.uids(m.inbox)), 2)
	disabled := k.newUser(func(u *directory.User) { u.Disabled = true })
	k.ok(k.impersonate(disabled).Logoff(k.Context()))
	for name, c := range map[string]struct {
		has  object.Role
		req  object.LogonRequest
		want mapi.Code
	}{
		"a gateway":      {object.RoleGateway, object.LogonRequest{Role: object.RoleUser, User: m.user.Name}, mapi.NoAccess},
		"with password":  {object.RoleGateway, object.LogonRequest{Role: object.RoleUser, User: m.user.Name, Password: password}, mapi.NoAccess},
		"a delivery":     {object.RoleDelivery, object.LogonRequest{Role: object.RoleUser, User: m.user.Name}, mapi.NoAccess},
		"as a service":   {object.RoleAdmin, object.LogonRequest{Role: object.RoleSpool}, mapi.NoAccess},
		"nobody":         {object.RoleAdmin, object.LogonRequest{Role: object.RoleUser, User: "nobody-at-all"}, mapi.LogonFailed},
		"without a name": {object.RoleAdmin, object.LogonRequest{Role: object.RoleUser}, mapi.LogonFailed},
	} {
		c.req.Impersonate = true
		if _, err := k.env.Service(c.has).Logon(k.Context(), c.req); mapi.CodeOf(err) != c.want {
			k.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// adminBy logs on as an administrator by name and password.
func (k *kit) adminBy(u directory.User) (object.Session, error) {
	return k.gateway.Logon(k.Context(), object.LogonRequest{Role: object.RoleAdmin, User: u.Name, Password: password, Program: "objecttest"})
}

func withLevel(l directory.AdminLevel) func(*directory.User) {
	return func(u *directory.User) { u.Admin = l }
}

func adminLogon(k *kit) {
	admin, m := k.newUser(withLevel(directory.AdminServer)), k.mailbox()
	s, err := k.adminBy(admin)
	k.ok(err)
	equal(k, "the principal", s.Whoami(), object.Principal{Role: object.RoleAdmin, User: admin.Name, ID: admin.ID})
	_, err = collect(s.ListUsers(k.Context(), object.ListUsersRequest{}))
	k.ok(err)
	m.fill(m.inbox, 1)
	_, err = collect(s.Changes(k.Context(), object.ChangesRequest{Store: m.guid, Folder: m.inbox}))
	k.ok(err)
	_, err = k.adminBy(m.user)
	k.fails(err, mapi.NoAccess)
	_, err = k.gateway.Logon(k.Context(), object.LogonRequest{Role: object.RoleAdmin, User: admin.Name, Password: "wrong"})
	k.fails(err, mapi.LogonFailed)
	_, err = k.env.Service(object.RoleDelivery).Logon(k.Context(), object.LogonRequest{Role: object.RoleAdmin, User: admin.Name, Password: password})
	k.fails(err, mapi.NoAccess)
	none := directory.AdminNone
	_, err = k.admin.SetUser(k.Context(), object.SetUserRequest{Name: admin.Name, Changes: directory.Changes{Admin: &none}})
	k.ok(err)
	_, err = collect(s.ListUsers(k.Context(), object.ListUsersRequest{}))
	k.fails(err, mapi.EndOfSession, mapi.NoAccess) // or it was tried to log on anew
	_, err = k.adminBy(admin)
	k.fails(err, mapi.NoAccess)
}

// quotasByAdministrators: who is an administrator sets quotas, and nothing
// else, as a user, too.
func quotasByAdministrators(k *kit) {
	server, users, plain := k.newUser(withLevel(directory.AdminServer)), k.newUser(withLevel(directory.AdminUsers)), k.newUser()
	quota, name := directory.Quota{Warn: 1 << 20, Soft: 2 << 20, Hard: 3 << 20}, "Another Name"
	for _, row := range []struct {
		by, of directory.User
		code   mapi.Code
	}{{server, plain, 0}, {server, users, 0}, {users, plain, 0}, {users, server, mapi.NoAccess}, {plain, plain, mapi.NoAccess}} {
		s := k.logon(row.by)
		got, err := s.SetUser(k.Context(), object.SetUserRequest{Name: row.of.Name, Changes: directory.Changes{Quota: &quota}})
		if row.code != 0 {
			k.fails(err, row.code)
			continue
		}
		k.ok(err)
		if got.Quota != quota {
			k.Errorf("quota of %s: %v", row.of.Name, got.Quota)
		}
		_, err = s.SetUser(k.Context(), object.SetUserRequest{Name: row.of.Name, Changes: directory.Changes{Quota: &quota, FullName: &name}})
		k.fails(err, mapi.NoAccess)
	}
}

func adminOfUsers(k *kit) {
	admin, boss, m := k.newUser(withLevel(directory.AdminUsers)), k.newUser(withLevel(directory.AdminServer)), k.mailbox()
	s, err := k.adminBy(admin)
	k.ok(err)
	ctx := k.Context()
	made, err := s.CreateUser(ctx, object.CreateUserRequest{User: directory.User{Name: "made-by-" + admin.Name}})
	k.ok(err)
	name := "Another Name"
	_, err = s.SetUser(ctx, object.SetUserRequest{Name: made.Name, Changes: directory.Changes{FullName: &name}})
	k.ok(err)
	_, err = s.SetPassword(ctx, object.SetPasswordRequest{Name: made.Name, New: password})
	k.ok(err)
	_, err = s.UnlockUser(ctx, object.UnlockUserRequest{User: made.Name})
	k.ok(err)
	_, err = s.GetLogonState(ctx, object.GetLogonStateRequest{User: boss.Name})
	k.ok(err)
	_, err = s.GetPolicy(ctx, object.GetPolicyRequest{})
	k.ok(err)
	server := directory.AdminServer
	for what, call := range map[string]func() error{
		"create an administrator": func() error {
			_, err := s.CreateUser(ctx, object.CreateUserRequest{User: directory.User{Name: "boss-of-" + admin.Name, Admin: directory.AdminUsers}})
			return err
		},
		"make an administrator": func() error {
			_, err := s.SetUser(ctx, object.SetUserRequest{Name: made.Name, Changes: directory.Changes{Admin: &server}})
			return err
		},
		"change an administrator": func() error {
			_, err := s.SetUser(ctx, object.SetUserRequest{Name: boss.Name, Changes: directory.Changes{FullName: &name}})
			return err
		},
		"raise oneself": func() error {
			_, err := s.SetUser(ctx, object.SetUserRequest{Name: admin.Name, Changes: directory.Changes{Admin: &server}})
			return err
		},
		"give another's mailbox": func() error {
			_, err := s.SetUser(ctx, object.SetUserRequest{Name: made.Name, Changes: directory.Changes{Store: &m.guid}})
			return err
		},
		"password of an administrator": func() error {
			_, err := s.SetPassword(ctx, object.SetPasswordRequest{Name: boss.Name, New: "taken"})
			return err
		},
		"unlock an administrator": func() error {
			_, err := s.UnlockUser(ctx, object.UnlockUserRequest{User: boss.Name})
			return err
		},
		"delete an administrator": func() error {
			_, err := s.DeleteUser(ctx, object.DeleteUserRequest{Name: boss.Name})
			return err
		},
		"delete with the mailbox": func() error {
			_, err := s.DeleteUser(ctx, object.DeleteUserRequest{Name: made.Name, Purge: true})
			return err
		},
		"see a mailbox": func() error {
			_, err := s.GetStore(ctx, object.GetStoreRequest{GUID: m.guid})
			return err
		},
		"read a mailbox": func() error {
			_, err := collect(s.Changes(ctx, object.ChangesRequest{Store: m.guid, Folder: m.inbox}))
			return err
		},
		"give rights": func() error {
			_, err := s.ModifyPermissions(ctx, object.ModifyPermissionsRequest{Store: m.guid, Folder: m.inbox})
			return err
		},
	} {
		if err := call(); mapi.CodeOf(err) != mapi.NoAccess {
			k.Errorf("%s: %v, want no access", what, err)
		}
	}
	_, err = s.DeleteUser(ctx, object.DeleteUserRequest{Name: made.Name})
	k.ok(err)
}
