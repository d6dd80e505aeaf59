// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	proto "twiga/lib/proto/imap"
)

// A FUZZY key (RFC 6203) matches by words: a word of the key counts for each
// word of the text that it is, or begins. A message matches if it has at least
// half of the key's words. What it is worth is Okapi BM25 over the messages
// found.

// The constants of BM25.
const (
	bm25Saturation = 1.2
	bm25Length     = 0.75
)

// maxFuzzyWords is how many words of a key count.
const maxFuzzyWords = 32

// fuzzyKey are the words of a key, in capitals and without accents.
type fuzzyKey struct {
	first int // number of the first one among those of all keys
	words [][]byte
}

// termCount says how often a word is in a text of so many words.
type termCount struct{ term, count, length int }

// wordsOf takes the words out of a key of casemap.
func wordsOf(key []byte) [][]byte {
	var out [][]byte
	eachWord(key, func(w []byte) {
		if len(out) < maxFuzzyWords && !slices.ContainsFunc(out, func(o []byte) bool { return bytes.Equal(o, w) }) {
			out = append(out, bytes.Clone(w))
		}
	})
	return out
}

// eachWord calls f with each word: letters and digits, without the marks that
// casemap has put behind its letters.
func eachWord(key []byte, f func(word []byte)) {
	var word [64]byte
	n := 0
	for i := 0; i < len(key); {
		r, size := rune(key[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(key[i:])
		}
		switch {
		case r < utf8.RuneSelf && (r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z'),
			r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			if n+size <= len(word) {
				n += copy(word[n:], key[i:i+size])
			}
		case r >= utf8.RuneSelf && unicode.IsMark(r):
		default:
			if n > 0 {
				f(word[:n])
			}
			n = 0
		}
		i += size
	}
	if n > 0 {
		f(word[:n])
	}
}

// wordMatch counts the words of a key in the texts of a message.
type wordMatch struct {
	k      *fuzzyKey
	counts []int
	length int
}

func (k *fuzzyKey) start() wordMatch { return wordMatch{k: k, counts: make([]int, len(k.words))} }

func (m *wordMatch) count(key []byte) {
	eachWord(key, func(w []byte) {
		m.length++
		for i, want := range m.k.words {
			if bytes.HasPrefix(w, want) {
				m.counts[i]++
			}
		}
	})
}

// end says whether the message matches, and notes what it was for.
func (m *wordMatch) end(e *evidence) bool {
	has := 0
	for i, n := range m.counts {
		if n == 0 {
			continue
		}
		has++
		if e.scores != nil {
			*e.scores = append(*e.scores, termCount{m.k.first + i, n, m.length})
		}
	}
	return 2*has >= len(m.counts)
}

// fuzzyScores are what the messages found have of the words of fuzzy keys.
type fuzzyScores struct{ docs []fuzzyDoc }

type fuzzyDoc struct {
	at     int
	counts []termCount
}

// scores is where the words of a message are noted; nil where no key is fuzzy.
func (q *searcher) scores() *[]termCount {
	if q.keys.terms == 0 {
		return nil
	}
	return new([]termCount)
}

// note keeps the words of a message that was found.
func (f *fuzzyScores) note(i int, e *evidence) {
	if e.scores != nil {
		f.docs = append(f.docs, fuzzyDoc{i, slices.Clone(*e.scores)})
	}
}

// relevancy is what each message found is worth, in the order of the mailbox,
// from 1 to 100 for the best.
func (q *searcher) relevancy() []uint8 {
	docs := q.fuzzy.docs
	slices.SortFunc(docs, func(a, b fuzzyDoc) int { return cmp.Compare(a.at, b.at) })
	have, length := make([]float64, q.keys.terms), make([]float64, q.keys.terms)
	for _, d := range docs {
		for _, c := range d.counts {
			have[c.term]++
			length[c.term] += float64(c.length)
		}
	}
	worth, best := make([]float64, len(docs)), 0.0
	for i, d := range docs {
		for _, c := range d.counts {
			n := have[c.term]
			rare := math.Log(1 + (float64(q.total)-n+0.5)/(n+0.5))
			often := float64(c.count)
			long := float64(c.length) / max(length[c.term]/n, 1)
			worth[i] += rare * often * (bm25Saturation + 1) / (often + bm25Saturation*(1-bm25Length+bm25Length*long))
		}
		best = max(best, worth[i])
	}
	out := make([]uint8, 0, len(docs))
	k := 0
	for i, found := range q.found {
		if !found {
			continue
		}
		for k < len(docs) && docs[k].at < i {
			k++
		}
		score := uint8(1)
		switch {
		case len(docs) == 0: // an exact search: each is as good as any
			score = 100
		case k < len(docs) && docs[k].at == i && best > 0:
			score = uint8(max(1, math.Round(100*worth[k]/best)))
		}
		out = append(out, score)
	}
	return out
}

var _ proto.ExtendedSearchSession = (*session)(nil)
