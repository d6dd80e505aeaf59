// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"twiga/lib/admin/roster"
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// link sets the members of a group and who may send as an entry, once all
// entries are there. It says whether anything changed.
func (i *importer) link(ctx context.Context, r *roster.Row, kind directory.Kind, name string) (changed bool, err error) {
	if r.Has("send_as") && kind != directory.KindContact {
		if changed, err = i.linkSenders(ctx, kind, name, r.List("send_as")); err != nil {
			return changed, fmt.Errorf("send_as: %w", err)
		}
	}
	if r.Has("members") && isGroup(kind) && len(r.List("filter")) == 0 {
		more, err := i.linkMembers(ctx, name, r.List("members"))
		if err != nil {
			return changed, fmt.Errorf("members: %w", err)
		}
		changed = changed || more
	}
	return changed, nil
}

func (i *importer) linkSenders(ctx context.Context, kind directory.Kind, name string, who []string) (bool, error) {
	of := sendingUser()
	if isGroup(kind) {
		of = sendingGroup()
	}
	ids, err := i.find(ctx, who)
	if err != nil {
		return false, err
	}
	entry, err := of.get(ctx, i.s, name)
	if i.dryRun && errors.Is(err, mapi.NotFound) {
		return len(who) > 0, nil // it is not made yet
	}
	if err != nil || sameIDs(entry.sendAs, ids) && len(ids) == len(who) {
		return false, err
	}
	if !i.dryRun {
		_, err = of.set(ctx, i.s, name, ids)
	}
	return true, err
}

func (i *importer) linkMembers(ctx context.Context, name string, who []string) (bool, error) {
	ids, err := i.find(ctx, who)
	if err != nil {
		return false, err
	}
	g, err := i.s.GetGroup(ctx, object.GetGroupRequest{Name: name})
	if i.dryRun && errors.Is(err, mapi.NotFound) {
		return len(who) > 0, nil // it is not made yet
	}
	if err != nil || sameIDs(g.Members, ids) && len(ids) == len(who) {
		return false, err
	}
	if !g.Filter.IsZero() {
		return false, fmt.Errorf("group %q: it is dynamic: %w", g.Name, mapi.InvalidObject)
	}
	if i.dryRun {
		return true, nil
	}
	var gone []mapi.GUID
	for _, id := range g.Members {
		if !slices.Contains(ids, id) {
			gone = append(gone, id)
		}
	}
	remove, err := i.b.names(ctx, gone)
	if err == nil {
		_, err = i.s.ChangeMembers(ctx, object.ChangeMembersRequest{Group: g.Name, Add: who, Remove: remove})
	}
	return true, err
}

func sameIDs(a, b []mapi.GUID) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(id mapi.GUID) bool { return !slices.Contains(b, id) })
}

// find finds entries by names or addresses. In a dry run those that the file
// will make are found, too, but have no id.
func (i *importer) find(ctx context.Context, names []string) ([]mapi.GUID, error) {
	out := []mapi.GUID{}
	for _, name := range names {
		who, err := i.lookup(ctx, name)
		switch {
		case err == nil && !slices.Contains(out, who.id):
			out = append(out, who.id)
		case errors.Is(err, mapi.NotFound) && i.dryRun && i.willBe(name):
		case err != nil:
			return nil, err
		}
	}
	return out, nil
}

// lookup finds an entry of any kind.
func (i *importer) lookup(ctx context.Context, name string) (found, error) {
	who, err := findSender(ctx, i.s, name)
	if !errors.Is(err, mapi.NotFound) {
		return who, err
	}
	k, ok, err := i.contact(ctx, name)
	if err == nil && !ok {
		err = fmt.Errorf("find %q: %w", name, mapi.NotFound)
	}
	return found{k.ID, k.Name}, err
}

// willBe says whether the file makes an entry of a name or address, of which one
// of the two may leave out the domain.
func (i *importer) willBe(name string) bool {
	name = strings.ToLower(name)
	local, _, _ := strings.Cut(name, "@")
	return i.names[name]+i.names[local]+i.addresses[name]+i.addresses[local] > 0
}

// free says whether nobody but the one with the id has these names and addresses.
func (i *importer) free(ctx context.Context, id mapi.GUID, names []string) error {
	for _, name := range names {
		if name == "" {
			continue
		}
		who, err := i.lookup(ctx, name)
		if err == nil && who.id != id {
			return fmt.Errorf("%q is %s: %w", name, who.name, mapi.AlreadyExists)
		}
		if err != nil && !errors.Is(err, mapi.NotFound) {
			return err
		}
	}
	return nil
}

// contact finds a contact by name or address; they are read once, and again
// when the file has made some.
func (i *importer) contact(ctx context.Context, name string) (directory.Contact, bool, error) {
	if i.contacts == nil {
		contacts := map[string]directory.Contact{}
		for k, err := range i.s.ListContacts(ctx, object.ListContactsRequest{}) {
			if err != nil {
				return k, false, fmt.Errorf("list contacts: %w", err)
			}
			contacts[k.Name], contacts[k.Address] = k, k
		}
		i.contacts = contacts
	}
	k, ok := i.contacts[strings.ToLower(strings.TrimSpace(name))]
	return k, ok, nil
}
