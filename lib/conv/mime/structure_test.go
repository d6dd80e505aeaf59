// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"twiga/lib/conv/mime/mimetest"
)

// checkStructure tells what is wrong with the tree, if anything is.
func checkStructure(s *Structure) error {
	data := s.Data()
	seen := 0
	var walk func(i, parent int, within Span) error
	walk = func(i, parent int, within Span) error {
		seen++
		p := &s.Parts[i]
		switch {
		case p.Parent != parent:
			return fmt.Errorf("part %d has parent %d, not %d", i, p.Parent, parent)
		case p.Header.Start < within.Start || p.Header.End < p.Header.Start || p.Body.Start != p.Header.End ||
			p.Body.End < p.Body.Start || p.Body.End > within.End:
			return fmt.Errorf("part %d: header %v, body %v not in order within %v", i, p.Header, p.Body, within)
		case p.Lines != bytes.Count(p.Body.in(data), []byte{s.eol}):
			return fmt.Errorf("part %d has %d lines", i, p.Lines)
		case (p.Kind == KindLeaf) != (p.First < 0):
			return fmt.Errorf("part %d of kind %d has first child %d", i, p.Kind, p.First)
		case p.Kind == KindMessage && s.Parts[p.First].Next >= 0:
			return fmt.Errorf("message %d has two roots", i)
		}
		at := p.Body
		for c := p.First; c >= 0; c = s.Parts[c].Next {
			if err := walk(c, i, at); err != nil {
				return err
			}
			at.Start = s.Parts[c].Body.End
		}
		return nil
	}
	if err := walk(0, -1, Span{0, len(data)}); err != nil {
		return err
	}
	if seen != len(s.Parts) {
		return fmt.Errorf("%d of %d parts are in the tree", seen, len(s.Parts))
	}
	if r := &s.Parts[0]; r.Header.Start != 0 || r.Body.End != len(data) {
		return errors.New("the message does not span all")
	}
	return nil
}

// checkRecipe composes the message again.
func checkRecipe(s *Structure) error {
	data := s.Data()
	var out []byte
	inline := 0
	for i, g := range s.Recipe() {
		if g.Start != len(out) || g.End <= g.Start {
			return fmt.Errorf("segment %d spans %v after %d", i, g.Span, len(out))
		}
		content, err := io.ReadAll(g.Content(data))
		if err != nil {
			return err
		}
		if g.Kind == Inline {
			inline += len(content)
		} else if int64(len(content)) != g.Size || sha256.Sum256(content) != g.Hash {
			return fmt.Errorf("segment %d: size or hash is not of its content", i)
		}
		out = g.AppendContent(out, content)
		if len(out) != g.End {
			return fmt.Errorf("segment %d ends at %d, not %d", i, len(out), g.End)
		}
	}
	if !bytes.Equal(out, data) {
		return errors.New("the message does not come back")
	}
	if inline > MaxInline {
		return fmt.Errorf("%d bytes are inline", inline)
	}
	return nil
}

func TestCorpus(t *testing.T) {
	cases := mimetest.Corpus()
	if len(cases) < 200 {
		t.Errorf("only %d messages", len(cases))
	}
	var s Structure
	for _, tc := range cases {
		t.Run(tc.Name, func(t *testing.T) {
			before := bytes.Clone(tc.Data)
			s.Reset(tc.Data)
			for _, check := range []func(*Structure) error{checkStructure, checkRecipe, checkParts, checkIMAP} {
				if err := check(&s); err != nil {
					t.Error(err)
				}
			}
			if !bytes.Equal(before, tc.Data) {
				t.Error("the message was changed")
			}
		})
	}
}

// outline draws the tree in one line: media types, with bodies of leaves.
func outline(s *Structure, i int) string {
	p := &s.Parts[i]
	typ, sub := s.MediaType(i)
	name := string(typ) + "/" + string(sub)
	if p.Kind == KindLeaf {
		return fmt.Sprintf("%s %q", name, p.Body.in(s.data))
	}
	var kids []string
	for c := p.First; c >= 0; c = s.Parts[c].Next {
		kids = append(kids, outline(s, c))
	}
	return name + "(" + strings.Join(kids, ", ") + ")"
}

