// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"regexp"
	"testing"
)

// Messages are found by the ids that FETCH tells.
func TestSearchByObjectIDs(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, open(t))
			r.run(t, threeLetters)
			c := r.client(t)
			c.OK("SELECT INBOX")
			told := c.OK("FETCH 3 (EMAILID THREADID)")[0]
			m := regexp.MustCompile(`EMAILID \(([^)]+)\) THREADID \(([^)]+)\)`).FindStringSubmatch(told)
			if m == nil {
				t.Fatalf("no ids: %s", told)
			}
			for key, want := range map[string]string{
				"EMAILID " + m[1]:                           "SEARCH 3",
				"THREADID " + m[2]:                          "SEARCH 1 3",
				"NOT THREADID " + m[2]:                      "SEARCH 2",
				"THREADID " + m[2] + " SUBJECT re":          "SEARCH 3",
				"THREADID " + m[2] + " BODY apple":          "SEARCH 1",
				"OR EMAILID " + m[1] + " BODY many":         "SEARCH 2 3",
				"EMAILID " + m[2]:                           "SEARCH",
				"EMAILID nothing":                           "SEARCH",
				"THREADID " + m[2] + " NOT EMAILID " + m[1]: "SEARCH 1",
			} {
				if got := c.OK("SEARCH %s", key); got[0] != want {
					t.Errorf("%s: %q, want %q", key, got, want)
				}
			}
			if res := c.Cmd("SEARCH EMAILID"); res.Status != "BAD" {
				t.Errorf("EMAILID without an id: %s", res)
			}
		})
	}
}
