// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// contactShow is "contact show".
func (a *app) contactShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show a contact", Args: command.Exactly(1),
		Example:           "  twiga-admin contact show partner",
		ValidArgsFunction: a.completeNames(1, isContact),
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			c, err := getContact(ctx, s, args[0])
			if err != nil {
				return fmt.Errorf("show contact %s: %w", args[0], err)
			}
			return a.printContact(cmd, &c)
		}),
	}
}
