// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
)

// publicList is "public list": the public folders, or those that can be restored.
func (a *app) publicList() *cobra.Command {
	deleted := false
	cmd := &cobra.Command{
		Use: "list", Short: "List the public folders with their counts and sizes", Args: command.Exactly(0),
		Example: "  twiga-admin public list\n  twiga-admin public list --deleted",
	}
	cmd.Flags().BoolVar(&deleted, "deleted", false, "those that were deleted and can be restored")
	a.inPublic(cmd, func(ctx context.Context, b *box, cmd *cobra.Command, _ []string) error {
		if !deleted {
			return a.printFolders(b, cmd)
		}
		list, err := b.buried(ctx)
		if err != nil || a.json {
			return printed(cmd, list, err)
		}
		var rows [][]string
		for _, f := range list {
			rows = append(rows, []string{f.Path, dateText(f.Deleted)})
		}
		return table(cmd.OutOrStdout(), "FOLDER DELETED", rows)
	})
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	return cmd
}

// printed prints a value as JSON where there is no error.
func printed(cmd *cobra.Command, v any, err error) error {
	if err != nil {
		return err
	}
	return printJSON(cmd.OutOrStdout(), v)
}
