// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import "twiga/lib/mapi"

// Limits on rules.
const (
	MaxRules       = 1000 // of a folder
	MaxRuleActions = 100  // of a rule
)

// RuleState are the bits of PidTagRuleState, [MS-OXORULE] 2.2.1.3.1.3.
type RuleState uint32

// The states of a rule.
const (
	RuleEnabled        RuleState = 0x01
	RuleError          RuleState = 0x02
	RuleOnlyWhenOOF    RuleState = 0x04
	RuleKeepOOFHistory RuleState = 0x08
	RuleExitLevel      RuleState = 0x10 // no further rule once this one applied
)

// ActionType is what a rule does, [MS-OXORULE] 2.2.5.1.1.
type ActionType uint8

// The actions.
const (
	ActionMove       ActionType = 0x01
	ActionCopy       ActionType = 0x02
	ActionReply      ActionType = 0x03
	ActionOOFReply   ActionType = 0x04
	ActionDefer      ActionType = 0x05
	ActionBounce     ActionType = 0x06
	ActionForward    ActionType = 0x07
	ActionDelegate   ActionType = 0x08
	ActionTag        ActionType = 0x09
	ActionDelete     ActionType = 0x0a
	ActionMarkAsRead ActionType = 0x0b
)

// Action is one action of a rule. Which fields count follows from Type.
type Action struct {
	Type       ActionType
	Flavor     uint32       // [MS-OXORULE] 2.2.5.1.1.4
	Store      mapi.GUID    // move, copy: zero is the rule's own store
	Folder     mapi.ID      // move, copy
	Template   mapi.ID      // reply: the message to answer with, an associated one of the folder
	Recipients []mapi.Props // forward, delegate
	Bounce     uint32       // bounce: [MS-OXORULE] 2.2.5.1.2.5
	Set        mapi.Props   // tag
	Data       []byte       // defer: the client's own
}

// Rule is one row of a folder's rule table, [MS-OXORULE] 2.2.1.3.1.
type Rule struct {
	ID        uint64 // PidTagRuleId; 0 is a new one
	Sequence  int32  // the order in which rules apply
	State     RuleState
	Name      string
	Provider  string
	Level     int32
	UserFlags uint32
	Data      []byte // PidTagRuleProviderData
	Condition mapi.Restriction
	Actions   []Action
}

// GetRulesRequest names a folder; 0 is the Inbox.
type GetRulesRequest struct {
	Store  mapi.GUID
	Folder mapi.ID
}

// GetRulesResponse has the rules by sequence, then id.
type GetRulesResponse struct{ Rules []Rule }

// ModifyRulesRequest changes the rule table of a folder (RopModifyRules).
type ModifyRulesRequest struct {
	Store   mapi.GUID
	Folder  mapi.ID // 0 is the Inbox
	Replace bool    // forget the rules that were there
	Set     []Rule  // those with an ID are changed, those without added
	Remove  []uint64
}

// ModifyRulesResponse has the ids of the rules of Set.
type ModifyRulesResponse struct{ IDs []uint64 }
