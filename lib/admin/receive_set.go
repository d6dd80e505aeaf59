// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/mapi/object"
)

// receiveSet is "folder receive set": messages of a class arrive in a folder.
func (a *app) receiveSet() *cobra.Command {
	f := new(boxFlags)
	return &cobra.Command{
		Use: "set USER CLASS FOLDER", Short: "Have messages of a class arrive in a folder", Args: f.args(2, 2),
		Long:    "Have messages of a class, and of all classes below it, arrive in a folder. The class default is all messages.",
		Example: "  twiga-admin folder receive set anna IPM.Fax Inbox/Fax", ValidArgsFunction: a.offerUsers,
		RunE: a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
			folder, err := b.tree.Find(args[1])
			if err != nil {
				return err
			}
			r := receiveJSON{className(args[0]), folder.Path, folder.ID.String()}
			if _, err := b.s.SetReceiveFolder(ctx, object.SetReceiveFolderRequest{Store: b.store.GUID, Class: r.Class, Folder: folder.ID}); err != nil {
				return fmt.Errorf("set receive folder of %s: %w", b.name(), err)
			}
			return a.told(cmd, r, "messages of class %s arrive in %s", classText(r.Class), r.Folder)
		}),
	}
}
