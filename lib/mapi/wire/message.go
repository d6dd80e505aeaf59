// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"encoding/binary"

	"twiga/lib/mapi"
)

// MessageVersion is the first byte of every encoded message of this form. No
// message in the form of the Internet begins with it.
const MessageVersion = 1

// Limits of encoded messages from outside.
const (
	MaxMessage     = 64 << 20 // bytes, with all that is embedded
	MaxEmbedded    = 20       // how deep messages are embedded in each other
	MaxRecipients  = 20000
	MaxAttachments = 10000
)

// What an attachment's content is, as the byte before it says.
const (
	contentNone = iota
	contentData
	contentMessage
)

// Message is a message with all that belongs to it, as an attachment of the
// method mapi.AttachEmbedded holds it ([MS-OXCMSG] 2.2.2.9).
type Message struct {
	Props       mapi.Props
	Recipients  []mapi.Props
	Attachments []Attachment
}

// Attachment is an attachment of a Message: with Data, or with a message that
// is embedded in turn.
type Attachment struct {
	Props   mapi.Props
	Data    []byte
	Message *Message
}

// AppendMessage appends an encoded message:
//
//	byte     version (1)
//	uvarint  length and the bag of properties
//	uvarint  number of recipients, each a length and a bag
//	uvarint  number of attachments, each
//	         a length and a bag, a byte: 0 no content, 1 data, 2 a message,
//	         and but for 0 the content behind its length
func AppendMessage(dst []byte, m *Message) []byte {
	dst = appendSized(append(dst, MessageVersion), AppendBag(nil, m.Props))
	dst = binary.AppendUvarint(dst, uint64(len(m.Recipients)))
	for _, r := range m.Recipients {
		dst = appendSized(dst, AppendBag(nil, r))
	}
	dst = binary.AppendUvarint(dst, uint64(len(m.Attachments)))
	for i := range m.Attachments {
		a := &m.Attachments[i]
		dst = appendSized(dst, AppendBag(nil, a.Props))
		switch {
		case a.Message != nil:
			dst = appendSized(append(dst, contentMessage), AppendMessage(nil, a.Message))
		case a.Data != nil:
			dst = appendSized(append(dst, contentData), a.Data)
		default:
			dst = append(dst, contentNone)
		}
	}
	return dst
}

func appendSized(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// ReadMessage decodes what AppendMessage gives. The message points into b. The
// errors are TooBig, TooComplex (too deep), Version and InvalidParameter.
func ReadMessage(b []byte) (*Message, error) {
	t := &taker{what: "message", rest: b}
	if len(b) > MaxMessage {
		t.fail(mapi.TooBig, "%d bytes", len(b))
		return nil, t.err
	}
	m := t.message(1)
	t.end()
	if t.err != nil {
		return nil, t.err
	}
	return m, nil
}

// message takes a message that is embedded so many levels deep.
func (t *taker) message(depth int) *Message {
	if depth > MaxEmbedded {
		t.fail(mapi.TooComplex, "embedded more than %d deep", MaxEmbedded)
		return nil
	}
	t.version(MessageVersion)
	m := &Message{Props: t.bag()}
	for range t.count(MaxRecipients, 1) {
		m.Recipients = append(m.Recipients, t.bag())
	}
	for range t.count(MaxAttachments, 2) {
		m.Attachments = append(m.Attachments, t.attachment(depth))
		if t.err != nil {
			break
		}
	}
	return m
}

func (t *taker) attachment(depth int) Attachment {
	a := Attachment{Props: t.bag()}
	switch kind := t.byte(); kind {
	case contentNone:
	case contentData:
		a.Data = t.bytes(t.uvarint())
	case contentMessage:
		inner := &taker{what: t.what, rest: t.bytes(t.uvarint())}
		a.Message = inner.message(depth + 1)
		inner.end()
		if t.err == nil {
			t.err = inner.err
		}
	default:
		t.fail(mapi.InvalidParameter, "content of kind %d", kind)
	}
	return a
}

// bag takes a bag behind its length.
func (t *taker) bag() mapi.Props {
	bag := Bag(t.bytes(t.uvarint()))
	if t.err != nil {
		return nil
	}
	if err := bag.Check(); err != nil {
		t.err, t.rest = err, nil
		return nil
	}
	return bag.Props()
}
