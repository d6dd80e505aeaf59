// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"reflect"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func ruleCases() []testCase {
	return []testCase{
		{"rules are kept as they are", rulesKept},
		{"rules are changed and removed", rulesModify},
		{"rules are replaced", rulesReplace},
		{"what is no rule", rulesFail},
		{"rules go with their folder", rulesGone},
		{"who sees rules", rulesAccess},
		{"the table of rules", rulesTable},
	}
}

func (m *mailbox) modifyRules(req object.ModifyRulesRequest) []uint64 {
	m.Helper()
	req.Store = m.guid
	resp, err := m.s.ModifyRules(m.Context(), req)
	m.ok(err)
	if len(resp.IDs) != len(req.Set) {
		m.Fatalf("%d ids for %d rules", len(resp.IDs), len(req.Set))
	}
	return resp.IDs
}

func (m *mailbox) rules(s object.Session, folder mapi.ID) []object.Rule {
	m.Helper()
	resp, err := s.GetRules(m.Context(), object.GetRulesRequest{Store: m.guid, Folder: folder})
	m.ok(err)
	return resp.Rules
}

// ruleNames are those of a folder's rules, in order.
func (m *mailbox) ruleNames(folder mapi.ID) []string {
	m.Helper()
	var out []string
	for _, r := range m.rules(m.s, folder) {
		out = append(out, r.Name)
	}
	return out
}

// rule is one that marks everything as read.
func rule(name string, sequence int32) object.Rule {
	return object.Rule{Name: name, Sequence: sequence, State: object.RuleEnabled, Actions: []object.Action{{Type: object.ActionMarkAsRead}}}
}

func rulesKept(k *kit) {
	m := k.mailbox()
	equal(k, "the number of rules", len(m.rules(m.s, 0)), 0)
	person := mapi.Props{{Tag: tag.DisplayName, Value: mapi.String("Some Body")}, {Tag: tag.EmailAddress, Value: mapi.String("x@example.test")}}
	full := object.Rule{
		Sequence: -5, State: object.RuleEnabled | object.RuleExitLevel, Name: "Ünïcode", Provider: "RuleOrganizer", Level: 7, UserFlags: 0xffffffff, Data: []byte{0, 1, 2},
		Condition: mapi.And{
			mapi.Content{Tag: tag.Subject, Match: mapi.Substring | mapi.IgnoreCase, Value: mapi.String("offer")},
			mapi.Not{Of: mapi.Exist{Tag: tag.ReadReceiptRequested}},
			mapi.Sub{Of: tag.MessageRecipients, Part: mapi.Property{Op: mapi.EQ, Tag: tag.DisplayName, Value: mapi.String("x")}},
		},
		Actions: []object.Action{
			{Type: object.ActionMove, Folder: m.inbox}, {Type: object.ActionCopy, Store: mapi.GUID{1}, Folder: 77},
			{Type: object.ActionReply, Flavor: 1, Template: 5}, {Type: object.ActionOOFReply, Flavor: 2},
			{Type: object.ActionDefer, Data: []byte("client")}, {Type: object.ActionBounce, Bounce: 0x26},
			{Type: object.ActionForward, Flavor: 3, Recipients: []mapi.Props{person, person}}, {Type: object.ActionDelegate, Recipients: []mapi.Props{person}},
			{Type: object.ActionTag, Set: mapi.Props{{Tag: tag.Importance, Value: mapi.Int32(2)}}},
			{Type: object.ActionDelete}, {Type: object.ActionMarkAsRead},
		},
	}
	ids := m.modifyRules(object.ModifyRulesRequest{Set: []object.Rule{full, rule("second", 3)}})
	full.ID = ids[0]
	got := m.rules(m.s, m.inbox)
	if len(got) != 2 || ids[0] == 0 || ids[0] == ids[1] || got[1].ID != ids[1] {
		k.Fatalf("ids %d, rules %+v", ids, got)
	}
	if !reflect.DeepEqual(got[0], full) {
		k.Errorf("the rule is\n%+v, want\n%+v", got[0], full)
	}
	equal(k, "the condition of the other", got[1].Condition, nil)
}

