// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// appPasswordJSON is how an app password is told to programs.
type appPasswordJSON struct {
	Name     string     `json:"name"`
	Services []string   `json:"services"` // none is all
	Created  time.Time  `json:"created"`
	Used     *time.Time `json:"used"` // to the hour; null is never
}

// appPasswordList is "apppass list": the app passwords of a user.
func (a *app) appPasswordList() *cobra.Command {
	return &cobra.Command{
		Use: "list USER", Short: "List a user's app passwords", Args: command.Exactly(1),
		Example:           "  twiga-admin apppass list anna",
		ValidArgsFunction: a.completeNames(1, isUser),
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			out := []appPasswordJSON{}
			var rows [][]string
			for p, err := range s.ListAppPasswords(ctx, object.ListAppPasswordsRequest{User: args[0]}) {
				if err != nil {
					return fmt.Errorf("list app passwords of %s: %w", args[0], err)
				}
				one := appPasswordJSON{Name: p.Name, Services: append([]string{}, p.Services...), Created: p.Created.UTC()}
				if !p.Used.IsZero() {
					used := p.Used.UTC()
					one.Used = &used
				}
				out = append(out, one)
				rows = append(rows, []string{p.Name, dateText(p.Created), dateText(p.Used), servicesText(p.Services)})
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), out)
			}
			return table(cmd.OutOrStdout(), "NAME CREATED USED SERVICES", rows)
		}),
	}
}
