// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"fmt"
	"io"
	"mime/quotedprintable"
	"strings"

	"twiga/lib/base64lines"
	"twiga/lib/charset"
	"twiga/lib/htmltext"
	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

const (
	// maxPlainLine is the longest line sent without an encoding (RFC 5322
	// 2.1.1).
	maxPlainLine = 998
	// maxMediaType is the longest media type written (RFC 6838 4.2).
	maxMediaType = 255
	// boundaryHead starts all boundaries: no text in quoted-printable or
	// base64 has it.
	boundaryHead = "=_"
)

// attachmentLines is how attachments are written.
var attachmentLines = base64lines.Layout{Line: 76, CRLF: true}

// content writes the body's fields, the empty line and the body.
func (c *composer) content() {
	html, text := c.html(), c.text(tag.Body)
	if html != "" && text == "" {
		text = htmltext.Text(strings.NewReader(html), 0)
	}
	var inline, attached []*OutgoingAttachment
	for i := range c.m.Attachments {
		a := &c.m.Attachments[i]
		if html != "" && isInline(a) {
			inline = append(inline, a)
		} else {
			attached = append(attached, a)
		}
	}
	body := func() { c.bodies(text, html, inline) }
	if len(attached) == 0 {
		body()
		return
	}
	c.multipart("mixed", "", len(attached)+1, func(i int) {
		if i == 0 {
			body()
			return
		}
		c.attachment(attached[i-1], "attachment")
	})
}

// isInline tells whether an attachment is shown in the HTML body.
func isInline(a *OutgoingAttachment) bool {
	if textOf(a.Props, tag.AttachContentId) == "" {
		return false
	}
	flags, _ := a.Props.Get(tag.AttachFlags)
	hidden, _ := a.Props.Get(tag.AttachmentHidden)
	return mapi.AttachFlags(flags.Int())&mapi.AttachRenderedInBody != 0 || hidden.Bool()
}

// html gives the HTML body in UTF-8.
func (c *composer) html() string {
	if v, ok := c.m.Props.Get(tag.Html); ok {
		label := "utf-8"
		if page := c.number(tag.InternetCodepage, 65001); page != 65001 {
			label = charset.PageName(int(page))
		}
		return charset.String(label, v.Bytes())
	}
	return c.text(tag.BodyHtml)
}

// bodies writes the text, the HTML, or both as alternatives.
func (c *composer) bodies(text, html string, inline []*OutgoingAttachment) {
	if html == "" {
		c.textPart("plain", text)
		return
	}
	c.multipart("alternative", "", 2, func(i int) {
		switch {
		case i == 0:
			c.textPart("plain", text)
		case len(inline) == 0:
			c.textPart("html", html)
		default: // RFC 2387
			c.multipart("related", "; type=\"text/html\"", len(inline)+1, func(i int) {
				if i == 0 {
					c.textPart("html", html)
					return
				}
				c.attachment(inline[i-1], "inline")
			})
		}
	})
}

// multipart writes n parts, each with its fields, by part.
func (c *composer) multipart(sub, params string, n int, part func(i int)) {
	boundary := boundaryHead + c.unique()
	c.emit(fmt.Appendf(nil, "Content-Type: multipart/%s;\r\n boundary=\"%s\"%s\r\n\r\n", sub, boundary, params))
	for i := range n {
		c.emit(fmt.Appendf(nil, "--%s\r\n", boundary))
		part(i)
		c.emit([]byte("\r\n"))
	}
	c.emit(fmt.Appendf(nil, "--%s--\r\n", boundary))
}

// textPart writes a text with its fields in the encoding that suits it.
func (c *composer) textPart(sub, text string) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	set, encoding := "us-ascii", textEncoding(text)
	if strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 }) {
		set = "utf-8"
	}
	c.emit(fmt.Appendf(nil, "Content-Type: text/%s; charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n", sub, set, encoding))
	if c.err != nil {
		return
	}
	text = strings.ReplaceAll(text, "\n", "\r\n")
	switch encoding {
	case "7bit":
		c.emit([]byte(text))
	case "base64":
		c.base64(strings.NewReader(text))
	default:
		w := quotedprintable.NewWriter(c.w)
		if _, c.err = io.WriteString(w, text); c.err == nil {
			c.err = w.Close()
		}
	}
}

