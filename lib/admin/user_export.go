// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/roster"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
)

// userExport is "user export": all users, groups and contacts, as user import
// reads them.
func (a *app) userExport() *cobra.Command {
	return &cobra.Command{
		Use: "export", Short: "Write all users, groups and contacts as user import reads them", Args: command.Exactly(0),
		Long: "Write all users, groups and contacts to standard output as CSV, or with --json as\n" +
			"JSON, the way that user import reads them. Passwords are not known.",
		Example: "  twiga-admin user export > people.csv",
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
			rows, err := exportRows(ctx, s)
			if err != nil {
				return err
			}
			known := slices.DeleteFunc(columns(), func(c string) bool { return c == "password" })
			if a.json {
				return roster.WriteJSON(cmd.OutOrStdout(), known, rows)
			}
			return roster.WriteCSV(cmd.OutOrStdout(), known, rows)
		}),
	}
}

func exportRows(ctx context.Context, s object.Session) ([]roster.Row, error) {
	var rows []roster.Row
	b := newBook(s)
	for u, err := range s.ListUsers(ctx, object.ListUsersRequest{}) {
		if err != nil {
			return nil, fmt.Errorf("list users: %w", err)
		}
		sendAs, err := b.names(ctx, u.SendAs)
		if err != nil {
			return nil, err
		}
		rows = append(rows, userRow(&u, sendAs))
	}
	for g, err := range s.ListGroups(ctx, object.ListGroupsRequest{}) {
		if err != nil {
			return nil, fmt.Errorf("list groups: %w", err)
		}
		form, err := b.group(ctx, &g)
		if err != nil {
			return nil, err
		}
		rows = append(rows, groupRow(&form))
	}
	for k, err := range s.ListContacts(ctx, object.ListContactsRequest{}) {
		if err != nil {
			return nil, fmt.Errorf("list contacts: %w", err)
		}
		var r roster.Row
		setCells(&r, "kind", "contact", "name", k.Name, "full_name", k.FullName, "address", k.Address, "hidden", k.Hidden)
		setAttributes(&r, &k.Attributes)
		rows = append(rows, r)
	}
	return rows, nil
}

// setCells sets cells by name and value in turn.
func setCells(r *roster.Row, pairs ...any) {
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Set(pairs[i].(string), pairs[i+1])
	}
}

func setAttributes(r *roster.Row, x *directory.Attributes) {
	for _, a := range attributes() {
		r.Set(a.column(), *a.of(x))
	}
}

func userRow(u *directory.User, sendAs []string) (r roster.Row) {
	setCells(&r, "kind", u.Kind.String(), "name", u.Name, "full_name", u.FullName, "address", u.Address,
		"aliases", append([]string{}, u.Aliases...), "language", u.Language, "admin", u.Admin.String(), "disabled", u.Disabled, "hidden", u.Hidden,
		"quota_warn", limitCell(u.Quota.Warn), "quota_soft", limitCell(u.Quota.Soft), "quota_hard", limitCell(u.Quota.Hard),
		"services_off", append([]string{}, u.NoServices...), "send_as", sendAs)
	setAttributes(&r, &u.Attributes)
	if isResource(u.Kind) {
		setCells(&r, "auto_accept", u.Resource.AutoAccept, "decline_conflict", u.Resource.DeclineConflict,
			"decline_recurring", u.Resource.DeclineRecurring, "capacity", u.Resource.Capacity)
	}
	return r
}

func groupRow(g *groupJSON) (r roster.Row) {
	setCells(&r, "kind", g.Kind, "name", g.Name, "full_name", g.FullName, "address", g.Address, "aliases", g.Aliases,
		"mailing", g.Mailing, "security", g.Security, "hidden", g.Hidden, "send_as", g.SendAs, "filter", g.Filter)
	if len(g.Filter) == 0 {
		r.Set("members", g.Members)
	}
	return r
}
