// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"bytes"
	"math"
	"unicode/utf8"

	"twiga/lib/charset"
	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

// Limits of what is taken from a message into properties.
const (
	// MaxRecipients is how many recipient rows a message gets.
	MaxRecipients = 10_000
	// MaxAttachments is how many attachment rows a message gets.
	MaxAttachments = 5_000
	// PreviewLength is the length of Preview, in bytes.
	PreviewLength = 255
	// maxText is the longest string property, in bytes; longer ones are cut.
	maxText = 32 << 10
	// maxPreviewRead is how much of a body is read for its preview.
	maxPreviewRead = 64 << 10
)

// Preview (PR_PREVIEW) is the beginning of the body on one line.
const Preview mapi.PropTag = 0x3fd9001f

// Options say what Parse is to do beyond the usual.
type Options struct {
	// HeaderLimit is how many bytes of the header go into
	// PidTagTransportMessageHeaders. It is none by default: the header is the
	// first segment of the recipe, from which a store can give the property.
	HeaderLimit int
}

// Message is a message's MAPI side. There is no PidTagBody and no PidTagHtml:
// the bodies are in the exact bytes, and only Preview is taken from them.
type Message struct {
	// Structure is the tree that all was taken from.
	Structure *Structure
	// Props are the message's properties, the prepared IMAP strings and the
	// packed part table among them. They hold nothing about its delivery.
	Props mapi.Props
	// Recipients are a row for each address in To, Cc and Bcc.
	Recipients []mapi.Props
	// Attachments are a row for each part that is not a body.
	Attachments []Attachment
	// Segments are the recipe of the bytes.
	Segments []Segment
}

// Attachment is a part that is an attachment.
type Attachment struct {
	Props mapi.Props
	// Part is its number in Structure.Parts.
	Part int
	// Offset and Length say where it stands in the message, in Encoding.
	Offset, Length int64
	Encoding       Encoding
}

// Parse reads the message data, which stays as it is and is pointed into.
func Parse(data []byte, opts Options) *Message {
	s := NewStructure(data)
	m := &Message{Structure: s, Segments: s.Recipe()}
	m.Props = make(mapi.Props, 0, 48)
	envelope, short := renderEnvelope(nil, s.Parts[0].Header.in(data))
	m.Props.Set(tag.TwigaEnvelope, mapi.Binary(envelope))
	if short {
		m.Props.Set(tag.TwigaEnvelopeShort, mapi.Bool(true))
	}
	m.Props.Set(tag.TwigaBodyStructure, mapi.Binary(s.AppendBodyStructure(nil, true)))
	m.Props.Set(tag.TwigaParts, mapi.Binary(s.AppendParts(nil)))
	m.Props.Set(tag.TwigaArrangement, mapi.Binary(s.AppendArrangement(nil)))
	m.Props.Set(tag.MessageSize, mapi.Int32(int32(min(len(data), math.MaxInt32))))
	h := readHeaderValues(s.Parts[0].Header.in(data))
	m.setSubject(h)
	m.setPeople(h)
	m.setThread(h)
	m.setWishes(h)
	m.setBodies()
	m.setClass()
	if n := min(opts.HeaderLimit, s.Parts[0].Header.Len()); n > 0 {
		m.setText(tag.TransportMessageHeaders, charset.String("", data[:n]))
	}
	return m
}

// setText sets a string property unless the text is empty, and cuts it to
// maxText.
func (m *Message) setText(t mapi.PropTag, text string) { setText(&m.Props, t, text) }

func setText(p *mapi.Props, t mapi.PropTag, text string) {
	if text != "" {
		p.Set(t, mapi.String(cut(text, maxText)))
	}
}

// cut gives the beginning of text, whole characters, of at most n bytes.
func cut(text string, n int) string { return text[:cutAt(text, n)] }

// cutAt is where cut cuts.
func cutAt[T string | []byte](text T, n int) int {
	if len(text) <= n {
		return len(text)
	}
	at := n
	for at > n-utf8.UTFMax && text[at]&0xc0 == 0x80 {
		at--
	}
	if text[at]&0xc0 == 0x80 {
		return n // no UTF-8
	}
	return at
}

// headerValue numbers the fields that become properties.
type headerValue uint8

const (
	hDate headerValue = iota
	hSubject
	hThreadTopic
	hFrom
	hSender
	hReplyTo
	hMessageID
	hInReplyTo
	hReferences
	hImportance
	hPriority
	hXPriority
	hXMSMailPriority
	hSensitivity
	hReadReceipt
	hDeliveryReceipt
	hAutoSubmitted
	hAutoSuppress
	hAutoForwarded
	hListHelp
	hListSubscribe
	hListUnsubscribe
	hThreadIndex
	numHeaderValues
)

var headerNames = [numHeaderValues]string{
	hDate: "date", hSubject: "subject", hThreadTopic: "thread-topic", hFrom: "from", hSender: "sender",
	hReplyTo: "reply-to", hMessageID: "message-id", hInReplyTo: "in-reply-to", hReferences: "references",
	hImportance: "importance", hPriority: "priority", hXPriority: "x-priority", hXMSMailPriority: "x-msmail-priority",
	hSensitivity: "sensitivity", hReadReceipt: "disposition-notification-to", hDeliveryReceipt: "return-receipt-to",
	hAutoSubmitted: "auto-submitted", hAutoSuppress: "x-auto-response-suppress", hAutoForwarded: "autoforwarded",
	hListHelp: "list-help", hListSubscribe: "list-subscribe", hListUnsubscribe: "list-unsubscribe",
	hThreadIndex: "thread-index",
}

var recipientNames = [...]string{"to", "cc", "bcc"}

// headerValues holds the values of a message's header fields as they stand
// there: the first of each, but all of the recipients'. No other field becomes
// a property: X-headers in particular never become names.
type headerValues struct {
	first      [numHeaderValues][]byte
	recipients [len(recipientNames)][][]byte
}

func readHeaderValues(header []byte) *headerValues {
	h := new(headerValues)
	eachField(header, func(name, value []byte, _ headerField) bool {
		for i, want := range recipientNames {
			if len(name) == len(want) && equalFold(name, want) {
				h.recipients[i] = append(h.recipients[i], value)
				return true
			}
		}
		for i, want := range headerNames {
			if len(name) == len(want) && h.first[i] == nil && equalFold(name, want) {
				h.first[i] = value
				break
			}
		}
		return true
	})
	return h
}

// text gives a field's decoded text.
func (h *headerValues) text(v headerValue) string { return charset.DecodeHeader(h.first[v]) }

// word gives a field's first token in lower case.
func (h *headerValues) word(v headerValue) string { return lowerToken(firstToken(h.first[v])) }

// has tells whether a field is there.
func (h *headerValues) has(v headerValue) bool { return len(bytes.TrimSpace(h.first[v])) > 0 }
