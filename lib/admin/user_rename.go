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

// userRename is "user rename": another login name, the same mailbox.
func (a *app) userRename() *cobra.Command {
	var address bool
	cmd := &cobra.Command{
		Use: "rename NAME NEW", Short: "Give a user another login name", Args: command.Exactly(2),
		Long: "Give a user another login name. Mailbox, rights and groups stay. So does the mail\n" +
			"address, unless --with-address makes the new name the address and the old address\nan alias.",
		Example:           "  twiga-admin user rename anna anna.berg --with-address",
		ValidArgsFunction: a.completeNames(1, directory.Kind.HasMailbox),
	}
	cmd.Flags().BoolVar(&address, "with-address", false, "make the new name the mail address, and the old address an alias")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		u, err := s.GetUser(ctx, object.GetUserRequest{Name: args[0]})
		if err != nil {
			return fmt.Errorf("rename user %s: %w", args[0], err)
		}
		changes := directory.Changes{Name: &args[1]}
		if address {
			aliases := append(u.Aliases, u.Address)
			changes.Address, changes.Aliases = &args[1], &aliases
		}
		renamed, err := s.SetUser(ctx, object.SetUserRequest{Name: u.Name, Changes: changes})
		if err != nil {
			return fmt.Errorf("rename user %s: %w", args[0], err)
		}
		out, err := newBook(s).user(ctx, &renamed)
		if err != nil {
			return err
		}
		return a.told(cmd, out, "user %s is now %s, address: %s", u.Name, renamed.Name, renamed.Address)
	})
	return cmd
}
