// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// storeRemove is "store remove": it deletes an orphan for good.
func (a *app) storeRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove GUID", Short: "Remove a mailbox that has no owner, for good", Args: command.Exactly(1), ValidArgsFunction: a.offerOrphans,
		Example: "  twiga-admin store remove 0f6b5d0e-3c1e-4b7e-9d53-6a2f3c1d8e90",
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			guid, err := parseGUID(args[0])
			if err != nil {
				return err
			}
			st, err := s.GetStore(ctx, object.GetStoreRequest{GUID: guid})
			if err != nil {
				return fmt.Errorf("remove mailbox %s: %w", guid, err)
			}
			if !st.Orphan {
				return sysexits.With(sysexits.DataErr, fmt.Errorf("remove mailbox %s: it is %s", guid, ownedAs(&st)))
			}
			if _, err := s.RemoveStore(ctx, object.RemoveStoreRequest{GUID: guid}); err != nil {
				return fmt.Errorf("remove mailbox %s: %w", guid, err)
			}
			return a.told(cmd, storeRow(&st), "mailbox %s removed", guid)
		}),
	}
}
