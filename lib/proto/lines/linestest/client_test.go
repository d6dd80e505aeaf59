// SPDX-License-Identifier: AGPL-3.0-or-later

package linestest

import "testing"

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, line string
		want          bool
	}{
		{"* OK", "* OK", true},
		{"* OK", "* OK x", false},
		{"* OK ...", "* OK [A] b", true},
		{"...", "", true},
		{"* 1 FETCH (... \\Seen...)", "* 1 FETCH (FLAGS (\\Draft \\Seen))", true},
		{"a...a", "a", false},
		{"a...b...c", "abXc", true},
		{"a...b...c", "acb", false},
	} {
		if got := Match(tt.pattern, tt.line); got != tt.want {
			t.Errorf("Match(%q, %q) = %v", tt.pattern, tt.line, got)
		}
	}
}
