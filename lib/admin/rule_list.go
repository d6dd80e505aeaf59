// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/ruletext"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// rules is "rule": what is done with a user's mail as it arrives.
func (a *app) rules() *cobra.Command {
	return command.Group("rule", "What is done with a user's mail as it arrives",
		a.ruleList(), a.ruleAdd(), a.ruleRemove(), a.ruleEnable(true), a.ruleEnable(false))
}

// ruleJSON is how a rule is told to programs. Condition and Actions are for people.
type ruleJSON struct {
	ID        string   `json:"id"`
	Sequence  int32    `json:"sequence"`
	Name      string   `json:"name"`
	Provider  string   `json:"provider"`
	Enabled   bool     `json:"enabled"`
	Error     bool     `json:"error"` // it could not be carried out
	Stop      bool     `json:"stop"`
	WhileAway bool     `json:"while_away"`
	Condition string   `json:"condition"`
	Actions   []string `json:"actions"`
}

// ruleList is "rule list": the rules of the Inbox in the order in which they apply.
func (a *app) ruleList() *cobra.Command {
	f := new(boxFlags)
	return &cobra.Command{
		Use: "list USER", Short: "List the rules in the order in which they apply", Args: f.args(0, 0), ValidArgsFunction: a.offerUsers,
		Example: "  twiga-admin rule list anna",
		RunE: a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, _ []string) error {
			rules, err := b.getRules(ctx)
			if err != nil {
				return err
			}
			return a.printRules(ctx, b, cmd, rules)
		}),
	}
}

func (b *box) getRules(ctx context.Context) ([]object.Rule, error) {
	r, err := b.s.GetRules(ctx, object.GetRulesRequest{Store: b.store.GUID})
	if err != nil {
		return nil, fmt.Errorf("list rules of %s: %w", b.name(), err)
	}
	return r.Rules, nil
}

func (a *app) printRules(ctx context.Context, b *box, cmd *cobra.Command, rules []object.Rule) error {
	words, err := b.ruleWords(ctx)
	if err != nil {
		return err
	}
	list := make([]ruleJSON, len(rules))
	var rows [][]string
	for i := range rules {
		list[i] = tellRule(words, &rules[i])
		r := &list[i]
		rows = append(rows, []string{r.ID, r.Name, r.state(), r.Condition, strings.Join(r.Actions, "; ")})
	}
	if a.json {
		return printJSON(cmd.OutOrStdout(), list)
	}
	return table(cmd.OutOrStdout(), "ID NAME STATE CONDITION ACTIONS", rows)
}

func tellRule(words *ruletext.Names, r *object.Rule) ruleJSON {
	out := ruleJSON{ID: strconv.FormatUint(r.ID, 10), Sequence: r.Sequence, Name: r.Name, Provider: r.Provider,
		Enabled: r.State&object.RuleEnabled != 0, Error: r.State&object.RuleError != 0, Stop: r.State&object.RuleExitLevel != 0,
		WhileAway: r.State&object.RuleOnlyWhenOOF != 0, Condition: ruletext.Condition(r.Condition), Actions: []string{}}
	for i := range r.Actions {
		out.Actions = append(out.Actions, words.Action(&r.Actions[i]))
	}
	return out
}

// state is a rule's state in words.
func (r *ruleJSON) state() string {
	state := "disabled"
	if r.Enabled {
		state = "enabled"
	}
	for _, s := range []struct {
		set  bool
		word string
	}{{r.Error, "error"}, {r.Stop, "stop"}, {r.WhileAway, "while away"}} {
		if s.set {
			state += ", " + s.word
		}
	}
	return state
}

// ruleWords say what the ids in the mailbox's rules stand for.
func (b *box) ruleWords(ctx context.Context) (*ruletext.Names, error) {
	id, err := b.categories(ctx, false)
	if err != nil {
		return nil, err
	}
	words := &ruletext.Names{Folder: func(store mapi.GUID, id mapi.ID) string {
		if store.IsZero() || store == b.store.GUID {
			return b.tree.Path(id)
		}
		return fmt.Sprintf("folder %s of mailbox %s", id, store)
	}}
	if id != 0 {
		words.Categories = ruletext.Keywords(id)
	}
	return words, nil
}

// categories is the id of the categories' name in the mailbox, 0 where it has none.
func (b *box) categories(ctx context.Context, create bool) (uint16, error) {
	r, err := b.s.NamesToIDs(ctx, object.NamesToIDsRequest{Store: b.store.GUID, Names: []mapi.Name{tag.NameKeywords.Name()}, Create: create})
	if err != nil || len(r.IDs) != 1 {
		return 0, fmt.Errorf("find name of categories in mailbox of %s: %w", b.name(), err)
	}
	return r.IDs[0], nil
}

// rule finds a rule by its id or its name.
func findRule(rules []object.Rule, word string) (*object.Rule, error) {
	var found *object.Rule
	for i := range rules {
		if strconv.FormatUint(rules[i].ID, 10) == word {
			return &rules[i], nil
		}
		if strings.EqualFold(rules[i].Name, word) {
			if found != nil {
				return nil, fmt.Errorf("find rule %q: there are several; name it by its id: %w", word, mapi.InvalidParameter)
			}
			found = &rules[i]
		}
	}
	if found == nil {
		return nil, fmt.Errorf("find rule %q: %w", word, mapi.NotFound)
	}
	return found, nil
}
