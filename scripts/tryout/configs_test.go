// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import "testing"

func TestReplace(t *testing.T) {
	const ours = "imap = [\"tcp:a\"]\ntls.certificate = \"c\"\n"
	for _, tc := range []struct{ name, set, want string }{
		{"another key", `imapgw:auth_delay="1s"`, ours + "auth_delay = \"1s\"\n"},
		{"one of ours", `imapgw:imap=[]`, "tls.certificate = \"c\"\nimap = []\n"},
		{"one in a table", `imapgw:tls.certificate="d"`, "imap = [\"tcp:a\"]\ntls.certificate = \"d\"\n"},
		{"no such daemon", `imap:imap=[]`, ""},
		{"no value", `imapgw:imap`, ""},
	} {
		configs := map[string]string{"imapgw": ours}
		err := (&options{set: []string{tc.set}}).replace(configs)
		if (err == nil) != (tc.want != "") || err == nil && configs["imapgw"] != tc.want {
			t.Errorf("%s: %v, %q", tc.name, err, configs["imapgw"])
		}
	}
}
