// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"regexp"
	"slices"
	"strings"
)

// A pattern is written like the response that it stands for. It matches by
// meaning:
//
//   - "..." stands for any text inside an atom, string or text; alone in a list
//     it stands for any number of its members.
//   - A string may have any form; «text» is a string of any octets.
//   - What has no order is compared without: the items of FETCH and STATUS,
//     flags, attributes of mailboxes, capabilities.
//   - \Recent, \Marked and \Unmarked, and UID in FETCH, may be there or not
//     unless the pattern names them.
//   - Text for people, and a response code, matter only if the pattern has one;
//     "[]" is that there is no code.
//   - OK|NO is one of both.
//   - @{name} is any text the first time, and the same text from then on.

// Vars are the texts that the variables of a script stand for.
type Vars map[string]string

// mark encloses the name of a variable that has no text yet.
const markOpen, markClose = "\x01", "\x02"

var variable = regexp.MustCompile(`@\{([a-z0-9]+)\}`)

// spell puts the texts of variables into a pattern and marks the others.
func (v Vars) spell(text string) string {
	return variable.ReplaceAllStringFunc(text, func(s string) string {
		name := s[2 : len(s)-1]
		if known, ok := v[name]; ok {
			return known
		}
		return markOpen + name + markClose
	})
}

// MatchResponse reports whether a response, without its tag or "* ", matches a
// pattern. It learns variables from a response that does.
func MatchResponse(pattern, line string, vars Vars) bool {
	pp := parser{rest: vars.spell(pattern), whole: pattern, pattern: true}
	want, err := pp.response()
	if err != nil {
		return false
	}
	got, err := ParseResponse(line)
	if err != nil {
		return false
	}
	m := matcher{learned: Vars{}}
	if !m.response(want, got) {
		return false
	}
	for name, text := range m.learned {
		vars[name] = text
	}
	return true
}

// checkPattern reports a pattern that cannot be parsed.
func checkPattern(pattern string) error {
	pp := parser{rest: Vars{}.spell(pattern), whole: pattern, pattern: true}
	_, err := pp.response()
	return err
}

type matcher struct{ learned Vars }

func (m *matcher) response(want, got []Node) bool {
	if word := got[0].Value; statusWords[word] && got[0].Kind == Atom && len(got) > 1 {
		return m.status(want, got)
	}
	if len(got) == 3 && len(want) == 3 && got[1].Value == want[1].Value && (got[1].Value == "FETCH" || got[1].Value == "UIDFETCH") {
		return m.node(want[0], got[0]) && m.pairs(want[2], got[2])
	}
	if !m.node(want[0], got[0]) {
		return false
	}
	switch got[0].Value {
	case "STATUS":
		return len(got) == 3 && len(want) == 3 && m.node(want[1], got[1]) && m.pairs(want[2], got[2])
	case "FLAGS", "LIST", "LSUB":
		return len(want) > 1 && len(got) > 1 && m.set(want[1], got[1]) && m.sequence(want[2:], got[2:])
	case "ESEARCH":
		return m.esearch(want[1:], got[1:])
	case "CAPABILITY", "ENABLED":
		return m.set(Node{Kind: List, List: want[1:]}, Node{Kind: List, List: got[1:]})
	}
	return m.sequence(want[1:], got[1:])
}

// esearch matches what follows ESEARCH: the correlator, UID, and results in any
// order.
func (m *matcher) esearch(want, got []Node) bool {
	for len(want) > 0 && len(got) > 0 && (want[0].Kind == List || want[0].Value == "UID") {
		if !m.node(want[0], got[0]) {
			return false
		}
		want, got = want[1:], got[1:]
	}
	if len(got) > 0 && (got[0].Kind == List || got[0].Value == "UID") {
		return false
	}
	return m.pairs(Node{List: want}, Node{List: got})
}

func (m *matcher) status(want, got []Node) bool {
	if !slices.Contains(strings.Split(want[0].Value, "|"), got[0].Value) {
		return false
	}
	for _, w := range want[1:] {
		i := slices.IndexFunc(got, func(n Node) bool { return n.Kind == w.Kind })
		switch {
		case w.Kind == Text && w.Value == "...":
		case w.Kind == Code && len(w.List) == 0:
			if i >= 0 {
				return false
			}
		case i < 0:
			return false
		case w.Kind == Code && len(w.List) > 1 && w.List[1].Kind == List && w.List[0].Value == "PERMANENTFLAGS":
			if len(got[i].List) != 2 || got[i].List[0].Value != "PERMANENTFLAGS" || !m.set(w.List[1], got[i].List[1]) {
				return false
			}
		case w.Kind == Code && !m.sequence(w.List, got[i].List), w.Kind == Text && !m.node(w, got[i]):
			return false
		}
	}
	return true
}

