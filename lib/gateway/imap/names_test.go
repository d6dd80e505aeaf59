// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"testing"

	"pgregory.net/rapid"
)

// taken are names that mean something else at the top.
func taken(top bool) []string {
	if top {
		return []string{inbox, "Other Users"}
	}
	return nil
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		name string
		top  bool
		want string
	}{
		{"Reports", true, "Reports"},
		{"a/b", true, "a=2Fb"},
		{"a=b", true, "a=b"},
		{"a=2F", true, "a=3D2F"},
		{"a=2f", true, "a=2f"},
		{"=", true, "="},
		{"inbox", true, "=69nbox"},
		{"inbox", false, "inbox"},
		{"Other Users", true, "=4Fther Users"},
		{"tab\there", true, "tab=09here"},
		{"Entwürfe", true, "Entwürfe"},
	} {
		if got := encodeName(tt.name, taken(tt.top)); got != tt.want {
			t.Errorf("encodeName(%q) = %q, want %q", tt.name, got, tt.want)
		}
		if got, ok := decodeName(tt.want, taken(tt.top)); !ok || got != tt.name {
			t.Errorf("decodeName(%q) = %q, %v", tt.want, got, ok)
		}
	}
	for _, bad := range []string{"", "inbox", "a=41", "tab\t"} {
		if name, ok := decodeName(bad, taken(true)); ok {
			t.Errorf("decodeName(%q) = %q", bad, name)
		}
	}
}

// Every name has one spelling and every spelling one name.
func TestNamesAreReversible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[=/a-fA-F0-9INBOXinbox\x00-\x1fü]{1,8}`).Draw(t, "name")
		top := taken(rapid.Bool().Draw(t, "top"))
		level := encodeName(name, top)
		if got, ok := decodeName(level, top); !ok || got != name {
			t.Fatalf("%q is spelled %q, which is %q, %v", name, level, got, ok)
		}
		if other, ok := decodeName(name, top); ok && encodeName(other, top) != name {
			t.Fatalf("%q is read as %q, which is spelled %q", name, other, encodeName(other, top))
		}
	})
}
