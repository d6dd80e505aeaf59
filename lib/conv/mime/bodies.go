// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"bytes"
	"io"
	"math"
	"path"
	"strconv"
	"strings"

	"twiga/lib/charset"
	"twiga/lib/htmltext"
	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

// bodies sorts the leaves of a message into its bodies and its attachments.
type bodies struct {
	plain, html int // parts, -1 if there is none
	attached    []attached
}

type attached struct {
	part   int
	hidden bool // seen in the body, or a signature: not listed
}

// Bodies gives the parts that are the message's plain text and its HTML, -1
// for one that it has not.
func (s *Structure) Bodies() (plain, html int) {
	b := s.sortLeaves()
	return b.plain, b.html
}

func (s *Structure) sortLeaves() bodies {
	b := bodies{plain: -1, html: -1}
	s.sortLeaf(&b, 0, "")
	return b
}

// sortLeaf sorts the part numbered i, which stands in a multipart/around.
func (s *Structure) sortLeaf(b *bodies, i int, around string) {
	if s.Parts[i].Kind == KindMultipart {
		_, sub := s.MediaType(i)
		for c := s.Parts[i].First; c >= 0; c = s.Parts[c].Next {
			s.sortLeaf(b, c, strings.ToLower(string(sub)))
		}
		return
	}
	if s.Parts[i].Kind == KindLeaf && s.isBody(b, i, around) {
		return
	}
	if len(b.attached) < MaxAttachments {
		b.attached = append(b.attached, attached{i, s.isHidden(i, around)})
	}
}

// isBody takes the leaf numbered i as a body, or as a text that goes with one.
func (s *Structure) isBody(b *bodies, i int, around string) bool {
	typ, sub := s.MediaType(i)
	if !equalFold(typ, "text") || s.Disposition(i) == "attachment" {
		return around == "report" && equalFold(typ, "message") // read from its text
	}
	named := s.Filename(i) != ""
	switch {
	case equalFold(sub, "plain") && b.plain < 0 && !named:
		b.plain = i
	case equalFold(sub, "html") && b.html < 0 && (!named || b.plain < 0 || around == "alternative"):
		b.html = i
	case around == "alternative" && !equalFold(sub, "calendar"):
	default:
		return !named && (equalFold(sub, "plain") || equalFold(sub, "html"))
	}
	return true
}

func (s *Structure) isHidden(i int, around string) bool {
	for _, signature := range [...]string{"pkcs7-signature", "x-pkcs7-signature", "pgp-signature"} {
		if s.Is(i, "application", signature) {
			return true
		}
	}
	return around == "related" && s.value(&s.Parts[i], fieldID) != nil && s.Disposition(i) != "attachment"
}

// setBodies sets what is said of bodies and attachments.
func (m *Message) setBodies() {
	s := m.Structure
	b := s.sortLeaves()
	visible := false
	for _, a := range b.attached {
		m.Attachments = append(m.Attachments, s.attachment(a))
		visible = visible || !a.hidden
	}
	m.Props.Set(tag.HasAttachments, mapi.Bool(visible))
	main := b.plain
	if b.html >= 0 {
		main = b.html
		m.Props.Set(tag.NativeBody, mapi.Int32(3)) // [MS-OXCMSG] 2.2.1.58.2
	} else if b.plain >= 0 {
		m.Props.Set(tag.NativeBody, mapi.Int32(1))
	}
	if main >= 0 {
		if page := charset.CodePage(s.Charset(main)); page != 0 {
			m.Props.Set(tag.InternetCodepage, mapi.Int32(int32(page)))
		}
	}
	m.setText(Preview, s.preview(&b))
}

// Preview gives the beginning of the message's text on one line, at most
// PreviewLength bytes.
func (s *Structure) Preview() string {
	b := s.sortLeaves()
	return s.preview(&b)
}

func (s *Structure) preview(b *bodies) string {
	if b.plain >= 0 {
		text := s.beginning(b.plain, 8*PreviewLength)
		if p := htmltext.Preview(charset.OneLine(htmltext.Unquoted(text)), PreviewLength); p != "" {
			return p
		}
	}
	if b.html >= 0 {
		text := htmltext.Text(io.LimitReader(s.Text(b.html), maxPreviewRead), 2*PreviewLength)
		return htmltext.Preview(charset.OneLine(htmltext.Unquoted(text)), PreviewLength)
	}
	return ""
}

// beginning gives the first n bytes of the text of the leaf numbered i, in UTF-8.
func (s *Structure) beginning(i, n int) string {
	if s.TransferEncoding(i) == Identity {
		body := s.Parts[i].Body.in(s.data)
		if head := body[:cutAt(body, n)]; charset.AsIs(s.Charset(i), head) {
			return string(head)
		}
	}
	text := make([]byte, n)
	n, _ = io.ReadFull(s.Text(i), text)
	return string(text[:n])
}

