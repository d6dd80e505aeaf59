// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/directory"
	"twiga/lib/mapi/object"
)

// groupJSON is how a group is told to programs.
type groupJSON struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Kind     string    `json:"kind"` // group or dynamic-group
	FullName string    `json:"full_name"`
	Address  string    `json:"address"`
	Aliases  []string  `json:"aliases"`
	Mailing  bool      `json:"mailing"`
	Security bool      `json:"security"`
	Hidden   bool      `json:"hidden"`
	SendAs   []string  `json:"send_as"` // names
	Members  []string  `json:"members"` // names of the direct ones
	Filter   []string  `json:"filter"`  // conditions of a dynamic group
	Created  time.Time `json:"created"`
	Existed  bool      `json:"existed,omitempty"` // it was there before
}

// group makes a group's form.
func (b *book) group(ctx context.Context, g *directory.Group) (groupJSON, error) {
	out := groupJSON{
		ID: g.ID.String(), Name: g.Name, Kind: groupKind(g).String(), FullName: g.FullName, Address: g.Address,
		Aliases: append([]string{}, g.Aliases...), Mailing: g.Mailing, Security: g.Security, Hidden: g.Hidden,
		Filter: conditions(&g.Filter), Created: g.Created.UTC(),
	}
	var err error
	if out.SendAs, err = b.names(ctx, g.SendAs); err == nil {
		out.Members, err = b.names(ctx, g.Members)
	}
	return out, err
}

func groupKind(g *directory.Group) directory.Kind {
	if g.Filter.IsZero() {
		return directory.KindGroup
	}
	return directory.KindDynamicGroup
}

// use says what a group is for.
func (g *groupJSON) use() string {
	var out []string
	for _, is := range []struct {
		so   bool
		word string
	}{{g.Mailing, "mailing"}, {g.Security, "security"}, {g.Hidden, "hidden"}} {
		if is.so {
			out = append(out, is.word)
		}
	}
	return textOr(strings.Join(out, ", "), "-")
}

// printGroup prints a group, and the groups that it is in where they were asked for.
func (a *app) printGroup(ctx context.Context, s object.Session, cmd *cobra.Command, g *directory.Group, in []string) error {
	form, err := newBook(s).group(ctx, g)
	if err != nil {
		return err
	}
	if a.json {
		out := struct {
			groupJSON
			Groups *[]string `json:"groups,omitempty"`
		}{groupJSON: form}
		if in != nil {
			out.Groups = &in
		}
		return printJSON(cmd.OutOrStdout(), out)
	}
	pairs := []string{
		"name", g.Name, "kind", form.Kind, "full name", g.FullName, "address", g.Address, "aliases", strings.Join(g.Aliases, ", "),
		"use", form.use(), "send-as", strings.Join(form.SendAs, ", "), "id", form.ID, "created", dateText(g.Created),
	}
	if len(form.Filter) > 0 {
		pairs = append(pairs, "filter", strings.Join(form.Filter, ", "))
	}
	if in != nil {
		pairs = append(pairs, "groups", strings.Join(in, ", "))
	}
	return facts(cmd.OutOrStdout(), append(pairs, "members", strings.Join(form.Members, ", "))...)
}