func rulesModify(k *kit) {
	m := k.mailbox()
	ids := m.modifyRules(object.ModifyRulesRequest{Set: []object.Rule{rule("c", 30), rule("a", 10), rule("b", 10), rule("z", -1)}})
	same(k, "the rules in order", m.ruleNames(0), []string{"z", "a", "b", "c"})
	changed := rule("changed", 20)
	changed.ID = ids[1]
	again := m.modifyRules(object.ModifyRulesRequest{Set: []object.Rule{changed, rule("new", 40)}, Remove: []uint64{ids[0]}})
	equal(k, "the id of the changed rule", again[0], ids[1])
	same(k, "the rules in order", m.ruleNames(0), []string{"z", "b", "changed", "new"})
	changed.ID, changed.Name = ids[0], "gone"
	for _, req := range []object.ModifyRulesRequest{
		{Set: []object.Rule{rule("x", 1), changed}}, {Remove: []uint64{ids[0]}},
		{Folder: m.folder(0, "other"), Remove: []uint64{ids[1]}}, {Folder: 1 << 40, Set: []object.Rule{rule("x", 1)}},
	} {
		_, err := m.s.ModifyRules(k.Context(), req)
		k.fails(err, mapi.NotFound)
	}
	same(k, "the rules as they were", m.ruleNames(0), []string{"z", "b", "changed", "new"})
	for _, id := range ids {
		if again[1] == id {
			k.Errorf("the id %d is used again", id)
		}
	}
}

func rulesReplace(k *kit) {
	m := k.mailbox()
	ids := m.modifyRules(object.ModifyRulesRequest{Set: []object.Rule{rule("a", 1), rule("b", 2), rule("c", 3)}})
	folder := m.folder(0, "other")
	m.modifyRules(object.ModifyRulesRequest{Folder: folder, Set: []object.Rule{rule("of the other", 1)}})
	kept := rule("B", 9)
	kept.ID = ids[1]
	m.modifyRules(object.ModifyRulesRequest{Replace: true, Set: []object.Rule{kept, rule("d", 4)}})
	same(k, "the rules in order", m.ruleNames(0), []string{"d", "B"})
	m.modifyRules(object.ModifyRulesRequest{Replace: true})
	equal(k, "the number of rules", len(m.ruleNames(0)), 0)
	same(k, "the other folder's", m.ruleNames(folder), []string{"of the other"})
}

func rulesFail(k *kit) {
	m := k.mailbox()
	not := func(n int) mapi.Restriction {
		r := mapi.Restriction(mapi.Exist{Tag: tag.Subject})
		for range n {
			r = mapi.Not{Of: r}
		}
		return r
	}
	with := func(change func(*object.Rule)) object.Rule {
		r := rule("x", 1)
		change(&r)
		return r
	}
	does := func(a object.Action) object.Rule { return object.Rule{Name: "x", Actions: []object.Action{a}} }
	for name, tc := range map[string]struct {
		rule object.Rule
		want mapi.Code
	}{
		"deep enough": {with(func(r *object.Rule) { r.Condition = not(20) }), 0},
		"too deep":    {with(func(r *object.Rule) { r.Condition = not(mapi.MaxRestrictionDepth) }), mapi.TooComplex},
		"a bad pattern": {with(func(r *object.Rule) {
			r.Condition = mapi.Property{Op: mapi.RE, Tag: tag.Subject, Value: mapi.String("(")}
		}), mapi.InvalidParameter},
		"a long name":               {with(func(r *object.Rule) { r.Name = strings.Repeat("ü", 256) }), mapi.StringTooLong},
		"much data":                 {with(func(r *object.Rule) { r.Data = make([]byte, 64<<10+1) }), mapi.TooBig},
		"no action":                 {with(func(r *object.Rule) { r.Actions = nil }), mapi.InvalidParameter},
		"many actions":              {with(func(r *object.Rule) { r.Actions = make([]object.Action, object.MaxRuleActions+1) }), mapi.TooBig},
		"unknown action":            {does(object.Action{Type: 99}), mapi.InvalidParameter},
		"no folder to move to":      {does(object.Action{Type: object.ActionMove}), mapi.InvalidParameter},
		"a folder to delete to":     {does(object.Action{Type: object.ActionDelete, Folder: 5}), mapi.InvalidParameter},
		"no template":               {does(object.Action{Type: object.ActionReply}), mapi.InvalidParameter},
		"a flavor of none":          {does(object.Action{Type: object.ActionDelete, Flavor: 1}), mapi.InvalidParameter},
		"nobody to forward to":      {does(object.Action{Type: object.ActionForward}), mapi.InvalidParameter},
		"an unknown bounce":         {does(object.Action{Type: object.ActionBounce, Bounce: 1}), mapi.InvalidParameter},
		"nothing to tag with":       {does(object.Action{Type: object.ActionTag}), mapi.InvalidParameter},
		"data of a move":            {does(object.Action{Type: object.ActionMove, Folder: 5, Data: []byte("x")}), mapi.InvalidParameter},
		"many people to forward to": {does(object.Action{Type: object.ActionForward, Recipients: make([]mapi.Props, 501)}), mapi.TooBig},
	} {
		_, err := m.s.ModifyRules(k.Context(), object.ModifyRulesRequest{Set: []object.Rule{rule("before", 1), tc.rule}, Replace: true})
		if mapi.CodeOf(err) != tc.want {
			k.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	many := make([]object.Rule, object.MaxRules)
	for i := range many {
		many[i] = rule("many", int32(i))
	}
	m.modifyRules(object.ModifyRulesRequest{Set: many, Replace: true})
	_, err := m.s.ModifyRules(k.Context(), object.ModifyRulesRequest{Set: many[:1]})
	k.fails(err, mapi.NotEnoughResources)
	equal(k, "the number of rules", len(m.rules(m.s, 0)), object.MaxRules)
}

func rulesGone(k *kit) {
	m := k.mailbox()
	folder := m.folder(0, "x")
	m.modifyRules(object.ModifyRulesRequest{Folder: folder, Set: []object.Rule{rule("a", 1)}})
	_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: folder})
	k.ok(err)
	_, err = m.s.GetRules(k.Context(), object.GetRulesRequest{Store: m.guid, Folder: folder})
	k.fails(err, mapi.NotFound)
	equal(k, "the number of rules", len(m.rules(m.s, 0)), 0)
}

