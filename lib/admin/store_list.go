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
	"twiga/lib/sysexits"
)

// storeKinds are the words for the kinds of mailbox.
var storeKinds = []string{"private", "public", "archive"}

// storeFilter says which mailboxes to list, and in which order.
type storeFilter struct {
	orphans, bySize bool
	kind            string // "" is all
}

// storeList is "store list": all mailboxes, or those of a kind or without an owner.
func (a *app) storeList() *cobra.Command {
	f := new(storeFilter)
	cmd := &cobra.Command{
		Use: "list", Short: "List mailboxes with owner, size and quota", Args: command.Exactly(0),
		Example: "  twiga-admin store list --sort-by-size\n  twiga-admin store list --kind archive",
	}
	cmd.Flags().BoolVar(&f.orphans, "orphans", false, "only those without an owner")
	cmd.Flags().StringVar(&f.kind, "kind", "", "only those of this kind: private, public or archive")
	cmd.Flags().BoolVar(&f.bySize, "sort-by-size", false, "the largest first")
	_ = cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(storeKinds, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
		if f.kind != "" && !slices.Contains(storeKinds, f.kind) {
			return sysexits.With(sysexits.Usage, fmt.Errorf("kind %q: private, public or archive wanted", f.kind))
		}
		return a.listStores(ctx, s, cmd, f)
	})
	return cmd
}

// storeRowJSON is how a mailbox in a list is told to programs.
type storeRowJSON struct {
	storeJSON
	Orphan  bool   `json:"orphan"`
	OwnerID string `json:"owner_id"` // of an orphan, who had it last
	Deleted int64  `json:"deleted"`  // bytes that can be restored
}

func storeRow(st *object.Store) storeRowJSON {
	out := storeRowJSON{storeJSON: newStoreJSON(st), Orphan: st.Orphan, Deleted: st.Deleted}
	if !st.OwnerID.IsZero() {
		out.OwnerID = st.OwnerID.String()
	}
	return out
}

func (a *app) listStores(ctx context.Context, s object.Session, cmd *cobra.Command, f *storeFilter) error {
	var stores []object.Store
	for st, err := range s.ListStores(ctx, object.ListStoresRequest{Orphans: f.orphans}) {
		if err != nil {
			return fmt.Errorf("list mailboxes: %w", err)
		}
		if f.kind == "" || f.kind == kindName(st.Kind) {
			stores = append(stores, st)
		}
	}
	slices.SortFunc(stores, func(a, b object.Store) int {
		if f.bySize && a.Size != b.Size {
			return cmp.Compare(b.Size, a.Size)
		}
		return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.GUID.String(), b.GUID.String()))
	})
	list, rows := []storeRowJSON{}, [][]string(nil)
	for i := range stores {
		st := &stores[i]
		list = append(list, storeRow(st))
		rows = append(rows, []string{st.GUID.String(), kindName(st.Kind), fmt.Sprint(st.Messages), bytesText(st.Size),
			bytesText(st.Deleted), quotaText(st.Limits), storeOwner(st)})
	}
	if a.json {
		return printJSON(cmd.OutOrStdout(), list)
	}
	return table(cmd.OutOrStdout(), "GUID KIND MESSAGES SIZE DELETED QUOTA OWNER", rows)
}

// quotaText is the size at which a mailbox takes nothing in.
func quotaText(l object.Limits) string {
	if l.Hard <= 0 {
		return "none"
	}
	return bytesText(l.Hard)
}
