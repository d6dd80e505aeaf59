// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"twiga/lib/charset"
	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

// maxHeaderColumn is where header lines are folded (RFC 5322 2.1.1).
const maxHeaderColumn = 78

const (
	maxPhrase  = 60  // the longest display name written between quotes
	maxAddress = 320 // RFC 5321 4.5.3.1: 64 for the local part, 255 for the domain
)

// Getter gives properties: mapi.Props and wire.Bag do.
type Getter interface {
	Get(mapi.PropTag) (mapi.Value, bool)
}

// Outgoing is a message that was born as properties.
type Outgoing struct {
	Props       Getter
	Recipients  []Getter
	Attachments []OutgoingAttachment
}

// OutgoingAttachment is an attachment of such a message. Open gives its
// content, decoded; for PidTagAttachMethod AttachEmbedded that is a message, as
// package wire encodes it or as MIME.
type OutgoingAttachment struct {
	Props Getter
	Open  func() (io.ReadCloser, error)
}

// ComposeOptions say what the properties do not.
type ComposeOptions struct {
	// Seed makes the boundaries, and an id that is missing, the same every
	// time for the same seed: the message's id and store, say. Without one
	// they are random.
	Seed string
	// Domain is the right side of a Message-ID that has to be made.
	Domain string
	// Date is for a message without PidTagClientSubmitTime.
	Date time.Time
	// Bcc says to write the Bcc field: for the sender's own copy, never for
	// what is sent.
	Bcc bool
}

// Compose writes the message as MIME. All lines are at most 998 bytes long but
// for those of embedded messages, which are written as they are. No property
// can add a header field: line breaks do not get through. The errors are those
// of w and of the attachments.
func Compose(w io.Writer, m *Outgoing, opts ComposeOptions) error {
	seed := []byte(opts.Seed)
	if len(seed) == 0 {
		seed = make([]byte, 16)
		rand.Read(seed)
	}
	c := &composer{w: w, m: m, opts: opts, seed: seed}
	c.header()
	c.content()
	return c.err
}

// composer writes one message. After an error it writes nothing more.
type composer struct {
	w     io.Writer
	m     *Outgoing
	opts  ComposeOptions
	seed  []byte
	depth int  // how many messages this one is embedded in
	made  byte // how many unique words were made of the seed
	err   error
	write []byte
}

// unique gives a word that is not in other messages.
func (c *composer) unique() string {
	c.made++
	sum := sha256.Sum256(append([]byte("twiga mime \x00"+string(c.made)), c.seed...))
	return hex.EncodeToString(sum[:12])
}

func (c *composer) emit(b []byte) {
	if c.err == nil {
		_, c.err = c.w.Write(b)
	}
}

func (c *composer) text(t mapi.PropTag) string { return textOf(c.m.Props, t) }

// textOf gives a string property's text, "" for another type's.
func textOf(g Getter, t mapi.PropTag) string {
	v, ok := g.Get(t.WithType(mapi.PtypString))
	if !ok {
		return ""
	}
	return v.Text()
}

func (c *composer) number(t mapi.PropTag, missing int64) int64 {
	if v, ok := c.m.Props.Get(t); ok {
		return v.Int()
	}
	return missing
}