func TestOutline(t *testing.T) {
	find := make(map[string][]byte)
	for _, tc := range mimetest.Corpus() {
		find[tc.Name] = tc.Data
	}
	for name, want := range map[string]string{
		"empty":                            `text/plain ""`,
		"plain":                            `text/plain "Hello\r\n"`,
		"missing-empty-line":               `text/plain "this is no field\r\nmore\r\n\r\nand more\r\n"`,
		"line-that-lost-its-space":         `text/plain "Hello\r\n"`,
		"many-lines-that-lost-their-space": `text/plain "Hello\r\n"`,
		"multipart-ends-with-a-dash-behind-a-stray-line": `multipart/mixed(text/plain "stray\r\n-")`,
		"multipart-delimiter-behind-a-stray-line":        `multipart/mixed(text/plain "stray", text/html "two")`,
		"multipart-one-dash-and-the-boundary":            `multipart/mixed(text/html "one")`,
		"boundary-continued":                             `multipart/mixed(text/plain "one")`,
		"mbox-separator":                                 `text/plain "Hello\r\n"`,
		"plain-cr":                                       `text/plain "Hello\r\rsecond\r"`,
		"multipart-good":                                 `multipart/mixed(text/plain "one", text/html "<p>two")`,
		"multipart-lf-good":                              `multipart/mixed(text/plain "one", text/html "<p>two")`,
		"multipart-no-close":                             `multipart/mixed(text/plain "one", text/plain "two\r\n")`,
		"multipart-boundary-never":                       `multipart/mixed(text/plain "no delimiter\r\nanywhere --b\r\n")`,
		"multipart-empty-body":                           `multipart/mixed(text/plain "")`,
		"multipart-header-only-parts":                    `multipart/mixed(text/html "", text/plain "")`,
		"multipart-part-without-header":                  `multipart/mixed(text/plain "text at once\r\nmore")`,
		"multipart-delimiter-after-close":                `multipart/mixed(text/plain "one")`,
		"multipart-only-close":                           `multipart/mixed(text/plain "text\r\n--b--\r\nmore\r\n")`,
		"boundary-empty":                                 `multipart/mixed(text/plain "--\r\n\r\none\r\n--\r\n\r\ntwo\r\n----\r\n")`,
		"boundary-with-spaces":                           `multipart/mixed(text/plain "one", text/plain "two")`,
		"boundary-with-comment":                          `multipart/mixed(text/plain "--b (comment)\r\n\r\none\r\n--b (comment)\r\n\r\ntwo\r\n--b (comment)--\r\n")`,
		"boundary-backslash":                             `multipart/mixed(text/plain "one", text/plain "two")`,
		"nested-good":                                    `multipart/mixed(multipart/alternative(text/plain "plain", text/html "html"), text/plain "last")`,
		"nested-not-closed":                              `multipart/mixed(multipart/alternative(text/plain "plain", text/html "html"), text/plain "last")`,
		"nested-boundary-longer":                         `multipart/mixed(multipart/alternative(text/plain "plain", text/html "html"), text/plain "last")`,
		"nested-boundary-shorter":                        `multipart/mixed(multipart/alternative(text/plain "plain", text/html "html"), text/plain "last")`,
		"nested-outer-delimiter-at-once":                 `multipart/mixed(multipart/mixed(text/plain ""), text/plain "last")`,
		"nested-outer-delimiter-in-header":               `multipart/mixed(multipart/mixed(text/plain ""), text/plain "last")`,
		"digest":                                         `multipart/digest(message/rfc822(text/plain "first"), message/rfc822(text/plain "second"), text/plain "third")`,
		"rfc822-forwarded":                               `multipart/mixed(text/plain "see below", message/rfc822(multipart/mixed(text/plain "inner one", text/html "inner two")))`,
		"rfc822-empty":                                   `message/rfc822(text/plain "")`,
		"rfc822-base64":                                  `application/octet-stream "U3ViamVjdDogeA0KDQp5DQo=\r\n"`,
		"field-type-unknown-word":                        `application/octet-stream "body\r\n"`,
		"field-type-without-subtype":                     `text/plain "body\r\n"`,
		"field-type-spaces":                              `text/plain "body\r\n"`,
	} {
		t.Run(name, func(t *testing.T) {
			data, ok := find[name]
			if !ok {
				t.Fatal("no such message")
			}
			if got := outline(NewStructure(data), 0); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestDepth(t *testing.T) {
	for _, tc := range mimetest.Corpus() {
		if tc.Name != "rfc822-30-deep" && tc.Name != "rfc822-400-deep" {
			continue
		}
		s := NewStructure(tc.Data)
		want := map[string]int{"rfc822-30-deep": 31, "rfc822-400-deep": MaxDepth + 1}[tc.Name]
		if len(s.Parts) != want {
			t.Errorf("%s: %d parts, not %d", tc.Name, len(s.Parts), want)
		}
	}
}

func TestHeaderFields(t *testing.T) {
	const h = "Subject: a\r\n b\r\nFrom : x\r\nX-A: 1\r\nsubject: c\r\n\r\n"
	for _, tc := range []struct {
		name, header string
		names        []string
		not          bool
		want         string
	}{
		{"one", h, []string{"X-a"}, false, "X-A: 1\r\n\r\n"},
		{"all of a name, folded", h, []string{"SUBJECT"}, false, "Subject: a\r\n b\r\nsubject: c\r\n\r\n"},
		{"none", h, []string{"to"}, false, "\r\n"},
		{"not", h, []string{"subject", "x-a"}, true, "From : x\r\n\r\n"},
		{"lf", "A: 1\nB: 2\n\n", []string{"b"}, false, "B: 2\n\n"},
		{"no empty line", "A: 1\r\nB: 2\r\n", []string{"b"}, false, "B: 2\r\n\r\n"},
		{"no line end", "A: 1\r\nB: 2", []string{"b"}, false, "B: 2\r\n\r\n"},
		{"empty", "", []string{"b"}, false, "\r\n"},
		{"mbox separator", "From x\nA: 1\n\n", []string{"a"}, false, "A: 1\n\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := AppendHeaderFields(nil, []byte(tc.header), tc.names, tc.not); string(got) != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestLinear(t *testing.T) {
	// Ten times the size may not take much more than ten times as long; what
	// is not linear takes a hundred times.
	for name, make := range map[string]func(n int) string{
		"headers": func(n int) string { return strings.Repeat("X-Header: value\r\n", n) },
		"fold":    func(n int) string { return "Subject: x" + strings.Repeat("\r\n x", n) },
		"delimiters": func(n int) string {
			return "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n", n)
		},
		"dashes": func(n int) string {
			return "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--c\n", n)
		},
		"addresses": func(n int) string { return "To: " + strings.Repeat("a <a@b>,", n) + "\n\n" },
		"comments":  func(n int) string { return "To: " + strings.Repeat("(", n) + "\n\n" },
		"angles":    func(n int) string { return "To: " + strings.Repeat("<", n) + "\n\n" },
		"groups":    func(n int) string { return "To: " + strings.Repeat("a:", n) + "\n\n" },
		"ats":       func(n int) string { return "To: " + strings.Repeat("@", n) + "\n\n" },
		"words":     func(n int) string { return "To: " + strings.Repeat("a ", n) + "\n\n" },
		"quotes":    func(n int) string { return "To: " + strings.Repeat("\"", n) + "\n\n" },
		"params":    func(n int) string { return "Content-Type: a/b;" + strings.Repeat("a=b;", n) + "\n\n" },
		"equals":    func(n int) string { return "Content-Type: a/b;" + strings.Repeat("=", n) + "\n\n" },
		"cr":        func(n int) string { return strings.Repeat("a\r", n) },
	} {
		t.Run(name, func(t *testing.T) {
			cost := func(n int) time.Duration {
				data := []byte(make(n))
				best := time.Duration(math.MaxInt64)
				for range 5 {
					start := time.Now()
					s := NewStructure(data)
					s.AppendEnvelope(nil)
					s.AppendBodyStructure(nil, true)
					best = min(best, time.Since(start))
				}
				return best
			}
			if small, large := cost(10_000), cost(100_000); large > 40*small+time.Millisecond {
				t.Errorf("%v, then %v", small, large)
			}
		})
	}
}
