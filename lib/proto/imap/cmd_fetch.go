// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"strings"

	"twiga/lib/proto/imap/wire"
)

// fetchItem returns the item of a name that takes no argument, or 0.
func fetchItem(name string) FetchItems {
	switch name {
	case "UID":
		return FetchUID
	case "FLAGS":
		return FetchFlags
	case "INTERNALDATE":
		return FetchInternalDate
	case "RFC822.SIZE":
		return FetchSize
	case "ENVELOPE":
		return FetchEnvelope
	case "BODY":
		return FetchBody
	case "BODYSTRUCTURE":
		return FetchBodyStructure
	case "MODSEQ":
		return FetchModSeq
	case "SAVEDATE":
		return FetchSaveDate
	case "EMAILID":
		return FetchEmailID
	case "THREADID":
		return FetchThreadID
	}
	return 0
}

// fetchMacro returns the items of a macro, or 0 (RFC 3501 6.4.5).
func fetchMacro(name string) FetchItems {
	const fast = FetchFlags | FetchInternalDate | FetchSize
	switch name {
	case "FAST":
		return fast
	case "ALL":
		return fast | FetchEnvelope
	case "FULL":
		return fast | FetchEnvelope | FetchBody
	}
	return 0
}

type fetchArgs struct {
	set  messageSet
	opts FetchOptions
}

func parseUIDFetch(x *wire.Lexer, a *fetchArgs) error {
	a.set.byUID = true
	return parseFetch(x, a)
}

func parseFetch(x *wire.Lexer, a *fetchArgs) (err error) {
	o := &a.opts
	if err = a.set.parse(x); err != nil {
		return err
	}
	if err := x.SP(); err != nil {
		return err
	}
	if x.Peek() == '(' {
		some := false
		err = x.List(func() error {
			some = true
			return parseFetchItem(x, o, false)
		})
		if err == nil && !some {
			err = Bad("FETCH without items")
		}
	} else {
		err = parseFetchItem(x, o, true)
	}
	if err != nil || !x.Try(' ') {
		return err
	}
	if err := parseFetchModifiers(x, o); err != nil {
		return err
	}
	if o.Vanished && (!o.HasChangedSince || !a.set.byUID) {
		return Bad("VANISHED needs UID FETCH and CHANGEDSINCE") // RFC 7162 3.2.6
	}
	return nil
}

// parseFetchModifiers takes the modifiers of RFC 4466; CHANGEDSINCE is RFC 7162
// 3.1.4.1 and implies MODSEQ, VANISHED 3.2.6.
func parseFetchModifiers(x *wire.Lexer, o *FetchOptions) error {
	return x.List(func() error {
		if x.TryWord("VANISHED") {
			o.Vanished = true
			return nil
		}
		if x.TryWord("PARTIAL") {
			if err := x.SP(); err != nil {
				return err
			}
			var err error
			o.Partial, err = parsePartialRange(x)
			return err
		}
		if !x.TryWord("CHANGEDSINCE") {
			return Bad("Unknown modifier of FETCH")
		}
		if err := x.SP(); err != nil {
			return err
		}
		var err error
		o.HasChangedSince = true
		o.Items |= FetchModSeq
		o.ChangedSince, err = x.ModSeq()
		return err
	})
}

// parseFetchItem takes one item; a macro only where alone tells that it is the
// only one.
func parseFetchItem(x *wire.Lexer, o *FetchOptions, alone bool) error {
	word, err := x.Keyword()
	if err != nil {
		return err
	}
	name := upper(word)
	if x.Peek() == '[' {
		s, err := parseSection(x, name)
		o.Sections = append(o.Sections, s)
		return err
	}
	if name == "PREVIEW" {
		o.Items |= FetchPreview
		return parsePreview(x, o)
	}
	items := fetchItem(name)
	if items == 0 && alone {
		items = fetchMacro(name)
	}
	o.Items |= items
	switch {
	case items != 0:
	case name == "RFC822":
		o.Sections = append(o.Sections, BodySection{Label: name})
	case name == "RFC822.HEADER":
		o.Sections = append(o.Sections, BodySection{Label: name, Kind: SectionHeader, Peek: true})
	case name == "RFC822.TEXT":
		o.Sections = append(o.Sections, BodySection{Label: name, Kind: SectionText})
	default:
		return Bad("Unknown item of FETCH")
	}
	return nil
}

// parseSection takes "[section]<partial>" of an item and renders its label.
func parseSection(x *wire.Lexer, item string) (s BodySection, err error) {
	name, peek := strings.CutSuffix(item, ".PEEK")
	s.Peek = peek
	parse := parseSectionText
	switch {
	case name == "BODY":
	case name == "BINARY":
		s.Kind, parse = SectionBinary, parsePartNumber
	case item == "BINARY.SIZE":
		s.Kind, s.Peek, parse = SectionBinarySize, true, parsePartNumber
	default:
		return s, Bad("Unknown item of FETCH")
	}
	if err := x.Byte('['); err != nil {
		return s, err
	}
	label := append(append(make([]byte, 0, 64), name...), '[')
	if label, err = parse(x, &s, label); err != nil {
		return s, err
	}
	if err := x.Byte(']'); err != nil {
		return s, err
	}
	label = append(label, ']')
	if s.Kind != SectionBinarySize && x.Try('<') {
		if label, err = parsePartial(x, &s, label); err != nil {
			return s, err
		}
	}
	s.Label = string(label)
	return s, nil
}

