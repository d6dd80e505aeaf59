// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// setFlags are what user set is told.
type setFlags struct {
	user  directory.User
	quota quotaFlags
}

// userSet is "user set": it changes what a flag names and nothing else.
func (a *app) userSet() *cobra.Command {
	f := new(setFlags)
	cmd := &cobra.Command{Use: "set NAME", Short: "Change a user; what no flag names stays as it is", Args: command.Exactly(1)}
	flags := cmd.Flags()
	flags.StringVar(&f.user.FullName, "full-name", "", "name for people")
	flags.StringVar(&f.user.Address, "address", "", "mail address")
	flags.StringSliceVar(&f.user.Aliases, "alias", nil, "further mail addresses, in place of those there are; may be repeated")
	flags.StringVar(&f.user.Language, "language", "", "language of the folder names")
	flags.BoolVar(&f.user.Admin, "admin", false, "whether the user is an administrator")
	flags.BoolVar(&f.user.Disabled, "disabled", false, "whether the user can log on; mail is delivered all the same")
	f.quota.add(flags)
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		changes, err := f.changes(ctx, s, cmd, args[0])
		if err != nil {
			return err
		}
		u, err := s.SetUser(ctx, object.SetUserRequest{Name: args[0], Changes: changes})
		if err != nil {
			return fmt.Errorf("set user %s: %w", args[0], err)
		}
		return a.printUser(cmd, &u, nil)
	})
	return cmd
}

// changes are the fields whose flags were given.
func (f *setFlags) changes(ctx context.Context, s object.Session, cmd *cobra.Command, name string) (directory.Changes, error) {
	var c directory.Changes
	given := false
	take := func(flag string, set func()) {
		if cmd.Flags().Changed(flag) {
			given = true
			set()
		}
	}
	take("full-name", func() { c.FullName = &f.user.FullName })
	take("address", func() { c.Address = &f.user.Address })
	take("alias", func() {
		list := []string{}
		for _, alias := range f.user.Aliases {
			if alias != "" {
				list = append(list, alias)
			}
		}
		c.Aliases = &list
	})
	take("language", func() { c.Language = &f.user.Language })
	take("admin", func() { c.Admin = &f.user.Admin })
	take("disabled", func() { c.Disabled = &f.user.Disabled })
	if f.quota.changed() {
		given = true
		u, err := s.GetUser(ctx, object.GetUserRequest{Name: name})
		if err != nil {
			return c, fmt.Errorf("set user %s: %w", name, err)
		}
		quota, err := f.quota.over(u.Quota)
		if err != nil {
			return c, err
		}
		c.Quota = &quota
	}
	if !given {
		return c, sysexits.With(sysexits.Usage, errors.New("set user: no flag says what to change"))
	}
	return c, nil
}
