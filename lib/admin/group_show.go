// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// groupShow is "group show": one group, its members and the groups that it is in.
func (a *app) groupShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show a group and its members", Args: command.Exactly(1),
		Example:           "  twiga-admin group show sales",
		ValidArgsFunction: a.completeNames(1, isGroup),
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			g, err := s.GetGroup(ctx, object.GetGroupRequest{Name: args[0]})
			if err != nil {
				return fmt.Errorf("show group %s: %w", args[0], err)
			}
			in, err := groupsWith(ctx, s, g.Name)
			if err != nil {
				return err
			}
			return a.printGroup(ctx, s, cmd, &g, in)
		}),
	}
}
