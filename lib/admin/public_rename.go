// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// publicRename is "public rename": another name at the same place.
func (a *app) publicRename() *cobra.Command {
	return a.inPublic(&cobra.Command{
		Use: "rename PATH NEW", Short: "Give a public folder another name", Args: command.Exactly(2),
		Example: "  twiga-admin public rename Sales/Offers Quotes",
	}, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
		if strings.Contains(args[1], "/") {
			return sysexits.With(sysexits.Usage, errors.New("rename folder: a name without / is wanted, as public move changes the place"))
		}
		f, err := b.below(args[0])
		if err != nil {
			return err
		}
		return a.moveFolder(ctx, b, cmd, f, object.MoveFolderRequest{Name: args[1]})
	})
}
