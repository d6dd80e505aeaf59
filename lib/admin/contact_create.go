// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

func addContact(flags *pflag.FlagSet, c *directory.Contact) {
	flags.StringVar(&c.FullName, "full-name", "", "name for people")
	flags.StringVar(&c.Address, "address", "", "mail address, outside")
	flags.BoolVar(&c.Hidden, "hidden", false, "keep it out of the address book")
	addAttributes(flags, &c.Attributes)
}

// contactCreate is "contact create".
func (a *app) contactCreate() *cobra.Command {
	var c directory.Contact
	var ifNotExists bool
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Put an address outside into the address book", Args: command.Exactly(1),
		Example: "  twiga-admin contact create partner --address sales@partner.example --company Partner",
	}
	addContact(cmd.Flags(), &c)
	cmd.Flags().BoolVar(&ifNotExists, "if-not-exists", false, "leave a contact that exists as it is")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		if c.Name = args[0]; c.Address == "" {
			return sysexits.With(sysexits.Usage, errors.New("create contact: --address is wanted"))
		}
		made, err := s.CreateContact(ctx, object.CreateContactRequest{Contact: c})
		if ifNotExists && errors.Is(err, mapi.AlreadyExists) {
			if there, errGet := getContact(ctx, s, c.Name); errGet == nil { // else somebody else has the name or the address
				out := newContactJSON(&there)
				out.Existed = true
				return a.told(cmd, out, "contact %s exists, nothing was changed", there.Name)
			}
		}
		if err != nil {
			return fmt.Errorf("create contact %s: %w", args[0], err)
		}
		return a.told(cmd, newContactJSON(&made), "contact %s created", made.Name)
	})
	return cmd
}
