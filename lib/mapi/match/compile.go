// SPDX-License-Identifier: AGPL-3.0-or-later

package match

import (
	"fmt"
	"regexp"
	"regexp/syntax"

	"twiga/lib/mapi"
)

// Limits of regular expressions. Matching takes time linear in the text
// whatever the pattern; these bound the pattern's own program.
const (
	MaxPattern = 1024    // bytes of a pattern
	MaxText    = 1 << 20 // bytes of a value that are searched
)

// Matcher is a compiled restriction for one pass over objects, by one
// goroutine: Count counts down as it goes.
type Matcher struct{ top node }

// node is a compiled part of a restriction.
type node interface{ match(Source) bool }

// Compile checks a restriction and prepares it. No restriction (nil) is true
// for all. Errors carry TooComplex (beyond mapi.MaxRestrictionDepth,
// mapi.MaxRestrictionNodes or MaxPattern), InvalidParameter (bad pattern,
// unknown comparison or node) or NoSupport (MemberOfDL).
func Compile(r mapi.Restriction) (*Matcher, error) {
	c := compiler{nodes: 0}
	top, err := c.compile(r, 1)
	if err != nil {
		return nil, fmt.Errorf("compile restriction: %w", err)
	}
	return &Matcher{top}, nil
}

// Match says whether the object satisfies the restriction.
func (m *Matcher) Match(s Source) bool { return m.top.match(s) }

// Match compiles a restriction and evaluates it on one object.
func Match(r mapi.Restriction, s Source) (bool, error) {
	m, err := Compile(r)
	if err != nil {
		return false, err
	}
	return m.Match(s), nil
}

type compiler struct{ nodes int }

func (c *compiler) compile(r mapi.Restriction, depth int) (node, error) {
	if c.nodes++; depth > mapi.MaxRestrictionDepth || c.nodes > mapi.MaxRestrictionNodes {
		return nil, fmt.Errorf("more than %d levels or %d nodes: %w", mapi.MaxRestrictionDepth, mapi.MaxRestrictionNodes, mapi.TooComplex)
	}
	switch r := r.(type) {
	case nil:
		return and(nil), nil
	case mapi.And:
		list, err := c.list(r, depth)
		return and(list), err
	case mapi.Or:
		list, err := c.list(r, depth)
		return or(list), err
	case mapi.Not:
		part, err := c.compile(r.Of, depth+1)
		return not{part}, err
	case mapi.Sub:
		part, err := c.compile(r.Part, depth+1)
		return sub{r.Of, part}, err
	case mapi.Comment:
		return c.compile(r.Of, depth+1)
	case mapi.Count:
		part, err := c.compile(r.Of, depth+1)
		return &count{left: r.N, part: part}, err
	case mapi.Content:
		return newContent(r)
	case mapi.Property:
		return newProperty(r)
	case mapi.Compare:
		return newCompare(r)
	case mapi.Size:
		if _, err := relation(r.Op, 0); err != nil {
			return nil, err
		}
		return size(r), nil
	case mapi.Bitmask:
		return bitmask(r), nil
	case mapi.Exist:
		return exist(r), nil
	}
	return nil, fmt.Errorf("unknown node %T: %w", r, mapi.InvalidParameter)
}

func (c *compiler) list(parts []mapi.Restriction, depth int) ([]node, error) {
	out := make([]node, len(parts))
	for i, p := range parts {
		var err error
		if out[i], err = c.compile(p, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// pattern compiles a regular expression without case, as strings are compared.
func pattern(v mapi.Value) (*regexp.Regexp, error) {
	text := v.Bytes()
	if len(text) > MaxPattern {
		return nil, fmt.Errorf("regular expression of %d bytes: %w", len(text), mapi.TooComplex)
	}
	if _, err := syntax.Parse(string(text), syntax.Perl); err != nil {
		return nil, fmt.Errorf("%w: %w", err, mapi.InvalidParameter)
	}
	re, err := regexp.Compile("(?i:" + string(text) + ")")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, mapi.InvalidParameter)
	}
	return re, nil
}

// relation says whether a comparison holds for an order of two values as
// cmp.Compare gives it.
func relation(op mapi.RelOp, order int) (bool, error) {
	switch op {
	case mapi.LT:
		return order < 0, nil
	case mapi.LE:
		return order <= 0, nil
	case mapi.GT:
		return order > 0, nil
	case mapi.GE:
		return order >= 0, nil
	case mapi.EQ:
		return order == 0, nil
	case mapi.NE:
		return order != 0, nil
	case mapi.MemberOfDL:
		return false, fmt.Errorf("membership in a distribution list: %w", mapi.NoSupport)
	}
	return false, fmt.Errorf("comparison %d: %w", op, mapi.InvalidParameter)
}
