// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/mapi/object"
)

// ruleRemove is "rule remove": it takes rules away.
func (a *app) ruleRemove() *cobra.Command {
	f := new(boxFlags)
	return &cobra.Command{
		Use: "remove USER RULE...", Short: "Take rules away, by id or name", Args: f.args(1, anyMore), ValidArgsFunction: a.offerUsers,
		Example: "  twiga-admin rule remove anna lists",
		RunE: a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
			rules, err := b.getRules(ctx)
			if err != nil {
				return err
			}
			req := object.ModifyRulesRequest{Store: b.store.GUID}
			var gone []object.Rule
			for _, word := range args {
				r, err := findRule(rules, word)
				if err != nil {
					return err
				}
				req.Remove, gone = append(req.Remove, r.ID), append(gone, *r)
			}
			if _, err := b.s.ModifyRules(ctx, req); err != nil {
				return fmt.Errorf("remove rules of %s: %w", b.name(), err)
			}
			if a.json {
				return a.printRules(ctx, b, cmd, gone)
			}
			for i := range gone {
				if err := a.told(cmd, nil, "rule %q removed", gone[i].Name); err != nil {
					return err
				}
			}
			return nil
		}),
	}
}
