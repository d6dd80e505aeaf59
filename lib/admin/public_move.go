// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// publicMove is "public move": the same name below another folder.
func (a *app) publicMove() *cobra.Command {
	cmd := a.inPublic(&cobra.Command{
		Use: "move PATH ABOVE", Short: "Put a public folder below another one", Args: command.Exactly(2),
		Long:    "Put a public folder, with all below it, below another one; / is the top.",
		Example: "  twiga-admin public move Sales/Offers /\n  twiga-admin public move Offers Archive/2026",
	}, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
		f, err := b.below(args[0])
		if err != nil {
			return err
		}
		above, err := b.tree.Find(args[1])
		if err != nil {
			return err
		}
		return a.moveFolder(ctx, b, cmd, f, object.MoveFolderRequest{Parent: above.ID})
	})
	offer := cmd.ValidArgsFunction
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 {
			args = nil // where to is a folder, too
		}
		return offer(cmd, args, begun)
	}
	return cmd
}
