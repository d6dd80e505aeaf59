// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"fmt"
	"strings"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
	"twiga/lib/proto/imap/imaptest"
)

// TestUnchangedSince: a conditional store passes over what others did to other
// flags, also where the gateway hears of it only by the store's answer; not over
// what they did to the flags that it names, be it at the last moment.
func TestUnchangedSince(t *testing.T) {
	for _, tt := range []struct {
		name          string
		first, second object.Flags // what others set ahead of the store, and ahead of its second try
		command       string
		code          string
		keyword       string // that they set as well, ahead of the store
	}{
		{"nothing", 0, 0, `+FLAGS (\Seen)`, "", ""},
		{"another flag", object.FlagAnswered, 0, `+FLAGS (\Seen)`, "", ""},
		{"another flag, to be taken", object.FlagAnswered, 0, `-FLAGS.SILENT (\Seen)`, "", ""},
		{"the same flag", object.FlagSeen, 0, `+FLAGS (\Seen)`, "MODIFIED 1", ""},
		{"one of two", object.FlagSeen, 0, `+FLAGS (\Answered \Seen)`, "MODIFIED 1", ""},
		{"all flags", object.FlagAnswered, 0, `FLAGS (\Seen)`, "MODIFIED 1", ""},
		{"another, then the same", object.FlagAnswered, object.FlagSeen, `+FLAGS (\Seen)`, "MODIFIED 1", ""},
		{"another, and one more", object.FlagAnswered, object.FlagFlagged, `+FLAGS (\Seen)`, "MODIFIED 1", ""},
		{"another keyword", object.FlagAnswered, 0, `-FLAGS ($todo)`, "", "$Junk"},
		{"the same keyword, spelled as it was not before", object.FlagAnswered, 0, `-FLAGS ($junk)`, "MODIFIED 1", "$Junk"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := &slow{Service: newMemStore()}
			c := newRigOf(t, Config{Service: store}, proto.Config{PlainLogin: true}).client(t)
			c.OK("%s", spell("APPEND INBOX "+letter))
			c.OK("SELECT INBOX (CONDSTORE)")
			var keywords []string
			if tt.keyword != "" {
				keywords = []string{tt.keyword}
			}
			set := func(flags object.Flags) func(object.Session, mapi.ID) {
				return func(s object.Session, folder mapi.ID) {
					_, err := s.SetFlags(t.Context(), object.SetFlagsRequest{
						Folder: folder, UIDs: []mapi.UIDRange{{First: 1, Last: 1}}, Mode: object.FlagsAdd, Flags: flags, Keywords: keywords,
					})
					must(t, "set flags", err)
				}
			}
			known := modSeqOf(t, c)
			if tt.first != 0 {
				store.before = func(s object.Session, folder mapi.ID) {
					set(tt.first)(s, folder)
					if tt.second != 0 {
						store.before = set(tt.second)
					}
				}
			}
			r := c.Cmd("STORE 1 (UNCHANGEDSINCE %d) %s", known, tt.command)
			if r.Status != "OK" || codeOf(r) != tt.code {
				t.Errorf("got %s, want OK [%s]", r, tt.code)
			}
			if store.before != nil {
				t.Error("there was no second try")
			}
		})
	}
}

// TestUnchangedLog: where the log does not reach back a change is a conflict.
func TestUnchangedLog(t *testing.T) {
	service := newMemStore()
	one := newRig(t, service).client(t)
	one.OK("%s", spell("APPEND INBOX "+letter))
	known := modSeqOf(t, one)
	one.OK("SELECT INBOX")
	one.OK(`STORE 1 +FLAGS (\Answered)`)
	if r := one.Cmd(`STORE 1 (UNCHANGEDSINCE %d) +FLAGS (\Flagged)`, known); codeOf(r) != "" {
		t.Errorf("where the log has it: %s", r)
	}
	two := newRig(t, service).client(t) // of another gateway, whose log begins now
	two.OK("SELECT INBOX")
	if r := two.Cmd(`STORE 1 (UNCHANGEDSINCE %d) +FLAGS (\Seen)`, known); codeOf(r) != "MODIFIED 1" {
		t.Errorf("where it has not: %s", r)
	}
}

// modSeqOf is the mod-sequence of the Inbox.
func modSeqOf(t *testing.T, c *imaptest.Client) (n uint64) {
	t.Helper()
	got := c.OK("STATUS INBOX (HIGHESTMODSEQ)")
	if _, err := fmt.Sscanf(got[len(got)-1], "STATUS INBOX (HIGHESTMODSEQ %d)", &n); err != nil {
		t.Fatalf("%q: %v", got, err)
	}
	return n
}

// codeOf is the response code of a tagged response.
func codeOf(r *imaptest.Result) string {
	code, _, ok := strings.Cut(strings.TrimPrefix(r.Text, "["), "] ")
	if !ok || r.Text[0] != '[' {
		return ""
	}
	return code
}
