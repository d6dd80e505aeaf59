// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"regexp"
	"strings"
	"testing"

	"twiga/lib/mapi/object"
)

// first and inReply are messages of a thread.
const (
	first   = "«Message-ID: <first@x>⏎⏎first»"
	inReply = "«Subject: parts⏎Message-ID: <p@x>⏎References: <first@x> <p0@x>⏎⏎hello»"
)

// Messages are found by the ids that FETCH tells.
func TestSearchByObjectIDs(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, open(t))
			c := r.client(t)
			for _, m := range []string{
				"«Message-ID: <1@x>⏎Subject: Plan⏎⏎apple apple pear»", "«Message-ID: <2@x>⏎Subject: lunch⏎⏎an apple among many»",
				"«Message-ID: <3@x>⏎References: <1@x>⏎Subject: Re: plan⏎⏎nothing»",
			} {
				c.OK("%s", spell("APPEND INBOX "+m))
			}
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

// A message has its EMAILID wherever it is copied to, and all of a thread have
// their THREADID.
func TestObjectIDs(t *testing.T) {
	for name, open := range engines { // the memory store has no ids
		t.Run(name, func(t *testing.T) { objectIDs(t, open(t)) })
	}
}

func objectIDs(t *testing.T, service object.Service) {
	c := newRig(t, service).client(t)
	c.OK("CREATE other")
	c.OK("%s", spell("APPEND INBOX "+inReply))
	c.OK("%s", spell("APPEND INBOX "+first))
	c.OK("SELECT INBOX")
	before := c.OK("FETCH 1:2 (EMAILID THREADID)")
	c.OK("COPY 1:2 other")
	c.OK("SELECT other")
	after := c.OK("FETCH 1:2 (EMAILID THREADID)")
	if len(before) != 2 || strings.Join(before, "") != strings.Join(after, "") {
		t.Errorf("before %q, after %q", before, after)
	}
	_, one, _ := strings.Cut(before[0], "THREADID")
	_, two, _ := strings.Cut(before[1], "THREADID")
	if one != two || before[0] == before[1] {
		t.Errorf("a thread: %q", before)
	}
}
