// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// appPasswordRevoke is "apppass revoke": it takes an app password back.
func (a *app) appPasswordRevoke() *cobra.Command {
	var ifExists bool
	cmd := &cobra.Command{
		Use: "revoke USER NAME", Short: "Take an app password back; the user's sessions end", Args: command.Exactly(2),
		Example:           "  twiga-admin apppass revoke anna phone",
		ValidArgsFunction: a.completeNames(1, isUser),
	}
	cmd.Flags().BoolVar(&ifExists, "if-exists", false, "one that is not there is no error")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		u, err := s.GetUser(ctx, object.GetUserRequest{Name: args[0]})
		if err != nil {
			return fmt.Errorf("revoke app password of %s: %w", args[0], err)
		}
		out := struct {
			User    string `json:"user"`
			Name    string `json:"name"`
			Existed bool   `json:"existed"`
		}{u.Name, args[1], true}
		_, err = s.RevokeAppPassword(ctx, object.RevokeAppPasswordRequest{User: u.Name, Name: args[1]})
		if errors.Is(err, mapi.NotFound) && ifExists {
			out.Existed = false
			return a.told(cmd, out, "app password %s of %s does not exist, nothing was changed", args[1], u.Name)
		}
		if err != nil {
			return fmt.Errorf("revoke app password %s of %s: %w", args[1], u.Name, err)
		}
		return a.told(cmd, out, "app password %s of %s revoked", args[1], u.Name)
	})
	return cmd
}
