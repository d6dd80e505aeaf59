// SPDX-License-Identifier: AGPL-3.0-or-later

package casemap_test

import (
	"bytes"
	"strings"
	"testing"

	"twiga/lib/conv/casemap"
)

func TestKey(t *testing.T) {
	for name, c := range map[string]struct{ text, key string }{
		"empty":                     {"", ""},
		"ascii":                     {"Hello, World 1", "HELLO, WORLD 1"},
		"umlaut decomposes":         {"ä", "A\u0308"},
		"both spellings are one":    {"a\u0308", "A\u0308"},
		"no full case mapping":      {"ß", "ß"},
		"ligature":                  {"ﬁ", "fi"}, // titlecase first, then decomposed: RFC 5051 2
		"full width":                {"ａ", "A"},
		"digraph takes title case":  {"ǆ", "D\u007a\u030c"},
		"hangul":                    {"각", "\u1100\u1161\u11a8"},
		"hangul without a tail":     {"가", "\u1100\u1161"},
		"greek final sigma":         {"ς", "Σ"},
		"cyrillic":                  {"ё", "Е\u0308"},
		"not UTF-8":                 {"a\xffb", "A\uFFFDB"},
		"compatibility of a symbol": {"①", "1"},
		"beyond the BMP":            {"𐐨", "𐐀"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := casemap.Key(c.text); got != c.key {
				t.Errorf("Key(%q) = %q, want %q", c.text, got, c.key)
			}
			if got := string(casemap.AppendKey([]byte("x"), []byte(c.text))); got != "x"+c.key {
				t.Errorf("AppendKey(%q) = %q, want %q", c.text, got, "x"+c.key)
			}
		})
	}
}

func TestFinder(t *testing.T) {
	for name, c := range map[string]struct {
		find, in string
		want     bool
	}{
		"same":                {"abc", "abc", true},
		"other case":          {"aBc", "xxAbCxx", true},
		"not there":           {"abc", "ab c", false},
		"empty":               {"", "abc", true},
		"empty in empty":      {"", "", true},
		"accent":              {"É", "caf\u00e9", true},
		"accent as mark":      {"É", "cafe\u0301", true},
		"letter below a mark": {"cafe", "CAFÉ", true},
		"longer than text":    {"abcd", "abc", false},
		"at the end":          {"c", "abc", true},
	} {
		t.Run(name, func(t *testing.T) {
			f := casemap.NewFinder(c.find)
			if got := f.InString(c.in); got != c.want {
				t.Errorf("InString = %v", got)
			}
			if got := f.In([]byte(c.in)); got != c.want {
				t.Errorf("In = %v", got)
			}
			if got := f.InKey([]byte(casemap.Key(c.in))); got != c.want {
				t.Errorf("InKey = %v", got)
			}
			for size := 1; size < 4; size++ {
				if got := pieces(f, []byte(c.in), size); got != c.want && c.in != "" {
					t.Errorf("Piece by %d = %v", size, got)
				}
			}
		})
	}
}

func pieces(f *casemap.Finder, text []byte, size int) bool {
	f.Start()
	for len(text) > 0 {
		n := min(size, len(text))
		if f.Piece(text[:n]) {
			return true
		}
		text = text[n:]
	}
	return false
}

func TestFinderAllocatesNothing(t *testing.T) {
	f := casemap.NewFinder("needle")
	text := []byte(strings.Repeat("Grüße aus dem Heuhaufen. ", 1000))
	f.In(text)
	if n := testing.AllocsPerRun(10, func() { f.In(text) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzFinder(f *testing.F) {
	f.Add("Ü", "grün ÜBER", 1)
	f.Add("a\xcc", "x\xcc\x88y", 2)
	f.Fuzz(func(t *testing.T, find, in string, size int) {
		if size < 1 {
			size = 1
		}
		find, in = strings.ToValidUTF8(find, "?"), strings.ToValidUTF8(in, "?")
		w := casemap.NewFinder(find)
		whole := w.InString(in)
		if want := bytes.Contains([]byte(casemap.Key(in)), []byte(casemap.Key(find))); whole != want {
			t.Fatalf("InString %v, want %v", whole, want)
		}
		if in != "" && pieces(w, []byte(in), size) != whole {
			t.Fatalf("pieces of %d differ", size)
		}
	})
}

func BenchmarkFinder(b *testing.B) {
	for name, text := range map[string]string{"ascii": strings.Repeat("some words of plain text, ", 2000), "german": strings.Repeat("Grüße aus Österreich, ", 2000)} {
		b.Run(name, func(b *testing.B) {
			f, data := casemap.NewFinder("needle"), []byte(text)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				f.In(data)
			}
		})
	}
}
