// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// memberJSON is how a member is told to programs.
type memberJSON struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	FullName string `json:"full_name"`
	Address  string `json:"address"`
}

// groupMemberList is "group member list": the direct members, or all that are
// in the group through others, too.
func (a *app) groupMemberList() *cobra.Command {
	var nested bool
	cmd := &cobra.Command{
		Use: "list GROUP", Short: "List the members of a group", Args: command.Exactly(1),
		Example:           "  twiga-admin group member list staff --nested",
		ValidArgsFunction: a.completeNames(1, isGroup),
	}
	cmd.Flags().BoolVar(&nested, "nested", false, "in place of the groups in it, those who are in them")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		list, err := membersOf(ctx, s, args[0], nested)
		if err != nil {
			return fmt.Errorf("list members of %s: %w", args[0], err)
		}
		out := []memberJSON{}
		var rows [][]string
		for _, e := range list {
			out = append(out, memberJSON{e.Name, e.Kind.String(), e.FullName, e.Address})
			rows = append(rows, []string{e.Name, e.Kind.String(), textOr(e.Address, "-"), e.FullName})
		}
		if a.json {
			return printJSON(cmd.OutOrStdout(), out)
		}
		return table(cmd.OutOrStdout(), "NAME KIND ADDRESS FULL-NAME", rows)
	})
	return cmd
}

// membersOf are the members of a group by name.
func membersOf(ctx context.Context, s object.Session, name string, nested bool) ([]directory.Entry, error) {
	g, err := s.GetGroup(ctx, object.GetGroupRequest{Name: name})
	if err != nil {
		return nil, err
	}
	b := newBook(s)
	if err := b.load(ctx); err != nil {
		return nil, err
	}
	seen := map[mapi.GUID]bool{g.ID: true}
	var out []directory.Entry
	for todo := g.Members; len(todo) > 0; todo = todo[1:] {
		e, ok := b.entries[todo[0]]
		if !ok || seen[e.ID] {
			continue
		}
		if seen[e.ID] = true; !nested || !isGroup(e.Kind) {
			out = append(out, e)
			continue
		}
		below, err := s.GetGroup(ctx, object.GetGroupRequest{Name: e.Name})
		if errors.Is(err, mapi.NotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		todo = append(slices.Clip(todo), below.Members...)
	}
	slices.SortFunc(out, func(a, b directory.Entry) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}