// attachment makes the row of an attachment.
func (s *Structure) attachment(a attached) Attachment {
	p := &s.Parts[a.part]
	out := Attachment{
		Part: a.part, Offset: int64(p.Body.Start), Length: int64(p.Body.Len()), Encoding: s.TransferEncoding(a.part),
	}
	props := make(mapi.Props, 0, 12)
	method := mapi.AttachByValue
	if p.Kind == KindMessage {
		method = mapi.AttachEmbedded
	}
	props.Set(tag.AttachMethod, mapi.Int32(int32(method)))
	props.Set(tag.RenderingPosition, mapi.Int32(mapi.NotRendered))
	props.Set(tag.AttachSize, mapi.Int32(int32(min(s.decodedSize(a.part), math.MaxInt32))))
	typ, sub := s.MediaType(a.part)
	setText(&props, tag.AttachMimeTag, charset.OneLine(strings.ToLower(string(typ)+"/"+string(sub))))
	setText(&props, tag.TwigaPartPath, s.Path(a.part))
	if name := s.attachmentName(a.part); name != "" {
		setText(&props, tag.AttachLongFilename, name)
		setText(&props, tag.DisplayName, name)
		setText(&props, tag.AttachExtension, path.Ext(name))
	}
	id := strings.Trim(charset.DecodeHeader(s.value(p, fieldID)), " <>")
	setText(&props, tag.AttachContentId, id)
	setText(&props, tag.AttachContentLocation, charset.DecodeHeader(s.value(p, fieldLocation)))
	if a.hidden {
		props.Set(tag.AttachmentHidden, mapi.Bool(true))
		if id != "" {
			props.Set(tag.AttachFlags, mapi.Int32(int32(mapi.AttachRenderedInBody)))
		}
	}
	out.Props = props
	return out
}

// attachmentName gives the name of an attachment, without any folder; a
// message without a name is called by its subject.
func (s *Structure) attachmentName(i int) string {
	name := s.Filename(i)
	if k := strings.LastIndexAny(name, `/\`); k >= 0 {
		name = name[k+1:]
	}
	if name = strings.TrimSpace(name); name == "." || name == ".." {
		name = "" // a folder as well
	}
	if name != "" || s.Parts[i].Kind != KindMessage {
		return name
	}
	root := &s.Parts[s.Parts[i].First]
	subject := charset.DecodeHeader(envelopeValues(root.Header.in(s.data))[envSubject])
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' {
			return '_'
		}
		return r
	}, subject))
}

// decodedSize gives the length of a part's content, exactly for well-formed
// base64 and nearly so for all else.
func (s *Structure) decodedSize(i int) int {
	body := s.Parts[i].Body.in(s.data)
	switch s.TransferEncoding(i) {
	case Base64:
		line := bytes.Count(body, []byte{s.eol})
		if s.eol == '\n' && line > 0 {
			if k := bytes.IndexByte(body, '\n'); k > 0 && body[k-1] == '\r' {
				line *= 2
			}
		}
		n := max(0, len(body)-line)
		pads := bytes.Count(body[max(0, len(body)-8):], []byte("="))
		return max(0, n/4*3-pads)
	case QuotedPrintable:
		return max(0, len(body)-2*bytes.Count(body, []byte("=")))
	}
	return len(body)
}

// Path gives the part's number as IMAP has it, such as "1.2", "" for the
// message itself if that consists of parts.
func (s *Structure) Path(i int) string {
	return string(s.appendPath(nil, i))
}

func (s *Structure) appendPath(dst []byte, i int) []byte {
	p := &s.Parts[i]
	switch {
	case p.Parent >= 0 && s.Parts[p.Parent].Kind == KindMultipart:
		dst = s.appendPath(dst, p.Parent)
		n := 1
		for c := s.Parts[p.Parent].First; c != i; c = s.Parts[c].Next {
			n++
		}
		return appendNumber(dst, n)
	case p.Kind == KindMultipart: // the root of a message has no number of its own
		if p.Parent >= 0 {
			return s.appendPath(dst, p.Parent)
		}
		return dst
	case p.Parent >= 0:
		dst = s.appendPath(dst, p.Parent)
	}
	return appendNumber(dst, 1)
}

func appendNumber(dst []byte, n int) []byte {
	if len(dst) > 0 {
		dst = append(dst, '.')
	}
	return strconv.AppendInt(dst, int64(n), 10)
}
