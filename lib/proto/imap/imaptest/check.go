// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// CheckResponse reports what is wrong with a response, without its tag or "* ":
// an error of the grammar, or data of another shape than its kind has. A kind
// of response, a data item or a response code that it does not know is an
// error, too: a server that invents one has to be noticed.
func CheckResponse(line string) error {
	nodes, err := ParseResponse(line)
	if err != nil {
		return err
	}
	if err := checkKind(nodes); err != nil {
		return fmt.Errorf("check response %.400q: %w", line, err)
	}
	return nil
}

func shape(what string, nodes ...Node) error { return fmt.Errorf("no %s: %.200v", what, nodes) }

func checkKind(n []Node) error {
	name := n[0].Value
	switch {
	case n[0].Kind != Atom:
		return shape("name", n[0])
	case statusWords[name]:
		return checkStatus(n)
	case len(n) > 1 && isNumber(n[0]):
		return checkNumbered(n)
	}
	check, ok := kinds[name]
	if !ok {
		return fmt.Errorf("unknown response %s", name)
	}
	return check(n[1:])
}

// kinds are the responses that begin with their name.
var kinds = map[string]func([]Node) error{
	"CAPABILITY":           atoms,
	"ENABLED":              atoms,
	"FLAGS":                one(isFlags, "flags"),
	"SEARCH":               checkSearch,
	"SORT":                 checkSearch,
	"THREAD":               checkThread,
	"ESEARCH":              checkESearch,
	"LIST":                 checkList,
	"LSUB":                 checkList,
	"STATUS":               checkStatusData,
	"NAMESPACE":            checkNamespace,
	"ID":                   one(isID, "list of strings"),
	"VANISHED":             checkVanished,
	"ACL":                  checkACL,
	"MYRIGHTS":             strs(2, 2),
	"LISTRIGHTS":           strs(3, 99),
	"METADATA":             checkMetadata,
	"QUOTA":                checkQuota,
	"QUOTAROOT":            strs(1, 99),
	"GENURLAUTH":           strs(1, 999),
	"URLFETCH":             func([]Node) error { return nil },
	"LANGUAGE":             one(isID, "list of languages"),
	"COMPARATOR":           func([]Node) error { return nil },
	"CONVERTED":            func([]Node) error { return nil },
	"UIDBATCHES":           func([]Node) error { return nil },
	"NOTIFICATIONOVERFLOW": func([]Node) error { return nil },
	"JMAPACCESS":           func([]Node) error { return nil },
}

func one(is func(Node) bool, what string) func([]Node) error {
	return func(n []Node) error {
		if len(n) != 1 || !is(n[0]) {
			return shape(what, n...)
		}
		return nil
	}
}

func strs(least, most int) func([]Node) error {
	return func(n []Node) error {
		if len(n) < least || len(n) > most || slices.ContainsFunc(n, func(n Node) bool { return !isText(n) }) {
			return shape("texts", n...)
		}
		return nil
	}
}

func atoms(n []Node) error {
	for _, a := range n {
		if a.Kind != Atom {
			return shape("atom", a)
		}
	}
	return nil
}

func isNumber(n Node) bool { _, ok := n.Number(); return ok }

func isNZ(n Node) bool { v, ok := n.Number(); return ok && v > 0 && v <= 0xffffffff }

// isText tells of an astring, isNString of a string or NIL.
func isText(n Node) bool    { return n.Kind == Atom && !n.IsNil() || n.Kind == String }
func isNString(n Node) bool { return n.Kind == String || n.IsNil() }

var flagName = regexp.MustCompile(`^\\?[^\\*%"(){\]\x00-\x20\x7f]+$`)

func isFlags(n Node) bool {
	seen := map[string]bool{}
	for _, f := range n.List {
		key := strings.ToLower(f.Value)
		if f.Kind != Atom || !flagName.MatchString(f.Value) && f.Value != `\*` || seen[key] {
			return false
		}
		seen[key] = true
	}
	return n.Kind == List
}

func isID(n Node) bool {
	return n.IsNil() || n.Kind == List && !slices.ContainsFunc(n.List, func(s Node) bool { return !isNString(s) && s.Kind != Atom })
}

var numSet = regexp.MustCompile(`^(?:[1-9][0-9]*(?::[1-9][0-9]*)?,)*[1-9][0-9]*(?::[1-9][0-9]*)?$`)

func isSet(n Node) bool { return n.Kind == Atom && numSet.MatchString(n.Value) }

func checkStatus(n []Node) error {
	if len(n) < 2 || n[1].Kind != Code {
		return nil
	}
	code := n[1].List
	if len(code) == 0 || code[0].Kind != Atom {
		return shape("response code", n[1])
	}
	args := code[1:]
	ok := true
	switch code[0].Value {
	case "UIDNEXT", "UIDVALIDITY", "UNSEEN":
		ok = len(args) == 1 && isNZ(args[0])
	case "HIGHESTMODSEQ":
		ok = len(args) == 1 && isNumber(args[0])
	case "PERMANENTFLAGS":
		ok = len(args) == 1 && isFlags(args[0])
	case "APPENDUID":
		ok = len(args) == 2 && isNZ(args[0]) && isSet(args[1])
	case "COPYUID":
		ok = len(args) == 3 && isNZ(args[0]) && isSet(args[1]) && isSet(args[2])
	case "MODIFIED":
		ok = len(args) == 1 && isSet(args[0])
	case "CAPABILITY":
		return atoms(args)
	default:
		if !knownCodes[code[0].Value] {
			return fmt.Errorf("unknown response code %s", code[0].Value)
		}
	}
	if !ok {
		return shape("arguments of "+code[0].Value, args...)
	}
	return nil
}

