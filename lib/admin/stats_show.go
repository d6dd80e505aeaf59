// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/sysexits"
)

// statistics is "stats": the server's counters.
func (a *app) statistics() *cobra.Command {
	return command.Group("stats", "The server's counters", a.statsShow())
}

// statJSON is how a counter is told to programs.
type statJSON struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// statsShow is "stats show": all counters, or those whose names match.
func (a *app) statsShow() *cobra.Command {
	return &cobra.Command{
		Use: "show [PATTERN]", Short: "Show counters by name", Args: optional,
		Long:    "Show counters by name. A PATTERN with * or ? is to match the whole name, another to be part of it.",
		Example: "  twiga-admin stats show rpc\n  twiga-admin stats show 'twiga_*_total*'",
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			fits := func(string) bool { return true }
			if len(args) > 0 {
				var err error
				if fits, err = pattern(args[0]); err != nil {
					return err
				}
			}
			list := []statJSON{}
			for row, err := range s.Query(ctx, object.QueryRequest{Table: object.TableStatistics, Columns: []mapi.PropTag{tag.DisplayName, tag.TwigaValue}}) {
				if err != nil {
					return fmt.Errorf("read statistics: %w", err)
				}
				value, _ := row.Get(tag.TwigaValue)
				if name := row.Text(tag.DisplayName); fits(name) {
					list = append(list, statJSON{name, value.Float()})
				}
			}
			slices.SortFunc(list, func(a, b statJSON) int { return cmp.Compare(a.Name, b.Name) })
			if a.json {
				return printJSON(cmd.OutOrStdout(), list)
			}
			var rows [][]string
			for _, e := range list {
				rows = append(rows, []string{e.Name, strconv.FormatFloat(e.Value, 'f', -1, 64)})
			}
			return table(cmd.OutOrStdout(), "NAME VALUE", rows)
		}),
	}
}

// optional wants one argument or none.
func optional(cmd *cobra.Command, args []string) error {
	return sysexits.With(sysexits.Usage, cobra.MaximumNArgs(1)(cmd, args))
}

// pattern says which names a pattern is about.
func pattern(text string) (func(string) bool, error) {
	if !strings.ContainsAny(text, "*?[") {
		return func(name string) bool { return strings.Contains(name, text) }, nil
	}
	if _, err := path.Match(text, ""); err != nil {
		return nil, sysexits.With(sysexits.Usage, fmt.Errorf("pattern %q: %w", text, err))
	}
	return func(name string) bool {
		ok, _ := path.Match(text, name)
		return ok
	}, nil
}
