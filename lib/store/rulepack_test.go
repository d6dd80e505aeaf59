// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"reflect"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func sampleRule() object.Rule {
	return object.Rule{
		Sequence: -1, State: object.RuleEnabled | 0x80, Name: "name", Provider: "RuleOrganizer", Level: 1 << 30, UserFlags: 1<<32 - 1, Data: []byte("data"),
		Condition: mapi.Or{mapi.Exist{Tag: tag.Subject}, mapi.Size{Op: mapi.GT, Tag: tag.MessageSize, Size: 7}},
		Actions: []object.Action{
			{Type: object.ActionMove, Store: mapi.GUID{1, 2}, Folder: 1 << 40},
			{Type: object.ActionForward, Flavor: 3, Recipients: []mapi.Props{{{Tag: tag.DisplayName, Value: mapi.String("x")}}}},
			{Type: object.ActionTag, Set: mapi.Props{{Tag: tag.Importance, Value: mapi.Int32(2)}}},
			{Type: object.ActionReply, Template: 9}, {Type: object.ActionBounce, Bounce: 0x1f}, {Type: object.ActionDefer, Data: []byte{0}},
		},
	}
}

func TestRulePack(t *testing.T) {
	for _, want := range []object.Rule{{}, sampleRule()} {
		packed := packRule(&want)
		got, err := unpackRule(packed)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, want %+v: %v", got, want, err)
		}
		for i := range packed {
			if _, err := unpackRule(packed[:i]); err == nil {
				t.Errorf("%d bytes of %d are a rule", i, len(packed))
			}
		}
		if _, err := unpackRule(append(packed, 0)); err == nil {
			t.Error("a byte too many is a rule")
		}
	}
}

// Rules at rest are read as they were written.
func TestRuleForm(t *testing.T) {
	r := object.Rule{Sequence: 1, State: 1, Name: "a", Actions: []object.Action{{Type: object.ActionMarkAsRead}}}
	want := []byte("\x01\x02\x01\x01a\x00\x00\x00\x00\x02\x01\xff\x01\x01\x0b\x00" + string(make([]byte, 16)) + "\x00\x00\x00\x00\x01\x01\x00")
	if got := packRule(&r); !bytes.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

func FuzzUnpackRule(f *testing.F) {
	r := sampleRule()
	f.Add(packRule(&r))
	f.Add(packRule(&object.Rule{}))
	f.Add([]byte{ruleVersion})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := unpackRule(b)
		if err != nil {
			return
		}
		again, err := unpackRule(packRule(&r))
		if err != nil || !bytes.Equal(packRule(&again), packRule(&r)) {
			t.Errorf("%+v becomes %+v: %v", r, again, err)
		}
	})
}
