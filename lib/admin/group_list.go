// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// groupList is "group list": all groups, or those that somebody is in.
func (a *app) groupList() *cobra.Command {
	var member string
	cmd := &cobra.Command{
		Use: "list", Short: "List groups", Args: command.Exactly(0),
		Example: "  twiga-admin group list --with anna",
	}
	cmd.Flags().StringVar(&member, "with", "", "only those that this one is in, also through other groups")
	_ = cmd.RegisterFlagCompletionFunc("with", a.completeNames(-1, isAnybody))
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
		groups := []groupJSON{}
		b := newBook(s)
		for g, err := range s.ListGroups(ctx, object.ListGroupsRequest{Member: member}) {
			if err != nil {
				return fmt.Errorf("list groups: %w", err)
			}
			form, err := b.group(ctx, &g)
			if err != nil {
				return err
			}
			groups = append(groups, form)
		}
		if a.json {
			return printJSON(cmd.OutOrStdout(), groups)
		}
		var rows [][]string
		for i := range groups {
			g := &groups[i]
			rows = append(rows, []string{g.Name, textOr(g.Address, "-"), g.Kind, fmt.Sprint(len(g.Members)), g.use(), g.FullName})
		}
		return table(cmd.OutOrStdout(), "NAME ADDRESS KIND MEMBERS USE FULL-NAME", rows)
	})
	return cmd
}
