// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// aliasesJSON is how addresses are told to programs.
type aliasesJSON struct {
	Name    string   `json:"name"`
	Address string   `json:"address"`
	Aliases []string `json:"aliases"`
	Changed bool     `json:"changed"`
}

// userAlias are "user alias add" and "user alias remove".
func (a *app) userAlias() *cobra.Command {
	add := func(have, given []string) ([]string, error) { return append(have, given...), nil }
	return command.Group("alias", "Further mail addresses of a user",
		a.changeAliases("add", "Add mail addresses", "  twiga-admin user alias add anna info@example.org", add),
		a.changeAliases("remove", "Take mail addresses away", "  twiga-admin user alias remove anna info@example.org", withoutAliases))
}

// withoutAliases takes addresses away. The domain may be left out where that
// leaves one; the store's default domain is not known here.
func withoutAliases(have, given []string) ([]string, error) {
	out := slices.Clone(have)
	for _, g := range given {
		is := func(alias string) bool {
			local, _, _ := strings.Cut(alias, "@")
			return strings.EqualFold(g, alias) || strings.EqualFold(g, local)
		}
		left := slices.DeleteFunc(slices.Clone(out), is)
		if len(out)-len(left) > 1 {
			return nil, sysexits.With(sysexits.Usage, fmt.Errorf("remove alias %q: it is in several domains: name one", g))
		}
		out = left
	}
	return out, nil
}

func (a *app) changeAliases(verb, short, example string, change func(have, given []string) ([]string, error)) *cobra.Command {
	return &cobra.Command{
		Use: verb + " NAME ADDRESS...", Short: short, Args: command.AtLeast(2), Example: example,
		ValidArgsFunction: a.completeNames(1, directory.Kind.HasMailbox),
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			u, err := s.GetUser(ctx, object.GetUserRequest{Name: args[0]})
			if err != nil {
				return fmt.Errorf("change aliases of %s: %w", args[0], err)
			}
			aliases, err := change(slices.Clone(u.Aliases), args[1:])
			if err != nil {
				return err
			}
			now, err := s.SetUser(ctx, object.SetUserRequest{Name: u.Name, Changes: directory.Changes{Aliases: &aliases}})
			if err != nil {
				return fmt.Errorf("change aliases of %s: %w", args[0], err)
			}
			out := aliasesJSON{now.Name, now.Address, append([]string{}, now.Aliases...), !slices.Equal(u.Aliases, now.Aliases)}
			if !out.Changed {
				return a.told(cmd, out, "nothing was changed: the aliases of %s are %s", now.Name, textOr(strings.Join(now.Aliases, ", "), "none"))
			}
			return a.told(cmd, out, "aliases of %s: %s", now.Name, textOr(strings.Join(now.Aliases, ", "), "none"))
		}),
	}
}
