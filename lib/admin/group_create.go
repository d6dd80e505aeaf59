// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// groupFlags are what groups are told.
type groupFlags struct {
	group  directory.Group
	filter []string
}

func (f *groupFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.group.FullName, "full-name", "", "name for people")
	flags.StringVar(&f.group.Address, "address", "", "mail address, if it is not the name")
	flags.StringSliceVar(&f.group.Aliases, "alias", nil, "further mail address; may be repeated")
	flags.BoolVar(&f.group.Security, "security", false, "it may stand in permission lists")
	flags.BoolVar(&f.group.Hidden, "hidden", false, "keep it out of the address book")
	flags.StringArrayVar(&f.filter, "filter", nil, "make it dynamic: its members are the users with, say, department=Sales; may be repeated")
}

// groupCreate is "group create".
func (a *app) groupCreate() *cobra.Command {
	f := new(groupFlags)
	var noMailing, ifNotExists bool
	var members []string
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Create a group", Args: command.Exactly(1),
		Long: "Create a group: of the users, groups and contacts that --member names, or a dynamic\n" +
			"one of all users that fit every --filter. Its keys are kind, name, address,\n" +
			"department, company, title and city; * stands for anything.",
		Example: "  twiga-admin group create sales --full-name Sales --security --member anna\n" +
			"  twiga-admin group create berlin --filter city=Berlin --filter kind=user",
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&noMailing, "no-mailing", false, "it receives no mail for its members")
	cmd.Flags().StringSliceVar(&members, "member", nil, "member; may be repeated")
	cmd.Flags().BoolVar(&ifNotExists, "if-not-exists", false, "leave a group that exists as it is")
	_ = cmd.RegisterFlagCompletionFunc("member", a.completeNames(-1, isAnybody))
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		var err error
		g := f.group
		g.Name, g.Mailing = args[0], !noMailing
		if g.Filter, err = parseFilter(f.filter); err != nil {
			return sysexits.With(sysexits.Usage, err)
		}
		if len(members) > 0 && !g.Filter.IsZero() {
			return sysexits.With(sysexits.Usage, errors.New("create group: --member and --filter exclude each other"))
		}
		made, existed, err := createGroup(ctx, s, g, ifNotExists)
		if err != nil {
			return fmt.Errorf("create group %s: %w", args[0], err)
		}
		if len(members) > 0 && !existed {
			if made, err = s.ChangeMembers(ctx, object.ChangeMembersRequest{Group: made.Name, Add: members}); err != nil {
				_, err2 := s.DeleteGroup(ctx, object.DeleteGroupRequest{Name: args[0]}) // all or nothing
				return errors.Join(fmt.Errorf("create group %s: %w", args[0], err), err2)
			}
		}
		form, err := newBook(s).group(ctx, &made)
		if err != nil {
			return err
		}
		if form.Existed = existed; existed {
			return a.told(cmd, form, "group %s exists, nothing was changed", made.Name)
		}
		return a.told(cmd, form, "group %s created, with %d members", made.Name, len(made.Members))
	})
	return cmd
}

// createGroup makes a group, unless it exists and may.
func createGroup(ctx context.Context, s object.Session, g directory.Group, ifNotExists bool) (made directory.Group, existed bool, err error) {
	made, err = s.CreateGroup(ctx, object.CreateGroupRequest{Group: g})
	if !ifNotExists || !errors.Is(err, mapi.AlreadyExists) {
		return made, false, err
	}
	there, errGet := s.GetGroup(ctx, object.GetGroupRequest{Name: g.Name})
	if errGet != nil { // it is somebody else who has the name or the address
		return made, false, err
	}
	return there, true, nil
}
