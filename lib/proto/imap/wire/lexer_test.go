// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// script is a LiteralSource of a text in memory.
type script struct{ rest []byte }

var errScriptOver = errors.New("no more input")

func (s *script) ReadLiteral(cmd []byte, lit Literal) ([]byte, error) {
	if lit.Size > int64(len(s.rest)) {
		return nil, errScriptOver
	}
	cmd = append(cmd, s.rest[:lit.Size]...)
	s.rest = s.rest[lit.Size:]
	line, rest, _ := bytes.Cut(s.rest, []byte("\r\n"))
	s.rest = rest
	return append(cmd, line...), nil
}

// lex returns a lexer on a text of lines and literals.
func lex(text string) *Lexer {
	line, rest, _ := bytes.Cut([]byte(text), []byte("\r\n"))
	x := new(Lexer)
	x.Reset(line, &script{rest})
	return x
}

// token adapts the methods of a lexer to one form.
func token[T ~[]byte | ~string](f func(*Lexer) (T, error)) func(*Lexer) (string, error) {
	return func(x *Lexer) (string, error) {
		v, err := f(x)
		return string(v), err
	}
}

func TestTokens(t *testing.T) {
	atom, astring, str := token((*Lexer).Atom), token((*Lexer).AString), token((*Lexer).String)
	flag, pattern, tag := token((*Lexer).Flag), token((*Lexer).ListMailbox), token((*Lexer).Tag)
	nstring := func(x *Lexer) (string, error) {
		b, err := x.NString()
		if b == nil && err == nil {
			return "<nil>", nil
		}
		return string(b), err
	}
	set := func(x *Lexer) (string, error) { s, err := x.NumSet(); return s.String(), err }
	date := func(x *Lexer) (string, error) { d, err := x.Date(); return d.Format(time.DateOnly), err }
	dateTime := func(x *Lexer) (string, error) { d, err := x.DateTime(); return d.Format(time.RFC3339), err }
	for _, tt := range []struct {
		name string
		f    func(*Lexer) (string, error)
		in   string
		want string
		err  string
	}{
		{"atom", atom, "abc def", "abc", ""},
		{"atom stops at specials", atom, "a]", "a", ""},
		{"atom empty", atom, "(", "", "expected atom at octet 0"},
		{"atom 8-bit", atom, "\xff", "", "expected atom at octet 0"},
		{"tag", tag, "a.1] x", "a.1]", ""},
		{"tag with plus", tag, "+", "", "expected tag at octet 0"},
		{"astring atom", astring, "a]b c", "a]b", ""},
		{"astring quoted", astring, `"a \"b\" \\" c`, `a "b" \`, ""},
		{"astring literal", astring, "{5}\r\na\r\nb\n x", "a\r\nb\n", ""},
		{"astring literal+", astring, "{0+}\r\n", "", ""},
		{"quoted 8-bit", str, "\"\xc3\xbc\"", "ü", ""},
		{"quoted open", str, `"abc`, "", `expected '"' at octet 4`},
		{"quoted escape", str, `"\n"`, "", `expected '"' or '\' after '\' at octet 2`},
		{"quoted escape at end", str, `"\`, "", `expected '"' or '\' after '\' at octet 2`},
		{"quoted NUL", str, "\"\x00\"", "", "expected quoted text at octet 1"},
		{"string wants quotes", str, "abc", "", "expected string at octet 0"},
		{"literal NUL", str, "{2}\r\na\x00", "", "expected octet other than NUL at octet 4"},
		{"literal not at line end", str, "{2} x", "", "expected line end after literal size at octet 3"},
		{"literal without size", str, "{}", "", "expected literal size at octet 1"},
		{"literal negative", str, "{-1}", "", "expected literal size at octet 1"},
		{"literal over 63 bits is a large one", str, "{92233720368547758080000}", "", "no more input"},
		{"literal open", str, "{1", "", "expected '}' at octet 2"},
		{"literal cut", str, "{9}\r\nabc", "", "no more input"},
		{"nil", nstring, "nil x", "<nil>", ""},
		{"nil is a word", nstring, "nilly", "", "expected string at octet 0"},
		{"empty is not nil", nstring, `""`, "", ""},
		{"pattern", pattern, "a/%*]", "a/%*]", ""},
		{"pattern quoted", pattern, `"a %"`, "a %", ""},
		{"flag system", flag, `\Seen)`, `\Seen`, ""},
		{"flag keyword", flag, "$Junk", "$Junk", ""},
		{"flag backslash only", flag, `\ `, "", "expected flag at octet 1"},
		{"set", set, "1:3,* x", "1:3,*", ""},
		{"set bad", set, "1:x", "", "expected sequence set at octet 2"},
		{"date", date, "1-feb-1994", "1994-02-01", ""},
		{"date quoted", date, `"29-Feb-2024"`, "2024-02-29", ""},
		{"date of no day", date, "30-Feb-2024", "0001-01-01", "expected date at octet 0"},
		{"date of no month", date, "1-Foo-2024", "0001-01-01", "expected date at octet 0"},
		{"date short year", date, "1-Jan-24", "0001-01-01", "expected date at octet 0"},
		{"date-time", dateTime, `" 7-Feb-1994 21:52:25 -0800"`, "1994-02-07T21:52:25-08:00", ""},
		{"date-time zero", dateTime, `"07-Feb-1994 21:52:25 +0000"`, "1994-02-07T21:52:25Z", ""},
		{"date-time bad hour", dateTime, `"07-Feb-1994 24:52:25 +0000"`, "0001-01-01T00:00:00Z", "expected date-time at octet 0"},
		{"date-time bad zone", dateTime, `"07-Feb-1994 21:52:25 0000"`, "0001-01-01T00:00:00Z", "expected date-time at octet 0"},
		{"date-time letters", dateTime, `"07-Feb-1994 2x:52:25 +0000"`, "0001-01-01T00:00:00Z", "expected date-time at octet 0"},
		{"date-time bare", dateTime, "x", "0001-01-01T00:00:00Z", "expected date-time at octet 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.f(lex(tt.in))
			text := ""
			if err != nil {
				text = err.Error()
			}
			if text != tt.err || (err == nil || tt.want != "") && got != tt.want {
				t.Errorf("%q: got %q, %q; want %q, %q", tt.in, got, text, tt.want, tt.err)
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want uint32
		bad  bool
	}{{"0", 0, false}, {"4294967295", 4294967295, false}, {"4294967296", 0, true}, {"", 0, true}, {"x", 0, true}} {
		if got, err := lex(tt.in).Uint32(); got != tt.want || (err != nil) != tt.bad {
			t.Errorf("%q: got %d, %v", tt.in, got, err)
		}
	}
	if _, err := lex("0").NZUint32(); err == nil {
		t.Error("0 passed as nz-number")
	}
	if _, err := lex("9223372036854775808").ModSeq(); err == nil {
		t.Error("a mod-sequence of 64 bits passed")
	}
}

func TestLists(t *testing.T) {
	count := func(x *Lexer) (n int, err error) {
		var elem func() error
		elem = func() error {
			n++
			if x.Peek() == '(' {
				return x.List(elem)
			}
			_, err := x.Atom()
			return err
		}
		err = x.List(elem)
		return n, err
	}
	if n, err := count(lex("(a (b c) ())")); n != 5 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if _, err := count(lex(strings.Repeat("(", MaxDepth+1))); !errors.Is(err, ErrTooComplex) {
		t.Errorf("depth: %v", err)
	}
	if _, err := count(lex("(" + strings.Repeat("a ", MaxItems+1))); !errors.Is(err, ErrTooComplex) {
		t.Errorf("items: %v", err)
	}
	for _, in := range []string{"", "(", "(a", "(a ", "(a  b)", "( a)", "(a )"} {
		if _, err := count(lex(in)); err == nil {
			t.Errorf("%q passed", in)
		}
	}
}

func TestUnread(t *testing.T) {
	for _, tt := range []struct {
		in   string
		take int // astrings to take first
		want Literal
		ok   bool
	}{
		{"a {3+}", 0, Literal{Size: 3, NonSync: true}, true},
		{"a ~{3}", 0, Literal{Size: 3}, true},
		{"a {3+} b", 0, Literal{}, false},
		{"{4+}\r\n{3+}", 0, Literal{Size: 4, NonSync: true}, true},
		{"{4+}\r\n{3+}", 1, Literal{}, false},
		{"{4+}\r\n{3+} {5+}", 1, Literal{Size: 5, NonSync: true}, true},
		{"}", 0, Literal{}, false},
		{"{x}", 0, Literal{}, false},
	} {
		x := lex(tt.in)
		for range tt.take {
			if _, err := x.AString(); err != nil {
				t.Fatal(err)
			}
		}
		lit, ok := x.Unread()
		if lit != tt.want || ok != tt.ok {
			t.Errorf("%q: got %v, %v", tt.in, lit, ok)
		}
		x.SetTaken()
		if _, ok := x.Unread(); ok {
			t.Errorf("%q: unread though taken", tt.in)
		}
	}
}

func TestAppend(t *testing.T) {
	for _, tt := range []struct {
		name string
		got  []byte
		want string
	}{
		{"quoted", AppendQuoted(nil, `a"\`), `"a\"\\"`},
		{"string", AppendString(nil, "a b"), `"a b"`},
		{"string 8-bit", AppendString(nil, "ü"), "{2}\r\nü"},
		{"string with line end", AppendString(nil, "a\r\n"), "{3}\r\na\r\n"},
		{"string long", AppendString(nil, strings.Repeat("x", 1025)), "{1025}\r\n" + strings.Repeat("x", 1025)},
		{"astring", AppendAString(nil, "abc"), "abc"},
		{"astring NIL", AppendAString(nil, "Nil"), `"Nil"`},
		{"astring empty", AppendAString(nil, ""), `""`},
		{"astring bracket", AppendAString(nil, "a]"), `"a]"`},
		{"mailbox", AppendMailbox(nil, "Über uns"), `"&ANw-ber uns"`},
		{"mailbox atom", AppendMailbox(nil, "INBOX/a"), "INBOX/a"},
		{"mailbox ampersand", AppendMailbox(nil, "a&b"), "a&-b"},
		{"flags", AppendFlags(nil, []string{`\Seen`, "x"}), `(\Seen x)`},
		{"no flags", AppendFlags[string](nil, nil), "()"},
		{"date-time", AppendDateTime(nil, time.Date(1994, 2, 7, 21, 52, 25, 0, time.FixedZone("", -8*3600))), `"07-Feb-1994 21:52:25 -0800"`},
		{"date-time half zone", AppendDateTime(nil, time.Date(2024, 12, 31, 1, 2, 3, 0, time.FixedZone("", 5*3600+1800))), `"31-Dec-2024 01:02:03 +0530"`},
	} {
		if string(tt.got) != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestStringsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOf(rapid.ByteRange(1, 255)).Draw(t, "s")
		for name, f := range map[string]func([]byte, []byte) []byte{"string": AppendString[[]byte], "astring": AppendAString[[]byte]} {
			x := lex(string(f(nil, s)) + " tail")
			got, err := x.AString()
			if err != nil || !bytes.Equal(got, s) || x.SP() != nil || !x.TryWord("tail") {
				t.Fatalf("%s: %q became %q, %v", name, s, got, err)
			}
		}
	})
}

func TestDateTimeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.IntRange(-12*60, 14*60).Draw(t, "zone") * 60
		at := time.Unix(rapid.Int64Range(-2e9, 9e9).Draw(t, "unix"), 0).In(time.FixedZone("", zone))
		b := AppendDateTime(nil, at)
		got, err := ParseDateTime(b[1 : len(b)-1])
		if err != nil || !got.Equal(at) {
			t.Fatalf("%v became %s became %v, %v", at, b, got, err)
		}
	})
}

func BenchmarkAppendFlags(b *testing.B) {
	flags := []string{`\Seen`, `\Answered`, "$Junk"}
	buf := make([]byte, 0, 128)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendFlags(buf[:0], flags)
	}
}
