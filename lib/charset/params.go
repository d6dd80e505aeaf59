// SPDX-License-Identifier: AGPL-3.0-or-later

package charset

import (
	"bytes"
	"strconv"
	"strings"
)

// maxSections bounds the continuations of one parameter.
const maxSections = 1000

// Param is a parameter of a MIME header as it stands there, quotes removed.
type Param struct {
	Name  []byte
	Value []byte
}

// FindParam gives the decoded value of the parameter name: joined from its
// continuations and with its charset (RFC 2231) if it has such, else plain,
// with encoded words and raw eight-bit bytes as real mail has them there.
func FindParam(params []Param, name string) (string, bool) {
	var plain []byte
	var first *Param
	var sections map[int]*Param
	for i := range params {
		p := &params[i]
		if len(p.Name) < len(name) || !strings.EqualFold(string(p.Name[:len(name)]), name) {
			continue
		}
		switch suffix := string(p.Name[len(name):]); {
		case suffix == "":
			if plain == nil {
				plain = p.Value
				if plain == nil {
					plain = []byte{}
				}
			}
		case suffix == "*":
			if first == nil {
				first = p
			}
		case suffix[0] == '*':
			n, err := strconv.Atoi(strings.TrimSuffix(suffix[1:], "*"))
			if err == nil && n >= 0 && n < maxSections && sections[n] == nil {
				if sections == nil {
					sections = make(map[int]*Param)
				}
				sections[n] = p
			}
		}
	}
	switch {
	case first != nil:
		label, rest := splitExtended(first.Value)
		return decoded(label, appendPercent(nil, rest)), true
	case sections[0] != nil:
		return joinSections(sections), true
	case plain != nil:
		return DecodeHeader(plain), true
	}
	return "", false
}

// joinSections: RFC 2231 3 and 4.1. Only sections marked so are encoded.
func joinSections(sections map[int]*Param) string {
	var raw []byte
	label := ""
	for n := 0; sections[n] != nil; n++ {
		value := sections[n].Value
		if !bytes.HasSuffix(sections[n].Name, []byte("*")) {
			raw = append(raw, value...)
			continue
		}
		if n == 0 {
			label, value = splitExtended(value)
		}
		raw = appendPercent(raw, value)
	}
	if label == "" && bytes.Contains(raw, []byte("=?")) {
		return DecodeHeader(raw) // encoded words cut into sections: wrong, but seen
	}
	return decoded(label, raw)
}

// splitExtended takes charset'language'value apart. A value without the quotes
// is all value.
func splitExtended(value []byte) (label string, rest []byte) {
	i := bytes.IndexByte(value, '\'')
	if i < 0 {
		return "", value
	}
	j := bytes.IndexByte(value[i+1:], '\'')
	if j < 0 {
		return "", value
	}
	return string(value[:i]), value[i+j+2:]
}

func decoded(label string, raw []byte) string {
	return cleanLine(AppendUTF8(nil, label, raw))
}

func appendPercent(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && hex(s[i+1]) >= 0 && hex(s[i+2]) >= 0 {
			dst = append(dst, byte(hex(s[i+1])<<4|hex(s[i+2])))
			i += 2
			continue
		}
		dst = append(dst, s[i])
	}
	return dst
}

// AppendParam appends "; name=value" on a folded line of its own, as a token,
// a quoted string or, for other than printable ASCII, in the extended form of
// RFC 2231 in UTF-8, continued over lines when long.
func AppendParam(dst []byte, name, value string) []byte {
	const room = 60 // of value a line
	value = OneLine(value)
	ascii := true
	for i := range len(value) {
		ascii = ascii && value[i] < 0x7f
	}
	dst = append(append(dst, ";\r\n "...), name...)
	if ascii && len(value) <= 2*room {
		return appendQuoted(append(dst, '='), value)
	}
	enc := make([]byte, 0, 3*len(value))
	enc = append(enc, "utf-8''"...)
	for i := range len(value) {
		if c := value[i]; attributeChar(c) {
			enc = append(enc, c)
		} else {
			enc = append(enc, '%', hexUp[c>>4], hexUp[c&15])
		}
	}
	if len(enc) <= room {
		return append(append(dst, "*="...), enc...)
	}
	for n := 0; len(enc) > 0; n++ {
		if n > 0 {
			dst = append(append(dst, ";\r\n "...), name...)
		}
		dst = append(strconv.AppendInt(append(dst, '*'), int64(n), 10), "*="...)
		k := min(room, len(enc))
		if k < len(enc) { // not inside %XX
			if i := bytes.LastIndexByte(enc[:k], '%'); i > k-3 && i > 0 {
				k = i
			}
		}
		dst, enc = append(dst, enc[:k]...), enc[k:]
	}
	return dst
}

func appendQuoted(dst []byte, value string) []byte {
	token := value != ""
	for i := range len(value) {
		token = token && attributeChar(value[i])
	}
	if token {
		return append(dst, value...)
	}
	dst = append(dst, '"')
	for i := range len(value) {
		if c := value[i]; c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, value[i])
	}
	return append(dst, '"')
}

// attributeChar: RFC 2231 7, attribute-char.
func attributeChar(c byte) bool {
	return c > ' ' && c < 0x7f && !strings.ContainsRune("*'%()<>@,;:\\\"/[]?=", rune(c))
}
