// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"twiga/lib/charset"
	"twiga/lib/conv/casemap"
	"twiga/lib/conv/mime"
	"twiga/lib/conv/mime/mimetest"
	"twiga/lib/mapi/object"
)

// naive is a message as somebody sees it who has all of it at hand.
type naive struct {
	seq    int
	data   []byte
	seen   bool
	day    time.Time
	header []byte
	s      *mime.Structure
}

// naiveKey is a key as a client writes it and what it means.
type naiveKey struct {
	text string
	is   func(*naive) bool
}

// field says whether a field has a text as ENVELOPE shows it, or as it stands.
func (m *naive) field(name, text string) bool {
	if e := envelopeField(name); e >= 0 {
		if key, ok := fieldKey(fieldKeys(m.s.AppendEnvelope(nil), false), e); ok && strings.Contains(key, casemap.Key(text)) {
			return true
		}
	}
	for n, v := range eachField(m.header) {
		if strings.EqualFold(n, name) && strings.Contains(casemap.Key(charset.DecodeHeader(v)), casemap.Key(text)) {
			return true
		}
	}
	return false
}

func (m *naive) has(text string, headers bool) bool {
	want := casemap.Key(text)
	for i := range m.s.Parts {
		p := &m.s.Parts[i]
		inner := p.Parent >= 0 && m.s.Parts[p.Parent].Kind == mime.KindMessage
		if headers || inner {
			for n, v := range eachField(m.data[p.Header.Start:p.Header.End]) {
				if strings.Contains(casemap.Key(n+": "+charset.DecodeHeader(v)), want) {
					return true
				}
			}
		}
		if p.Kind == mime.KindLeaf && (m.s.Is(i, "text", "") || m.s.Is(i, "message", "")) {
			raw, _ := io.ReadAll(m.s.Content(i))
			if strings.Contains(casemap.Key(charset.String(m.s.Charset(i), raw)), want) {
				return true
			}
		}
	}
	return false
}

// naiveKeys draws a key.
func drawKey(rng *rand.Rand, n, depth int) naiveKey {
	words := []string{"example", "alice", "e", "hello", "test", "zz", "grüße", "text"}
	word := words[rng.IntN(len(words))]
	literal := fmt.Sprintf("{%d+}\r\n%s", len(word), word)
	kinds := 10
	if depth > 0 {
		kinds = 13
	}
	switch rng.IntN(kinds) {
	case 0:
		return naiveKey{"SEEN", func(m *naive) bool { return m.seen }}
	case 1:
		a, b := 1+rng.IntN(n), 1+rng.IntN(n)
		return naiveKey{fmt.Sprintf("%d:%d", a, b), func(m *naive) bool { return m.seq >= min(a, b) && m.seq <= max(a, b) }}
	case 2:
		size := rng.IntN(2000)
		return naiveKey{fmt.Sprintf("LARGER %d", size), func(m *naive) bool { return len(m.data) > size }}
	case 3:
		day := time.Date(2019, 1, 1+rng.IntN(40), 0, 0, 0, 0, time.UTC)
		return naiveKey{"BEFORE " + day.Format("2-Jan-2006"), func(m *naive) bool { return m.day.Before(day) }}
	case 4, 5:
		name := []string{"Subject", "From", "To", "Cc"}[rng.IntN(4)]
		return naiveKey{strings.ToUpper(name) + " " + literal, func(m *naive) bool { return m.field(name, word) }}
	case 6:
		name := []string{"Content-Type", "X-Mailer", "Received", "Subject"}[rng.IntN(4)]
		return naiveKey{"HEADER " + name + " " + literal, func(m *naive) bool { return m.field(name, word) }}
	case 7, 8:
		return naiveKey{"BODY " + literal, func(m *naive) bool { return m.has(word, false) }}
	case 9:
		return naiveKey{"TEXT " + literal, func(m *naive) bool { return m.has(word, true) }}
	case 10:
		k := drawKey(rng, n, depth-1)
		return naiveKey{"NOT " + k.text, func(m *naive) bool { return !k.is(m) }}
	case 11:
		a, b := drawKey(rng, n, depth-1), drawKey(rng, n, depth-1)
		return naiveKey{"OR " + a.text + " " + b.text, func(m *naive) bool { return a.is(m) || b.is(m) }}
	default:
		a, b := drawKey(rng, n, depth-1), drawKey(rng, n, depth-1)
		return naiveKey{"(" + a.text + " " + b.text + ")", func(m *naive) bool { return a.is(m) && b.is(m) }}
	}
}

// SEARCH finds what one finds who looks at all of every message.
func TestSearchFindsWhatIsThere(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		c := newRig(t, service).client(t)
		var all []*naive
		for i, msg := range mimetest.Corpus() {
			if len(msg.Data) == 0 || len(msg.Data) > 200<<10 {
				continue
			}
			m := &naive{seq: len(all) + 1, data: msg.Data, seen: i%3 == 0, day: time.Date(2019, 1, 1+i%40, 0, 0, 0, 0, time.UTC)}
			m.s = mime.NewStructure(msg.Data)
			m.header = msg.Data[m.s.Parts[0].Header.Start:m.s.Parts[0].Header.End]
			flags := ""
			if m.seen {
				flags = `(\Seen) `
			}
			c.OK("APPEND INBOX %s%q {%d+}\r\n%s", flags, m.day.Add(10*time.Hour).Format("02-Jan-2006 15:04:05 -0700"), len(msg.Data), msg.Data)
			all = append(all, m)
		}
		c.OK("SELECT INBOX")
		rng := rand.New(rand.NewPCG(7, 8))
		for range 60 {
			key := drawKey(rng, len(all), 3)
			var want strings.Builder
			want.WriteString("SEARCH")
			for _, m := range all {
				if key.is(m) {
					fmt.Fprintf(&want, " %d", m.seq)
				}
			}
			if got := c.OK("SEARCH CHARSET UTF-8 %s", key.text); len(got) != 1 || got[0] != want.String() {
				t.Fatalf("%q\n got %q\nwant %q", key.text, got, want.String())
			}
		}
	})
}