// knownCodes are the response codes whose arguments are not looked at.
var knownCodes = func() map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(`ALERT ALREADYEXISTS ANNOTATIONS APPENDLIMIT AUTHENTICATIONFAILED AUTHORIZATIONFAILED
		BADCHARSET BADCOMPARATOR BADEVENT BADURL CANNOT CLIENTBUG CLOSED COMPRESSIONACTIVE CONTACTADMIN CORRUPTION DOWNGRADED
		EXPIRED EXPUNGEISSUED HASCHILDREN INPROGRESS INUSE JMAPACCESS LIMIT MAILBOXID MAXCONVERTMESSAGES MESSAGELIMIT METADATA
		MODIFIED NEWNAME NOMODSEQ NONEXISTENT NOPERM NOSUBSCRIPTION NOTIFICATIONOVERFLOW NOTSAVED NOUPDATE OVERQUOTA PARSE PRIVACYREQUIRED
		READ-ONLY READ-WRITE REFERRAL SAVELIMIT SERVERBUG TEMPFAIL TOOBIG TOOMANY TRYCREATE UIDNOTSTICKY UIDREQUIRED UNAVAILABLE
		TOOFEW UNDEFINED-FILTER UNKNOWN-CTE URLMECH USEATTR`) {
		m[name] = true
	}
	return m
}()

func checkNumbered(n []Node) error {
	switch name := n[1].Value; name {
	case "EXISTS", "RECENT":
		if len(n) != 2 {
			return shape(name, n...)
		}
	case "EXPUNGE":
		if len(n) != 2 || !isNZ(n[0]) {
			return shape(name, n...)
		}
	case "FETCH", "UIDFETCH":
		if len(n) != 3 || n[2].Kind != List || !isNZ(n[0]) {
			return shape(name, n...)
		}
		return checkFetch(n[2].List)
	default:
		return fmt.Errorf("unknown response %s", name)
	}
	return nil
}

func checkSearch(n []Node) error {
	for i, v := range n {
		last := i == len(n)-1 && v.Kind == List && len(v.List) == 2 && v.List[0].Value == "MODSEQ" && isNumber(v.List[1])
		if !isNZ(v) && !last {
			return shape("message number", v)
		}
	}
	return nil
}

func checkThread(n []Node) error {
	for _, v := range n {
		if v.Kind == List {
			if err := checkThread(v.List); err != nil {
				return err
			}
		} else if !isNZ(v) {
			return shape("message number", v)
		}
	}
	return nil
}

func checkESearch(n []Node) error {
	if len(n) > 0 && n[0].Kind == List {
		if len(n[0].List)%2 != 0 {
			return shape("correlator", n[0])
		}
		n = n[1:]
	}
	if len(n) > 0 && n[0].Kind == Atom && n[0].Value == "UID" {
		n = n[1:]
	}
	if len(n)%2 != 0 {
		return shape("names and values", n...)
	}
	for i := 0; i < len(n); i += 2 {
		var ok bool
		switch n[i].Value {
		case "MIN", "MAX":
			ok = isNZ(n[i+1])
		case "COUNT", "MODSEQ":
			ok = isNumber(n[i+1])
		case "ALL":
			ok = isSet(n[i+1])
		case "PARTIAL", "ADDTO", "REMOVEFROM", "RELEVANCY":
			ok = n[i+1].Kind == List
		default:
			return fmt.Errorf("unknown result %s", n[i].Value)
		}
		if !ok {
			return shape("value of "+n[i].Value, n[i+1])
		}
	}
	return nil
}

func checkList(n []Node) error {
	if len(n) < 3 || len(n) > 4 || !isFlags(n[0]) || !isNString(n[1]) || !isText(n[2]) {
		return shape("attributes, delimiter and name", n...)
	}
	if len(n) == 4 && n[3].Kind != List {
		return shape("extended data", n[3])
	}
	return nil
}

func checkStatusData(n []Node) error {
	if len(n) != 2 || !isText(n[0]) || n[1].Kind != List || len(n[1].List)%2 != 0 {
		return shape("name and items", n...)
	}
	for i := 0; i < len(n[1].List); i += 2 {
		name, v := n[1].List[i], n[1].List[i+1]
		if name.Value == "MAILBOXID" && v.Kind == List && len(v.List) == 1 || name.Value == "APPENDLIMIT" && v.IsNil() {
			continue
		}
		if name.Kind != Atom || !isNumber(v) {
			return shape("value of "+name.Value, v)
		}
	}
	return nil
}

func checkNamespace(n []Node) error {
	if len(n) != 3 {
		return shape("three namespaces", n...)
	}
	for _, kind := range n {
		if kind.Kind != List && !kind.IsNil() {
			return shape("namespaces", kind)
		}
		for _, ns := range kind.List {
			if len(ns.List) < 2 || !isText(ns.List[0]) || !isNString(ns.List[1]) {
				return shape("namespace", ns)
			}
		}
	}
	return nil
}

func checkVanished(n []Node) error {
	if len(n) == 2 && n[0].Kind == List && len(n[0].List) == 1 && n[0].List[0].Value == "EARLIER" {
		n = n[1:]
	}
	return one(isSet, "set")(n)
}

func checkACL(n []Node) error {
	if len(n)%2 != 1 {
		return shape("name and pairs", n...)
	}
	return strs(1, 9999)(n)
}

func checkMetadata(n []Node) error {
	if len(n) < 2 || !isText(n[0]) || n[1].Kind == List && len(n[1].List)%2 != 0 {
		return shape("name and entries", n...)
	}
	return nil
}

func checkQuota(n []Node) error {
	if len(n) != 2 || !isText(n[0]) || n[1].Kind != List || len(n[1].List)%3 != 0 {
		return shape("root and resources", n...)
	}
	return nil
}
