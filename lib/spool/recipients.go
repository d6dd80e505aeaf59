// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import (
	"strings"
	"unicode/utf8"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// maxAddress is the longest address that is sent to, RFC 5321 4.5.3.1.
const maxAddress = 320

// recipientsOf are the recipients of a message that are not settled yet, each
// address once; To, Cc and Bcc alike.
func recipientsOf(m *object.Message, settled []string) []*rcpt {
	seen := map[string]bool{}
	for _, a := range settled {
		seen[strings.ToLower(a)] = true
	}
	var list []*rcpt
	for _, row := range m.Recipients {
		address := addressOf(row)
		if key := strings.ToLower(address); !seen[key] {
			seen[key] = true
			list = append(list, &rcpt{address: address})
		}
	}
	return list
}

// oneLineAddress takes out of an address what would make two of it in the
// queue's list of settled ones.
var oneLineAddress = strings.NewReplacer("\r", " ", "\n", " ")

// addressOf is a recipient's mail address: PidTagSmtpAddress, else
// PidTagEmailAddress, else the name that was typed in.
func addressOf(row wire.Bag) string {
	for _, t := range []mapi.PropTag{tag.SmtpAddress, tag.EmailAddress, tag.DisplayName} {
		if a := strings.TrimSpace(oneLineAddress.Replace(row.Text(t))); a != "" {
			return a
		}
	}
	return ""
}

// sendable says whether an address can stand in RCPT.
func sendable(address string) bool {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at == len(address)-1 || len(address) > maxAddress || !utf8.ValidString(address) {
		return false
	}
	if strings.ContainsFunc(address, func(r rune) bool { return r < ' ' || r == 0x7f || r == '<' || r == '>' }) {
		return false
	}
	return !strings.ContainsAny(address[at:], " ,;()\"\\")
}

// path is an address as it stands between the brackets of RCPT: with a local
// part that has other than atom's characters in quotes (RFC 5321 4.1.2).
func path(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	local := address[:at]
	if strings.HasPrefix(local, `"`) && strings.HasSuffix(local, `"`) && len(local) > 1 {
		return address
	}
	if !strings.ContainsAny(local, " ()<>[]:;@\\,\"") {
		return address
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(local) + `"` + address[at:]
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
