// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/password"
	"twiga/lib/mapi/object"
)

// userPasswd is "user passwd": it replaces a password.
func (a *app) userPasswd() *cobra.Command {
	source := new(password.Flags)
	cmd := &cobra.Command{
		Use: "passwd NAME", Short: "Replace a user's password", Args: command.Exactly(1),
		Long:              "Replace a user's password. That ends a lockout after wrong passwords, too.",
		Example:           "  twiga-admin user passwd anna --generate-password",
		ValidArgsFunction: a.completeNames(1, isUser),
	}
	source.Add(cmd, false)
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		u, err := s.GetUser(ctx, object.GetUserRequest{Name: args[0]})
		if err != nil {
			return fmt.Errorf("set password of %s: %w", args[0], err)
		}
		text, err := source.Next(cmd, u.Name)
		if err != nil {
			return err
		}
		if _, err := s.SetPassword(ctx, object.SetPasswordRequest{Name: u.Name, New: text}); err != nil {
			return fmt.Errorf("set password of %s: %w", u.Name, err)
		}
		out, err := newBook(s).user(ctx, &u)
		if err != nil {
			return err
		}
		if source.Generate {
			out.Password = text
		}
		switch {
		case a.json:
			return printJSON(cmd.OutOrStdout(), out)
		case source.Generate:
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "password of %s is now %s\n", u.Name, text)
		default:
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "password of %s changed\n", u.Name)
		}
		return err
	})
	return cmd
}
