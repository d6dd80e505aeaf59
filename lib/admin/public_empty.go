// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/mapi/object"
)

// publicEmpty is "public empty": it deletes what is in a folder.
func (a *app) publicEmpty() *cobra.Command {
	var recursive, purge bool
	cmd := &cobra.Command{
		Use: "empty PATH", Short: "Delete what is in a public folder", Example: "  twiga-admin public empty Sales/Offers --recursive",
	}
	cmd.Flags().BoolVarP(&recursive, "recursive", "r", false, "the folders below, too")
	cmd.Flags().BoolVar(&purge, "purge", false, "for good, so that nothing can be restored")
	return a.inPublic(cmd, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
		f, err := b.below(args[0])
		if err != nil {
			return err
		}
		_, err = b.s.EmptyFolder(ctx, object.EmptyFolderRequest{Store: b.store.GUID, Folder: f.ID, Subfolders: recursive, Soft: !purge})
		if err != nil {
			return fmt.Errorf("empty folder %s: %w", f.Path, err)
		}
		return a.told(cmd, newFolderJSON(f), "folder %s emptied, items: %d", f.Path, f.Items)
	})
}
