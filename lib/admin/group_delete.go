// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// goneJSON tells programs what was deleted.
type goneJSON struct {
	Name    string `json:"name"`
	Existed bool   `json:"existed"`
}

// groupDelete is "group delete".
func (a *app) groupDelete() *cobra.Command {
	return a.deletes("group", a.completeNames(1, isGroup), func(ctx context.Context, s object.Session, name string) error {
		_, err := s.DeleteGroup(ctx, object.DeleteGroupRequest{Name: name})
		return err
	})
}

// deletes is the verb that deletes a group or a contact.
func (a *app) deletes(noun string, complete nameOffers, do func(ctx context.Context, s object.Session, name string) error) *cobra.Command {
	var ifExists bool
	cmd := &cobra.Command{
		Use: "delete NAME", Short: "Take a " + noun + " out", Args: command.Exactly(1),
		Example: "  twiga-admin " + noun + " delete partners --if-exists", ValidArgsFunction: complete,
	}
	cmd.Flags().BoolVar(&ifExists, "if-exists", false, "a "+noun+" that is not there is no error")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		err := do(ctx, s, args[0])
		if errors.Is(err, mapi.NotFound) && ifExists {
			return a.told(cmd, goneJSON{args[0], false}, "%s %s does not exist, nothing was changed", noun, args[0])
		}
		if err != nil {
			return fmt.Errorf("delete %s %s: %w", noun, args[0], err)
		}
		return a.told(cmd, goneJSON{args[0], true}, "%s %s deleted", noun, args[0])
	})
	return cmd
}
