// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"fmt"
	"slices"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func credentialCases() []testCase {
	return []testCase{
		{"app passwords open sessions for their services", appPasswordUse},
		{"app passwords are listed and revoked", appPasswordLife},
		{"app passwords make and change nothing", appPasswordPower},
		{"services can be turned off", serviceOff},
		{"kinds without a logon have none", kindLogon},
		{"another name, kind or service ends the sessions", userEnds},
		{"an administrator is found by level", userLevels},
		{"all fields of a user are kept", userFields},
		{"the policy of passwords is told", policyTold},
		{"a lockout is told and ended", lockoutEnds},
	}
}

// enter tries to log on.
func (k *kit) enter(user, password, service string) (object.Session, error) {
	return k.gateway.Logon(k.Context(), object.LogonRequest{Role: object.RoleUser, User: user, Password: password, Service: service, Program: "objecttest"})
}

func (k *kit) appPassword(s object.Session, user, name string, services ...string) string {
	k.Helper()
	resp, err := s.CreateAppPassword(k.Context(), object.CreateAppPasswordRequest{User: user, Name: name, Services: services})
	k.ok(err)
	return resp.Password
}

func appPasswordUse(k *kit) {
	u := k.newUser()
	free, bound := k.appPassword(k.logon(u), u.Name, "laptop"), k.appPassword(k.admin, u.Name, "phone", "imap", "smtp")
	for _, tc := range []struct {
		password, service string
		want              mapi.Code
	}{
		{free, "imap", 0}, {free, "", 0}, {bound, "imap", 0}, {bound, "smtp", 0}, {bound, "dav", mapi.LogonFailed}, {bound, "", mapi.LogonFailed},
		{password, "dav", 0},
	} {
		if _, err := k.enter(u.Name, tc.password, tc.service); mapi.CodeOf(err) != tc.want {
			k.Errorf("service %q: %v, want %v", tc.service, err, tc.want)
		}
	}
	_, err := k.enter(k.newUser().Name, free, "imap")
	k.fails(err, mapi.LogonFailed)
}

func appPasswordLife(k *kit) {
	u := k.newUser()
	s := k.logon(u)
	word := k.appPassword(s, "", "b phone", "imap")
	k.appPassword(s, u.Name, "a laptop")
	for _, tc := range []struct {
		req  object.CreateAppPasswordRequest
		want mapi.Code
	}{
		{object.CreateAppPasswordRequest{User: u.Name, Name: "b phone"}, mapi.AlreadyExists},
		{object.CreateAppPasswordRequest{User: u.Name, Name: ""}, mapi.InvalidParameter},
		{object.CreateAppPasswordRequest{User: u.Name, Name: "c", Services: []string{"telnet"}}, mapi.InvalidParameter},
		{object.CreateAppPasswordRequest{User: k.newUser(func(u *directory.User) { u.Kind = directory.KindRoom }).Name, Name: "c"}, mapi.InvalidObject},
		{object.CreateAppPasswordRequest{User: "nobody", Name: "c"}, mapi.NotFound},
	} {
		_, err := k.admin.CreateAppPassword(k.Context(), tc.req)
		k.fails(err, tc.want)
	}
	device, err := k.enter(u.Name, word, "imap")
	k.ok(err)
	list := all(k, s.ListAppPasswords(k.Context(), object.ListAppPasswordsRequest{User: u.Name}))
	if len(list) != 2 || list[0].Name != "a laptop" || !slices.Equal(list[1].Services, []string{"imap"}) || list[1].Created.IsZero() ||
		list[1].Used.IsZero() || !list[0].Used.IsZero() {
		k.Errorf("list %+v", list)
	}
	_, err = s.RevokeAppPassword(k.Context(), object.RevokeAppPasswordRequest{User: u.Name, Name: "b phone"})
	k.ok(err)
	_, err = k.enter(u.Name, word, "imap")
	k.fails(err, mapi.LogonFailed)
	_, err = device.GetStore(k.Context(), object.GetStoreRequest{})
	k.fails(err, mapi.EndOfSession)
	_, err = s.RevokeAppPassword(k.Context(), object.RevokeAppPasswordRequest{User: u.Name, Name: "b phone"})
	k.fails(err, mapi.NotFound)
}

