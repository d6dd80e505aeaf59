// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// userList is "user list": all users by name.
func (a *app) userList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List all users", Args: command.Exactly(0),
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
			users := []userJSON{}
			for u, err := range s.ListUsers(ctx, object.ListUsersRequest{}) {
				if err != nil {
					return fmt.Errorf("list users: %w", err)
				}
				users = append(users, newUserJSON(&u))
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), users)
			}
			var rows [][]string
			for _, u := range users {
				state := "active"
				if u.Disabled {
					state = "disabled"
				}
				if u.Admin {
					state += ", admin"
				}
				rows = append(rows, []string{u.Name, u.Address, state, u.FullName})
			}
			return table(cmd.OutOrStdout(), "NAME ADDRESS STATE FULL-NAME", rows)
		}),
	}
}
