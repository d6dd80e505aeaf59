// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
)

// userShow is "user show": one user and the mailbox.
func (a *app) userShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show a user and the mailbox", Args: command.Exactly(1),
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			u, err := s.GetUser(ctx, object.GetUserRequest{Name: args[0]})
			if err != nil {
				return fmt.Errorf("show user %s: %w", args[0], err)
			}
			st, err := s.GetStore(ctx, object.GetStoreRequest{GUID: u.Store})
			if err != nil {
				return fmt.Errorf("show mailbox of %s: %w", u.Name, err)
			}
			return a.printUser(cmd, &u, &st)
		}),
	}
}

// printUser prints a user, and the mailbox where it was asked for.
func (a *app) printUser(cmd *cobra.Command, u *directory.User, st *object.Store) error {
	if a.json {
		out := struct {
			userJSON
			Mailbox *storeJSON `json:"mailbox,omitempty"`
		}{userJSON: newUserJSON(u)}
		if st != nil {
			mailbox := newStoreJSON(st)
			out.Mailbox = &mailbox
		}
		return printJSON(cmd.OutOrStdout(), out)
	}
	pairs := []string{
		"name", u.Name, "full name", u.FullName, "address", u.Address,
		"aliases", strings.Join(u.Aliases, ", "), "language", u.Language, "admin", yesNo(u.Admin),
		"disabled", yesNo(u.Disabled), "id", u.ID.String(), "mailbox", u.Store.String(),
		"quota", fmt.Sprintf("warn %s, soft %s, hard %s", limitText(u.Quota.Warn), limitText(u.Quota.Soft), limitText(u.Quota.Hard)),
		"created", u.Created.Local().Format("2006-01-02 15:04"),
	}
	if st != nil {
		pairs = append(pairs, "messages", fmt.Sprint(st.Messages), "size", bytesText(st.Size))
	}
	return facts(cmd.OutOrStdout(), pairs...)
}
