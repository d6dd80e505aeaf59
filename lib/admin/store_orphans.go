// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// storeOrphans is "store orphans": mailboxes that are nobody's, with what they
// take, the largest first.
func (a *app) storeOrphans() *cobra.Command {
	return &cobra.Command{
		Use: "orphans", Aliases: []string{"list-orphans"}, Short: "List mailboxes without an owner, the largest first", Args: command.Exactly(0),
		Example: "  twiga-admin store orphans --json",
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
			return a.listStores(ctx, s, cmd, &storeFilter{orphans: true, bySize: true})
		}),
	}
}

// offerOrphans offers the GUIDs of mailboxes without an owner, then users.
func (a *app) offerOrphans(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return a.offerUsers(cmd, nil, begun)
	}
	l, end, err := a.reach(cmd)
	if err != nil || len(args) > 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer end()
	var out []string
	for st, err := range l.admin.ListStores(cmd.Context(), object.ListStoresRequest{Orphans: true}) {
		if err != nil || len(out) == maxOffers {
			break
		}
		if strings.HasPrefix(st.GUID.String(), begun) {
			out = append(out, st.GUID.String())
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
