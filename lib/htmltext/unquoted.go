// SPDX-License-Identifier: AGPL-3.0-or-later

package htmltext

import "strings"

// Unquoted leaves out of a mail's text what its writer did not write now: lines
// that quote (RFC 3676 4.5), the line that says whom, and the signature
// (RFC 3676 4.3). A text of nothing else stays as it is.
func Unquoted(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	announced := "" // a line that may tell whom the next ones quote
	for line := range strings.Lines(text) {
		bare := strings.TrimSpace(line)
		if strings.TrimRight(line, "\r\n") == "-- " || bare == "-----Original Message-----" {
			break
		}
		switch {
		case strings.HasPrefix(bare, ">"):
			announced = ""
			continue
		case bare == "" && announced != "":
			announced += line
			continue
		}
		b.WriteString(announced)
		announced = ""
		if strings.HasSuffix(bare, ":") {
			announced = line
			continue
		}
		b.WriteString(line)
	}
	b.WriteString(announced)
	if strings.TrimSpace(b.String()) == "" {
		return text
	}
	return b.String()
}
