// SPDX-License-Identifier: AGPL-3.0-or-later

// Package mailfile reads and writes messages in the forms in which people keep
// them in files: mbox, Maildir, single messages, calendars and address books.
package mailfile

import (
	"fmt"
	"iter"
	"path"
	"strings"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// MaxMessage is the largest message that is read, in bytes.
const MaxMessage = 1 << 30

// Message is one message in a file.
type Message struct {
	Folder   string // parts separated by "/"; "" is the top
	Class    string // PidTagMessageClass; "" is a mail
	Data     []byte // as MIME; of ICS and VCF the object alone
	Flags    object.Flags
	Keywords []string
	Received time.Time // zero is not known
}

// Format is a form of files.
type Format string

// The formats.
const (
	Mbox    Format = "mbox"    // one file a folder, in the form "mboxrd"
	Maildir Format = "maildir" // Maildir++, as Dovecot and Courier have it
	EML     Format = "eml"     // one file a message, one directory a folder
	ICS     Format = "ics"     // one calendar a folder (RFC 5545)
	VCF     Format = "vcf"     // one address book a folder (RFC 6350)
)

// Formats are all of them.
var Formats = []Format{Mbox, Maildir, EML, ICS, VCF}

// Parse reads a format's name.
func Parse(name string) (Format, error) {
	for _, f := range Formats {
		if string(f) == name {
			return f, nil
		}
	}
	return "", fmt.Errorf("format %q: mbox, maildir, eml, ics or vcf wanted: %w", name, mapi.InvalidParameter)
}

// Read gives the messages in a file or a directory, by folder. What is given
// is valid until the next step. An error of one message does not end it.
func Read(f Format, root string) iter.Seq2[Message, error] {
	switch f {
	case Mbox:
		return readTree(root, ".mbox", readMbox)
	case Maildir:
		return readMaildir(root)
	case ICS:
		return readTree(root, ".ics", readICS)
	case VCF:
		return readTree(root, ".vcf", readVCF)
	}
	return readTree(root, ".eml", readEML)
}

// Writer writes messages, folder after folder.
type Writer interface {
	// Folder begins a folder; it is made even if nothing comes.
	Folder(folder string) error
	// Put writes a message into the folder that was begun.
	Put(m *Message) error
	// Close ends the last folder.
	Close() error
}

// NewWriter writes below a directory, which is made.
func NewWriter(f Format, root string) Writer {
	switch f {
	case Mbox:
		return &mboxWriter{files: files{root: root, suffix: ".mbox"}}
	case Maildir:
		return &maildirWriter{root: root}
	case ICS:
		return &objectWriter{files: files{root: root, suffix: ".ics"}, head: icsHead, foot: icsFoot}
	case VCF:
		return &objectWriter{files: files{root: root, suffix: ".vcf"}}
	}
	return &emlWriter{root: root}
}

// safe is a folder's path as one of the file system: no part of it leads out
// of the root, or is hidden.
func safe(folder string) string {
	parts := strings.Split(folder, "/")
	for i, p := range parts {
		p = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || r == '\\' || r == ':' {
				return '_'
			}
			return r
		}, p)
		if p == "" || p[0] == '.' {
			p = "_" + strings.TrimLeft(p, ".")
		}
		parts[i] = p
	}
	return path.Join(parts...)
}

// lines ends each line of a message in CRLF where its first one ends in LF
// alone: it is in the form of the local system then.
func lines(data []byte) []byte {
	at := strings.IndexByte(string(data[:min(len(data), 1<<16)]), '\n')
	if at < 0 || at > 0 && data[at-1] == '\r' {
		return data
	}
	out := make([]byte, 0, len(data)+len(data)/32)
	for i, b := range data {
		if b == '\n' && (i == 0 || data[i-1] != '\r') {
			out = append(out, '\r')
		}
		out = append(out, b)
	}
	return out
}
