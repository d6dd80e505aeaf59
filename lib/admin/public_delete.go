// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// publicDelete is "public delete": it deletes a folder.
func (a *app) publicDelete() *cobra.Command {
	var recursive, purge, ifExists bool
	cmd := &cobra.Command{
		Use: "delete PATH", Short: "Delete a public folder",
		Long:    "Delete a public folder. As long as the server keeps what is deleted, public restore brings it back.",
		Example: "  twiga-admin public delete Sales/Offers\n  twiga-admin public delete Sales --recursive --purge",
	}
	cmd.Flags().BoolVarP(&recursive, "recursive", "r", false, "with all that is in it and below it")
	cmd.Flags().BoolVar(&purge, "purge", false, "for good, so that it cannot be restored")
	cmd.Flags().BoolVar(&ifExists, "if-exists", false, "a folder that is not there is no error")
	return a.inPublic(cmd, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
		f, err := b.below(args[0])
		if ifExists && errors.Is(err, mapi.NotFound) {
			return a.told(cmd, goneJSON{args[0], false}, "folder %s does not exist, nothing was changed", args[0])
		}
		if err != nil {
			return err
		}
		_, err = b.s.DeleteFolder(ctx, object.DeleteFolderRequest{Store: b.store.GUID, Folder: f.ID,
			Messages: recursive, Subfolders: recursive, Soft: !purge})
		if err != nil {
			return fmt.Errorf("delete folder %s: %w", f.Path, err)
		}
		return a.told(cmd, goneJSON{f.Path, true}, "folder %s deleted", f.Path)
	})
}
