// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
)

// appPasswordCreate is "apppass create": it makes a further password and tells it once.
func (a *app) appPasswordCreate() *cobra.Command {
	var services []string
	cmd := &cobra.Command{
		Use: "create USER NAME", Short: "Make a password for one program or device", Args: command.Exactly(2),
		Long: "Make a further password of a user, for one program or device. It is random and\n" +
			"printed once; with --service it works for these services only.",
		Example:           "  twiga-admin apppass create anna phone --service mobile,dav",
		ValidArgsFunction: a.completeNames(1, isUser),
	}
	cmd.Flags().StringSliceVar(&services, "service", nil, "services that it is for; without, all of them")
	completeWords(cmd, "service", directory.Services...)
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		u, err := s.GetUser(ctx, object.GetUserRequest{Name: args[0]})
		if err != nil {
			return fmt.Errorf("create app password of %s: %w", args[0], err)
		}
		r, err := s.CreateAppPassword(ctx, object.CreateAppPasswordRequest{User: u.Name, Name: args[1], Services: services})
		if err != nil {
			return fmt.Errorf("create app password %s of %s: %w", args[1], u.Name, err)
		}
		out := struct {
			User     string   `json:"user"`
			Name     string   `json:"name"`
			Services []string `json:"services"`
			Password string   `json:"password"`
		}{u.Name, args[1], append([]string{}, services...), r.Password}
		return a.told(cmd, out, "app password %s of %s, for %s: %s", args[1], u.Name, servicesText(services), r.Password)
	})
	return cmd
}

func servicesText(services []string) string {
	return textOr(strings.Join(services, ", "), "all services")
}
