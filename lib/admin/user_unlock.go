// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// unlockedJSON tells programs who was unlocked.
type unlockedJSON struct {
	Name   string `json:"name"`
	Locked bool   `json:"locked"` // before
}

// userUnlock is "user unlock": it ends a lockout.
func (a *app) userUnlock() *cobra.Command {
	return &cobra.Command{
		Use: "unlock NAME", Short: "Let a user log on again after too many wrong passwords", Args: command.Exactly(1),
		Long:              "Let a user log on again after too many wrong passwords, and forget those that count so far.",
		Example:           "  twiga-admin user unlock anna",
		ValidArgsFunction: a.completeNames(1, isUser),
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			u, err := s.GetUser(ctx, object.GetUserRequest{Name: args[0]})
			if err != nil {
				return fmt.Errorf("unlock user %s: %w", args[0], err)
			}
			state, err := s.GetLogonState(ctx, object.GetLogonStateRequest{User: u.Name})
			if err == nil {
				_, err = s.UnlockUser(ctx, object.UnlockUserRequest{User: u.Name})
			}
			if err != nil {
				return fmt.Errorf("unlock user %s: %w", u.Name, err)
			}
			format := "user %s unlocked"
			if state.LockedUntil.IsZero() {
				format = "user %s was not locked out"
			}
			return a.told(cmd, unlockedJSON{u.Name, !state.LockedUntil.IsZero()}, format, u.Name)
		}),
	}
}
