// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"twiga/lib/mapi/object"
)

const mailDate = "Mon, 02 Jan 2006 15:04:05 -0700" // RFC 5322 3.3

// private are the fields that are not sent: who gets a blind copy (RFC 5322
// 3.6.3), and what only the last system writes (RFC 5321 4.4).
var private = []string{"bcc", "resent-bcc", "return-path"}

// prepare cuts a message apart, takes out what is not for others and adds what
// must be there (RFC 5322 3.6, RFC 6409 8): the date of the submission, and id.
func prepare(data []byte, submitted time.Time, id string) outgoing {
	if bytes.IndexByte(data, '\n') < 0 { // lines that end in CR alone
		data = bytes.ReplaceAll(data, []byte("\r"), []byte("\r\n"))
	}
	end := headerEnd(data)
	o := outgoing{body: data[end:]}
	o.header = make([]byte, 0, end+200)
	have := map[string]bool{}
	for rest := data[:end]; len(rest) > 0; {
		field := rest[:fieldEnd(rest)]
		rest = rest[len(field):]
		name, value, _ := bytes.Cut(field, []byte{':'})
		key := strings.ToLower(string(bytes.TrimRight(name, " \t")))
		if slices.Contains(private, key) {
			continue
		}
		if key == "message-id" && !have[key] {
			o.id = strings.TrimSpace(string(value))
		}
		have[key] = true
		o.header = append(o.header, field...)
	}
	if len(o.header) > 0 && o.header[len(o.header)-1] != '\n' {
		o.header = append(o.header, "\r\n"...)
	}
	if !have["date"] {
		o.header = append(o.header, "Date: "+submitted.Format(mailDate)+"\r\n"...)
	}
	if !have["message-id"] {
		o.id = id
		o.header = append(o.header, "Message-ID: "+o.id+"\r\n"...)
	}
	o.eight = !isASCII(string(o.header))
	if len(o.body) > 0 && o.body[0] != '\r' && o.body[0] != '\n' {
		o.header = append(o.header, "\r\n"...) // what was no header is the body
	}
	return o
}

func newMessageID(domain string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, by its contract
	return "<" + hex.EncodeToString(b[:]) + "@" + domain + ">"
}

// entryMessageID is the Message-ID for a message of the queue that has none. It
// is the same in every try, so that a copy that comes twice is known as one.
func entryMessageID(e *object.QueueEntry, host string) string {
	domain := domainOf(e.Address, host)
	if !isASCII(domain) {
		domain = host
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "twiga spool %s %s %d", e.Store, e.Message, e.Submitted.Unix()))
	return "<" + hex.EncodeToString(sum[:16]) + "@" + domain + ">"
}

// headerEnd is where the empty line is that ends the header, or the first line
// that is no field, or the end.
func headerEnd(data []byte) int {
	at := 0
	for at < len(data) {
		line := data[at:]
		if line[0] == '\n' || line[0] == '\r' && len(line) > 1 && line[1] == '\n' {
			return at
		}
		if !isField(line) {
			return at
		}
		at += fieldEnd(line)
	}
	return at
}

// isField says whether a line begins with a field's name and a colon.
func isField(line []byte) bool {
	for i, c := range line {
		switch {
		case c == ':':
			return i > 0
		case c <= ' ' && c != ' ' && c != '\t' || c >= 0x7f:
			return false
		case (c == ' ' || c == '\t') && i == 0:
			return false
		}
	}
	return false
}

// fieldEnd is the length of a field with its folded lines.
func fieldEnd(b []byte) int {
	for at := 0; ; {
		n := bytes.IndexByte(b[at:], '\n')
		if n < 0 {
			return len(b)
		}
		at += n + 1
		if at == len(b) || b[at] != ' ' && b[at] != '\t' {
			return at
		}
	}
}
