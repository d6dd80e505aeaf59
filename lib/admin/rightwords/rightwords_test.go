// SPDX-License-Identifier: AGPL-3.0-or-later

package rightwords_test

import (
	"testing"

	"twiga/lib/admin/rightwords"
	"twiga/lib/mapi"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		want       mapi.Rights
		shown      string // "" is the same text
	}{
		{"nothing", "none", 0, ""},
		{"role", "reviewer", 0x401, ""},
		{"author", "author", 0x41b, ""},
		{"editor", "editor", 0x47b, ""},
		{"owner", "owner", mapi.RightsAll, ""},
		{"owner with contact", "owner,folder-contact", mapi.RightsAll | mapi.RightFolderContact, ""},
		{"single right", "create-subfolder", 0x80, ""},
		{"free/busy alone is no role", "free-busy", 0x800, ""},
		{"role and rights", "reviewer,free-busy", 0xc01, ""},
		{"rights that make a role", "read,visible", 0x401, "reviewer"},
		{"rights that make none", "read, Create", 0x3, "read,create"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := rightwords.Parse(tt.text)
			if err != nil || got != tt.want {
				t.Fatalf("got 0x%x, %v, want 0x%x", uint32(got), err, uint32(tt.want))
			}
			want := tt.shown
			if want == "" {
				want = tt.text
			}
			if text := rightwords.Text(got); text != want {
				t.Errorf("shown as %q, want %q", text, want)
			}
		})
	}
	for _, bad := range []string{"", "write", "reviewer,,read", "0x1"} {
		if r, err := rightwords.Parse(bad); err == nil {
			t.Errorf("%q is 0x%x", bad, uint32(r))
		}
	}
	if text := rightwords.Text(0x10001); text != "read,0x10000" {
		t.Errorf("unknown bits: %q", text)
	}
	for _, name := range rightwords.Names() {
		if _, err := rightwords.Parse(name); err != nil {
			t.Error(err)
		}
	}
}
