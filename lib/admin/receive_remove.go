// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/mapi/object"
)

// receiveRemove is "folder receive remove": messages of a class arrive where others do.
func (a *app) receiveRemove() *cobra.Command {
	f := new(boxFlags)
	return &cobra.Command{
		Use: "remove USER CLASS", Short: "Have messages of a class arrive where others do", Args: f.args(1, 1),
		Example: "  twiga-admin folder receive remove anna IPM.Fax", ValidArgsFunction: a.offerUsers,
		RunE: a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
			class := className(args[0])
			if _, err := b.s.SetReceiveFolder(ctx, object.SetReceiveFolderRequest{Store: b.store.GUID, Class: class}); err != nil {
				return fmt.Errorf("remove receive folder of %s: %w", b.name(), err)
			}
			now, err := b.s.ReceiveFolder(ctx, object.ReceiveFolderRequest{Store: b.store.GUID, Class: class})
			if err != nil {
				return fmt.Errorf("find receive folder of %s: %w", b.name(), err)
			}
			r := receiveJSON{class, b.tree.Path(now.Folder), now.Folder.String()}
			return a.told(cmd, r, "messages of class %s arrive in %s", classText(class), r.Folder)
		}),
	}
}
