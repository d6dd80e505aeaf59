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
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Change a user; what no flag names stays as it is", Args: command.Exactly(1),
		Example:           "  twiga-admin user set anna --department Sales --quota-hard 5G",
		ValidArgsFunction: a.completeNames(1, directory.Kind.HasMailbox),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.user.FullName, "full-name", "", "name for people")
	flags.StringVar(&f.user.Address, "address", "", "mail address")
	flags.StringSliceVar(&f.user.Aliases, "alias", nil, "further mail addresses, in place of those there are; may be repeated")
	flags.StringVar(&f.user.Language, "language", "", "language of the folder names")
	addLevel(flags, &f.user.Admin)
	addKind(cmd, &f.user.Kind, "make it another kind")
	flags.BoolVar(&f.user.Hidden, "hidden", false, "keep it out of the address book")
	addAttributes(flags, &f.user.Attributes)
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
		return a.printUser(ctx, s, cmd, &u, nil)
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
	take("alias", func() { c.Aliases = withoutEmpty(f.user.Aliases) })
	take("language", func() { c.Language = &f.user.Language })
	take("admin", func() { c.Admin = &f.user.Admin })
	take("disabled", func() { c.Disabled = &f.user.Disabled })
	take("hidden", func() { c.Hidden = &f.user.Hidden })
	take("kind", func() { c.Kind = &f.user.Kind })
	attributes := overAttributes(cmd.Flags(), &f.user.Attributes, new(directory.Attributes))
	if f.quota.changed() || attributes {
		given = true
		if err := f.partial(ctx, s, cmd, name, &c); err != nil {
			return c, err
		}
	}
	if !given {
		return c, sysexits.With(sysexits.Usage, errors.New("set user: no flag says what to change"))
	}
	return c, nil
}

// partial are the changes to what has several flags, of which some stay as they are.
func (f *setFlags) partial(ctx context.Context, s object.Session, cmd *cobra.Command, name string, c *directory.Changes) error {
	u, err := s.GetUser(ctx, object.GetUserRequest{Name: name})
	if err != nil {
		return fmt.Errorf("set user %s: %w", name, err)
	}
	if f.quota.changed() {
		if u.Quota, err = f.quota.over(u.Quota); err != nil {
			return err
		}
		c.Quota = &u.Quota
	}
	if overAttributes(cmd.Flags(), &f.user.Attributes, &u.Attributes) {
		c.Attributes = &u.Attributes
	}
	return nil
}

// withoutEmpty are the words of a flag, whose empty one takes all away.
func withoutEmpty(words []string) *[]string {
	list := []string{}
	for _, w := range words {
		if w != "" {
			list = append(list, w)
		}
	}
	return &list
}