func appPasswordPower(k *kit) {
	u := k.newUser()
	word := k.appPassword(k.admin, u.Name, "phone")
	device, err := k.enter(u.Name, word, "imap")
	k.ok(err)
	other := k.logon(k.newUser())
	for name, do := range map[string]func() error{
		"create": func() error {
			_, err := device.CreateAppPassword(k.Context(), object.CreateAppPasswordRequest{User: u.Name, Name: "x"})
			return err
		},
		"list": func() error {
			_, err := collect(device.ListAppPasswords(k.Context(), object.ListAppPasswordsRequest{User: u.Name}))
			return err
		},
		"revoke": func() error {
			_, err := device.RevokeAppPassword(k.Context(), object.RevokeAppPasswordRequest{User: u.Name, Name: "phone"})
			return err
		},
		"set the password": func() error {
			_, err := device.SetPassword(k.Context(), object.SetPasswordRequest{Name: u.Name, Old: word, New: "mine"})
			return err
		},
		"create for another": func() error {
			_, err := other.CreateAppPassword(k.Context(), object.CreateAppPasswordRequest{User: u.Name, Name: "x"})
			return err
		},
		"list another's": func() error {
			_, err := collect(other.ListAppPasswords(k.Context(), object.ListAppPasswordsRequest{User: u.Name}))
			return err
		},
		"revoke another's": func() error {
			_, err := other.RevokeAppPassword(k.Context(), object.RevokeAppPasswordRequest{User: u.Name, Name: "phone"})
			return err
		},
	} {
		if err := do(); mapi.CodeOf(err) != mapi.NoAccess {
			k.Errorf("%s: %v", name, err)
		}
	}
}

func serviceOff(k *kit) {
	u := k.newUser(func(u *directory.User) { u.NoServices = []string{"pop3", "dav"} })
	for service, want := range map[string]mapi.Code{"imap": 0, "": 0, "pop3": mapi.LogonFailed, "dav": mapi.LogonFailed} {
		if _, err := k.enter(u.Name, password, service); mapi.CodeOf(err) != want {
			k.Errorf("service %q: %v", service, err)
		}
	}
	bad := []string{"telnet"}
	_, err := k.admin.SetUser(k.Context(), object.SetUserRequest{Name: u.Name, Changes: directory.Changes{NoServices: &bad}})
	k.fails(err, mapi.InvalidParameter)
}

func kindLogon(k *kit) {
	for _, kind := range []directory.Kind{directory.KindShared, directory.KindRoom, directory.KindEquipment} {
		u := k.newUser(func(u *directory.User) { u.Kind, u.Resource.AutoAccept = kind, true })
		equal(k, "the kind", u.Kind, kind)
		_, err := k.enter(u.Name, password, "")
		k.fails(err, mapi.LogonFailed)
		st, err := k.admin.GetStore(k.Context(), object.GetStoreRequest{User: u.Name})
		k.ok(err)
		equal(k, "the owner", st.Owner, u.Name)
	}
	_, err := k.admin.CreateUser(k.Context(), object.CreateUserRequest{User: directory.User{Name: k.unique("k"), Kind: directory.KindGroup}})
	k.fails(err, mapi.InvalidParameter)
}

func userEnds(k *kit) {
	kind, services, level := directory.KindShared, []string{"pop3"}, directory.AdminUsers
	name := k.unique("renamed")
	for what, changes := range map[string]directory.Changes{
		"name": {Name: &name}, "kind": {Kind: &kind}, "services": {NoServices: &services}, "level": {Admin: &level},
	} {
		m := k.mailbox()
		u, err := k.admin.SetUser(k.Context(), object.SetUserRequest{Name: m.user.Name, Changes: changes})
		k.ok(err)
		if _, err := m.s.GetStore(k.Context(), object.GetStoreRequest{}); mapi.CodeOf(err) != mapi.EndOfSession {
			k.Errorf("%s: %v", what, err)
		}
		if what == "name" {
			equal(k, "the new name", u.Name, name+"@"+k.env.Domain)
			equal(k, "the address", u.Address, m.user.Address)
			k.logon(u)
			_, err = k.enter(m.user.Name, password, "")
			k.fails(err, mapi.LogonFailed)
			other := k.newUser()
			_, err = k.admin.SetUser(k.Context(), object.SetUserRequest{Name: other.Name, Changes: directory.Changes{Name: &name}})
			k.fails(err, mapi.AlreadyExists)
		}
	}
}

