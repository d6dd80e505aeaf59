// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"bytes"
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// FuzzCommand parses lines and holds what they are parsed to to its bounds.
func FuzzCommand(f *testing.F) {
	table := commandTable()
	for name := range table {
		f.Add([]byte(name))
		f.Add([]byte(strings.ToLower(name) + " 1 2"))
	}
	f.Add([]byte("AUTH PLAIN AHUAcA=="))
	f.Add([]byte("RETR 99999999999999999999"))
	f.Fuzz(func(t *testing.T, line []byte) {
		cmd, args := find(table, line)
		if cmd == nil {
			return
		}
		err := cmd.parse(args)
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("%q: %v is no answer", line, err)
		}
		var n int
		if rest, err := parseNumber(args, &n); err == nil && (n < 0 || len(rest) > len(args)) {
			t.Fatalf("%q: number %d", line, n)
		}
	})
}

// FuzzConn feeds a connection bytes: it always ends, and every line of its
// answers begins as it should.
func FuzzConn(f *testing.F) {
	f.Add([]byte("USER u\r\nPASS p\r\nRETR 1\r\nTOP 3 1\r\nLIST\r\nUIDL\r\nDELE 1\r\nRSET\r\nQUIT\r\n"))
	f.Add([]byte("AUTH PLAIN\r\nAHUAcA==\r\nRETR 1\r\nRETR 3\r\nRETR\r\n"))
	f.Fuzz(func(t *testing.T, input []byte) {
		here, there := net.Pipe()
		s := New(plainConfig(newFakeBackend(mails...)))
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.ServeConn(context.Background(), there)
		}()
		go func() {
			_, _ = here.Write(input)
			_, _ = here.Write([]byte("\r\nQUIT\r\nQUIT\r\nQUIT\r\n")) // one may be taken for a password
		}()
		var out bytes.Buffer
		_ = here.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := out.ReadFrom(here); err != nil {
			t.Fatal(err)
		}
		here.Close()
		<-done
		if !bytes.HasPrefix(out.Bytes(), []byte("+OK ")) {
			t.Fatalf("answered %q", out.Bytes())
		}
	})
}

// TestMessageWriter holds stuffing and TOP to a plain reading of RFC 1939,
// however the octets are torn.
func TestMessageWriter(t *testing.T) {
	for name, row := range map[string]struct {
		body  string
		lines int
		want  string
	}{
		"empty":                     {"", -1, ".\r\n"},
		"dot alone":                 {".", -1, "..\r\n.\r\n"},
		"dots at line starts":       {".a\r\n..b\r\nc.d\r\n.\r\n", -1, "..a\r\n...b\r\nc.d\r\n..\r\n.\r\n"},
		"bare LF":                   {"a\n.\nb\n", -1, "a\n..\nb\n\r\n.\r\n"},
		"CR is no line end":         {"a\r.\r\n", -1, "a\r.\r\n.\r\n"},
		"no end":                    {"a\r\nb", -1, "a\r\nb\r\n.\r\n"},
		"top of header alone":       {"A: b\r\nC: d\r\n", 0, "A: b\r\nC: d\r\n.\r\n"},
		"top, nothing of the body":  {"A: b\r\n\r\nbody\r\n", 0, "A: b\r\n\r\n.\r\n"},
		"top, no header":            {"\r\nbody\r\nmore\r\n", 1, "\r\nbody\r\n.\r\n"},
		"top, dots":                 {"A: b\r\n\r\n.body\r\n.more\r\n", 1, "A: b\r\n\r\n..body\r\n.\r\n"},
		"top, empty lines count":    {"A: b\r\n\r\n\r\n\r\nc\r\n", 2, "A: b\r\n\r\n\r\n\r\n.\r\n"},
		"top, bare LF":              {"A: b\n\nc\nd\n", 1, "A: b\n\nc\n\r\n.\r\n"},
		"LF alone at the end":       {"a\r\nb\n", -1, "a\r\nb\n\r\n.\r\n"},
		"top, more than there is":   {"A: b\r\n\r\nc", 9, "A: b\r\n\r\nc\r\n.\r\n"},
		"top, CR alone is no blank": {"A: b\r\nx\r\n\r\nc\r\n", 0, "A: b\r\nx\r\n\r\n.\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			for piece := 1; piece <= len(row.body)+1; piece++ {
				if got := written(t, row.body, row.lines, piece); got != row.want {
					t.Fatalf("in pieces of %d: got %q, want %q", piece, got, row.want)
				}
			}
		})
	}
}

// written is what a MessageWriter makes of a body, without its first line.
func written(t *testing.T, body string, lines, piece int) string {
	t.Helper()
	c := newConn(New(Config{}), nil)
	c.drop.open(&fakeSession{b: newFakeBackend("")})
	m := MessageWriter{c: c, want: []Want{{Lines: lines}}}
	if err := m.Begin(int64(len(body))); err != nil {
		t.Fatal(err)
	}
	for rest := body; rest != "" && !m.Full(); {
		n := min(piece, len(rest))
		if _, err := m.Write([]byte(rest[:n])); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := m.End(); err != nil {
		t.Fatal(err)
	}
	_, out, _ := strings.Cut(string(c.io.Begin()), "\r\n")
	return out
}

// TestTranslations: every text that the package tells is there in all
// languages, and no other.
func TestTranslations(t *testing.T) {
	texts := map[string]bool{}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			collectTexts(t, e.Name(), texts)
		}
	}
	if len(texts) < 40 {
		t.Fatalf("found %d texts", len(texts))
	}
	for i := range languages {
		l := &languages[i]
		if l.texts == nil {
			continue
		}
		for text := range texts {
			if _, ok := l.texts[text]; !ok {
				t.Errorf("%s lacks %q", l.tag, text)
			}
		}
		for text := range l.texts {
			if !texts[text] {
				t.Errorf("%s has %q, which nobody tells", l.tag, text)
			}
		}
	}
}

// collectTexts finds the texts of answers in a source file.
func collectTexts(t *testing.T, file string, texts map[string]bool) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	place := map[string]int{"Bad": 0, "Err": 1, "Bye": 1, "ok": 0, "text": 0}
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := ""
		switch fun := call.Fun.(type) {
		case *ast.Ident:
			name = fun.Name
		case *ast.SelectorExpr:
			name = fun.Sel.Name
		}
		at, ok := place[name]
		if !ok || at >= len(call.Args) {
			return true
		}
		if lit, ok := call.Args[at].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			texts[text] = true
		}
		return true
	})
}
