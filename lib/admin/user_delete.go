// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// userDelete is "user delete": it takes a user out; the mailbox stays as an
// orphan unless it is to be purged.
func (a *app) userDelete() *cobra.Command {
	var purge, ifExists bool
	cmd := &cobra.Command{
		Use: "delete NAME", Short: "Take a user out; the mailbox is kept as an orphan", Args: command.Exactly(1),
		Example:           "  twiga-admin user delete anna --if-exists",
		ValidArgsFunction: a.completeNames(1, directory.Kind.HasMailbox),
	}
	cmd.Flags().BoolVar(&purge, "purge", false, "remove the mailbox and all that is in it, for good")
	cmd.Flags().BoolVar(&ifExists, "if-exists", false, "a user that is not there is no error")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		u, err := s.GetUser(ctx, object.GetUserRequest{Name: args[0]})
		if errors.Is(err, mapi.NotFound) && ifExists {
			if a.json {
				return printJSON(cmd.OutOrStdout(), struct {
					Existed bool `json:"existed"`
				}{})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "user %s does not exist, nothing was changed\n", args[0])
			return err
		}
		if err != nil {
			return fmt.Errorf("delete user %s: %w", args[0], err)
		}
		out, err := newBook(s).user(ctx, &u)
		if err != nil {
			return err
		}
		if _, err := s.DeleteUser(ctx, object.DeleteUserRequest{Name: u.Name, Purge: purge}); err != nil {
			return fmt.Errorf("delete user %s: %w", u.Name, err)
		}
		if a.json {
			out.Existed = true
			return printJSON(cmd.OutOrStdout(), out)
		}
		what := fmt.Sprintf("mailbox %s is kept as an orphan", u.Store)
		if purge {
			what = "mailbox removed"
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "user %s deleted, %s\n", u.Name, what)
		return err
	})
	return cmd
}