func userLevels(k *kit) {
	for _, level := range []directory.AdminLevel{directory.AdminNone, directory.AdminUsers, directory.AdminServer} {
		u := k.newUser(func(u *directory.User) { u.Admin = level })
		got, err := k.admin.GetUser(k.Context(), object.GetUserRequest{Name: u.Name})
		k.ok(err)
		equal(k, "the level", got.Admin, level)
	}
}

func userFields(k *kit) {
	sender := k.newUser()
	u := k.newUser(func(u *directory.User) {
		u.Hidden, u.SendAs, u.Resource = true, []mapi.GUID{sender.ID}, directory.Resource{AutoAccept: true, Capacity: 12}
		u.Attributes = directory.Attributes{GivenName: "G", Surname: "S", Title: "T", Department: "D", Company: "C", Office: "O",
			Phone: "1", Mobile: "2", City: "Ci", Country: "Co"}
	})
	got, err := k.admin.GetUser(k.Context(), object.GetUserRequest{Name: u.Name})
	k.ok(err)
	equal(k, "hidden", got.Hidden, true)
	equal(k, "the resource", got.Resource, u.Resource)
	equal(k, "the attributes", got.Attributes, u.Attributes)
	same(k, "the senders", got.SendAs, u.SendAs)
	if got.PasswordChanged.IsZero() {
		k.Error("a password without a date")
	}
	no, resource := false, directory.Resource{DeclineConflict: true, DeclineRecurring: true}
	got, err = k.admin.SetUser(k.Context(), object.SetUserRequest{Name: u.Name, Changes: directory.Changes{Hidden: &no, Resource: &resource}})
	k.ok(err)
	equal(k, "hidden", got.Hidden, false)
	equal(k, "the resource", got.Resource, resource)
	equal(k, "the attributes", got.Attributes, u.Attributes)
	_, err = k.admin.CreateUser(k.Context(), object.CreateUserRequest{User: directory.User{Name: k.unique("a"), Archive: mapi.NewGUID()}})
	k.fails(err, mapi.InvalidParameter)
}

func policyTold(k *kit) {
	got, err := k.admin.GetPolicy(k.Context(), object.GetPolicyRequest{})
	k.ok(err)
	equal(k, "the policy", got, Policy())
	_, err = k.admin.CreateUser(k.Context(), object.CreateUserRequest{User: directory.User{Name: k.unique("short")}, Password: "ab"})
	k.fails(err, mapi.BadValue)
}

// logonState asks what may keep a user out.
func (k *kit) logonState(name string) directory.LogonState {
	k.Helper()
	got, err := k.admin.GetLogonState(k.Context(), object.GetLogonStateRequest{User: name})
	k.ok(err)
	return got
}

func lockoutEnds(k *kit) {
	u, p := k.newUser(), Policy()
	if got := k.logonState(u.Name); got.Failures != 0 || !got.LockedUntil.IsZero() || !got.PasswordExpires.Equal(u.PasswordChanged.Add(p.MaxAge)) {
		k.Errorf("a new user: %+v, the password is of %v", got, u.PasswordChanged)
	}
	for i := range p.Failures {
		equal(k, "the failures", k.logonState(u.Name).Failures, i)
		_, err := k.enter(u.Name, fmt.Sprint("wrong", i), "")
		k.fails(err, mapi.LogonFailed)
	}
	_, err := k.enter(u.Name, password, "")
	k.fails(err, mapi.LogonFailed)
	if left := time.Until(k.logonState(u.Name).LockedUntil); left <= 0 || left > p.Lockout {
		k.Errorf("locked out for %v", left)
	}
	for range 2 { // who is free stays so
		_, err = k.admin.UnlockUser(k.Context(), object.UnlockUserRequest{User: u.Name})
		k.ok(err)
	}
	if got := k.logonState(u.Name); got.Failures != 0 || !got.LockedUntil.IsZero() {
		k.Errorf("unlocked: %+v", got)
	}
	k.logon(u)
	room := k.newUser(func(u *directory.User) { u.Kind = directory.KindShared })
	_, err = k.admin.SetPassword(k.Context(), object.SetPasswordRequest{Name: room.Name})
	k.ok(err)
	equal(k, "the state without a password", k.logonState(room.Name), directory.LogonState{})
	_, err = k.admin.GetLogonState(k.Context(), object.GetLogonStateRequest{User: "nobody"})
	k.fails(err, mapi.NotFound)
	_, err = k.admin.UnlockUser(k.Context(), object.UnlockUserRequest{User: "nobody"})
	k.fails(err, mapi.NotFound)
}
