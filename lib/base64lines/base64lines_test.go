// SPDX-License-Identifier: AGPL-3.0-or-later

package base64lines

import (
	"bytes"
	"encoding/base64"
	"io"
	"math/rand/v2"
	"testing"
)

// reference encodes with the standard library, line by line.
func reference(l Layout, src []byte) []byte {
	all := base64.StdEncoding.EncodeToString(src)
	var out []byte
	for len(all) > l.Line {
		out = append(append(out, all[:l.Line]...), l.EOL()...)
		all = all[l.Line:]
	}
	return append(out, all...)
}

func random(n int) []byte {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func decodeAll(l Layout, text []byte) (encoded int64, out []byte) {
	encoded, n, _ := l.Decode(text, func(p []byte) error {
		if len(out)%l.LineBytes() != 0 {
			panic("a piece behind one that is not of full lines")
		}
		out = append(out, p...)
		return nil
	})
	if n != int64(len(out)) {
		panic("decoded length differs from what was emitted")
	}
	return encoded, out
}

var layouts = []Layout{{4, true}, {60, false}, {64, false}, {72, true}, {76, true}, {76, false}, {1000, true}, {MaxLine, true}}

func TestRoundTrip(t *testing.T) {
	for _, l := range layouts {
		for _, n := range []int{0, 1, 2, 3, 4, 5, 44, 45, 46, 56, 57, 58, 113, 114, 115, 750, 1001, 70_000} {
			src := random(n)
			want := reference(l, src)
			if got := l.Append([]byte("x"), src); string(got[1:]) != string(want) {
				t.Fatalf("%+v: Append of %d bytes differs", l, n)
			}
			if l.EncodedLen(int64(n)) != int64(len(want)) {
				t.Fatalf("%+v: EncodedLen(%d) = %d, not %d", l, n, l.EncodedLen(int64(n)), len(want))
			}
			if e, d := decodeAll(l, want); e != int64(len(want)) || !bytes.Equal(d, src) {
				t.Fatalf("%+v: Decode of %d bytes takes %d of %d", l, n, e, len(want))
			}
			if d, err := io.ReadAll(l.NewReader(want)); err != nil || !bytes.Equal(d, src) {
				t.Fatalf("%+v: reader gives %d bytes, %v", l, len(d), err)
			}
			var out bytes.Buffer
			w := l.NewWriter(&out)
			for i, k := 0, 1; i < n; i, k = i+k, k*3%101+1 {
				if _, err := w.Write(src[i:min(n, i+k)]); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil || !bytes.Equal(out.Bytes(), want) {
				t.Fatalf("%+v: Writer gives %d bytes for %d, %v", l, out.Len(), n, err)
			}
		}
	}
}

func TestRanges(t *testing.T) {
	for _, l := range []Layout{{8, true}, {12, false}} {
		for total := range 40 {
			src := random(total)
			want := l.Append(nil, src)
			for off := range len(want) + 2 {
				for n := range len(want) + 2 {
					lo, hi := l.Source(int64(total), int64(off), int64(n))
					got := l.AppendRange([]byte("ab"), src[lo:hi], int64(total), int64(off), int64(n))
					if w := want[min(off, len(want)):min(off+n, len(want))]; string(got[2:]) != string(w) {
						t.Fatalf("%+v total %d: [%d,+%d) = %q, want %q", l, total, off, n, got[2:], w)
					}
				}
			}
		}
	}
}

func TestDecodeStops(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		layout     Layout
		encoded    int64
		decoded    string
	}{
		{"final line end stays outside", "QUJD\r\n", Layout{4, true}, 4, "ABC"},
		{"short last line", "QUJDQUJD\nQUJD\n", Layout{8, false}, 13, "ABCABCABC"},
		{"short line in the middle", "QUJDQUJD\nQUJD\nQUJDQUJD", Layout{8, false}, 13, "ABCABCABC"},
		{"long line", "QUJDQUJD\nQUJDQUJDQUJD", Layout{8, false}, 17, "ABCABCABCABC"},
		{"other line end", "QUJD\r\nQUJD\nQUJD", Layout{4, true}, 10, "ABCABC"},
		{"padding ends it", "QUI=\r\nQUJD", Layout{4, true}, 4, "AB"},
		{"bits behind the end are not zero", "QUJDQUJ=\n", Layout{8, false}, 4, "ABC"},
		{"one padding byte, two missing", "QUJDQQ=A", Layout{8, false}, 4, "ABC"},
		{"two padded", "QUJDQQ==", Layout{8, false}, 8, "ABCA"},
		{"line of blanks", "QUJD\r\n    \r\n", Layout{4, true}, 4, "ABC"},
		{"cut quantum", "QUJDQU", Layout{8, true}, 4, "ABC"},
		{"foreign alphabet", "QU-_", Layout{4, true}, 0, ""},
		{"empty", "", Layout{4, true}, 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, d := decodeAll(tc.layout, []byte(tc.text))
			if e != tc.encoded || string(d) != tc.decoded {
				t.Errorf("got %d, %q", e, d)
			}
		})
	}
}

