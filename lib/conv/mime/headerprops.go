// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"

	"twiga/lib/charset"
	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

// setSubject sets the subject and what is derived from it.
func (m *Message) setSubject(h *headerValues) {
	if h.first[hSubject] == nil {
		return
	}
	subject := cut(strings.TrimSpace(h.text(hSubject)), maxText)
	prefix, rest := SplitSubject(subject)
	m.Props.Set(tag.Subject, mapi.String(subject))
	m.Props.Set(tag.NormalizedSubject, mapi.String(rest))
	setText(&m.Props, tag.SubjectPrefix, prefix)
	topic := strings.TrimSpace(h.text(hThreadTopic)) // [MS-OXCMAIL] 2.2.3.2.9
	if topic == "" {
		topic = rest
	}
	m.setText(tag.ConversationTopic, topic)
}

// SplitSubject splits a subject such as "RE: hello" into its prefix, with the
// space, and the rest ([MS-OXCMSG] 2.2.1.9 and 2.2.1.10): the prefix is one to
// three characters that are no digits, a colon and a space.
func SplitSubject(subject string) (prefix, rest string) {
	n := 0
	for i, r := range subject {
		if r == ':' {
			if n > 0 && len(subject) > i+1 && subject[i+1] == ' ' {
				return subject[:i+2], subject[i+2:]
			}
			break
		}
		if n++; n > 3 || unicode.IsDigit(r) || unicode.IsSpace(r) {
			break
		}
	}
	return "", subject
}

// setThread sets the ids and the date.
func (m *Message) setThread(h *headerValues) {
	m.setText(tag.InternetMessageId, strings.TrimSpace(h.text(hMessageID)))
	m.setText(tag.InReplyToId, strings.TrimSpace(h.text(hInReplyTo)))
	m.setText(tag.InternetReferences, strings.TrimSpace(h.text(hReferences)))
	if v := h.first[hThreadIndex]; len(v) > 0 && len(v) < maxText { // [MS-OXCMAIL] 2.2.3.2.10
		if b, err := base64.StdEncoding.DecodeString(string(unfold(v))); err == nil && len(b) >= 22 {
			m.Props.Set(tag.ConversationIndex, mapi.Binary(b))
		}
	}
	if t, ok := ParseDate(h.first[hDate]); ok {
		m.Props.Set(tag.ClientSubmitTime, mapi.Time(t))
	}
}

// setWishes sets what the sender wants of the receiver: importance,
// sensitivity, receipts, silence.
func (m *Message) setWishes(h *headerValues) {
	importance := importanceOf(h)
	m.Props.Set(tag.Importance, mapi.Int32(importance))
	priority := importance - 1
	switch h.word(hPriority) { // RFC 2156 5.3.6
	case "urgent":
		priority = 1
	case "normal":
		priority = 0
	case "non-urgent":
		priority = -1
	}
	m.Props.Set(tag.Priority, mapi.Int32(priority))
	sensitivity := int32(0)
	switch h.word(hSensitivity) { // [MS-OXCMAIL] 2.2.3.2.6
	case "personal":
		sensitivity = 1
	case "private":
		sensitivity = 2
	case "company-confidential":
		sensitivity = 3
	}
	m.Props.Set(tag.Sensitivity, mapi.Int32(sensitivity))
	if h.has(hReadReceipt) { // RFC 8098 2.1
		m.Props.Set(tag.ReadReceiptRequested, mapi.Bool(true))
		if a, ok := firstMailbox(h.first[hReadReceipt]); ok {
			a.set(&m.Props, tag.ReadReceiptName, tag.ReadReceiptAddressType, tag.ReadReceiptEmailAddress)
		}
	}
	if h.has(hDeliveryReceipt) {
		m.Props.Set(tag.OriginatorDeliveryReportRequested, mapi.Bool(true))
	}
	if n := suppressed(h); n != 0 {
		m.Props.Set(tag.AutoResponseSuppress, mapi.Int32(n))
	}
	if h.word(hAutoForwarded) == "true" {
		m.Props.Set(tag.AutoForwarded, mapi.Bool(true))
	}
	m.setText(tag.ListHelp, h.text(hListHelp))
	m.setText(tag.ListSubscribe, h.text(hListSubscribe))
	m.setText(tag.ListUnsubscribe, h.text(hListUnsubscribe))
}

// importanceOf gives PidTagImportance: 0 low, 1 normal, 2 high ([MS-OXCMAIL]
// 2.2.3.2.5).
func importanceOf(h *headerValues) int32 {
	switch h.word(hImportance) {
	case "high":
		return 2
	case "low":
		return 0
	case "normal":
		return 1
	}
	if v := firstToken(h.first[hXPriority]); len(v) > 0 {
		switch v[0] {
		case '1', '2':
			return 2
		case '4', '5':
			return 0
		}
		return 1
	}
	switch h.word(hXMSMailPriority) {
	case "high":
		return 2
	case "low":
		return 0
	}
	switch h.word(hPriority) {
	case "urgent":
		return 2
	case "non-urgent":
		return 0
	}
	return 1
}

