// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"slices"
	"strings"

	"golang.org/x/text/cases"

	"twiga/lib/directory"
)

// matcher is a filter made ready.
type matcher struct {
	kinds    []directory.Kind
	patterns []pattern
}

type pattern struct {
	parts []string // between the stars, without regard to case
	of    func(*row) []string
}

func newMatcher(f *directory.Filter) matcher {
	m := matcher{kinds: f.Kinds}
	for _, p := range []struct {
		text string
		of   func(*row) []string
	}{
		{f.Name, func(e *row) []string { return []string{e.FullName, e.Name} }},
		{f.Address, func(e *row) []string { return append([]string{e.Address}, e.Aliases...) }},
		{f.Department, func(e *row) []string { return []string{e.Attributes.Department} }},
		{f.Company, func(e *row) []string { return []string{e.Attributes.Company} }},
		{f.Title, func(e *row) []string { return []string{e.Attributes.Title} }},
		{f.City, func(e *row) []string { return []string{e.Attributes.City} }},
	} {
		if p.text != "" {
			m.patterns = append(m.patterns, pattern{strings.Split(caseless(p.text), "*"), p.of})
		}
	}
	return m
}

func caseless(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 }) {
		return strings.ToLower(s)
	}
	return cases.Fold().String(s)
}

func (m *matcher) match(e *row) bool {
	if !e.Kind.HasMailbox() || len(m.kinds) > 0 && !slices.Contains(m.kinds, e.Kind) {
		return false
	}
	for _, p := range m.patterns {
		if !slices.ContainsFunc(p.of(e), func(s string) bool { return glob(p.parts, caseless(s)) }) {
			return false
		}
	}
	return true
}

// glob says whether a text is the parts in order, with anything between.
func glob(parts []string, s string) bool {
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return s == first
	}
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(s, part)
		if at < 0 {
			return false
		}
		s = s[at+len(part):]
	}
	return true
}
