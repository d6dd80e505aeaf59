// SPDX-License-Identifier: AGPL-3.0-or-later

package match

import (
	"fmt"
	"regexp"
	"regexp/syntax"

	"twiga/lib/mapi"
)

// Limits of what a restriction may cost. A regular expression takes time linear
// in the text and in its own program, which a few bytes make large, and a
// restriction may search the same text many times: the more it does, the less
// of a long value it sees.
const (
	MaxPattern = 1024    // bytes of a pattern
	MaxProgram = 2000    // instructions of all patterns of a restriction
	MaxText    = 1 << 20 // bytes of a value that are looked at, at most
	maxWork    = 1 << 25 // bytes times conditions on text, or instructions of patterns
)

// bounds are common to the nodes of a restriction.
type bounds struct {
	text    int // bytes of a value that are looked at
	weight  int // conditions on text, and instructions of patterns
	program int // instructions of patterns
}

// settle is for when the whole restriction is known.
func (b *bounds) settle() { b.text = min(MaxText, maxWork/max(b.weight, 1)) }

// Matcher is a compiled restriction for one pass over objects, by one
// goroutine: Count counts down as it goes.
type Matcher struct{ top node }

// node is a compiled part of a restriction.
type node interface{ match(Source) bool }

// Compile checks a restriction and prepares it. No restriction (nil) is true
// for all. Errors carry TooComplex (beyond mapi.MaxRestrictionDepth,
// mapi.MaxRestrictionNodes, MaxPattern or MaxProgram), InvalidParameter (bad pattern,
// unknown comparison or node) or NoSupport (MemberOfDL).
func Compile(r mapi.Restriction) (*Matcher, error) {
	c := compiler{bounds: &bounds{}}
	top, err := c.compile(r, 1)
	if err != nil {
		return nil, fmt.Errorf("compile restriction: %w", err)
	}
	c.bounds.settle()
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

type compiler struct {
	nodes  int
	bounds *bounds
}

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
		return newContent(r, c.bounds)
	case mapi.Property:
		return newProperty(r, c.bounds)
	case mapi.Compare:
		return newCompare(r, c.bounds)
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
func pattern(v mapi.Value, b *bounds) (*regexp.Regexp, error) {
	text := v.Bytes()
	if len(text) > MaxPattern {
		return nil, fmt.Errorf("regular expression of %d bytes: %w", len(text), mapi.TooComplex)
	}
	tree, err := syntax.Parse(string(text), syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, mapi.InvalidParameter)
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, mapi.InvalidParameter)
	}
	b.weight += len(program.Inst)
	if b.program += len(program.Inst); b.program > MaxProgram {
		return nil, fmt.Errorf("regular expressions of more than %d instructions: %w", MaxProgram, mapi.TooComplex)
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
