// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// usageJSON is how full a mailbox is, for programs. Percent is of the highest
// limit that there is, null where there is none.
type usageJSON struct {
	User    string    `json:"user"`
	Kind    string    `json:"kind"` // of the mailbox
	Store   string    `json:"store"`
	Size    int64     `json:"size"`
	Limits  quotaJSON `json:"limits"` // in force; -1 is none
	Percent *float64  `json:"percent"`
	State   string    `json:"state"` // ok, or the limit that is passed: warn, soft or hard
}

// quotaShow is "quota show": how full the mailboxes of some users are, or of all.
func (a *app) quotaShow() *cobra.Command {
	var over bool
	cmd := &cobra.Command{
		Use: "show [NAME...]", Short: "Show how full mailboxes are", Args: cobra.ArbitraryArgs,
		Long: "Show sizes and limits of the mailboxes of some users, or of all. The percentage\n" +
			"is of the hard limit, or where there is none of the soft one or that for warnings.",
		Example:           "  twiga-admin quota show anna\n  twiga-admin quota show --over",
		ValidArgsFunction: a.completeNames(-1, directory.Kind.HasMailbox),
	}
	cmd.Flags().BoolVar(&over, "over", false, "only mailboxes beyond one of their limits")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		stores, err := ownedStores(ctx, s, args)
		if err != nil {
			return err
		}
		out := []usageJSON{}
		for i := range stores {
			if u := newUsage(&stores[i]); !over || u.State != "ok" {
				out = append(out, u)
			}
		}
		slices.SortStableFunc(out, func(a, b usageJSON) int { return cmp.Or(cmp.Compare(a.User, b.User), -cmp.Compare(a.Kind, b.Kind)) })
		if a.json {
			return printJSON(cmd.OutOrStdout(), out)
		}
		return table(cmd.OutOrStdout(), "USER MAILBOX SIZE PERCENT WARN SOFT HARD STATE", usageRows(out))
	})
	return cmd
}

// ownedStores are the mailboxes of some users, or of all.
func ownedStores(ctx context.Context, s object.Session, names []string) ([]object.Store, error) {
	var out []object.Store
	for _, name := range names {
		u, err := s.GetUser(ctx, object.GetUserRequest{Name: name})
		if err != nil {
			return nil, fmt.Errorf("show quota of %s: %w", name, err)
		}
		for _, guid := range []mapi.GUID{u.Store, u.Archive} {
			if guid.IsZero() {
				continue
			}
			st, err := s.GetStore(ctx, object.GetStoreRequest{GUID: guid})
			if err != nil {
				return nil, fmt.Errorf("show quota of %s: %w", name, err)
			}
			out = append(out, st)
		}
	}
	if len(names) > 0 {
		return out, nil
	}
	for st, err := range s.ListStores(ctx, object.ListStoresRequest{}) {
		if err != nil {
			return nil, fmt.Errorf("list mailboxes: %w", err)
		}
		if st.Owner != "" {
			out = append(out, st)
		}
	}
	return out, nil
}

func newUsage(st *object.Store) usageJSON {
	u := usageJSON{User: st.Owner, Kind: kindName(st.Kind), Store: st.GUID.String(), Size: st.Size, Limits: quotaJSON(st.Limits), State: "ok"}
	for _, limit := range []struct {
		name  string
		bytes int64
	}{{"warn", st.Limits.Warn}, {"soft", st.Limits.Soft}, {"hard", st.Limits.Hard}} {
		if limit.bytes < 0 {
			continue
		}
		percent := 100.0
		if limit.bytes > 0 {
			percent = float64(st.Size) * 100 / float64(limit.bytes)
		}
		if u.Percent = &percent; st.Size > limit.bytes {
			u.State = limit.name
		}
	}
	return u
}

func usageRows(list []usageJSON) [][]string {
	limit := func(n int64) string {
		if n < 0 {
			return "-"
		}
		return bytesText(n)
	}
	var rows [][]string
	for _, u := range list {
		percent := "-"
		if u.Percent != nil {
			percent = fmt.Sprintf("%.0f%%", *u.Percent)
		}
		rows = append(rows, []string{u.User, u.Kind, bytesText(u.Size), percent,
			limit(u.Limits.Warn), limit(u.Limits.Soft), limit(u.Limits.Hard), u.State})
	}
	return rows
}
