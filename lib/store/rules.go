// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

// GetRules implements object.Rules.
func (s *session) GetRules(ctx context.Context, req object.GetRulesRequest) (object.GetRulesResponse, error) {
	list, err := s.rules(ctx, req.Store, req.Folder)
	return object.GetRulesResponse{Rules: list}, err
}

func (s *session) rules(ctx context.Context, store mapi.GUID, folder mapi.ID) ([]object.Rule, error) {
	var list []object.Rule
	err := s.view(ctx, actRules, store, func(m *mailbox, acc *access, c *sqlite.Conn) error {
		folder, err := m.ruledFolder(folder)
		if err == nil {
			err = acc.need(folder, mapi.RightFolderOwner)
		}
		if err == nil {
			list, err = readRules(c, folder)
		}
		return err
	})
	return list, err
}

// ruledFolder is the folder whose rules are meant: 0 is the Inbox.
func (m *mailbox) ruledFolder(id mapi.ID) (mapi.ID, error) {
	if id == 0 {
		id = m.specialID(object.KindInbox)
	}
	if id == rootID || m.folder(id) == nil {
		return id, noFolder(id)
	}
	return id, nil
}

// readRules reads a folder's rules in the order in which they apply.
func readRules(c *sqlite.Conn, folder mapi.ID) ([]object.Rule, error) {
	rows, err := c.Query("SELECT id, rule FROM rule WHERE folder = ?", uint64(folder))
	if err != nil {
		return nil, err
	}
	var out []object.Rule
	for rows.Next() {
		id := uint64(rows.Int(0))
		r, err := unpackRule(rows.Bytes(1))
		if err != nil {
			_ = rows.Close()
			return nil, fmt.Errorf("rule %d of folder %s: %w", id, folder, err)
		}
		r.ID = id
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b object.Rule) int {
		return cmp.Or(cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.ID, b.ID))
	})
	return out, rows.Close()
}

// ModifyRules implements object.Rules. All changes are made, or none.
func (s *session) ModifyRules(ctx context.Context, req object.ModifyRulesRequest) (object.ModifyRulesResponse, error) {
	var out object.ModifyRulesResponse
	if len(req.Set) > object.MaxRules || len(req.Remove) > object.MaxRules {
		return out, fmt.Errorf("modify rules: %d to set, %d to remove: %w", len(req.Set), len(req.Remove), mapi.NotEnoughResources)
	}
	packed := make([][]byte, len(req.Set))
	for i := range req.Set {
		if err := checkRule(&req.Set[i]); err != nil {
			return out, fmt.Errorf("modify rules: rule %q: %w", req.Set[i].Name, err)
		}
		if packed[i] = packRule(&req.Set[i]); len(packed[i]) > maxRule {
			return out, fmt.Errorf("modify rules: rule %q: %d bytes: %w", req.Set[i].Name, len(packed[i]), mapi.TooBig)
		}
	}
	err := s.update(ctx, actSetRules, req.Store, func(t *tx) error {
		folder := req.Folder
		if folder == 0 {
			folder = t.m.specialID(object.KindInbox)
		}
		if _, err := t.lookHolder(folder); err != nil {
			return err
		}
		if err := t.need(folder, mapi.RightFolderOwner); err != nil {
			return err
		}
		var err error
		out.IDs, err = t.modifyRules(folder, &req, packed)
		return err
	})
	if err != nil {
		return object.ModifyRulesResponse{}, err
	}
	s.audit(ctx, "change rules", cmp.Or(req.Store, s.who.Store).String())
	return out, nil
}

func (t *tx) modifyRules(folder mapi.ID, req *object.ModifyRulesRequest, packed [][]byte) ([]uint64, error) {
	// A rule that is replaced keeps its id, so that the old ones go last.
	ids := make([]uint64, len(req.Set))
	for i := range req.Set {
		id := req.Set[i].ID
		var err error
		if id == 0 {
			id = uint64(t.nextID())
			err = t.c.Exec("INSERT INTO rule (id, folder, rule) VALUES (?, ?, ?)", id, uint64(folder), packed[i])
		} else {
			err = t.ruleExec("UPDATE rule SET rule = ?3 WHERE id = ?1 AND folder = ?2 RETURNING id", id, folder, packed[i])
		}
		if err != nil {
			return nil, err
		}
		ids[i] = id
	}
	for _, id := range req.Remove {
		if err := t.ruleExec("DELETE FROM rule WHERE id = ?1 AND folder = ?2 RETURNING id", id, folder); err != nil {
			return nil, err
		}
	}
	if req.Replace {
		if err := t.keepRules(folder, ids); err != nil {
			return nil, err
		}
	}
	n, err := t.c.Int("SELECT count(*) FROM rule WHERE folder = ?", uint64(folder))
	if err == nil && n > object.MaxRules {
		err = fmt.Errorf("modify rules of folder %s: %d of them: %w", folder, n, mapi.NotEnoughResources)
	}
	return ids, err
}

// ruleExec runs a statement that gives the rule that it found.
func (t *tx) ruleExec(sql string, id uint64, folder mapi.ID, args ...any) error {
	err := t.c.Row(func(*sqlite.Rows) {}, sql, append([]any{id, uint64(folder)}, args...)...)
	if errors.Is(err, sqlite.ErrNoRow) {
		return fmt.Errorf("find rule %d of folder %s: %w", id, folder, mapi.NotFound)
	}
	return err
}

// keepRules removes all rules of a folder but these.
func (t *tx) keepRules(folder mapi.ID, ids []uint64) error {
	rows, err := t.c.Query("SELECT id FROM rule WHERE folder = ?", uint64(folder))
	if err != nil {
		return err
	}
	var gone []uint64
	for rows.Next() {
		if id := uint64(rows.Int(0)); !slices.Contains(ids, id) {
			gone = append(gone, id)
		}
	}
	err = rows.Close()
	for _, id := range gone {
		if err == nil {
			err = t.c.Exec("DELETE FROM rule WHERE id = ?", id)
		}
	}
	return err
}

// ruleRows are the rows of TableRules, [MS-OXORULE] 2.2.1.3.1. Conditions are
// as wire.AppendRestriction gives them, actions as packActions does.
func (s *session) ruleRows(ctx context.Context, req *object.QueryRequest) ([]mapi.Props, error) {
	list, err := s.rules(ctx, req.Store, req.Folder)
	if err != nil {
		return nil, err
	}
	out := make([]mapi.Props, len(list))
	for i := range list {
		r, p := &list[i], &out[i]
		p.Set(tag.RuleId, mapi.Int64(int64(r.ID)))
		p.Set(tag.RuleSequence, mapi.Int32(r.Sequence))
		p.Set(tag.RuleState, mapi.Int32(int32(r.State)))
		p.Set(tag.RuleName, mapi.String(r.Name))
		p.Set(tag.RuleProvider, mapi.String(r.Provider))
		p.Set(tag.RuleLevel, mapi.Int32(r.Level))
		p.Set(tag.RuleUserFlags, mapi.Int32(int32(r.UserFlags)))
		p.Set(tag.RuleProviderData, mapi.Binary(r.Data))
		p.Set(tag.RuleCondition, mapi.RestrictionData(wire.AppendRestriction(nil, r.Condition)))
		p.Set(tag.RuleActions, mapi.RuleAction(packActions(nil, r.Actions)))
	}
	return out, nil
}
