// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"strings"
	"testing"
)

func TestTurned(t *testing.T) {
	for _, tt := range []struct{ name, were, on, off, want string }{
		{"nothing", "web imap", "", "", "imap web"},
		{"one off", "", "", "imap", "imap"},
		{"one on", "imap web", "imap", "", "web"},
		{"all off but some", "", "imap smtp", "all", "pop3 dav web mobile mapi"},
		{"all on but one", "imap web", "all", "pop3", "pop3"},
		{"off again", "imap", "", "imap", "imap"},
		{"both", "", "imap", "imap", "error"},
		{"no service", "", "ftp", "", "error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := turned(strings.Fields(tt.were), strings.Fields(tt.on), strings.Fields(tt.off))
			got := strings.Join(out, " ")
			if err != nil {
				got = "error"
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
