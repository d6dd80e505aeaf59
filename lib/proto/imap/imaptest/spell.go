// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Letter is a message of 49 octets that scripts append.
const Letter = "Subject: one\r\nFrom: a@example.test\r\n\r\nhello world"

var function = regexp.MustCompile(`@\{(letter|nul|(?:repeat|odd|hex|add) [^}]*)\}`)

// spellFunctions puts in what functions stand for.
func spellFunctions(text string, vars Vars) string {
	text = function.ReplaceAllStringFunc(text, func(s string) string {
		name, args, _ := strings.Cut(s[2:len(s)-1], " ")
		switch name {
		case "letter":
			return Letter
		case "nul":
			return "\x00"
		case "repeat": // repeat N TEXT
			n, what, _ := strings.Cut(args, " ")
			times, _ := strconv.Atoi(n)
			return strings.Repeat(what, times)
		case "odd": // the odd numbers below 2N
			return oddNumbers(args)
		case "hex":
			b, _ := hex.DecodeString(args)
			return string(b)
		default: // add NAME N
			name, n, _ := strings.Cut(args, " ")
			base, err := strconv.ParseInt(vars[name], 10, 64)
			by, _ := strconv.ParseInt(n, 10, 64)
			if err != nil {
				return "0"
			}
			return strconv.FormatInt(base+by, 10)
		}
	})
	return strings.ReplaceAll(text, "⏎", "\r\n")
}

func oddNumbers(count string) string {
	n, _ := strconv.Atoi(count)
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(2*i + 1))
	}
	return b.String()
}

// SpellCommand gives the octets of a script's command: "⏎" is CRLF, «text» a
// literal that does not wait, ‹text› one that does, ~«text» a literal8.
func SpellCommand(text string, vars Vars) string {
	text = spellFunctions(text, vars)
	text = variable.ReplaceAllStringFunc(text, func(s string) string { return vars[s[2:len(s)-1]] })
	text = spellLiterals(text, "«", "»", "+")
	return spellLiterals(text, "‹", "›", "")
}

func spellLiterals(text, open, end, plus string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, open)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		literal, after, _ := strings.Cut(rest, end)
		fmt.Fprintf(&b, "{%d%s}\r\n%s", len(literal), plus, literal)
		text = after
	}
}
