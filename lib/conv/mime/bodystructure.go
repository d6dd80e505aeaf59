// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"bytes"
	"strconv"
)

// AppendBodyStructure appends the BODYSTRUCTURE of the message, or its BODY,
// which lacks the extension data (RFC 9051 7.5.2), ready to be sent.
func (s *Structure) AppendBodyStructure(dst []byte, extended bool) []byte {
	return s.appendBody(dst, 0, extended)
}

func (s *Structure) appendBody(dst []byte, i int, extended bool) []byte {
	p := &s.Parts[i]
	dst = append(dst, '(')
	if p.Kind == KindMultipart {
		for c := p.First; c >= 0; c = s.Parts[c].Next {
			dst = s.appendBody(dst, c, extended)
		}
		_, sub := s.mediaType(p)
		dst = appendString(append(dst, ' '), sub)
		if extended {
			dst = s.appendTypeParams(append(dst, ' '), p)
			dst = s.appendExtension(append(dst, ' '), p)
		}
		return append(dst, ')')
	}
	typ, sub := s.mediaType(p)
	dst = appendString(dst, typ)
	dst = appendString(append(dst, ' '), sub)
	dst = s.appendTypeParams(append(dst, ' '), p)
	dst = appendNString(append(dst, ' '), s.value(p, fieldID))
	dst = appendNString(append(dst, ' '), s.value(p, fieldDescription))
	dst = appendString(append(dst, ' '), s.encoding(p))
	dst = strconv.AppendInt(append(dst, ' '), int64(p.Body.Len()), 10)
	switch {
	case p.Kind == KindMessage:
		root := &s.Parts[p.First]
		dst = appendEnvelope(append(dst, ' '), root.Header.in(s.data))
		dst = s.appendBody(append(dst, ' '), p.First, extended)
		dst = strconv.AppendInt(append(dst, ' '), int64(p.Lines), 10)
	case equalFold(typ, "text"):
		dst = strconv.AppendInt(append(dst, ' '), int64(p.Lines), 10)
	}
	if extended {
		dst = appendNString(append(dst, ' '), s.value(p, fieldMD5))
		dst = s.appendExtension(append(dst, ' '), p)
	}
	return append(dst, ')')
}

// appendTypeParams appends the parameters of the Content-Type. A text without
// any is told to be in US-ASCII, its default (RFC 2045 5.2).
func (s *Structure) appendTypeParams(dst []byte, p *Part) []byte {
	start := len(dst)
	if v := s.value(p, fieldType); v != nil {
		_, _, pos := splitType(v)
		dst = appendParams(dst, v, pos)
	} else {
		dst = append(dst, "NIL"...)
	}
	if typ, _ := s.mediaType(p); string(dst[start:]) == "NIL" && equalFold(typ, "text") {
		return append(dst[:start], `("charset" "us-ascii")`...)
	}
	return dst
}

func appendParams(dst, v []byte, pos int) []byte {
	sep := byte('(')
	for range MaxParams {
		q, next := scanParam(v, pos)
		if next < 0 {
			break
		}
		dst = appendString(append(dst, sep), q.Name)
		dst = appendString(append(dst, ' '), q.Value)
		sep, pos = ' ', next
	}
	if sep == '(' {
		return append(dst, "NIL"...)
	}
	return append(dst, ')')
}

// appendExtension appends disposition, language and location.
func (s *Structure) appendExtension(dst []byte, p *Part) []byte {
	v := s.value(p, fieldDisposition)
	if pos := skipSpace(v, 0); token(v, pos) > pos {
		end := token(v, pos)
		dst = appendString(append(dst, '('), v[pos:end])
		dst = append(appendParams(append(dst, ' '), v, end), ')')
	} else {
		dst = append(dst, "NIL"...)
	}
	dst = appendLanguages(append(dst, ' '), s.value(p, fieldLanguage))
	return appendNString(append(dst, ' '), s.value(p, fieldLocation))
}

// appendLanguages appends the tags of a Content-Language (RFC 3282).
func appendLanguages(dst, v []byte) []byte {
	sep := byte('(')
	for tag := range bytes.SplitSeq(v, []byte(",")) {
		if tag = firstToken(tag); len(tag) > 0 {
			dst = appendString(append(dst, sep), tag)
			sep = ' '
		}
	}
	if sep == '(' {
		return append(dst, "NIL"...)
	}
	return append(dst, ')')
}
