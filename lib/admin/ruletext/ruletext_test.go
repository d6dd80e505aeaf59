// SPDX-License-Identifier: AGPL-3.0-or-later

package ruletext_test

import (
	"testing"

	"twiga/lib/admin/ruletext"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func TestCondition(t *testing.T) {
	subject := mapi.Content{Tag: tag.Subject, Match: mapi.Prefix, Value: mapi.String("Re")}
	tests := []struct {
		name string
		of   mapi.Restriction
		want string
	}{
		{"none", nil, "always"},
		{"sender is one thing", ruletext.From("Boss"), `from contains "Boss"`},
		{"recipient", ruletext.To("list@"), `recipient contains "list@"`},
		{"all of ours", mapi.And{ruletext.From("a"), ruletext.To("b"), ruletext.Subject("c"), ruletext.HasAttachment(), ruletext.Larger(7)},
			`from contains "a" and recipient contains "b" and subject contains "c" and has attachment and size > 7`},
		{"one of two", mapi.And{mapi.Or{ruletext.From("a"), ruletext.From("b")}, ruletext.Subject("c")},
			`(from contains "a" or from contains "b") and subject contains "c"`},
		{"alone in a list", mapi.And{mapi.Or{ruletext.From("a"), subject}}, `from contains "a" or subject begins with "Re"`},
		{"not", mapi.Not{Of: mapi.And{subject, ruletext.HasAttachment()}}, `not (subject begins with "Re" and has attachment)`},
		{"empty lists", mapi.Or{mapi.And{}, mapi.Or{}}, "always or never"},
		{"attachment", mapi.Sub{Of: tag.MessageAttachments, Part: mapi.Exist{Tag: tag.AttachFilename}}, "attachment: has AttachFilename"},
		{"comment", mapi.Comment{Of: mapi.Size{Op: mapi.GE, Tag: tag.Body, Size: 9}}, "length of body >= 9"},
		{"bits", mapi.And{mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}, mapi.Bitmask{Tag: tag.MessageFlags, Mask: 2, NonZero: true}},
			"MessageFlags lacks bits 0x1 and MessageFlags has bits 0x2"},
		{"compare", mapi.Compare{Op: mapi.NE, A: tag.Subject, B: tag.Body}, "subject != body"},
		{"count", mapi.Count{N: 2, Of: subject}, `the first 2 where subject begins with "Re"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ruletext.Condition(tt.of); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestAction(t *testing.T) {
	n := ruletext.Names{Folder: func(_ mapi.GUID, id mapi.ID) string { return "folder " + id.String() }, Categories: ruletext.Keywords(0x8001)}
	tests := []struct {
		name string
		of   object.Action
		want string
	}{
		{"move", object.Action{Type: object.ActionMove, Folder: 5}, "move to folder 0x5"},
		{"copy", object.Action{Type: object.ActionCopy, Folder: 6}, "copy to folder 0x6"},
		{"forward", ruletext.Forward([]string{"a@x", "b@x"}), "forward to a@x, b@x"},
		{"redirect", ruletext.Redirect([]string{"a@x"}), "redirect to a@x"},
		{"forward as attachment", object.Action{Type: object.ActionForward, Flavor: 4, Recipients: []mapi.Props{{{Tag: tag.DisplayName, Value: mapi.String("Anna")}}}},
			"forward as attachment to Anna"},
		{"category", ruletext.Category(0x8001, []string{"Work"}), "category Work"},
		{"another property", object.Action{Type: object.ActionTag, Set: mapi.Props{{Tag: tag.Importance, Value: mapi.Int32(2)}}}, "set importance to 2"},
		{"delete", object.Action{Type: object.ActionDelete}, "delete"},
		{"unknown", object.Action{Type: 0x7f}, "action 0x7f"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := n.Action(&tt.of); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
