// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"

	"github.com/spf13/cobra"

	"twiga/lib/mapi/object"
)

// oofClear is "oof clear": it turns the reply off.
func (a *app) oofClear() *cobra.Command {
	f := new(boxFlags)
	keep := false
	cmd := &cobra.Command{
		Use: "clear USER", Short: "Turn the out-of-office reply off and forget its texts", Args: f.args(0, 0), ValidArgsFunction: a.offerUsers,
		Example: "  twiga-admin oof clear anna --keep",
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "keep texts and times for the next time")
	cmd.RunE = a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, _ []string) error {
		var reply object.OutOfOffice
		if keep {
			var err error
			if reply, err = b.getOOF(ctx); err != nil {
				return err
			}
			reply.On = false
		}
		if err := b.setOOF(ctx, &reply); err != nil {
			return err
		}
		return a.showOOF(ctx, b, cmd)
	})
	return cmd
}