// suppressed gives PidTagAutoResponseSuppress, [MS-OXCMAIL] 2.2.3.2.14: what
// must not be answered by a program. A message that a program sent (RFC 3834 5)
// gets no out-of-office reply and no other answer.
func suppressed(h *headerValues) int32 {
	const (
		outOfOffice = 0x10
		autoReply   = 0x20
	)
	n := int32(0)
	for w := range strings.SplitSeq(strings.ToLower(h.text(hAutoSuppress)), ",") {
		switch strings.TrimSpace(w) {
		case "all":
			n = -1
		case "dr":
			n |= 1
		case "ndr":
			n |= 2
		case "rn":
			n |= 4
		case "nrn":
			n |= 8
		case "oof":
			n |= outOfOffice
		case "autoreply":
			n |= autoReply
		}
	}
	if w := h.word(hAutoSubmitted); w != "" && w != "no" {
		n |= outOfOffice | autoReply
	}
	return n
}

// person is a mailbox as MAPI has it.
type person struct {
	name  string
	email string
}

// newPerson decodes an address. One without a name is called by its address.
func newPerson(a Address) person {
	p := person{
		name:  strings.TrimSpace(cut(charset.DecodeHeader(a.Name), maxText)),
		email: cut(emailOf(a), maxText),
	}
	if p.name == "" {
		p.name = p.email
	}
	return p
}

// emailOf writes local@host, with the quotes that the local part needs.
func emailOf(a Address) string {
	local := charset.OneLine(charset.String("", a.Local))
	host := strings.TrimSpace(charset.OneLine(charset.String("", a.Host)))
	if local != "" && !dotAtom(local) {
		local = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(local) + `"`
	}
	if host == "" {
		return local
	}
	return local + "@" + host
}

// dotAtom: RFC 5322 3.2.3, with the characters of RFC 6531.
func dotAtom(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c == 0x7f || c < utf8.RuneSelf && strings.IndexByte(`()<>[]:;@\,"`, c) >= 0 {
			return false
		}
	}
	return s[0] != '.' && s[len(s)-1] != '.' && !strings.Contains(s, "..")
}

func (p person) set(props *mapi.Props, name, addrType, email mapi.PropTag) {
	setText(props, name, p.name)
	if p.email != "" {
		props.Set(addrType, mapi.String("SMTP"))
		setText(props, email, p.email)
	}
}

// firstMailbox gives the first mailbox of an address list.
func firstMailbox(list []byte) (p person, ok bool) {
	EachAddress(list, func(a Address) bool {
		if a.Kind == Mailbox {
			p, ok = newPerson(a), true
		}
		return !ok
	})
	return p, ok
}

// setPeople sets sender and recipients.
func (m *Message) setPeople(h *headerValues) {
	from, hasFrom := firstMailbox(h.first[hFrom])
	sender, hasSender := firstMailbox(h.first[hSender])
	if !hasSender {
		sender, hasSender = from, hasFrom
	}
	if !hasFrom {
		from = sender
	}
	if hasSender {
		from.set(&m.Props, tag.SentRepresentingName, tag.SentRepresentingAddressType, tag.SentRepresentingEmailAddress)
		sender.set(&m.Props, tag.SenderName, tag.SenderAddressType, tag.SenderEmailAddress)
	}
	var replyTo []string
	EachAddress(h.first[hReplyTo], func(a Address) bool {
		if a.Kind == Mailbox {
			replyTo = append(replyTo, newPerson(a).name)
		}
		return true
	})
	m.setText(tag.ReplyRecipientNames, strings.Join(replyTo, ";"))
	for i, display := range [...]mapi.PropTag{tag.DisplayTo, tag.DisplayCc, tag.DisplayBcc} {
		var names strings.Builder
		for _, list := range h.recipients[i] {
			m.addRecipients(list, int32(i+1), &names)
		}
		m.Props.Set(display, mapi.String(cut(names.String(), maxText)))
	}
}

// addRecipients adds a row for each mailbox of list; kind is
// PidTagRecipientType: 1 To, 2 Cc, 3 Bcc ([MS-OXOMSG] 2.2.3.1).
func (m *Message) addRecipients(list []byte, kind int32, names *strings.Builder) {
	EachAddress(list, func(a Address) bool {
		if a.Kind != Mailbox {
			return true
		}
		if len(m.Recipients) == MaxRecipients {
			return false
		}
		p := newPerson(a)
		row := make(mapi.Props, 0, 4)
		row.Set(tag.RecipientType, mapi.Int32(kind))
		p.set(&row, tag.DisplayName, tag.AddressType, tag.EmailAddress)
		m.Recipients = append(m.Recipients, row)
		if names.Len() < maxText {
			if names.Len() > 0 {
				names.WriteString("; ")
			}
			names.WriteString(p.name)
		}
		return true
	})
}
