// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"strings"
	"testing"
)

func TestMatchResponse(t *testing.T) {
	for _, tt := range []struct {
		name, pattern, line string
		want                bool
	}{
		{"same", "1 EXISTS", "1 EXISTS", true},
		{"other number", "1 EXISTS", "2 EXISTS", false},
		{"wild number", "... EXISTS", "2 EXISTS", true},
		{"items in any order", "1 FETCH (UID 1 FLAGS (a b))", "1 FETCH (FLAGS (b a) UID 1)", true},
		{"UID need not be named", "1 FETCH (FLAGS ())", `1 FETCH (UID 7 FLAGS (\Recent))`, true},
		{"an item more", "1 FETCH (FLAGS ())", "1 FETCH (FLAGS () MODSEQ (1))", false},
		{"an item less", "1 FETCH (FLAGS () MODSEQ (1))", "1 FETCH (FLAGS ())", false},
		{"a flag more", "1 FETCH (FLAGS (a))", "1 FETCH (FLAGS (a b))", false},
		{"flags and more", "1 FETCH (FLAGS (a ...))", "1 FETCH (FLAGS (c a b))", true},
		{"literal and quoted", "1 FETCH (BODY[] «a⏎b» BODY[1] \"x\")", "1 FETCH (BODY[] {4}\r\na\r\nb BODY[1] {1}\r\nx)", true},
		{"section of a list", "1 FETCH (BODY[HEADER.FIELDS (A B)] ...)", "1 FETCH (BODY[HEADER.FIELDS (A B)] \"\")", true},
		{"NIL is no string", `1 FETCH (BODY[] "NIL")`, "1 FETCH (BODY[] NIL)", false},
		{"order of EXPUNGE numbers", "SEARCH 1 2", "SEARCH 2 1", false},
		{"status alone", "OK", "OK [X 1] done", true},
		{"one of two", "NO|BAD", "BAD x", true},
		{"code", "NO [CANNOT]", "NO [CANNOT] x", true},
		{"other code", "NO [CANNOT]", "NO [NOPERM] x", false},
		{"code is missing", "NO [CANNOT]", "NO x", false},
		{"no code", "OK []", "OK x", true},
		{"a code is too much", "OK []", "OK [READ-WRITE] x", false},
		{"arguments of a code", "OK [COPYUID ... 1:2 3:4]", "OK [COPYUID 9 1:2 3:4] x", true},
		{"mailbox name", `LIST (\A ...) "/" "x y"`, `LIST (\B \A) "/" "x y"`, true},
		{"atom and quoted", `LIST () "/" "x"`, `LIST () "/" x`, true},
		{"results in any order", `ESEARCH (TAG "...") UID MAX 2 MIN 1`, `ESEARCH (TAG "t") UID MIN 1 MAX 2`, true},
		{"UID is missing", `ESEARCH (TAG "...") UID COUNT 2`, `ESEARCH (TAG "t") COUNT 2`, false},
		{"learned twice", "OK [COPYUID @{v} @{v} 1]", "OK [COPYUID 2 2 1] x", true},
		{"learned otherwise", "OK [COPYUID @{v} @{v} 1]", "OK [COPYUID 2 3 1] x", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := MatchResponse(spellFunctions(tt.pattern, nil), tt.line, Vars{}); got != tt.want {
				t.Errorf("%q and %q: %t", tt.pattern, tt.line, got)
			}
		})
	}
}

func TestCheckResponse(t *testing.T) {
	for _, tt := range []struct{ name, line, want string }{
		{"good", "1 FETCH (UID 1 FLAGS (\\Seen x) BODY[TEXT]<0> {2}\r\nab)", ""},
		{"structure", `1 FETCH (BODY (("text" "plain" NIL NIL NIL "7bit" 1 1)("a" "b" ("c" "d") NIL NIL "8bit" 1) "mixed"))`, ""},
		{"structure without lines", `1 FETCH (BODY ("text" "plain" NIL NIL NIL "7bit" 1))`, "value of BODY"},
		{"two blanks", "1  EXISTS", "no atom"},
		{"blank at the end", "SEARCH ", "no atom"},
		{"short literal", "1 FETCH (BODY[] {9}\r\nab)", "literal"},
		{"message 0", "0 EXPUNGE", "no EXPUNGE"},
		{"unknown", "FROB 1", "unknown response"},
		{"unknown item", "1 FETCH (FROB 1)", "unknown item"},
		{"unknown code", "OK [FROB] x", "unknown response code"},
		{"no text", "OK", "no text"},
		{"octets in an atom", "LIST () NIL \xff", "no atom character"},
		{"flag twice", `FLAGS (\Seen \seen)`, "no flags"},
		{"line end in a string", "LIST () NIL \"a\r\nb\"", "control character"},
		{"uid 0", "1 FETCH (UID 0)", "value of UID"},
		{"envelope", "1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL))", "value of ENVELOPE"},
		{"set of results", "ESEARCH ALL 3:1,2", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckResponse(tt.line)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%q: %v, want %q", tt.line, err, tt.want)
			}
		})
	}
}

func TestParseScripts(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"good", "== a\nneeds: X\n1> NOOP\n1= OK\nother: because\n2>> x⏎\n2? * OK\n", ""},
		{"no answer", "== a\n1> NOOP\n", "without an answer"},
		{"no step", "== a\n", "no step"},
		{"nothing begun", "1> NOOP\n", "no script begun"},
		{"answer to nothing", "== a\n1= OK\n", "no command open"},
		{"two at once", "== a\n1> NOOP\n1> NOOP\n", "has a command open"},
		{"late", "== a\n1> NOOP\n1= OK\nneeds: X\n", "behind the first step"},
		{"pattern", "== a\n1> NOOP\n1< (\n1= OK\n", "no )"},
		{"not a step", "== a\n1 NOOP\n", "no step"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseScripts("f", tt.text)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestSpellCommand(t *testing.T) {
	got := SpellCommand("A «b⏎» ‹c› ~«d» @{odd 3} @{repeat 2 xy} @{hex 41} @{add n 1} @{n}", Vars{"n": "5"})
	if want := "A {3+}\r\nb\r\n {1}\r\nc ~{1+}\r\nd 1,3,5 xyxy A 6 5"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	line, lit, tail, ok := cutLiteral("A {3+}\r\nb\r\n {1}\r\nc x\r\n")
	if !ok || line != "A {3+}\r\nb\r\n {1}\r\n" || lit != "c" || tail != " x\r\n" {
		t.Errorf("cut into %q, %q, %q, %t", line, lit, tail, ok)
	}
}

func FuzzCheckResponse(f *testing.F) {
	f.Add("1 FETCH (UID 1 FLAGS (\\Seen x) BODY[TEXT]<0> {2}\r\nab)")
	f.Add(`ESEARCH (TAG "x") UID ALL 1:2`)
	f.Add("OK [COPYUID 1 2 3] x")
	f.Fuzz(func(t *testing.T, line string) {
		nodes, err := ParseResponse(line)
		if err == nil && len(nodes) == 0 {
			t.Error("nothing and no error")
		}
		if CheckResponse(line) == nil && !MatchResponse(line, line, Vars{}) && !strings.ContainsAny(line, "«»\x01\x02|") && !strings.Contains(line, "...") {
			t.Errorf("%q does not match itself", line)
		}
	})
}
