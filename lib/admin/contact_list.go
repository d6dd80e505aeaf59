// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// contactList is "contact list".
func (a *app) contactList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List contacts", Args: command.Exactly(0),
		Example: "  twiga-admin contact list",
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
			out := []contactJSON{}
			var rows [][]string
			for c, err := range s.ListContacts(ctx, object.ListContactsRequest{}) {
				if err != nil {
					return fmt.Errorf("list contacts: %w", err)
				}
				out = append(out, newContactJSON(&c))
				rows = append(rows, []string{c.Name, c.Address, c.Attributes.Company, c.FullName})
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), out)
			}
			return table(cmd.OutOrStdout(), "NAME ADDRESS COMPANY FULL-NAME", rows)
		}),
	}
}