// textEncoding chooses 7bit for ASCII in lines, base64 where quoted-printable
// would be longer.
func textEncoding(text string) string {
	odd, line, longest := 0, 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n':
			line = -1
		case c >= 0x7f || c < ' ' && c != '\t':
			odd++
		}
		line++
		longest = max(longest, line)
	}
	delicate := strings.HasPrefix(text, "From ") || strings.Contains(text, "\nFrom ") ||
		strings.HasPrefix(text, "--"+boundaryHead) || strings.Contains(text, "\n--"+boundaryHead)
	switch {
	case odd == 0 && longest <= maxPlainLine && !delicate:
		return "7bit"
	case odd > len(text)/6:
		return "base64"
	}
	return "quoted-printable"
}

// base64 writes r in base64 lines, the last one without its end.
func (c *composer) base64(r io.Reader) {
	if c.err != nil {
		return
	}
	w := attachmentLines.NewWriter(c.w)
	if _, c.err = io.Copy(w, r); c.err == nil {
		c.err = w.Close()
	}
}

// attachment writes an attachment with its fields.
func (c *composer) attachment(a *OutgoingAttachment, disposition string) {
	if c.err != nil {
		return
	}
	method, _ := a.Props.Get(tag.AttachMethod)
	embedded := mapi.AttachMethod(method.Int()) == mapi.AttachEmbedded
	if embedded {
		if a, embedded = c.embedded(a); c.err != nil {
			return
		}
	}
	mediaType := composedType(textOf(a.Props, tag.AttachMimeTag), embedded)
	name := textOf(a.Props, tag.AttachLongFilename)
	for _, t := range [...]mapi.PropTag{tag.AttachFilename, tag.DisplayName} {
		if name == "" {
			name = textOf(a.Props, t)
		}
	}
	b := append([]byte("Content-Type: "), mediaType...)
	if name != "" {
		b = charset.AppendParam(b, "name", name)
	}
	encoding := "base64"
	if embedded {
		encoding = "8bit" // RFC 2046 5.2.1 allows no other
	}
	b = fmt.Appendf(b, "\r\nContent-Transfer-Encoding: %s\r\nContent-Disposition: %s", encoding, disposition)
	if name != "" {
		b = charset.AppendParam(b, "filename", name)
	}
	b = append(b, "\r\n"...)
	if id := messageIDs(textOf(a.Props, tag.AttachContentId)); id != "" {
		id, _, _ = strings.Cut(id, " ")
		b = fmt.Appendf(b, "Content-ID: %s\r\n", id)
	}
	c.emit(append(b, "\r\n"...))
	c.stream(a, embedded)
}

func (c *composer) stream(a *OutgoingAttachment, embedded bool) {
	if a.Open == nil || c.err != nil {
		return
	}
	r, err := a.Open()
	if err != nil {
		c.err = fmt.Errorf("open attachment: %w", err)
		return
	}
	defer r.Close()
	if embedded {
		_, c.err = io.Copy(c.w, r)
		return
	}
	c.base64(r)
}

// composedType gives the media type to write: that of the property if it is
// one, and one that may be encoded in base64.
func composedType(mimeTag string, embedded bool) string {
	if embedded {
		return "message/rfc822"
	}
	const opaque = "application/octet-stream"
	typ, sub, ok := strings.Cut(mimeTag, "/")
	if !ok || typ == "" || sub == "" || len(mimeTag) > maxMediaType ||
		token([]byte(typ), 0) != len(typ) || token([]byte(sub), 0) != len(sub) {
		return opaque
	}
	switch strings.ToLower(typ) {
	case "multipart", "message":
		return opaque
	}
	return mimeTag
}
