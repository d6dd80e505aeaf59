// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/mapi/object"
)

// ruleEnable is "rule enable" or "rule disable". Enabled anew, a rule that
// failed is tried again.
func (a *app) ruleEnable(on bool) *cobra.Command {
	f := new(boxFlags)
	verb, short := "disable", "Have rules not apply, but keep them"
	if on {
		verb, short = "enable", "Have rules apply"
	}
	return &cobra.Command{
		Use: verb + " USER RULE...", Short: short, Args: f.args(1, anyMore), ValidArgsFunction: a.offerUsers,
		Example: "  twiga-admin rule " + verb + " anna lists",
		RunE: a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
			rules, err := b.getRules(ctx)
			if err != nil {
				return err
			}
			req := object.ModifyRulesRequest{Store: b.store.GUID}
			for _, word := range args {
				r, err := findRule(rules, word)
				if err != nil {
					return err
				}
				r.State &^= object.RuleEnabled
				if on {
					r.State = r.State&^object.RuleError | object.RuleEnabled
				}
				req.Set = append(req.Set, *r)
			}
			if _, err := b.s.ModifyRules(ctx, req); err != nil {
				return fmt.Errorf("%s rules of %s: %w", verb, b.name(), err)
			}
			return a.printRules(ctx, b, cmd, req.Set)
		}),
	}
}
