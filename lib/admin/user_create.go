// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/password"
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// createFlags are what user create is told.
type createFlags struct {
	user        directory.User
	store       string
	ifNotExists bool
	password    password.Flags
	quota       quotaFlags
}

// userCreate is "user create": it makes users and their mailboxes.
func (a *app) userCreate() *cobra.Command {
	f := new(createFlags)
	cmd := &cobra.Command{
		Use: "create NAME...", Short: "Create users and their mailboxes", Args: command.AtLeast(1),
		Long: "Create users and their mailboxes. A NAME without a domain is in the default domain.\n" +
			"The password is asked for unless a flag says where it comes from; several users\nget the same one, or one each with --generate-password. What nobody logs on to,\na shared mailbox, a room or a piece of equipment, needs none.",
		Example: "  twiga-admin user create anna --full-name 'Anna Berg' --generate-password\n" +
			"  twiga-admin user create lab --kind room --full-name 'Laboratory'",
	}
	flags := cmd.Flags()
	flags.StringVar(&f.user.FullName, "full-name", "", "name for people")
	flags.StringVar(&f.user.Address, "address", "", "mail address, if it is not the name")
	flags.StringSliceVar(&f.user.Aliases, "alias", nil, "further mail address; may be repeated")
	addKind(cmd, &f.user.Kind, "what it is")
	flags.StringVar(&f.user.Language, "language", "", "language of the folder names, such as de")
	addLevel(flags, &f.user.Admin)
	flags.BoolVar(&f.user.Hidden, "hidden", false, "keep it out of the address book")
	addAttributes(flags, &f.user.Attributes)
	flags.StringVar(&f.store, "store", "", "GUID of an orphaned mailbox to be the user's")
	flags.BoolVar(&f.ifNotExists, "if-not-exists", false, "leave a user that exists as it is")
	f.quota.add(flags)
	f.password.Add(cmd, true)
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		return a.createUsers(ctx, s, cmd, f, args)
	})
	return cmd
}

func (a *app) createUsers(ctx context.Context, s object.Session, cmd *cobra.Command, f *createFlags, names []string) error {
	if len(names) > 1 && (f.user.Address != "" || len(f.user.Aliases) > 0 || f.store != "" || f.user.FullName != "") {
		return sysexits.With(sysexits.Usage, errors.New("create users: --full-name, --address, --alias and --store are for one user"))
	}
	req := object.CreateUserRequest{User: f.user}
	var err error
	if f.store != "" {
		if req.Store, err = mapi.ParseGUID(f.store); err != nil {
			return sysexits.With(sysexits.Usage, err)
		}
	}
	if req.User.Quota, err = f.quota.over(directory.Quota{}); err != nil {
		return err
	}
	created := []userJSON{}
	for _, name := range names {
		req.User.Name = name
		u, err := f.create(ctx, s, cmd, req)
		if err != nil && a.json && len(created) > 0 { // their passwords are told nowhere else
			err = errors.Join(err, printJSON(cmd.OutOrStdout(), created))
		}
		if err != nil {
			return err
		}
		if created = append(created, u); !a.json {
			if err := printCreated(cmd, &u); err != nil {
				return err
			}
		}
	}
	if !a.json {
		return nil
	}
	return printJSON(cmd.OutOrStdout(), created)
}

// create makes one user, unless it exists and may.
func (f *createFlags) create(ctx context.Context, s object.Session, cmd *cobra.Command, req object.CreateUserRequest) (userJSON, error) {
	name := req.User.Name
	if f.ifNotExists {
		out, err := existing(ctx, s, name)
		if !errors.Is(err, mapi.NotFound) {
			return out, err
		}
	}
	var err error
	if req.User.Kind.HasLogon() || f.password.Given() {
		if req.Password, err = f.password.Next(cmd, name); err != nil {
			return userJSON{}, err
		}
	}
	u, err := s.CreateUser(ctx, req)
	if f.ifNotExists && errors.Is(err, mapi.AlreadyExists) { // made by somebody meanwhile, unless it is the address
		if out, err := existing(ctx, s, name); err == nil {
			return out, nil
		}
	}
	if err != nil {
		return userJSON{}, fmt.Errorf("create user %s: %w", name, err)
	}
	out, err := newBook(s).user(ctx, &u)
	if err != nil {
		return out, err
	}
	if f.password.Generate {
		out.Password = req.Password
	}
	return out, nil
}

// existing tells of a user that is there already.
func existing(ctx context.Context, s object.Session, name string) (userJSON, error) {
	u, err := s.GetUser(ctx, object.GetUserRequest{Name: name})
	if err != nil {
		return userJSON{}, fmt.Errorf("look for user %s: %w", name, err)
	}
	out, err := newBook(s).user(ctx, &u)
	out.Existed = true
	return out, err
}

func printCreated(cmd *cobra.Command, u *userJSON) error {
	var err error
	switch {
	case u.Existed:
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "user %s exists, nothing was changed\n", u.Name)
	case u.Password != "":
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "user %s created, password %s\n", u.Name, u.Password)
	default:
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "user %s created\n", u.Name)
	}
	return err
}
