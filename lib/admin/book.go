// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// book gives ids their names. It reads the address book when the first is asked for.
type book struct {
	s       object.Session
	entries map[mapi.GUID]directory.Entry
}

func newBook(s object.Session) *book { return &book{s: s} }

func (b *book) load(ctx context.Context) error {
	if b.entries != nil {
		return nil
	}
	entries := map[mapi.GUID]directory.Entry{}
	for ch, err := range b.s.DirectoryChanges(ctx, object.DirectoryChangesRequest{}) {
		if err != nil {
			return fmt.Errorf("read address book: %w", err)
		}
		if ch.Kind == directory.ChangeUpsert {
			entries[ch.Entry.ID] = ch.Entry
		}
	}
	b.entries = entries
	return nil
}

// names are the names of entries, sorted; who was deleted meanwhile has the id.
func (b *book) names(ctx context.Context, ids []mapi.GUID) ([]string, error) {
	out := []string{}
	if len(ids) == 0 {
		return out, nil
	}
	if err := b.load(ctx); err != nil {
		return out, err
	}
	for _, id := range ids {
		out = append(out, textOr(b.entries[id].Name, id.String()))
	}
	slices.Sort(out)
	return out, nil
}

// found is a user or a group by a name or an address.
type found struct {
	id   mapi.GUID
	name string
}

// findSender finds the user or group that a name or an address means.
func findSender(ctx context.Context, s object.Session, name string) (found, error) {
	for _, req := range []object.GetUserRequest{{Name: name}, {Address: name}} {
		u, err := s.GetUser(ctx, req)
		if !errors.Is(err, mapi.NotFound) {
			return found{u.ID, u.Name}, err
		}
	}
	g, err := s.GetGroup(ctx, object.GetGroupRequest{Name: name})
	if errors.Is(err, mapi.NotFound) {
		err = fmt.Errorf("find %q: no user or group: %w", name, mapi.NotFound)
	}
	return found{g.ID, g.Name}, err
}
