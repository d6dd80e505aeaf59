// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// checkFetch looks at the data items of FETCH (RFC 3501 7.4.2 and those that
// add some).
func checkFetch(n []Node) error {
	if len(n)%2 != 0 || len(n) == 0 {
		return shape("names and values", n...)
	}
	seen := map[string]bool{}
	for i := 0; i < len(n); i += 2 {
		if n[i].Kind != Atom {
			return shape("name of an item", n[i])
		}
		name, v := n[i].Value, n[i+1]
		if seen[name] {
			return fmt.Errorf("item %s twice", name)
		}
		seen[name] = true
		bare, _, _ := strings.Cut(name, "[")
		check, ok := items[bare]
		if strings.Contains(name, "[") {
			check, ok = sections[bare]
		}
		if !ok {
			return fmt.Errorf("unknown item %s", name)
		}
		if !check(v) {
			return shape("value of "+name, v)
		}
	}
	return nil
}

var items = map[string]func(Node) bool{
	"UID":           isNZ,
	"FLAGS":         isFlags,
	"INTERNALDATE":  isDate,
	"SAVEDATE":      func(n Node) bool { return n.IsNil() || isDate(n) },
	"RFC822":        isNString,
	"RFC822.HEADER": isNString,
	"RFC822.TEXT":   isNString,
	"RFC822.SIZE":   isNumber,
	"ENVELOPE":      isEnvelope,
	"BODY":          isStructure,
	"BODYSTRUCTURE": isStructure,
	"MODSEQ":        func(n Node) bool { return n.Kind == List && len(n.List) == 1 && isNumber(n.List[0]) },
	"EMAILID":       isObjectID,
	"THREADID":      func(n Node) bool { return n.IsNil() || isObjectID(n) },
	"PREVIEW":       isNString,
}

var sections = map[string]func(Node) bool{
	"BODY":        isNString,
	"BINARY":      isNString,
	"BINARY.SIZE": isNumber,
}

func isObjectID(n Node) bool { return n.Kind == List && len(n.List) == 1 && n.List[0].Kind == Atom }

func isDate(n Node) bool {
	_, err := time.Parse("_2-Jan-2006 15:04:05 -0700", n.Value)
	return n.Kind == String && err == nil && len(n.Value) == 26
}

// isEnvelope tells of RFC 3501's envelope.
func isEnvelope(n Node) bool {
	if n.Kind != List || len(n.List) != 10 {
		return false
	}
	for i, v := range n.List {
		if i >= 2 && i <= 7 {
			if !isAddresses(v) {
				return false
			}
		} else if !isNString(v) {
			return false
		}
	}
	return true
}

func isAddresses(n Node) bool {
	if n.IsNil() {
		return true
	}
	return n.Kind == List && len(n.List) > 0 && !slices.ContainsFunc(n.List, func(a Node) bool {
		return a.Kind != List || len(a.List) != 4 || slices.ContainsFunc(a.List, func(s Node) bool { return !isNString(s) })
	})
}

// isStructure tells of RFC 3501's body, with or without extension data.
func isStructure(n Node) bool {
	if n.Kind != List || len(n.List) == 0 {
		return false
	}
	if n.List[0].Kind == List {
		parts := slices.IndexFunc(n.List, func(p Node) bool { return p.Kind != List })
		if parts < 0 || n.List[parts].Kind != String || slices.ContainsFunc(n.List[:parts], func(p Node) bool { return !isStructure(p) }) {
			return false
		}
		rest := n.List[parts+1:]
		return len(rest) == 0 || isParams(rest[0]) && isTail(rest[1:])
	}
	return isPart(n.List)
}

// isPart tells of a part that is not a multipart.
func isPart(n []Node) bool {
	if len(n) < 7 || n[0].Kind != String || n[1].Kind != String || !isParams(n[2]) || !isNString(n[3]) || !isNString(n[4]) ||
		n[5].Kind != String || !isNumber(n[6]) {
		return false
	}
	rest := n[7:]
	kind := strings.ToLower(n[0].Value + "/" + n[1].Value)
	switch {
	case strings.HasPrefix(kind, "text/"):
		if len(rest) < 1 || !isNumber(rest[0]) {
			return false
		}
		rest = rest[1:]
	case kind == "message/rfc822" || kind == "message/global":
		if len(rest) < 3 || !isEnvelope(rest[0]) || !isStructure(rest[1]) || !isNumber(rest[2]) {
			return false
		}
		rest = rest[3:]
	}
	return len(rest) == 0 || isNString(rest[0]) && isTail(rest[1:])
}

// isTail tells of disposition, language and location.
func isTail(n []Node) bool {
	if len(n) > 0 && !n[0].IsNil() && (n[0].Kind != List || len(n[0].List) != 2 || n[0].List[0].Kind != String || !isParams(n[0].List[1])) {
		return false
	}
	if len(n) > 1 && !isNString(n[1]) && !isStrings(n[1]) {
		return false
	}
	return len(n) <= 2 || isNString(n[2])
}

func isStrings(n Node) bool {
	return n.Kind == List && len(n.List) > 0 && !slices.ContainsFunc(n.List, func(s Node) bool { return s.Kind != String })
}

func isParams(n Node) bool { return n.IsNil() || isStrings(n) && len(n.List)%2 == 0 }
