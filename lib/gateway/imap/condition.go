// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"math"
	"strings"
	"time"

	"twiga/lib/conv/casemap"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// verdict is what a condition says of a message by the evidence at hand.
type verdict uint8

const (
	no verdict = iota
	unknown
	yes
)

func verdictOf(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// evidenceLevel is how much of a message is at hand. Each level tells what
// those below it tell.
type evidenceLevel uint8

const (
	levelRow evidenceLevel = iota
	levelIDs               // EMAILID and THREADID: see searcher.objectIDs
	levelEnvelope
	levelHeader
	levelText
)

// cond is a search key made ready for many messages.
type cond struct {
	op       proto.SearchOp
	keys     []cond
	set      proto.NumSet
	bit      object.Flags
	keywords []bool    // by number of the combination
	recent   *selected // for \Recent
	field    string    // header field
	envelope int       // its place in ENVELOPE, -1 where that does not tell it
	text     string    // as the client wrote it
	key      []byte    // of text (casemap.Key)
	number   int       // of the texts looked for in contents
	fuzzy    *fuzzyKey // nil for an exact one
	from, to int64     // dates: seconds of Unix time, from <= t < to
	num      uint64    // sizes and mod-sequences
	levels   levelSet  // of it and what is in it
}

// levelSet is a set of evidenceLevels.
type levelSet uint8

func (c *cond) needs(l evidenceLevel) bool { return c.levels&(1<<l) != 0 }

// envelopeAlone says whether nothing beyond the envelope decides, but for messages
// whose envelope is short.
func (c *cond) envelopeAlone() bool { return c.levels >= 1<<levelEnvelope && c.levels < 1<<levelHeader }

// compiler makes search keys ready for the messages of a folder. A condition it
// made judges any message of the folder, also one that changed later.
type compiler struct {
	s       *selected
	now     time.Time
	texts   []string // looked for in contents
	headers bool     // and in headers, too
	terms   int      // words of fuzzy keys
	ids     []idKey  // ids that are asked for
}

// compile makes a key ready; fuzzy says that it stands in a FUZZY. A keyword
// that no message has matches none.
func (x *compiler) compile(k *proto.SearchKey, fuzzy bool) cond {
	s := x.s
	c := cond{op: k.Op, num: k.Num, text: k.Text, envelope: -1, number: -1}
	level := levelRow
	switch k.Op {
	case proto.SearchSeqSet:
		c.set = k.Set.Resolve(uint32(len(s.uids)))
	case proto.SearchUIDSet:
		c.set = k.Set.Resolve(s.uids[len(s.uids)-1])
	case proto.SearchFlag:
		s.compileFlag(&c, k.Name)
	case proto.SearchFuzzy:
		c.op, fuzzy = proto.SearchAnd, true
	case proto.SearchHeader:
		c.field = k.Name
		level = levelEnvelope
		if c.envelope = envelopeField(k.Name); c.envelope < 0 || !envelopeTells(c.envelope, c.text) {
			level, c.envelope = levelHeader, -1
		}
		x.compileText(&c, fuzzy)
	case proto.SearchEmailID, proto.SearchThreadID: // RFC 8474 6
		level = levelIDs
		if c.number = len(x.ids); c.number < maxIDKeys {
			x.ids = append(x.ids, idKey{k.Op == proto.SearchThreadID, k.Text})
		}
	case proto.SearchBody, proto.SearchText:
		level = levelText
		x.headers = x.headers || c.isText()
		x.compileText(&c, fuzzy)
		if c.fuzzy == nil && len(x.texts) < 64 {
			c.number = len(x.texts)
			x.texts = append(x.texts, k.Text)
		}
	case proto.SearchSentBefore, proto.SearchSentOn, proto.SearchSentSince:
		level, c.envelope = levelEnvelope, envDate
		x.compileDate(&c, k)
	default:
		x.compileDate(&c, k)
	}
	c.levels = 1 << level
	for i := range k.Keys {
		inner := x.compile(&k.Keys[i], fuzzy)
		c.keys = append(c.keys, inner)
		c.levels |= inner.levels
	}
	return c
}

// compileDate makes the date of a key ready, if it has one.
func (x *compiler) compileDate(c *cond, k *proto.SearchKey) {
	switch k.Op {
	case proto.SearchBefore, proto.SearchSentBefore, proto.SearchSavedBefore:
		c.from, c.to = math.MinInt64, k.Date.Unix()
	case proto.SearchOn, proto.SearchSentOn, proto.SearchSavedOn:
		c.from, c.to = k.Date.Unix(), k.Date.Add(24*time.Hour).Unix()
	case proto.SearchSince, proto.SearchSentSince, proto.SearchSavedSince:
		c.from, c.to = k.Date.Unix(), math.MaxInt64
	case proto.SearchOlder: // RFC 5032 3
		c.op, c.from, c.to = proto.SearchBefore, math.MinInt64, x.now.Unix()-int64(k.Num)+1
	case proto.SearchYounger:
		c.op, c.from, c.to = proto.SearchSince, x.now.Unix()-int64(k.Num), math.MaxInt64
	}
}

// compileText makes the text of a key ready.
func (x *compiler) compileText(c *cond, fuzzy bool) {
	c.key = casemap.AppendKey(nil, c.text)
	if !fuzzy {
		return
	}
	if words := wordsOf(c.key); len(words) > 0 {
		c.fuzzy = &fuzzyKey{first: x.terms, words: words}
		x.terms += len(words)
	}
}

func (s *selected) compileFlag(c *cond, name string) {
	switch {
	case strings.EqualFold(name, proto.FlagRecent):
		c.recent = s
	case flagBit(name) != 0:
		c.bit = flagBit(name)
	default:
		s.view.mu.RLock()
		c.keywords = s.view.keywords.with(name)
		s.view.mu.RUnlock()
	}
}

// eval judges a message.
func (c *cond) eval(e *evidence) verdict {
	switch c.op {
	case proto.SearchAll, proto.SearchSaveDateKept:
		return yes
	case proto.SearchAnd:
		return c.evalAnd(e)
	case proto.SearchOr:
		return c.evalOr(e)
	case proto.SearchNot:
		return yes - c.keys[0].eval(e)
	case proto.SearchSeqSet:
		return verdictOf(c.set.Contains(e.seq))
	case proto.SearchUIDSet:
		return verdictOf(c.set.Contains(e.uid))
	case proto.SearchFlag:
		return verdictOf(c.hasFlag(e))
	case proto.SearchBefore, proto.SearchOn, proto.SearchSince:
		return verdictOf(c.from <= e.received && e.received < c.to)
	case proto.SearchEmailID, proto.SearchThreadID:
		return e.hasID(c)
	case proto.SearchSavedBefore, proto.SearchSavedOn, proto.SearchSavedSince: // RFC 8514 4.3
		return verdictOf(c.from <= int64(e.saved) && int64(e.saved) < c.to)
	case proto.SearchLarger, proto.SearchSmaller:
		return c.evalSize(e)
	case proto.SearchModSeq:
		return verdictOf(e.change >= c.num)
	case proto.SearchHeader:
		return e.hasField(c)
	case proto.SearchSentBefore, proto.SearchSentOn, proto.SearchSentSince:
		return e.wasSent(c)
	case proto.SearchBody, proto.SearchText:
		return e.hasText(c)
	}
	return no
}

func (c *cond) evalAnd(e *evidence) verdict {
	out := yes
	for i := range c.keys {
		if out = min(out, c.keys[i].eval(e)); out == no {
			return no
		}
	}
	return out
}

func (c *cond) evalOr(e *evidence) verdict {
	out := no
	for i := range c.keys {
		if out = max(out, c.keys[i].eval(e)); out == yes {
			return yes
		}
	}
	return out
}

func (c *cond) evalSize(e *evidence) verdict {
	if e.size < 0 {
		return unknown
	}
	if c.op == proto.SearchLarger {
		return verdictOf(uint64(e.size) > c.num)
	}
	return verdictOf(uint64(e.size) < c.num)
}

func (c *cond) hasFlag(e *evidence) bool {
	switch {
	case c.recent != nil:
		return c.recent.isRecent(e.uid)
	case c.bit != 0:
		return e.flags&c.bit != 0
	}
	return among(c.keywords, e.keywords)
}

// isText says whether headers count, too.
func (c *cond) isText() bool { return c.op == proto.SearchText }
