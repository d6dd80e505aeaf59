// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl_test

import (
	"strings"
	"testing"

	"twiga/lib/store/storetest"
	"twiga/lib/sysexits"
)

func TestDump(t *testing.T) {
	e := storetest.Open(t)
	id := deliver(t, e, "anna", first)
	for _, tt := range []struct{ args, want string }{
		{"dump --user anna " + id.String(), "message " + id.String() + " in folder 0x"},
		{"dump --user anna --folder inbox", ": INBOX\n"},
		{"dump --user anna --folder INBOX --json", `"ContentCount": 1`},
		{"dump --user anna --folder 0x3", "folder 0x3 of "},
		{"dump --user anna --human", "1 messages"},
		{"dump --user anna --json", `"owner": "anna@example.test"`},
	} {
		out, notes, exit := run(t, offline(e), "", strings.Fields(tt.args)...)
		if exit != 0 || !strings.Contains(out, tt.want) || !strings.Contains(notes, "working on the files") {
			t.Errorf("%s: exit %d\n%s\n%s", tt.args, exit, out, notes)
		}
	}
	fails(t, e, sysexits.NoUser, "not found", "dump", "--user", "anna", "--folder", "none")
	fails(t, e, sysexits.NoUser, "not found", "dump", "--user", "anna", "0xfff")
	fails(t, e, sysexits.Usage, "only one", "dump", "--user", "anna", "--folder", "INBOX", "0x1")
	fails(t, e, sysexits.Usage, "read message id", "dump", "--user", "anna", "x")
}