func rulesAccess(k *kit) {
	m := k.mailbox()
	m.modifyRules(object.ModifyRulesRequest{Set: []object.Rule{rule("a", 1)}})
	equal(k, "the number of rules that the delivery sees", len(m.rules(k.role(object.RoleDelivery), 0)), 1)
	equal(k, "and the administrator", len(m.rules(k.admin, 0)), 1)
	for _, s := range []object.Session{k.mailbox().s, k.role(object.RoleIndex), k.role(object.RoleMonitor), k.role(object.RoleSpool)} {
		_, err := s.GetRules(k.Context(), object.GetRulesRequest{Store: m.guid})
		k.fails(err, mapi.NoAccess)
		_, err = s.ModifyRules(k.Context(), object.ModifyRulesRequest{Store: m.guid, Replace: true})
		k.fails(err, mapi.NoAccess)
	}
	_, err := k.role(object.RoleDelivery).ModifyRules(k.Context(), object.ModifyRulesRequest{Store: m.guid, Replace: true})
	k.fails(err, mapi.NoAccess)
}

func rulesTable(k *kit) {
	m := k.mailbox()
	r := rule("a", 1)
	r.Condition = mapi.Exist{Tag: tag.Subject}
	ids := m.modifyRules(object.ModifyRulesRequest{Set: []object.Rule{r, rule("b", 0)}})
	req := object.QueryRequest{Store: m.guid, Table: object.TableRules, Folder: m.inbox,
		Columns: []mapi.PropTag{tag.RuleId, tag.RuleSequence, tag.RuleState, tag.RuleName, tag.RuleCondition, tag.RuleActions}}
	rows := k.rowsOf(m.s, req)
	if len(rows) != 2 || rows[0].Text(tag.RuleName) != "b" || rows[1].Int(tag.RuleId) != int64(ids[0]) || rows[1].Int(tag.RuleState) != int64(object.RuleEnabled) {
		k.Fatalf("the rows are %+v", rows)
	}
	if v, ok := rows[1].Get(tag.RuleCondition); !ok || len(v.Bytes()) == 0 {
		k.Errorf("the condition is %+v", rows[1])
	}
	_, err := collect(k.mailbox().s.Query(k.Context(), req))
	k.fails(err, mapi.NoAccess)
}
