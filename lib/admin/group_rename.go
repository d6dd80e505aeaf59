// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
)

// groupRename is "group rename": another name, the same members and rights.
func (a *app) groupRename() *cobra.Command {
	return &cobra.Command{
		Use: "rename NAME NEW", Short: "Give a group another name; the mail address stays", Args: command.Exactly(2),
		Example:           "  twiga-admin group rename sales vertrieb",
		ValidArgsFunction: a.completeNames(1, isGroup),
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			g, err := s.SetGroup(ctx, object.SetGroupRequest{Name: args[0], Changes: directory.GroupChanges{Name: &args[1]}})
			if err != nil {
				return fmt.Errorf("rename group %s: %w", args[0], err)
			}
			form, err := newBook(s).group(ctx, &g)
			if err != nil {
				return err
			}
			return a.told(cmd, form, "group %s is now %s, address: %s", args[0], g.Name, textOr(g.Address, "none"))
		}),
	}
}
