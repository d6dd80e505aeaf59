// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"twiga/lib/conv/mime"
	"twiga/lib/conv/mime/mimetest"
	"twiga/lib/mapi/object"
)

// TestEveryByteComesBack appends the corpus and reads it in every way.
func TestEveryByteComesBack(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		c := newRig(t, service).client(t)
		c.OK("SELECT INBOX")
		cases := slices.DeleteFunc(mimetest.Corpus(), func(m mimetest.Case) bool { return len(m.Data) == 0 })
		for _, m := range cases {
			c.OK("APPEND INBOX {%d+}\r\n%s", len(m.Data), m.Data)
		}
		all := c.OK("FETCH 1:* (RFC822.SIZE BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODYSTRUCTURE BODY ENVELOPE)")
		if len(all) != len(cases) {
			t.Fatalf("%d of %d messages", len(all), len(cases))
		}
		for i, m := range cases {
			t.Run(m.Name, func(t *testing.T) {
				s := mime.NewStructure(m.Data)
				h := s.Parts[0].Header
				want := fmt.Sprintf("%d FETCH (RFC822.SIZE %d ENVELOPE %s BODYSTRUCTURE %s BODY %s BODY[] %s BODY[HEADER] %s BODY[TEXT] %s)", i+1,
					len(m.Data), s.AppendEnvelope(nil), s.AppendBodyStructure(nil, true), s.AppendBodyStructure(nil, false),
					literal(m.Data), literal(m.Data[h.Start:h.End]), literal(m.Data[h.End:]))
				if got := all[i]; got != want {
					at := 0
					for at < min(len(got), len(want)) && got[at] == want[at] {
						at++
					}
					t.Errorf("from byte %d\ngot  %.200q\nwant %.200q", at, got[at:], want[at:])
				}
			})
		}
		for i, m := range cases {
			at := len(m.Data) / 3
			want := m.Data[at:min(len(m.Data), at+100)]
			got := c.OK("FETCH %d BODY.PEEK[]<%d.100>", i+1, at)
			if len(got) != 1 || !strings.HasSuffix(got[0], fmt.Sprintf("BODY[]<%d> %s)", at, literal(want))) {
				t.Errorf("%s: part from %d: %.300q", m.Name, at, got)
			}
		}
	})
}

// literal is b as a literal.
func literal[T string | []byte](b T) string {
	return fmt.Sprintf("{%d}\r\n%s", len(b), b)
}

// TestBodyOfStructure makes BODY of BODYSTRUCTURE as the parser makes it.
func TestBodyOfStructure(t *testing.T) {
	for _, m := range mimetest.Corpus() {
		s := mime.NewStructure(m.Data)
		got := appendBody(nil, s.AppendBodyStructure(nil, true))
		if want := s.AppendBodyStructure(nil, false); !bytes.Equal(got, want) {
			t.Errorf("%s:\ngot  %.1000q\nwant %.1000q", m.Name, got, want)
		}
	}
}

// FuzzStructure has the readers of rendered text meet anything.
func FuzzStructure(f *testing.F) {
	for _, m := range mimetest.Corpus() {
		s := mime.NewStructure(m.Data)
		for _, seed := range [][]byte{s.AppendBodyStructure(nil, true), s.AppendEnvelope(nil)} {
			if len(seed) < 2000 { // large ones only slow it down
				f.Add(seed)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if out := appendBody(nil, b); len(out) > 2*len(b)+16 {
			t.Errorf("%d bytes of %d", len(out), len(b))
		}
		for field := range envMessageID + 1 {
			envelopeValue(b, field)
		}
	})
}
