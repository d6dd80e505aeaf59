// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind says how a [Node] was written.
type Kind uint8

// The kinds of nodes. A Code is what stands in the brackets of a status
// response, a Text the words for people at its end.
const (
	Atom Kind = iota
	String
	List
	Code
	Text
)

// Node is a part of a response: an atom, a string whatever its form, or a list
// of nodes.
type Node struct {
	Kind  Kind
	Value string // of an atom, string or text
	List  []Node // of a list or code
}

// maxDepth is how deep lists may be nested.
const maxDepth = 200

// ParseResponse takes a response apart, without its tag or "* ", its literals
// in it (RFC 3501 9, RFC 9051 9). It accepts what the grammar allows and
// nothing else: single spaces, no control characters, whole literals.
func ParseResponse(line string) ([]Node, error) {
	p := parser{rest: line, whole: line}
	return p.response()
}

// parser takes a response apart, or a pattern for one, which has strings
// between « and », too, and marks of its own in its atoms.
type parser struct {
	rest, whole string
	pattern     bool
	depth       int
}

func (p *parser) wrong(what string) error {
	return fmt.Errorf("parse response: %s at octet %d of %.300q", what, len(p.whole)-len(p.rest), p.whole)
}

var statusWords = map[string]bool{"OK": true, "NO": true, "BAD": true, "BYE": true, "PREAUTH": true}

func (p *parser) response() ([]Node, error) {
	word, _, _ := strings.Cut(p.rest, " ")
	if statusWords[strings.ToUpper(word)] || p.pattern && strings.Contains(word, "|") {
		return p.status(word)
	}
	nodes, err := p.nodes("")
	if err == nil && len(nodes) == 0 {
		err = p.wrong("nothing")
	}
	return nodes, err
}

// status parses what follows in RFC 3501's resp-cond-state. In a pattern the
// text may be left out.
func (p *parser) status(word string) ([]Node, error) {
	nodes := []Node{{Kind: Atom, Value: word}}
	rest, ok := strings.CutPrefix(p.rest[len(word):], " ")
	p.rest = rest
	if !ok {
		if p.pattern {
			return nodes, nil
		}
		return nil, p.wrong("no text")
	}
	if strings.HasPrefix(rest, "[") {
		p.rest = rest[1:]
		list, err := p.nodes("]")
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, Node{Kind: Code, List: list})
		p.rest, ok = strings.CutPrefix(p.rest, " ")
		if !ok && p.rest != "" {
			return nil, p.wrong("no space behind the code")
		}
		if !ok && p.pattern {
			return nodes, nil
		}
	}
	if !p.pattern && (p.rest == "" || strings.ContainsAny(p.rest, "\r\n\x00")) {
		return nil, p.wrong("no text of one line")
	}
	return append(nodes, Node{Kind: Text, Value: p.rest}), nil
}

// nodes parses nodes up to an end mark, which it takes, or the end of input.
// Lists may follow each other without a space, as in envelopes and structures.
func (p *parser) nodes(end string) ([]Node, error) {
	var out []Node
	for {
		if p.rest == "" {
			if end != "" {
				return nil, p.wrong("no " + end)
			}
			return out, nil
		}
		if end != "" && strings.HasPrefix(p.rest, end) {
			p.rest = p.rest[len(end):]
			return out, nil
		}
		if len(out) > 0 {
			spaced := p.rest[0] == ' '
			if spaced {
				p.rest = p.rest[1:]
			} else if p.rest[0] != '(' || out[len(out)-1].Kind != List {
				return nil, p.wrong("no space")
			}
		}
		n, err := p.node(end)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
}

func (p *parser) node(end string) (Node, error) {
	switch {
	case strings.HasPrefix(p.rest, "("):
		if p.depth++; p.depth > maxDepth {
			return Node{}, p.wrong("too many parentheses")
		}
		p.rest = p.rest[1:]
		list, err := p.nodes(")")
		p.depth--
		return Node{Kind: List, List: list}, err
	case strings.HasPrefix(p.rest, `"`):
		return p.quoted()
	case strings.HasPrefix(p.rest, "{"), strings.HasPrefix(p.rest, "~{"):
		return p.literal()
	case p.pattern && strings.HasPrefix(p.rest, "«"):
		text, rest, ok := strings.Cut(strings.TrimPrefix(p.rest, "«"), "»")
		if !ok {
			return Node{}, p.wrong("no »")
		}
		p.rest = rest
		return Node{Kind: String, Value: text}, nil
	}
	return p.atom(end)
}

func (p *parser) quoted() (Node, error) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch ch := p.rest[i]; ch {
		case '"':
			p.rest = p.rest[i+1:]
			return Node{Kind: String, Value: b.String()}, nil
		case '\r', '\n', 0:
			return Node{}, p.wrong("control character in a quoted string")
		case '\\':
			i++
			if i == len(p.rest) || p.rest[i] != '\\' && p.rest[i] != '"' {
				return Node{}, p.wrong("wrong quoted pair")
			}
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(ch)
		}
	}
	return Node{}, p.wrong("no closing quote")
}

func (p *parser) literal() (Node, error) {
	head, rest, ok := strings.Cut(strings.TrimPrefix(p.rest, "~"), "}\r\n")
	if !ok {
		return Node{}, p.wrong("no literal")
	}
	n, err := strconv.ParseUint(head[1:], 10, 63)
	if err != nil || n > uint64(len(rest)) {
		return Node{}, p.wrong("literal longer than the response")
	}
	p.rest = rest[n:]
	return Node{Kind: String, Value: rest[:n]}, nil
}

// atom parses an atom, a flag, or the name of a data item with its section in
// brackets, in which anything but CTL may stand.
func (p *parser) atom(end string) (Node, error) {
	depth := 0
	i := 0
scan:
	for ; i < len(p.rest); i++ {
		ch := p.rest[i]
		switch {
		case ch == '[':
			depth++
		case ch == ']' && depth > 0:
			depth--
		case ch == ']' && end == "]":
			break scan
		case depth > 0 && ch >= ' ' && ch != 0x7f:
		case ch == ' ' || ch == ')' || ch == '(':
			break scan
		case ch == '\\' && i == 0:
		case p.pattern && ch != '"':
		case ch <= ' ' || ch >= 0x7f || strings.IndexByte(`{"\`, ch) >= 0:
			return Node{}, p.wrong("no atom character")
		}
	}
	if i == 0 || depth > 0 {
		return Node{}, p.wrong("no atom")
	}
	n := Node{Kind: Atom, Value: p.rest[:i]}
	p.rest = p.rest[i:]
	return n, nil
}

// IsNil reports whether the node is the atom NIL.
func (n Node) IsNil() bool { return n.Kind == Atom && strings.EqualFold(n.Value, "NIL") }

// Number returns the value of a node that is a number of at most 63 bits.
func (n Node) Number() (uint64, bool) {
	v, err := strconv.ParseUint(n.Value, 10, 63)
	return v, err == nil && n.Kind == Atom && (n.Value == "0" || n.Value[0] != '0')
}

// String returns the node in short.
func (n Node) String() string {
	switch n.Kind {
	case List, Code:
		parts := make([]string, len(n.List))
		for i, part := range n.List {
			parts[i] = part.String()
		}
		return "(" + strings.Join(parts, " ") + ")"
	case String:
		return strconv.Quote(n.Value)
	}
	return n.Value
}
