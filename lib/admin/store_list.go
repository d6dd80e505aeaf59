// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// storeList is "store list": all mailboxes, or those without an owner.
func (a *app) storeList() *cobra.Command {
	var orphans bool
	cmd := &cobra.Command{Use: "list", Short: "List mailboxes", Args: command.Exactly(0)}
	cmd.Flags().BoolVar(&orphans, "orphans", false, "only those whose owner was deleted")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
		stores := []storeJSON{}
		for st, err := range s.ListStores(ctx, object.ListStoresRequest{Orphans: orphans}) {
			if err != nil {
				return fmt.Errorf("list mailboxes: %w", err)
			}
			stores = append(stores, newStoreJSON(&st))
		}
		slices.SortFunc(stores, func(a, b storeJSON) int { return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.GUID, b.GUID)) })
		if a.json {
			return printJSON(cmd.OutOrStdout(), stores)
		}
		var rows [][]string
		for _, st := range stores {
			owner := st.Owner
			if owner == "" {
				owner = "(orphan)"
			}
			rows = append(rows, []string{st.GUID, st.Kind, fmt.Sprint(st.Messages), bytesText(st.Size), owner})
		}
		return table(cmd.OutOrStdout(), "GUID KIND MESSAGES SIZE OWNER", rows)
	})
	return cmd
}
