// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"
	"unicode/utf8"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
)

// Limits on a rule, beside object.MaxRuleActions.
const (
	maxRule           = 256 << 10 // bytes, packed
	maxRuleName       = 255       // characters of its name and its provider's
	maxRuleData       = 64 << 10  // bytes of the provider's data, and of a deferred action
	maxRuleRecipients = 500       // of one action
)

// The flavors of actions, [MS-OXORULE] 2.2.5.1.1.4.
const (
	flavorStockReply = 0x2 // the server's own text
	flavorsReply     = 0x3
	flavorsForward   = 0xf
)

// bounceCodes are why a rule may send a message back, [MS-OXORULE] 2.2.5.1.2.5:
// too large, not to be displayed, denied.
var bounceCodes = [...]uint32{0x0d, 0x1f, 0x26}

// checkRule says whether a rule from outside can be kept.
func checkRule(r *object.Rule) error {
	switch {
	case utf8.RuneCountInString(r.Name) > maxRuleName || utf8.RuneCountInString(r.Provider) > maxRuleName:
		return fmt.Errorf("name of %d characters, provider of %d: %w", utf8.RuneCountInString(r.Name), utf8.RuneCountInString(r.Provider), mapi.StringTooLong)
	case !utf8.ValidString(r.Name) || !utf8.ValidString(r.Provider):
		return fmt.Errorf("name or provider is no UTF-8: %w", mapi.InvalidParameter)
	case len(r.Data) > maxRuleData || len(r.Actions) > object.MaxRuleActions:
		return fmt.Errorf("%d bytes of data, %d actions: %w", len(r.Data), len(r.Actions), mapi.TooBig)
	case len(r.Actions) == 0:
		return fmt.Errorf("no action: %w", mapi.InvalidParameter)
	}
	if _, err := match.Compile(r.Condition); err != nil {
		return err
	}
	for i := range r.Actions {
		if err := checkAction(&r.Actions[i]); err != nil {
			return fmt.Errorf("action %d of type 0x%02x: %w", i+1, uint8(r.Actions[i].Type), err)
		}
	}
	return nil
}

// ruleAction says what an action of a type has: a field that it does not
// mention is to be empty.
type ruleAction struct {
	flavors  uint32 // bits that it may have
	folder   bool   // wants a folder
	template bool   // wants a template
	people   bool   // wants recipients
	bounce   bool   // wants a code
	set      bool   // wants a property
	data     bool   // may have data
}

// ruleActions are the actions by type, [MS-OXORULE] 2.2.5.1.2.
var ruleActions = map[object.ActionType]ruleAction{
	object.ActionMove:       {folder: true},
	object.ActionCopy:       {folder: true},
	object.ActionReply:      {flavors: flavorsReply, template: true},
	object.ActionOOFReply:   {flavors: flavorsReply, template: true},
	object.ActionDefer:      {data: true},
	object.ActionBounce:     {bounce: true},
	object.ActionForward:    {flavors: flavorsForward, people: true},
	object.ActionDelegate:   {people: true},
	object.ActionTag:        {set: true},
	object.ActionDelete:     {},
	object.ActionMarkAsRead: {},
}

func checkAction(a *object.Action) error {
	want, ok := ruleActions[a.Type]
	code := false
	for _, c := range bounceCodes {
		code = code || a.Bounce == c
	}
	template := want.template && a.Flavor&flavorStockReply == 0
	bad := ""
	switch {
	case !ok:
		bad = "unknown"
	case a.Flavor&^want.flavors != 0:
		bad = fmt.Sprintf("flavor 0x%x", a.Flavor)
	case want.folder != (a.Folder != 0) || !want.folder && !a.Store.IsZero():
		bad = fmt.Sprintf("folder %s", a.Folder)
	case template && a.Template == 0 || !want.template && a.Template != 0:
		bad = fmt.Sprintf("template %s", a.Template)
	case want.people != (len(a.Recipients) > 0):
		bad = fmt.Sprintf("%d recipients", len(a.Recipients))
	case want.bounce != (a.Bounce != 0) || want.bounce && !code:
		bad = fmt.Sprintf("code 0x%x", a.Bounce)
	case want.set != (len(a.Set) > 0):
		bad = fmt.Sprintf("%d properties", len(a.Set))
	case !want.data && len(a.Data) > 0:
		bad = fmt.Sprintf("%d bytes of data", len(a.Data))
	case len(a.Data) > maxRuleData || len(a.Recipients) > maxRuleRecipients:
		return fmt.Errorf("%d bytes of data, %d recipients: %w", len(a.Data), len(a.Recipients), mapi.TooBig)
	}
	if bad != "" {
		return fmt.Errorf("%s: %w", bad, mapi.InvalidParameter)
	}
	return nil
}
