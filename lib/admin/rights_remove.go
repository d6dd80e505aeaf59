// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/mapi/object"
)

// rightsRemove is "folder rights remove": it takes members out of the list, so
// that Default counts for them.
func (a *app) rightsRemove() *cobra.Command {
	f := new(boxFlags)
	recursive := false
	cmd := &cobra.Command{
		Use: "remove [USER] FOLDER MEMBER...", Short: "Take users and groups out of the list of a folder", Args: f.args(2, anyMore),
		Example: "  twiga-admin folder rights remove anna Calendar bert", ValidArgsFunction: a.offerFolders(f),
	}
	f.add(cmd)
	cmd.Flags().BoolVarP(&recursive, "recursive", "r", false, "the folders below, too")
	cmd.RunE = a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
		folder, err := b.tree.Find(args[0])
		if err != nil {
			return err
		}
		req := object.ModifyPermissionsRequest{Store: b.store.GUID, Folder: folder.ID, Subfolders: recursive}
		for _, name := range args[1:] {
			id, err := b.member(ctx, name)
			if err != nil {
				return err
			}
			req.Remove = append(req.Remove, id)
		}
		if _, err := b.s.ModifyPermissions(ctx, req); err != nil {
			return fmt.Errorf("remove rights in %s: %w", folder.Path, err)
		}
		return a.showRights(ctx, b, cmd, folder)
	})
	return cmd
}
