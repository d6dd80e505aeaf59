// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// storeUnhook is "store unhook": it takes a mailbox from its owner.
func (a *app) storeUnhook() *cobra.Command {
	return &cobra.Command{
		Use: "unhook GUID", Short: "Take a mailbox from its owner; it is kept as an orphan", Args: command.Exactly(1),
		Long:    "Take a mailbox from its owner, whose sessions end. It is kept as an orphan, which store hook gives to\nsomebody and store remove removes.",
		Example: "  twiga-admin store unhook 0f6b5d0e-3c1e-4b7e-9d53-6a2f3c1d8e90",
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			guid, err := parseGUID(args[0])
			if err != nil {
				return err
			}
			if _, err := s.UnhookStore(ctx, object.UnhookStoreRequest{GUID: guid}); err != nil {
				return fmt.Errorf("unhook mailbox %s: %w", guid, err)
			}
			st, err := s.GetStore(ctx, object.GetStoreRequest{GUID: guid})
			if err != nil {
				return fmt.Errorf("show mailbox %s: %w", guid, err)
			}
			return a.told(cmd, storeRow(&st), "mailbox %s is kept as an orphan", guid)
		}),
	}
}
