// SPDX-License-Identifier: AGPL-3.0-or-later

package htmltext

import "testing"

func TestUnquoted(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"nothing quoted", "one\ntwo\n", "one\ntwo\n"},
		{"answer above", "Yes.\r\n\r\nOn Monday Ann wrote:\r\n> no?\r\n>> what?\r\n", "Yes.\r\n\r\n"},
		{"answer below", "Ann wrote:\n\n> no?\n\nYes.\n", "\nYes.\n"},
		{"a colon that announces no quote", "Needed:\nbread\n", "Needed:\nbread\n"},
		{"a colon at the end", "Needed:\n", "Needed:\n"},
		{"signature", "Yes.\n-- \nAnn\n", "Yes.\n"},
		{"two dashes", "Yes.\n--\nAnn\n", "Yes.\n--\nAnn\n"},
		{"copied below", "Yes.\n-----Original Message-----\nFrom: Ann\n", "Yes.\n"},
		{"only quotes", "> a\n> b\n", "> a\n> b\n"},
		{"nothing", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Unquoted(tc.text); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
