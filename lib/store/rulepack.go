// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
)

// A rule at rest is the version, then
//
//	sequence (signed), state, name, provider, level (signed), user flags, data,
//	condition (wire.AppendRestriction), actions
//
// where strings, data and the condition stand behind their lengths, and all
// numbers are uvarint, signed ones in zigzag. Actions are a byte, the version,
// and their number, then each: a byte for the type, flavor, 16 bytes of the
// store's GUID, folder, template, recipients as in a message's row, behind
// their length, code, a bag of properties and data, behind their lengths.
const (
	ruleVersion    = 1
	actionsVersion = 1
)

func packRule(r *object.Rule) []byte {
	out := []byte{ruleVersion}
	out = binary.AppendVarint(out, int64(r.Sequence))
	out = binary.AppendUvarint(out, uint64(r.State))
	out = appendSized(out, []byte(r.Name))
	out = appendSized(out, []byte(r.Provider))
	out = binary.AppendVarint(out, int64(r.Level))
	out = binary.AppendUvarint(out, uint64(r.UserFlags))
	out = appendSized(out, r.Data)
	out = appendSized(out, wire.AppendRestriction(nil, r.Condition))
	return packActions(out, r.Actions)
}

func packActions(out []byte, list []object.Action) []byte {
	out = binary.AppendUvarint(append(out, actionsVersion), uint64(len(list)))
	for i := range list {
		a := &list[i]
		out = binary.AppendUvarint(append(out, byte(a.Type)), uint64(a.Flavor))
		out = append(out, a.Store[:]...)
		out = binary.AppendUvarint(out, uint64(a.Folder))
		out = binary.AppendUvarint(out, uint64(a.Template))
		out = appendSized(out, packRecipients(a.Recipients))
		out = binary.AppendUvarint(out, uint64(a.Bounce))
		out = appendSized(out, wire.AppendBag(nil, a.Set))
		out = appendSized(out, a.Data)
	}
	return out
}

func appendSized(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

func (u *unpacker) varint() int64 {
	n, used := binary.Varint(u.b)
	if used <= 0 {
		u.bad, u.b = true, nil
		return 0
	}
	u.b = u.b[used:]
	return n
}

func (u *unpacker) byte() byte {
	if b := u.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// sized takes bytes behind their length, as a copy; nil for none.
func (u *unpacker) sized() []byte {
	b := u.bytes(u.uvarint())
	if len(b) == 0 {
		return nil
	}
	return bytes.Clone(b)
}

// unpackRule is the inverse of packRule; the rule has no ID.
func unpackRule(b []byte) (object.Rule, error) {
	u := unpacker{b: b}
	if v := u.byte(); v != ruleVersion {
		return object.Rule{}, fmt.Errorf("unpack rule: version %d: %w", v, mapi.Version)
	}
	r := object.Rule{Sequence: int32(u.varint()), State: object.RuleState(u.uvarint()), Name: string(u.sized()), Provider: string(u.sized()),
		Level: int32(u.varint()), UserFlags: uint32(u.uvarint()), Data: u.sized()}
	var err error
	if r.Condition, err = wire.ReadRestriction(u.sized()); err != nil {
		return object.Rule{}, fmt.Errorf("unpack rule: %w", err)
	}
	r.Actions, err = u.actions()
	if err == nil && (u.bad || len(u.b) > 0) {
		err = errPacked
	}
	if err != nil {
		return object.Rule{}, fmt.Errorf("unpack rule: %w", err)
	}
	return r, nil
}

func (u *unpacker) actions() ([]object.Action, error) {
	if v := u.byte(); v != actionsVersion {
		return nil, fmt.Errorf("actions of version %d: %w", v, mapi.Version)
	}
	n := u.uvarint()
	if n > object.MaxRuleActions {
		return nil, errPacked
	}
	var out []object.Action
	for range n {
		a := object.Action{Type: object.ActionType(u.byte()), Flavor: uint32(u.uvarint())}
		copy(a.Store[:], u.bytes(uint64(len(a.Store))))
		a.Folder, a.Template = mapi.ID(u.uvarint()), mapi.ID(u.uvarint())
		people, err := unpackRecipients(u.sized())
		if err != nil {
			return nil, err
		}
		for _, b := range people {
			p, err := wire.ReadProps(b)
			if err != nil {
				return nil, err
			}
			a.Recipients = append(a.Recipients, p)
		}
		a.Bounce = uint32(u.uvarint())
		if a.Set, err = wire.ReadProps(u.sized()); err != nil {
			return nil, err
		}
		a.Data = u.sized()
		if u.bad {
			return nil, errPacked
		}
		out = append(out, a)
	}
	return out, nil
}