// pairs matches lists of names and values in any order.
func (m *matcher) pairs(want, got Node) bool {
	rest := slices.Clone(got.List)
	open := false
	for i := 0; i < len(want.List); i += 2 {
		if want.List[i].Value == "..." && want.List[i].Kind == Atom {
			open = true
			i--
			continue
		}
		if i+1 == len(want.List) {
			return false
		}
		found := false
		for j := 0; j+1 < len(rest); j += 2 {
			if m.node(want.List[i], rest[j]) && m.value(want.List[i].Value, want.List[i+1], rest[j+1]) {
				rest = append(rest[:j:j], rest[j+2:]...)
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return open || len(rest) == 0 || len(rest) == 2 && rest[0].Value == "UID" && rest[0].Kind == Atom
}

func (m *matcher) value(name string, want, got Node) bool {
	if name == "FLAGS" {
		return m.set(want, got)
	}
	return m.node(want, got)
}

// optional are flags and attributes that need not be named.
var optional = []string{`\Recent`, `\Marked`, `\UnMarked`}

// set matches lists in any order.
func (m *matcher) set(want, got Node) bool {
	if want.Kind != List || got.Kind != List {
		return m.node(want, got)
	}
	rest := slices.Clone(got.List)
	open := false
	for _, w := range want.List {
		if w.Kind == Atom && w.Value == "..." {
			open = true
			continue
		}
		i := slices.IndexFunc(rest, func(g Node) bool { return m.node(w, g) })
		if i < 0 {
			return false
		}
		rest = append(rest[:i:i], rest[i+1:]...)
	}
	return open || !slices.ContainsFunc(rest, func(n Node) bool {
		return !slices.ContainsFunc(optional, func(o string) bool { return strings.EqualFold(o, n.Value) })
	})
}

// sequence matches lists in order.
func (m *matcher) sequence(want, got []Node) bool {
	if len(want) == 0 {
		return len(got) == 0
	}
	if want[0].Kind == Atom && want[0].Value == "..." {
		for i := 0; i <= len(got); i++ {
			if m.sequence(want[1:], got[i:]) {
				return true
			}
		}
		return false
	}
	return len(got) > 0 && m.node(want[0], got[0]) && m.sequence(want[1:], got[1:])
}

func (m *matcher) node(want, got Node) bool {
	if want.Kind == List || got.Kind == List {
		return want.Kind == got.Kind && m.sequence(want.List, got.List)
	}
	if want.IsNil() || got.IsNil() && want.Value != "..." {
		return want.IsNil() && got.IsNil()
	}
	return m.leaf(want.Value, got.Value, want.Kind == Atom && folded(want.Value))
}

// folded tells of an atom whose case does not matter: a keyword of the
// protocol or a flag.
func folded(atom string) bool {
	return strings.ToUpper(atom) == atom || strings.HasPrefix(atom, `\`) || strings.HasPrefix(atom, "$")
}

var wild = regexp.MustCompile(`\.\.\.|\x01[a-z0-9]+\x02`)

func (m *matcher) leaf(want, got string, fold bool) bool {
	places := wild.FindAllStringIndex(want, -1)
	if places == nil {
		return want == got || fold && strings.EqualFold(want, got)
	}
	expression := "(?s)^"
	if fold {
		expression = "(?si)^"
	}
	var names []string
	at := 0
	for _, p := range places {
		expression += regexp.QuoteMeta(want[at:p[0]])
		if want[p[0]] == '.' {
			expression += ".*?"
		} else {
			expression += "(.+?)"
			names = append(names, want[p[0]+1:p[1]-1])
		}
		at = p[1]
	}
	re, err := regexp.Compile(expression + regexp.QuoteMeta(want[at:]) + "$")
	if err != nil {
		return false
	}
	found := re.FindStringSubmatch(got)
	if found == nil {
		return false
	}
	for i, name := range names {
		if known, ok := m.learned[name]; ok && known != found[i+1] {
			return false
		}
		m.learned[name] = found[i+1]
	}
	return true
}
