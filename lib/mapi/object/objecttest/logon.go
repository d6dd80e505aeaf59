// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"strings"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// serviceRoles are the roles that need no password.
var serviceRoles = []object.Role{
	object.RoleGateway, object.RoleDelivery, object.RoleSpool, object.RoleIndex,
	object.RoleMonitor, object.RoleArchive, object.RoleAdmin,
}

func logonCases() []testCase {
	return []testCase{
		{"a peer gets the roles that it has", logonRoles},
		{"a user logs on by name and password", logonUser},
		{"wrong passwords are refused", logonRefused},
		{"a session ends", logonOff},
		{"a session is alone until it ends", logonAlone},
		{"logons are apart", logonApart},
	}
}

func logonRoles(k *kit) {
	for _, has := range serviceRoles {
		service := k.env.Service(has)
		for _, wants := range append(serviceRoles, object.RoleNone, object.RoleArchive+100) {
			s, err := service.Logon(k.Context(), object.LogonRequest{Role: wants})
			if wants != has {
				k.fails(err, mapi.NoAccess, mapi.InvalidParameter)
				continue
			}
			k.ok(err)
			equal(k, "the session's role", s.Whoami().Role, has)
			k.ok(s.Logoff(k.Context()))
		}
	}
	s, err := k.env.Service(object.RoleSpool, object.RoleIndex).Logon(k.Context(), object.LogonRequest{Role: object.RoleIndex})
	k.ok(err)
	k.ok(s.Logoff(k.Context()))
	_, err = k.env.Service().Logon(k.Context(), object.LogonRequest{Role: object.RoleAdmin})
	k.fails(err, mapi.NoAccess)
}

func logonUser(k *kit) {
	u := k.newUser()
	short, _, _ := strings.Cut(u.Name, "@")
	for _, name := range []string{u.Name, short, strings.ToUpper(u.Name)} {
		s, err := k.gateway.Logon(k.Context(), object.LogonRequest{Role: object.RoleUser, User: name, Password: password})
		k.ok(err)
		equal(k, "the principal", s.Whoami(), object.Principal{Role: object.RoleUser, User: u.Name, ID: u.ID, Store: u.Store})
	}
	for _, has := range serviceRoles[1:] {
		_, err := k.env.Service(has).Logon(k.Context(), object.LogonRequest{Role: object.RoleUser, User: u.Name, Password: password})
		k.fails(err, mapi.NoAccess)
	}
}

func logonRefused(k *kit) {
	u := k.newUser()
	closed := k.newUser(func(u *directory.User) { u.Disabled = true })
	none, err := k.admin.CreateUser(k.Context(), object.CreateUserRequest{User: directory.User{Name: "nopassword"}})
	k.ok(err)
	for name, req := range map[string]object.LogonRequest{
		"wrong password":           {User: u.Name, Password: password + "!"},
		"no password":              {User: u.Name},
		"unknown user":             {User: "nobody", Password: password},
		"no user":                  {Password: password},
		"disabled user":            {User: closed.Name, Password: password},
		"user without a password":  {User: none.Name},
		"user without, and a word": {User: none.Name, Password: password},
	} {
		req.Role = object.RoleUser
		if _, err := k.gateway.Logon(k.Context(), req); mapi.CodeOf(err) != mapi.LogonFailed {
			k.Errorf("%s: %v", name, err)
		}
	}
	disabled := true
	_, err = k.admin.SetUser(k.Context(), object.SetUserRequest{Name: u.Name, Changes: directory.Changes{Disabled: &disabled}})
	k.ok(err)
	_, err = k.gateway.Logon(k.Context(), object.LogonRequest{Role: object.RoleUser, User: u.Name, Password: password})
	k.fails(err, mapi.LogonFailed)
}

func logonOff(k *kit) {
	m := k.mailbox()
	other := k.logon(m.user)
	k.ok(m.s.Logoff(k.Context()))
	_, err := m.s.FolderStates(k.Context(), object.FolderStatesRequest{Store: m.guid})
	k.fails(err, mapi.EndOfSession)
	_, err = collect(m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableHierarchy}))
	k.fails(err, mapi.EndOfSession)
	_, err = m.s.Upload(k.Context(), object.UploadRequest{Size: -1}, strings.NewReader("x"))
	k.fails(err, mapi.EndOfSession)
	if err := m.s.Logoff(k.Context()); err != nil {
		k.fails(err, mapi.EndOfSession)
	}
	_, err = other.GetStore(k.Context(), object.GetStoreRequest{})
	k.ok(err)
}

func logonAlone(k *kit) {
	u, other := k.newUser(), k.newUser()
	enter := func(user, service string, alone bool, want mapi.Code) object.Session {
		k.Helper()
		s, err := k.gateway.Logon(k.Context(), object.LogonRequest{Role: object.RoleUser, User: user, Password: password, Service: service, Alone: alone})
		if mapi.CodeOf(err) != want {
			k.Errorf("log on %s by %s, alone %v: %v, want %v", user, service, alone, err, want)
		}
		return s
	}
	first := enter(u.Name, "pop3", true, 0)
	enter(u.Name, "pop3", true, mapi.InUse)
	enter(u.Name, "imap", true, 0)
	enter(u.Name, "pop3", false, 0)
	enter(other.Name, "pop3", true, 0)
	k.ok(first.Logoff(k.Context()))
	second := enter(u.Name, "pop3", true, 0)
	enter(u.Name, "pop3", true, mapi.InUse)
	_, err := k.admin.SetPassword(k.Context(), object.SetPasswordRequest{Name: u.Name, New: password})
	k.ok(err) // which ends the sessions
	third := enter(u.Name, "pop3", true, 0)
	_ = second.Logoff(k.Context()) // it has nothing to give free any more
	enter(u.Name, "pop3", true, mapi.InUse)
	k.ok(third.Logoff(k.Context()))
}

func logonApart(k *kit) {
	u, other := k.newUser(), k.newUser()
	for i, tc := range []struct {
		user, service string
		apart         time.Duration
		want          mapi.Code
	}{
		{u.Name, "pop3", 0, 0},
		{u.Name, "pop3", time.Hour, 0},
		{u.Name, "pop3", time.Hour, mapi.TooEarly},
		{u.Name, "pop3", time.Nanosecond, mapi.TooEarly},
		{u.Name, "pop3", 0, 0},
		{u.Name, "imap", time.Hour, 0},
		{other.Name, "pop3", time.Hour, 0},
	} {
		_, err := k.gateway.Logon(k.Context(), object.LogonRequest{
			Role: object.RoleUser, User: tc.user, Password: password, Service: tc.service, Apart: tc.apart,
		})
		if mapi.CodeOf(err) != tc.want {
			k.Errorf("logon %d: %v, want %v", i, err, tc.want)
		}
	}
}
