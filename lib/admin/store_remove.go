// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// storeRemove is "store remove": it deletes an orphan for good.
func (a *app) storeRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove GUID", Short: "Remove a mailbox that has no owner, for good", Args: command.Exactly(1),
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			guid, err := mapi.ParseGUID(args[0])
			if err != nil {
				return sysexits.With(sysexits.Usage, err)
			}
			st, err := s.GetStore(ctx, object.GetStoreRequest{GUID: guid})
			if err != nil {
				return fmt.Errorf("remove mailbox %s: %w", guid, err)
			}
			if st.Owner != "" {
				return sysexits.With(sysexits.DataErr, fmt.Errorf("remove mailbox %s: it is %s's", guid, st.Owner))
			}
			if _, err := s.RemoveStore(ctx, object.RemoveStoreRequest{GUID: guid}); err != nil {
				return fmt.Errorf("remove mailbox %s: %w", guid, err)
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), newStoreJSON(&st))
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "mailbox %s removed\n", guid)
			return err
		}),
	}
}