// parsePartNumber takes the part numbers of BINARY (RFC 3516 7).
func parsePartNumber(x *wire.Lexer, s *BodySection, label []byte) ([]byte, error) {
	for x.Peek() != ']' {
		if len(s.Part) == wire.MaxDepth {
			return nil, wire.ErrTooComplex
		}
		if len(s.Part) > 0 {
			if err := x.Byte('.'); err != nil {
				return nil, err
			}
			label = append(label, '.')
		}
		n, err := x.NZUint32()
		if err != nil {
			return nil, err
		}
		s.Part = append(s.Part, n)
		label = wire.AppendUint(label, uint64(n))
	}
	return label, nil
}

// parsePreview takes what may follow PREVIEW: " (LAZY)" (RFC 8970 6). A
// parenthesis behind PREVIEW alone may begin the modifiers of FETCH as well.
func parsePreview(x *wire.Lexer, o *FetchOptions) error {
	if !x.TryWord(" (LAZY)") {
		return nil
	}
	o.LazyPreview = true
	return nil
}

// parseSectionText takes part numbers and what is wanted of the part.
func parseSectionText(x *wire.Lexer, s *BodySection, label []byte) ([]byte, error) {
	for x.Peek() >= '0' && x.Peek() <= '9' {
		if len(s.Part) == wire.MaxDepth {
			return nil, wire.ErrTooComplex
		}
		n, err := x.NZUint32()
		if err != nil {
			return nil, err
		}
		s.Part = append(s.Part, n)
		label = wire.AppendUint(label, uint64(n))
		if !x.Try('.') {
			return label, nil
		}
		label = append(label, '.')
	}
	if x.Peek() == ']' && len(s.Part) == 0 {
		return label, nil
	}
	word, err := x.Keyword()
	if err != nil {
		return nil, err
	}
	name := upper(word)
	label = append(label, name...)
	switch name {
	case "HEADER":
		s.Kind = SectionHeader
	case "TEXT":
		s.Kind = SectionText
	case "MIME":
		if s.Kind = SectionMIME; len(s.Part) == 0 {
			return nil, Bad("MIME needs a part number")
		}
	case "HEADER.FIELDS":
		s.Kind = SectionHeaderFields
		return parseFieldNames(x, s, label)
	case "HEADER.FIELDS.NOT":
		s.Kind = SectionHeaderFieldsNot
		return parseFieldNames(x, s, label)
	default:
		return nil, Bad("Unknown section of FETCH")
	}
	return label, nil
}

func parseFieldNames(x *wire.Lexer, s *BodySection, label []byte) ([]byte, error) {
	if err := x.SP(); err != nil {
		return nil, err
	}
	sep := " ("
	err := x.List(func() error {
		name, err := x.AString()
		if err != nil {
			return err
		}
		s.Fields = append(s.Fields, string(name))
		label = wire.AppendAString(append(label, sep...), name)
		sep = " "
		return nil
	})
	if err == nil && len(s.Fields) == 0 {
		err = Bad("HEADER.FIELDS without a field name")
	}
	return append(label, ')'), err
}

// parsePartial takes "offset.length>".
func parsePartial(x *wire.Lexer, s *BodySection, label []byte) ([]byte, error) {
	var err error
	s.Partial = true
	if s.Offset, err = x.Uint32(); err != nil {
		return nil, err
	}
	if err := x.Byte('.'); err != nil {
		return nil, err
	}
	if s.Length, err = x.NZUint32(); err != nil {
		return nil, err
	}
	label = append(label, '<')
	label = wire.AppendUint(label, uint64(s.Offset))
	return append(label, '>'), x.Byte('>')
}

// runFetch runs FETCH (RFC 3501 6.4.5).
func runFetch(ctx context.Context, c *Conn, a *fetchArgs) error {
	if a.opts.Vanished && !c.has(FeatureQResync) {
		return Bad("VANISHED needs QRESYNC to be enabled") // RFC 7162 3.2.6
	}
	if a.opts.Items.Has(FetchModSeq) {
		if err := c.enable(ctx, FeatureCondStore); err != nil {
			return err
		}
	}
	if c.readOnly { // EXAMINE sets no \Seen (RFC 3501 6.3.2)
		for i := range a.opts.Sections {
			a.opts.Sections[i].Peek = true
		}
	}
	var set NumSet
	set, a.opts.ByUID = c.messages(&a.set)
	if a.set.byUID && !c.has(FeatureUIDOnly) { // RFC 3501 6.4.8; UIDFETCH has it in its front
		a.opts.Items |= FetchUID
	}
	return c.session.Fetch(ctx, &c.w, set, &a.opts)
}
