// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/ruletext"
	"twiga/lib/config"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// ruleProvider is the provider of the rules that are made here.
const ruleProvider = "Twiga"

// ruleFlags are what rule add is told.
type ruleFlags struct {
	from, to, subject               []string
	attachment                      bool
	larger                          string
	move, copies                    string
	forward, redirect, category     []string
	remove, read, stop, off, update bool
	sequence                        int32
}

func (f *ruleFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&f.from, "from", nil, "the sender's name or address contains this")
	flags.StringArrayVar(&f.to, "to", nil, "a recipient's name or address contains this")
	flags.StringArrayVar(&f.subject, "subject", nil, "the subject contains this")
	flags.BoolVar(&f.attachment, "has-attachment", false, "there is an attachment")
	flags.StringVar(&f.larger, "larger", "", "the message is larger than this: 10M")
	flags.StringVar(&f.move, "move", "", "move it to this folder")
	flags.StringVar(&f.copies, "copy", "", "copy it to this folder")
	flags.BoolVar(&f.remove, "delete", false, "delete it")
	flags.StringSliceVar(&f.forward, "forward", nil, "send it on to this address as a new message")
	flags.StringSliceVar(&f.redirect, "redirect", nil, "send it on to this address as it is")
	flags.BoolVar(&f.read, "mark-read", false, "mark it as read")
	flags.StringSliceVar(&f.category, "category", nil, "put it into this category")
	flags.BoolVar(&f.stop, "stop", false, "apply no further rule to it")
	flags.BoolVar(&f.off, "disabled", false, "make the rule, but do not apply it")
	flags.Int32Var(&f.sequence, "sequence", 0, "place among the rules; 0 is behind the last")
	flags.BoolVar(&f.update, "replace", false, "put it in the place of a rule of the same name")
	command.Exclusive(cmd, "move", "delete")
}

// ruleAdd is "rule add": it makes a rule of the Inbox.
func (a *app) ruleAdd() *cobra.Command {
	place, f := new(boxFlags), new(ruleFlags)
	cmd := &cobra.Command{
		Use: "add USER NAME", Short: "Add a rule", Args: place.args(1, 1), ValidArgsFunction: a.offerUsers,
		Long: "Add a rule. It applies where all conditions are true; of one that is repeated, one is enough. Without a\ncondition it applies to every message.",
		Example: "  twiga-admin rule add anna lists --to golang-nuts --to cobra --move Inbox/Lists --stop\n" +
			"  twiga-admin rule add anna big --larger 10M --has-attachment --category Big",
	}
	f.add(cmd)
	cmd.RunE = a.inBox(place, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
		rules, err := b.getRules(ctx)
		if err != nil {
			return err
		}
		r, err := f.rule(ctx, b, args[0], rules)
		if err != nil {
			return err
		}
		made, err := b.s.ModifyRules(ctx, object.ModifyRulesRequest{Store: b.store.GUID, Set: []object.Rule{r}})
		if err != nil {
			return fmt.Errorf("add rule %q of %s: %w", r.Name, b.name(), err)
		}
		r.ID = made.IDs[0]
		return a.printRules(ctx, b, cmd, []object.Rule{r})
	})
	return cmd
}

// rule makes the rule with its place among those that there are.
func (f *ruleFlags) rule(ctx context.Context, b *box, name string, rules []object.Rule) (r object.Rule, err error) {
	r = object.Rule{Name: name, Provider: ruleProvider, Sequence: f.sequence}
	old, err := findRule(rules, name)
	switch {
	case err == nil && !f.update:
		return r, fmt.Errorf("add rule %q of %s: %w", name, b.name(), mapi.AlreadyExists)
	case err == nil:
		r.ID = old.ID
		if f.sequence == 0 {
			r.Sequence = old.Sequence
		}
	case !errors.Is(err, mapi.NotFound):
		return r, err
	}
	if r.Sequence == 0 {
		r.Sequence = 1
		for i := range rules {
			if s := rules[i].Sequence; s >= r.Sequence && s < math.MaxInt32 {
				r.Sequence = s + 1
			}
		}
	}
	if !f.off {
		r.State |= object.RuleEnabled
	}
	if f.stop {
		r.State |= object.RuleExitLevel
	}
	if r.Condition, err = f.condition(); err != nil {
		return r, err
	}
	r.Actions, err = f.actions(ctx, b)
	return r, err
}

// condition is what all flags about conditions say.
func (f *ruleFlags) condition() (mapi.Restriction, error) {
	var all mapi.And
	for _, c := range []struct {
		texts []string
		of    func(string) mapi.Restriction
	}{{f.from, ruletext.From}, {f.to, ruletext.To}, {f.subject, ruletext.Subject}} {
		var some mapi.Or
		for _, text := range c.texts {
			if text == "" {
				return nil, sysexits.With(sysexits.Usage, errors.New("add rule: a condition has no text"))
			}
			some = append(some, c.of(text))
		}
		switch {
		case len(some) == 1:
			all = append(all, some[0])
		case len(some) > 1:
			all = append(all, some)
		}
	}
	if f.attachment {
		all = append(all, ruletext.HasAttachment())
	}
	if f.larger != "" {
		n, err := config.ParseSize(f.larger)
		if err != nil || int64(n) > math.MaxInt32 {
			return nil, sysexits.With(sysexits.Usage, fmt.Errorf("--larger %q: want a size up to 2G: %w", f.larger, err))
		}
		all = append(all, ruletext.Larger(int32(n)))
	}
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return all[0], nil
	}
	return all, nil
}

// actions are what the flags say to do, what takes the message away last.
func (f *ruleFlags) actions(ctx context.Context, b *box) ([]object.Action, error) {
	var out []object.Action
	if len(f.category) > 0 {
		id, err := b.categories(ctx, true)
		if err != nil {
			return nil, err
		}
		out = append(out, ruletext.Category(id, f.category))
	}
	if f.read {
		out = append(out, object.Action{Type: object.ActionMarkAsRead})
	}
	if len(f.forward) > 0 {
		out = append(out, ruletext.Forward(f.forward))
	}
	if len(f.redirect) > 0 {
		out = append(out, ruletext.Redirect(f.redirect))
	}
	for _, to := range []struct {
		path string
		do   object.ActionType
	}{{f.copies, object.ActionCopy}, {f.move, object.ActionMove}} {
		if to.path == "" {
			continue
		}
		folder, err := b.tree.Find(to.path)
		if err != nil {
			return nil, err
		}
		out = append(out, object.Action{Type: to.do, Folder: folder.ID})
	}
	if f.remove {
		out = append(out, object.Action{Type: object.ActionDelete})
	}
	if len(out) == 0 {
		return nil, sysexits.With(sysexits.Usage, errors.New("add rule: no flag says what to do with the message"))
	}
	return out, nil
}
