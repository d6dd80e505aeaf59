// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// delegateRemove is "delegate remove": somebody acts for the user no more.
func (a *app) delegateRemove() *cobra.Command {
	f := new(boxFlags)
	keep := false
	cmd := &cobra.Command{
		Use: "remove USER DELEGATE", Short: "Have somebody act for a user no more", Args: f.args(1, 1), ValidArgsFunction: a.offerUsers,
		Example: "  twiga-admin delegate remove anna bert",
	}
	cmd.Flags().BoolVar(&keep, "keep-rights", false, "leave the rights in the folders as they are")
	cmd.RunE = a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
		u, err := b.admin.GetUser(ctx, object.GetUserRequest{Name: args[0]})
		if err != nil {
			return fmt.Errorf("find delegate %s: %w", args[0], err)
		}
		list, err := b.getDelegates(ctx)
		if err != nil {
			return err
		}
		left := slices.DeleteFunc(slices.Clone(list), func(d object.Delegate) bool { return d.User == u.ID })
		if len(left) == len(list) {
			return sysexits.With(sysexits.NoUser, errors.New(u.Name+" is no delegate of "+b.name()+", nothing was changed"))
		}
		if _, err := b.s.SetDelegates(ctx, object.SetDelegatesRequest{Store: b.store.GUID, Delegates: left}); err != nil {
			return fmt.Errorf("remove delegate %s of %s: %w", u.Name, b.name(), err)
		}
		if !keep {
			nothing := map[object.FolderKind]mapi.Rights{object.KindCalendar: 0, object.KindTasks: 0, object.KindInbox: 0, object.KindContacts: 0}
			if err := b.letDelegate(ctx, u.ID, nothing); err != nil {
				return fmt.Errorf("take rights of delegate %s of %s: %w", u.Name, b.name(), err)
			}
		}
		return a.showDelegates(ctx, b, cmd)
	})
	return cmd
}
