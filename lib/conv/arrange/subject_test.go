// SPDX-License-Identifier: AGPL-3.0-or-later

package arrange_test

import (
	"testing"

	"twiga/lib/conv/arrange"
)

func TestBaseSubject(t *testing.T) {
	for name, c := range map[string]struct {
		subject, base string
		reply         bool
	}{
		"plain":                         {"hello", "hello", false},
		"empty":                         {"", "", false},
		"spaces":                        {"  a \t b  ", "a b", false},
		"reply":                         {"Re: hello", "hello", true},
		"any case, space, no space":     {"rE :FW:fwd: hello", "hello", true},
		"nested replies":                {"Re: Re: Fwd: hello", "hello", true},
		"list tag":                      {"[list] hello", "hello", false},
		"list tag and reply":            {"[list] Re: [list] hello", "hello", true},
		"blob within a reply":           {"Re[2]: hello", "hello", true},
		"blob and space within a reply": {"Re [2] : hello", "hello", true},
		"only a blob":                   {"[list]", "[list]", false},
		"only blobs":                    {"[a] [b]", "[b]", false},
		"reply to a blob":               {"Re: [list]", "[list]", true},
		"trailer":                       {"hello (fwd)", "hello", true},
		"trailers":                      {"hello (Fwd) (FWD)  ", "hello", true},
		"trailer without space":         {"hello(fwd)", "hello", true},
		"forward in brackets":           {"[fwd: hello]", "hello", true},
		"forward in brackets, nested":   {"[Fwd: [fwd: Re: hello (fwd)]]", "hello", true},
		"forward that is not closed":    {"[fwd: hello", "[fwd: hello", false},
		"forward in front":              {"[fwd: a] b", "b", false}, // a blob
		"only a reply":                  {"Re:", "", true},
		"no reply":                      {"Reply: hello", "Reply: hello", false},
		"other language":                {"AW: hello", "AW: hello", false},
		"brackets inside":               {"[a[b] c", "[a[b] c", false},
		"refwd without colon":           {"re hello", "re hello", false},
		"blob before no refwd":          {"[a] [b] rehearsal", "rehearsal", false},
	} {
		t.Run(name, func(t *testing.T) {
			base, reply := arrange.BaseSubject(c.subject)
			if base != c.base || reply != c.reply {
				t.Errorf("BaseSubject(%q) = %q, %v, want %q, %v", c.subject, base, reply, c.base, c.reply)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	id := func(s string) arrange.ID { return arrange.FirstID([]byte("<" + s + ">")) }
	for name, c := range map[string]struct {
		value string
		want  []string
	}{
		"none":                {"", nil},
		"no id":               {"hello", nil},
		"one":                 {"<a@b>", []string{"a@b"}},
		"several, folded":     {"<a@b>\r\n\t<c@d> <e@f>", []string{"a@b", "c@d", "e@f"}},
		"without space":       {"<a@b><c@d>", []string{"a@b", "c@d"}},
		"text between":        {"Your message <a@b> of today <not an id> <c@d>", []string{"a@b", "c@d"}},
		"quotes are needless": {`<"a"@b>`, []string{"a@b"}},
		"quoted bracket":      {`<"a>b"@c>`, []string{`"a>b"@c`}},
		"space inside":        {"<a@\r\n b>", []string{"a@b"}},
		"not closed":          {"<a@b <c@d>", []string{"c@d"}},
		"no @":                {"<ab> <c@d>", []string{"c@d"}},
		"case counts":         {"<A@b>", []string{"A@b"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := arrange.IDs([]byte(c.value))
			if len(got) != len(c.want) {
				t.Fatalf("%d ids, want %d", len(got), len(c.want))
			}
			for i, w := range c.want {
				if got[i] != id(w) {
					t.Errorf("id %d is not that of %q", i, w)
				}
			}
		})
	}
}

func TestIDsAreBounded(t *testing.T) {
	var b []byte
	for i := range 1000 {
		b = append(b, "<"...)
		b = append(b, byte('a'+i%26), byte('a'+i/26%26), byte('a'+i/676))
		b = append(b, "@x> "...)
	}
	got := arrange.IDs(b)
	if len(got) != arrange.MaxIDs || got[0] != arrange.FirstID(b) || got[len(got)-1] != arrange.FirstID(b[len(b)-9:]) {
		t.Errorf("%d ids, the eldest and the latest are not kept", len(got))
	}
}
