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

// groupSet is "group set": it changes what a flag names and nothing else.
func (a *app) groupSet() *cobra.Command {
	f := new(groupFlags)
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Change a group; what no flag names stays as it is", Args: command.Exactly(1),
		Example:           "  twiga-admin group set sales --full-name 'Sales and Support' --security=false",
		ValidArgsFunction: a.completeNames(1, isGroup),
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&f.group.Mailing, "mailing", true, "whether it receives mail for its members")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		changes, err := f.changes(cmd)
		if err != nil {
			return sysexits.With(sysexits.Usage, err)
		}
		g, err := s.SetGroup(ctx, object.SetGroupRequest{Name: args[0], Changes: changes})
		if err != nil {
			return fmt.Errorf("set group %s: %w", args[0], err)
		}
		return a.printGroup(ctx, s, cmd, &g, nil)
	})
	return cmd
}

// changes are the fields whose flags were given.
func (f *groupFlags) changes(cmd *cobra.Command) (directory.GroupChanges, error) {
	var c directory.GroupChanges
	given := false
	take := func(flag string, set func()) {
		if cmd.Flags().Changed(flag) {
			given = true
			set()
		}
	}
	take("full-name", func() { c.FullName = &f.group.FullName })
	take("address", func() { c.Address = &f.group.Address })
	take("alias", func() { c.Aliases = withoutEmpty(f.group.Aliases) })
	take("mailing", func() { c.Mailing = &f.group.Mailing })
	take("security", func() { c.Security = &f.group.Security })
	take("hidden", func() { c.Hidden = &f.group.Hidden })
	var err error
	take("filter", func() {
		f.group.Filter, err = parseFilter(f.filter)
		c.Filter = &f.group.Filter
	})
	if err == nil && !given {
		err = errors.New("set group: no flag says what to change")
	}
	return c, err
}
