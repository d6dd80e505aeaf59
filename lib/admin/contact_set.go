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

// contactSet is "contact set": it changes what a flag names and nothing else.
func (a *app) contactSet() *cobra.Command {
	var c directory.Contact
	var name string
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Change a contact; what no flag names stays as it is", Args: command.Exactly(1),
		Example:           "  twiga-admin contact set partner --address new@partner.example",
		ValidArgsFunction: a.completeNames(1, isContact),
	}
	addContact(cmd.Flags(), &c)
	cmd.Flags().StringVar(&name, "name", "", "another name")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		old, err := getContact(ctx, s, args[0])
		if err != nil {
			return fmt.Errorf("set contact %s: %w", args[0], err)
		}
		var ch directory.ContactChanges
		for flag, set := range map[string]func(){
			"name":      func() { ch.Name = &name },
			"full-name": func() { ch.FullName = &c.FullName },
			"address":   func() { ch.Address = &c.Address },
			"hidden":    func() { ch.Hidden = &c.Hidden },
		} {
			if cmd.Flags().Changed(flag) {
				set()
			}
		}
		if overAttributes(cmd.Flags(), &c.Attributes, &old.Attributes) {
			ch.Attributes = &old.Attributes
		}
		if ch == (directory.ContactChanges{}) {
			return sysexits.With(sysexits.Usage, errors.New("set contact: no flag says what to change"))
		}
		now, err := s.SetContact(ctx, object.SetContactRequest{Name: old.Name, Changes: ch})
		if err != nil {
			return fmt.Errorf("set contact %s: %w", args[0], err)
		}
		return a.printContact(cmd, &now)
	})
	return cmd
}

func (a *app) printContact(cmd *cobra.Command, c *directory.Contact) error {
	if a.json {
		return printJSON(cmd.OutOrStdout(), newContactJSON(c))
	}
	return facts(cmd.OutOrStdout(), contactPairs(c)...)
}
