// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"twiga/lib/admin/password"
	"twiga/lib/admin/roster"
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// differing points to the new value where it is not the old one.
func differing[T any](old, now *T) *T {
	if reflect.DeepEqual(old, now) {
		return nil
	}
	return now
}

// differingList likewise; an empty list is none.
func differingList[T comparable](old, now []T) *[]T {
	if slices.Equal(old, now) {
		return nil
	}
	return &now
}

// importUser makes or changes a user, a room or the like.
func (i *importer) importUser(ctx context.Context, r *roster.Row, kind directory.Kind, out *outcome) error {
	old, err := i.s.GetUser(ctx, object.GetUserRequest{Name: out.Name})
	exists := err == nil
	if err != nil && !errors.Is(err, mapi.NotFound) {
		return err
	}
	u := old
	if !exists {
		u.Name = out.Name
	}
	if err := fillUser(r, &u); err != nil {
		return err
	}
	if r.Has("kind") || !exists {
		u.Kind = kind
	}
	switch {
	case !exists:
		return i.createUser(ctx, r, u, out)
	case !i.update:
		return nil
	}
	c := directory.Changes{
		Kind: differing(&old.Kind, &u.Kind), FullName: differing(&old.FullName, &u.FullName), Address: differing(&old.Address, &u.Address),
		Aliases: differingList(old.Aliases, u.Aliases), Language: differing(&old.Language, &u.Language),
		Quota: differing(&old.Quota, &u.Quota), Admin: differing(&old.Admin, &u.Admin), Disabled: differing(&old.Disabled, &u.Disabled),
		Hidden: differing(&old.Hidden, &u.Hidden), NoServices: differingList(inOrder(old.NoServices), u.NoServices),
		Resource: differing(&old.Resource, &u.Resource), Attributes: differing(&old.Attributes, &u.Attributes),
	}
	if c.NoServices != nil && !r.Has("services_off") {
		c.NoServices = nil
	}
	if c == (directory.Changes{}) {
		return nil
	}
	if i.dryRun {
		out.Result = updated
		return i.free(ctx, old.ID, append([]string{u.Address}, u.Aliases...))
	}
	now, err := i.s.SetUser(ctx, object.SetUserRequest{Name: old.Name, Changes: c})
	if err == nil && !reflect.DeepEqual(now, old) { // addresses differ also by what is completed
		out.Result = updated
	}
	return err
}

func (i *importer) createUser(ctx context.Context, r *roster.Row, u directory.User, out *outcome) error {
	out.Result = created
	if i.dryRun {
		return i.free(ctx, mapi.GUID{}, append([]string{u.Name, u.Address}, u.Aliases...))
	}
	secret := r.Text("password")
	if secret == "" && i.generate && u.Kind.HasLogon() {
		var err error
		if secret, err = password.Generate(); err != nil {
			return err
		}
		out.Password = secret
	}
	_, err := i.s.CreateUser(ctx, object.CreateUserRequest{User: u, Password: secret})
	if err != nil {
		out.Password = ""
	}
	return err
}

// importGroup makes or changes a group; its members come later.
func (i *importer) importGroup(ctx context.Context, r *roster.Row, kind directory.Kind, out *outcome) error {
	old, err := i.s.GetGroup(ctx, object.GetGroupRequest{Name: out.Name})
	exists := err == nil && strings.EqualFold(old.Name, out.Name) // else it is one with the address
	if err != nil && !errors.Is(err, mapi.NotFound) {
		return err
	}
	g := old
	if !exists {
		g = directory.Group{Name: out.Name, Mailing: true}
	}
	if err := fillGroup(r, &g); err != nil {
		return err
	}
	if kind == directory.KindDynamicGroup && g.Filter.IsZero() {
		return errors.New("filter: a dynamic group has one")
	}
	switch {
	case !exists && i.dryRun:
		out.Result = created
		return i.free(ctx, mapi.GUID{}, append([]string{g.Name, g.Address}, g.Aliases...))
	case !exists:
		out.Result = created
		_, err := i.s.CreateGroup(ctx, object.CreateGroupRequest{Group: g})
		return err
	case !i.update:
		return nil
	}
	c := directory.GroupChanges{
		FullName: differing(&old.FullName, &g.FullName), Address: differing(&old.Address, &g.Address), Aliases: differingList(old.Aliases, g.Aliases),
		Mailing: differing(&old.Mailing, &g.Mailing), Security: differing(&old.Security, &g.Security), Hidden: differing(&old.Hidden, &g.Hidden),
		Filter: differing(&old.Filter, &g.Filter),
	}
	if c == (directory.GroupChanges{}) {
		return nil
	}
	if i.dryRun {
		out.Result = updated
		return i.free(ctx, old.ID, append([]string{g.Address}, g.Aliases...))
	}
	now, err := i.s.SetGroup(ctx, object.SetGroupRequest{Name: old.Name, Changes: c})
	if err == nil && !reflect.DeepEqual(now, old) {
		out.Result = updated
	}
	return err
}

// importContact makes or changes a contact.
func (i *importer) importContact(ctx context.Context, r *roster.Row, out *outcome) error {
	old, exists, err := i.contact(ctx, out.Name)
	if err != nil {
		return err
	}
	if exists = exists && strings.EqualFold(old.Name, out.Name); !exists { // else it is one with the address
		old = directory.Contact{Name: out.Name}
	}
	k := old
	if err := fillContact(r, &k); err != nil {
		return err
	}
	switch {
	case !exists && k.Address == "":
		return errors.New("address: a contact has one")
	case !exists && i.dryRun:
		out.Result = created
		return i.free(ctx, mapi.GUID{}, []string{k.Name, k.Address})
	case !exists:
		out.Result = created
		_, err := i.s.CreateContact(ctx, object.CreateContactRequest{Contact: k})
		return err
	case !i.update:
		return nil
	}
	c := directory.ContactChanges{
		FullName: differing(&old.FullName, &k.FullName), Address: differing(&old.Address, &k.Address),
		Hidden: differing(&old.Hidden, &k.Hidden), Attributes: differing(&old.Attributes, &k.Attributes),
	}
	if c == (directory.ContactChanges{}) {
		return nil
	}
	if i.dryRun {
		out.Result = updated
		return i.free(ctx, old.ID, []string{k.Address})
	}
	now, err := i.s.SetContact(ctx, object.SetContactRequest{Name: old.Name, Changes: c})
	if err == nil && now != old {
		out.Result = updated
	}
	return err
}
