// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// resourceList is "resource list": the rooms and the equipment.
func (a *app) resourceList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List rooms and equipment and how they answer", Args: command.Exactly(0),
		Example: "  twiga-admin resource list",
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
			out := []bookingJSON{}
			var rows [][]string
			for u, err := range s.ListUsers(ctx, object.ListUsersRequest{}) {
				if err != nil {
					return fmt.Errorf("list resources: %w", err)
				}
				if isResource(u.Kind) {
					out = append(out, newBooking(&u))
					rows = append(rows, []string{u.Name, u.Kind.String(), resourceText(&u.Resource), u.FullName})
				}
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), out)
			}
			return table(cmd.OutOrStdout(), "NAME KIND BOOKING FULL-NAME", rows)
		}),
	}
}
