// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"twiga/lib/conv/mime/mimetest"
)

// checkParts compares the packed table with the tree.
func checkParts(s *Structure) error {
	table := Parts(s.AppendParts(nil))
	expect := func(path []uint32, section Section, want Span, wantOK bool) error {
		off, size, ok := table.Find(path, section)
		if ok != wantOK || ok && (off != int64(want.Start) || size != int64(want.Len())) {
			return fmt.Errorf("find %v section %d: %d+%d %v, want %v %v", path, section, off, size, ok, want, wantOK)
		}
		return nil
	}
	checks := 0
	var part func(i int, path []uint32) error
	part = func(i int, path []uint32) error {
		p := &s.Parts[i]
		if checks++; checks > 300 {
			return nil
		}
		root := p
		if p.Kind == KindMessage {
			root = &s.Parts[p.First]
		}
		for _, err := range []error{
			expect(path, SectionAll, p.Body, true), expect(path, SectionMIME, p.Header, true),
			expect(path, SectionHeader, root.Header, p.Kind == KindMessage), expect(path, SectionText, root.Body, p.Kind == KindMessage),
		} {
			if err != nil {
				return err
			}
		}
		inner := i
		if p.Kind == KindMessage {
			inner = p.First
		}
		if p.Kind == KindLeaf {
			return expect(append(path, 1), SectionAll, Span{}, false)
		}
		return children(s, inner, path, part)
	}
	root := &s.Parts[0]
	all := Span{0, len(s.data)}
	for _, err := range []error{
		expect(nil, SectionAll, all, true), expect(nil, SectionHeader, root.Header, true), expect(nil, SectionText, root.Body, true),
		expect(nil, SectionMIME, Span{}, false), expect([]uint32{0}, SectionAll, Span{}, false), children(s, 0, nil, part),
	} {
		if err != nil {
			return err
		}
	}
	leaves := 0
	for i := range s.Parts {
		if s.Parts[i].Kind == KindLeaf {
			leaves++
		}
	}
	n := 0
	var bad error
	err := table.Leaves(func(l PartLeaf) bool {
		n++
		if off, size, ok := table.Find(l.Path, SectionAll); n < 300 && (!ok || off != l.Offset || size != l.Size) {
			bad = fmt.Errorf("leaf %v at %d+%d, found %d+%d %v", l.Path, l.Offset, l.Size, off, size, ok)
		}
		return true
	})
	if bad != nil || err != nil || n != leaves {
		return fmt.Errorf("%d leaves of %d: %w", n, leaves, errors.Join(err, bad))
	}
	return nil
}

// children calls part with what the numbers 1… of the entity i name.
func children(s *Structure, i int, path []uint32, part func(int, []uint32) error) error {
	p := &s.Parts[i]
	if p.Kind != KindMultipart {
		return part(i, append(path[:len(path):len(path)], 1))
	}
	n := uint32(0)
	for c := p.First; c >= 0; c = s.Parts[c].Next {
		n++
		if err := part(c, append(path[:len(path):len(path)], n)); err != nil {
			return err
		}
	}
	return nil
}

func TestFind(t *testing.T) {
	const inner = "Subject: in\r\n\r\nhello\r\n"
	msg := "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: 1\r\n\r\none\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + "\r\n--b--\r\n"
	table := Parts(NewStructure([]byte(msg)).AppendParts(nil))
	for _, tc := range []struct {
		name    string
		path    []uint32
		section Section
		want    string
		ok      bool
	}{
		{"BODY[]", nil, SectionAll, msg, true},
		{"BODY[1]", []uint32{1}, SectionAll, "one", true},
		{"BODY[1.MIME]", []uint32{1}, SectionMIME, "X: 1\r\n\r\n", true},
		{"BODY[1.HEADER]", []uint32{1}, SectionHeader, "", false},
		{"BODY[2]", []uint32{2}, SectionAll, inner, true},
		{"BODY[2.HEADER]", []uint32{2}, SectionHeader, "Subject: in\r\n\r\n", true},
		{"BODY[2.TEXT]", []uint32{2}, SectionText, "hello\r\n", true},
		{"BODY[2.1]", []uint32{2, 1}, SectionAll, "hello\r\n", true},
		{"BODY[2.1.MIME]", []uint32{2, 1}, SectionMIME, "Subject: in\r\n\r\n", true},
		{"BODY[2.2]", []uint32{2, 2}, SectionAll, "", false},
		{"BODY[3]", []uint32{3}, SectionAll, "", false},
		{"BODY[1.1]", []uint32{1, 1}, SectionAll, "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			off, size, ok := table.Find(tc.path, tc.section)
			if ok != tc.ok || msg[off:off+size] != tc.want {
				t.Errorf("got %q %v", msg[off:off+size], ok)
			}
		})
	}
	if len(table) > 60 {
		t.Errorf("the table has %d bytes", len(table))
	}
}

