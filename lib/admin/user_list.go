// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
)

// userList is "user list": all users by name, or those of a kind.
func (a *app) userList() *cobra.Command {
	var kind directory.Kind
	cmd := &cobra.Command{
		Use: "list", Short: "List all users", Args: command.Exactly(0),
		Example: "  twiga-admin user list --kind shared",
	}
	addKind(cmd, &kind, "only those of a kind")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
		users := []userJSON{}
		b := newBook(s)
		for u, err := range s.ListUsers(ctx, object.ListUsersRequest{}) {
			if err != nil {
				return fmt.Errorf("list users: %w", err)
			}
			if cmd.Flags().Changed("kind") && u.Kind != kind {
				continue
			}
			out, err := b.user(ctx, &u)
			if err != nil {
				return err
			}
			users = append(users, out)
		}
		if a.json {
			return printJSON(cmd.OutOrStdout(), users)
		}
		var rows [][]string
		for i := range users {
			u := &users[i]
			rows = append(rows, []string{u.Name, u.Address, u.Kind, u.state(), u.FullName})
		}
		return table(cmd.OutOrStdout(), "NAME ADDRESS KIND STATE FULL-NAME", rows)
	})
	return cmd
}

// state is what is particular about a user.
func (u *userJSON) state() string {
	state := "active"
	if u.Disabled {
		state = "disabled"
	}
	if u.Admin != directory.AdminNone.String() {
		state += ", admin"
	}
	if u.Hidden {
		state += ", hidden"
	}
	return state
}