// header writes the fields of the message, without the empty line.
func (c *composer) header() {
	date := c.opts.Date
	if v, ok := c.m.Props.Get(tag.ClientSubmitTime); ok {
		date = v.Time()
	}
	c.plain("Date", date.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000"))
	from := personOf(c.m.Props, tag.SentRepresentingName, tag.SentRepresentingEmailAddress, 0)
	sender := personOf(c.m.Props, tag.SenderName, tag.SenderEmailAddress, 0)
	if from.email == "" {
		from = sender
	}
	c.people("From", []person{from})
	if sender.email != "" && !strings.EqualFold(sender.email, from.email) {
		c.people("Sender", []person{sender})
	}
	rows := c.recipients()
	if len(rows[0])+len(rows[1]) == 0 {
		c.plain("To", "undisclosed-recipients:;")
	}
	c.people("To", rows[0])
	c.people("Cc", rows[1])
	if c.opts.Bcc {
		c.people("Bcc", rows[2])
	}
	c.field("Subject", c.text(tag.Subject))
	id, _, _ := strings.Cut(messageIDs(c.text(tag.InternetMessageId)), " ")
	if id == "" {
		domain, err := idna.ToASCII(c.opts.Domain)
		if domain = atomText(domain); err != nil || domain == "" {
			domain = "localhost"
		}
		id = "<" + c.unique() + "@" + domain + ">"
	}
	c.plain("Message-ID", id)
	c.ids("In-Reply-To", c.text(tag.InReplyToId))
	c.ids("References", c.text(tag.InternetReferences))
	if v, ok := c.m.Props.Get(tag.ConversationIndex); ok && len(v.Bytes()) >= 22 && len(v.Bytes()) < 600 {
		c.plain("Thread-Index", base64.StdEncoding.EncodeToString(v.Bytes()))
	}
	c.wishes(from)
	c.plain("MIME-Version", "1.0")
}

// wishes writes importance, sensitivity and receipts.
func (c *composer) wishes(from person) {
	switch c.number(tag.Importance, 1) {
	case 0:
		c.plain("Importance", "low")
		c.plain("X-Priority", "5")
	case 2:
		c.plain("Importance", "high")
		c.plain("X-Priority", "1")
	}
	switch c.number(tag.Sensitivity, 0) {
	case 1:
		c.plain("Sensitivity", "Personal")
	case 2:
		c.plain("Sensitivity", "Private")
	case 3:
		c.plain("Sensitivity", "Company-Confidential")
	}
	if c.number(tag.ReadReceiptRequested, 0) != 0 {
		c.people("Disposition-Notification-To", []person{from})
	}
	if c.number(tag.OriginatorDeliveryReportRequested, 0) != 0 {
		c.people("Return-Receipt-To", []person{from})
	}
	if c.number(tag.AutoForwarded, 0) != 0 {
		c.plain("Auto-Submitted", "auto-generated")
	}
}

// recipients gives the recipients by type: To, Cc, Bcc.
func (c *composer) recipients() (rows [3][]person) {
	for _, r := range c.m.Recipients {
		kind := 0
		if v, ok := r.Get(tag.RecipientType); ok {
			kind = int(v.Int()&0xf) - 1 // the high bits are flags, [MS-OXOMSG] 2.2.3.1
		}
		if p := personOf(r, tag.DisplayName, tag.EmailAddress, tag.SmtpAddress); kind >= 0 && kind < len(rows) && p.email != "" {
			rows[kind] = append(rows[kind], p)
		}
	}
	return rows
}

// personOf reads a name and an address; smtp, unless zero, goes before email.
func personOf(g Getter, name, email, smtp mapi.PropTag) person {
	p := person{name: charset.OneLine(textOf(g, name))}
	if smtp != 0 {
		p.email = mailAddress(textOf(g, smtp))
	}
	if p.email == "" {
		p.email = mailAddress(textOf(g, email))
	}
	if strings.EqualFold(p.name, p.email) {
		p.name = ""
	}
	return p
}

// mailAddress makes an address fit for a header: without anything that could
// end it. The domain is written in ASCII (RFC 5891). It is empty for one that
// nobody could have.
func mailAddress(email string) string {
	email = strings.TrimSpace(charset.OneLine(email))
	i := strings.LastIndexByte(email, '@')
	switch {
	case len(email) > maxAddress:
		return ""
	case i < 0:
		return atomText(email)
	}
	local, host := strings.TrimSpace(email[:i]), atomText(email[i+1:])
	if ascii, err := idna.ToASCII(host); err == nil {
		host = ascii
	}
	if len(local) >= 2 && local[0] == '"' && local[len(local)-1] == '"' {
		local = string(unescape([]byte(local[1 : len(local)-1])))
	}
	if local == "" || host == "" {
		return ""
	}
	return emailOf(Address{Local: []byte(local), Host: []byte(host)})
}

// atomText drops what cannot stand in an atom, a domain or a literal.
func atomText(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || strings.ContainsRune(`()<>@,;\"`, r) {
			return -1
		}
		return r
	}, s)
}

// messageIDs gives the ids of text in angle brackets, with one space between.
func messageIDs(text string) string {
	var ids []string
	for id := range strings.FieldsFuncSeq(text, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' || r == ',' }) {
		id = strings.Map(func(r rune) rune {
			if r <= ' ' || r >= 0x7f {
				return -1
			}
			return r
		}, id)
		if id != "" && len(id) < 900 {
			ids = append(ids, "<"+id+">")
		}
	}
	return strings.Join(ids, " ")
}

// plain writes a field whose value needs no care.
func (c *composer) plain(name, value string) {
	c.emit(fmt.Appendf(c.write[:0], "%s: %s\r\n", name, value))
}

// field writes a field of free text.
func (c *composer) field(name, value string) {
	b := append(append(c.write[:0], name...), ": "...)
	b = append(charset.AppendHeader(b, value, len(b)), "\r\n"...)
	c.write = b
	c.emit(b)
}

// ids writes a field of message ids, one a line; none if there is none.
func (c *composer) ids(name, value string) {
	if ids := messageIDs(value); ids != "" {
		c.plain(name, strings.ReplaceAll(ids, " ", "\r\n "))
	}
}

// people writes a field of addresses; none if there is none.
func (c *composer) people(name string, list []person) {
	b := append(append(c.write[:0], name...), ": "...)
	column, n := len(b), 0
	for _, p := range list {
		if p.email == "" {
			continue
		}
		if n++; n > 1 {
			b = append(b, ',')
			if column += 2; column+len(p.name)+len(p.email) > maxHeaderColumn {
				b, column = append(b, "\r\n"...), 1
			}
			b = append(b, ' ')
		}
		b, column = appendPerson(b, p, column)
	}
	if n > 0 {
		c.emit(append(b, "\r\n"...))
	}
	c.write = b
}

// appendPerson appends name <email> and gives the column where that ends.
func appendPerson(dst []byte, p person, column int) ([]byte, int) {
	start := len(dst)
	switch {
	case p.name == "":
		return append(dst, p.email...), column + len(p.email)
	case len(p.name) > maxPhrase || charset.NeedsWords(p.name):
		dst = charset.AppendWords(dst, p.name, column)
	default:
		dst = append(dst, '"')
		for i := range len(p.name) {
			if p.name[i] == '"' || p.name[i] == '\\' {
				dst = append(dst, '\\')
			}
			dst = append(dst, p.name[i])
		}
		dst = append(dst, '"')
	}
	if i := strings.LastIndexByte(string(dst[start:]), '\n'); i >= 0 {
		start, column = start+i+1, 0
	}
	column += len(dst) - start
	if column+len(p.email)+3 > maxHeaderColumn {
		dst, column = append(dst, "\r\n"...), 0
	}
	dst = append(append(append(dst, " <"...), p.email...), '>')
	return dst, column + len(p.email) + 3
}