func TestLeaves(t *testing.T) {
	s := NewStructure([]byte(mimetest.Mixed("Grüße", []byte("ABC"))))
	var got []string
	err := Parts(s.AppendParts(nil)).Leaves(func(l PartLeaf) bool {
		got = append(got, fmt.Sprint(l.Path, l.MediaType, l.Encoding, l.Charset, l.Filename, l.Attachment))
		r := Decode(l.Encoding, strings.NewReader(string(s.Data()[l.Offset:l.Offset+l.Size])))
		text, err := io.ReadAll(r)
		got = append(got, string(text), fmt.Sprint(err))
		return true
	})
	want := "[1] text/plain 0 utf-8  false|Grüße|<nil>|[2] application/octet-stream 1  data.bin true|ABC|<nil>"
	want = strings.ReplaceAll(want, " text", "text")
	if g := strings.Join(got, "|"); err != nil || strings.ReplaceAll(g, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got %s, %v", g, err)
	}
}

func TestDecode(t *testing.T) {
	long := strings.Repeat("=C3=BC", 5000)
	for _, tc := range []struct {
		name      string
		enc       Encoding
		src, want string
	}{
		{"identity", Identity, "a=20", "a=20"},
		{"base64", Base64, "QU\r\nJD", "ABC"},
		{"base64 junk", Base64, "Q U*JD\x00RA==", "ABCD"},
		{"base64 joined", Base64, "QQ==QQ==", "AA"},
		{"base64 cut", Base64, "QUJDR", "ABC"},
		{"qp", QuotedPrintable, "a=3Db=\r\nc=\nd", "a=bcd"},
		{"qp bad", QuotedPrintable, "=ZZ=4", "=ZZ=4"},
		{"qp trailing blanks", QuotedPrintable, "a \t\r\nb ", "a\r\nb"},
		{"qp soft break with blanks", QuotedPrintable, "a= \t\r\nb", "ab"},
		{"qp ends in equals", QuotedPrintable, "a=", "a"},
		{"qp long", QuotedPrintable, long, strings.Repeat("ü", 5000)},
		{"qp long, odd", QuotedPrintable, "x" + long, "x" + strings.Repeat("ü", 5000)},
		{"qp long, odder", QuotedPrintable, "xy" + long, "xy" + strings.Repeat("ü", 5000)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := io.ReadAll(Decode(tc.enc, strings.NewReader(tc.src)))
			if err != nil || string(got) != tc.want {
				t.Errorf("got %.60q, %v", got, err)
			}
		})
	}
}

func TestFilename(t *testing.T) {
	for name, want := range map[string]string{
		"field-disposition-2231":        "日 .txt",
		"field-disposition-encoded":     "日.txt",
		"field-disposition":             "a.txt",
		"field-type-rfc-2231":           "grün.pdf",
		"field-type-raw-8bit":           "grün.pdf",
		"field-type-raw-utf-8":          "grün.pdf",
		"field-type-value-with-spaces":  "my file",
		"field-disposition-only-params": "a.txt",
	} {
		for _, tc := range mimetest.Corpus() {
			if tc.Name == name {
				if got := NewStructure(tc.Data).Filename(0); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		}
	}
}

func TestPartsDamaged(t *testing.T) {
	table := NewStructure([]byte(mimetest.Mixed("x", []byte("y")))).AppendParts(nil)
	for i := range table {
		if _, _, ok := Parts(table[:i]).Find([]uint32{2}, SectionAll); ok {
			t.Errorf("found in a table cut to %d bytes", i)
		}
	}
	if err := Parts("").Leaves(nil); err == nil {
		t.Error("an empty table has leaves")
	}
}
