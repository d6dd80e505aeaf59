// SPDX-License-Identifier: AGPL-3.0-or-later

package foldername

import (
	"testing"
	"unicode/utf8"

	"twiga/lib/mapi/object"
)

func TestOf(t *testing.T) {
	for _, tc := range []struct {
		name, language, want string
		kind                 object.FolderKind
	}{
		{"english", "en", "Sent Items", object.KindSentItems},
		{"region", "de-AT", "Entwürfe", object.KindDrafts},
		{"posix", "fr_FR.UTF-8", "Brouillons", object.KindDrafts},
		{"capitals", "NL", "Concepten", object.KindDrafts},
		{"unknown is english", "tlh", "Drafts", object.KindDrafts},
		{"none is english", "", "Drafts", object.KindDrafts},
		{"top", "it", Top, object.KindRoot},
		{"no standard folder", "en", "", object.KindGeneric},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Of(tc.kind, tc.language); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestComplete(t *testing.T) {
	if len(Languages()) < 6 {
		t.Errorf("languages %v", Languages())
	}
	for _, l := range Languages() {
		seen := map[string]bool{}
		for k := object.KindInbox; k <= object.KindArchive; k++ {
			n := Of(k, l)
			if n == "" || !utf8.ValidString(n) {
				t.Errorf("%s: kind %d is %q", l, k, n)
			}
			parent := "top"
			if k == object.KindConflicts || k == object.KindLocalFailures || k == object.KindServerFailures {
				parent = "sync issues"
			}
			if seen[parent+n] {
				t.Errorf("%s: %q twice", l, n)
			}
			seen[parent+n] = true
		}
	}
}