func TestDetect(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       Layout
		ok         bool
	}{
		{"crlf", "QUJDQUJD\r\nQQ==", Layout{8, true}, true},
		{"lf", "QUJD\nQQ==", Layout{4, false}, true},
		{"one line", "QUJDQQ==", Layout{8, false}, true},
		{"one line and its end", "QUJDQQ==\r\n", Layout{8, true}, true},
		{"not a multiple of four", "QUJDQ\r\nQUJDQ\r\n", Layout{}, false},
		{"empty first line", "\r\nQUJD", Layout{}, false},
		{"empty", "", Layout{}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l, ok := Detect([]byte(tc.text))
			if ok != tc.ok || ok && l != tc.want {
				t.Errorf("got %+v, %v", l, ok)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("QUJDQUJD\r\nQQ==\r\n"))
	f.Add([]byte("QUJD\nQUJ="))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, ok := Detect(text)
		if !ok {
			return
		}
		e, d := decodeAll(l, text)
		if e != l.EncodedLen(int64(len(d))) || !bytes.Equal(l.Append(nil, d), text[:e]) {
			t.Fatalf("%+v: %q does not come back", l, text[:e])
		}
		if r, _ := io.ReadAll(l.NewReader(text[:e])); !bytes.Equal(r, d) {
			t.Fatal("reader and Decode differ")
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	l, src := Layout{76, true}, random(1<<20)
	dst := l.Append(nil, src)
	b.SetBytes(int64(len(dst)))
	for b.Loop() {
		dst = l.Append(dst[:0], src)
	}
}

func BenchmarkDecode(b *testing.B) {
	l := Layout{76, true}
	text := l.Append(nil, random(1<<20))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		l.Decode(text, func([]byte) error { return nil })
	}
}

func BenchmarkWriter(b *testing.B) {
	l, src := Layout{76, true}, random(1<<20)
	b.SetBytes(l.EncodedLen(1 << 20))
	for b.Loop() {
		w := l.NewWriter(io.Discard)
		for p := src; len(p) > 0; p = p[32<<10:] {
			w.Write(p[:32<<10])
		}
		w.Close()
	}
}

// Whatever the processor can do at once, the text is the same, and nothing
// beyond it is touched.
func TestFastLines(t *testing.T) {
	for line := 4; line <= 200; line += 4 {
		for _, crlf := range []bool{false, true} {
			l := Layout{line, crlf}
			for n := 0; n < 12*line; n += 1 + n/7 {
				src := random(n)[:n:n]
				want := reference(l, src)
				dst := bytes.Repeat([]byte{'x'}, len(want)+40)
				l.encode(dst[:len(want)], src)
				if !bytes.Equal(dst[:len(want)], want) || len(bytes.Trim(dst[len(want):], "x")) > 0 {
					t.Fatalf("%+v: %d bytes differ: %q, want %q", l, n, dst, want)
				}
			}
		}
	}
}
