// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"slices"
	"strings"

	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
	"twiga/lib/proto/imap/wire"
)

// flagNames are the flags that the store keeps as bits, in the order they are
// told. The last two are keywords to IMAP (RFC 5788).
var flagNames = [...]struct {
	bit  object.Flags
	name string
}{
	{object.FlagAnswered, proto.FlagAnswered},
	{object.FlagFlagged, proto.FlagFlagged},
	{object.FlagDeleted, proto.FlagDeleted},
	{object.FlagSeen, proto.FlagSeen},
	{object.FlagDraft, proto.FlagDraft},
	{object.FlagForwarded, "$Forwarded"},
	{object.FlagMDNSent, "$MDNSent"},
}

// flagText has the names of every combination of settable flags, separated by
// spaces. It is computed once and constant.
var flagText = func() (t [object.FlagsSettable + 1]string) {
	for bits := range t {
		var names []string
		for _, f := range flagNames {
			if object.Flags(bits)&f.bit != 0 {
				names = append(names, f.name)
			}
		}
		t[bits] = strings.Join(names, " ")
	}
	return t
}()

// flagBit is the bit of a flag's name, in any case; 0 for a keyword.
func flagBit(name string) object.Flags {
	for _, f := range flagNames {
		if wire.EqualFold(name, f.name) {
			return f.bit
		}
	}
	return 0
}

// appendFlags appends a message's flags as a parenthesised list.
func appendFlags(b []byte, flags object.Flags, keywords string, recent bool) []byte {
	b = append(b, '(')
	start := len(b)
	b = append(b, flagText[flags&object.FlagsSettable]...)
	if keywords != "" {
		if len(b) > start {
			b = append(b, ' ')
		}
		b = append(b, keywords...)
	}
	if recent {
		if len(b) > start {
			b = append(b, ' ')
		}
		b = append(b, proto.FlagRecent...)
	}
	return append(b, ')')
}

// keywordSets gives every combination of keywords in a folder a small number,
// so that a row has room for it. 0 is none. Numbers are never used again, and
// texts never change.
type keywordSets struct {
	texts []string            // the combination, separated by spaces
	index map[string]uint32   // by text
	names []string            // all keywords that were seen
	key   []byte              // scratch
	known map[string]struct{} // names
}

// add gives the number of a combination, in any order. A keyword that others
// than IMAP clients set and that is no atom (RFC 3501 9, flag-keyword) has no
// place in it.
func (k *keywordSets) add(keywords []string) uint32 {
	if slices.ContainsFunc(keywords, isNoKeyword) {
		keywords = slices.DeleteFunc(slices.Clone(keywords), isNoKeyword)
	}
	if len(keywords) == 0 {
		return 0
	}
	if !slices.IsSorted(keywords) {
		keywords = slices.Clone(keywords)
		slices.Sort(keywords)
	}
	k.key = k.key[:0]
	for i, name := range keywords {
		if i > 0 {
			k.key = append(k.key, ' ')
		}
		k.key = append(k.key, name...)
	}
	if n, ok := k.index[string(k.key)]; ok {
		return n
	}
	if k.index == nil {
		k.index, k.known, k.texts = map[string]uint32{}, map[string]struct{}{}, []string{""}
	}
	n, text := uint32(len(k.texts)), string(k.key)
	k.texts, k.index[text] = append(k.texts, text), n
	for _, name := range keywords {
		if _, ok := k.known[name]; !ok {
			k.known[name] = struct{}{}
			k.names = append(k.names, name)
		}
	}
	return n
}

func isNoKeyword(name string) bool { return !wire.IsAtom(name) }

// is says whether a number's combination is just these keywords.
func (k *keywordSets) is(n uint32, keywords []string) bool {
	keywords = slices.Sorted(slices.Values(keywords))
	return strings.Join(keywords, " ") == textOf(k.texts, n)
}

// with says, by number, which combinations hold a keyword, in any case.
func (k *keywordSets) with(keyword string) []bool {
	out := make([]bool, len(k.texts))
	for i, text := range k.texts {
		for name := range strings.SplitSeq(text, " ") {
			if strings.EqualFold(name, keyword) {
				out[i] = true
			}
		}
	}
	return out
}

// among says whether a combination is among those that with gave.
func among(combinations []bool, n uint32) bool {
	return int(n) < len(combinations) && combinations[n]
}

// spelling is the keyword as the folder has it, RFC 5788 2: keywords are the
// same in any case.
func (k *keywordSets) spelling(keyword string) string {
	if _, ok := k.known[keyword]; ok {
		return keyword
	}
	for _, name := range k.names {
		if strings.EqualFold(name, keyword) {
			return name
		}
	}
	return keyword
}

// all are the flags in use in the folder, for FLAGS.
func (k *keywordSets) all() []string {
	out := make([]string, 0, len(flagNames)+len(k.names))
	for _, f := range flagNames {
		out = append(out, f.name)
	}
	return append(out, k.names...)
}

// splitFlags parts flags as a client names them into the store's bits and
// keywords. Unknown system flags are refused, RFC 3501 2.3.2.
func splitFlags(names []string, spell func(string) string) (object.Flags, []string, error) {
	var bits object.Flags
	var keywords []string
	for _, name := range names {
		bit := flagBit(name)
		switch {
		case bit != 0:
			bits |= bit
		case strings.EqualFold(name, proto.FlagRecent):
		case strings.HasPrefix(name, `\`):
			return 0, nil, proto.No(proto.CodeCannot, "Unknown system flag")
		case len(name) > object.MaxKeywordLength:
			return 0, nil, proto.No(proto.CodeLimit, "Keyword is too long")
		default:
			if spell != nil {
				name = spell(name)
			}
			if !slices.ContainsFunc(keywords, func(k string) bool { return strings.EqualFold(k, name) }) {
				keywords = append(keywords, name)
			}
		}
	}
	if len(keywords) > object.MaxKeywords {
		return 0, nil, proto.No(proto.CodeLimit, "Too many keywords")
	}
	return bits, keywords, nil
}
