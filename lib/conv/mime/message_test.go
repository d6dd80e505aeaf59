// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"twiga/lib/conv/mime/mimetest"
	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

func TestParseCorpus(t *testing.T) {
	for _, tc := range mimetest.Corpus() {
		t.Run(tc.Name, func(t *testing.T) {
			m := Parse(tc.Data, Options{HeaderLimit: 1000})
			checkProps(t, m.Props)
			for _, r := range m.Recipients {
				checkProps(t, r)
			}
			for _, a := range m.Attachments {
				checkProps(t, a.Props)
				if a.Offset < 0 || a.Length < 0 || a.Offset+a.Length > int64(len(tc.Data)) {
					t.Errorf("attachment at %d+%d", a.Offset, a.Length)
				}
			}
			if bag := wire.AppendBag(nil, m.Props); wire.Bag(bag).Check() != nil {
				t.Errorf("the bag is not valid")
			}
		})
	}
}

func checkProps(t *testing.T, props mapi.Props) {
	t.Helper()
	for _, p := range props {
		if p.Tag.IsNamed() {
			t.Errorf("%v is a named property", p.Tag)
		}
		text := p.Value.Text()
		if p.Tag.Type() == mapi.PtypString && (!utf8.ValidString(text) || len(text) > maxText ||
			p.Tag != tag.TransportMessageHeaders && strings.ContainsAny(text, "\r\n\x00")) {
			t.Errorf("%v: text %.60q", p.Tag, text)
		}
	}
}

func TestParse(t *testing.T) {
	data := "From: =?utf-8?q?Gr=C3=BCn?= <g@example.test>\r\nSender: s@example.test\r\nTo: \"A, B\" <a@x>, b@x\r\nCc: G: c@x;\r\nTo: d@x\r\n" +
		"Reply-To: r@x\r\nSubject: RE: =?iso-8859-1?q?caf=E9?=\r\nDate: Mon, 2 Nov 2026 10:11:12 +0100 (CET)\r\nMessage-ID: <1@x>\r\nIn-Reply-To: <0@x>\r\n" +
		"References: <y@x>\r\n <0@x>\r\nX-Priority: 1 (Highest)\r\nSensitivity: Private\r\nDisposition-Notification-To: g@example.test\r\n" +
		"Auto-Submitted: auto-replied\r\nX-Custom: y\r\n" + strings.TrimPrefix(mimetest.Mixed("Grüße\r\n\r\nan alle", []byte("ABCDE")), mimetest.Head)
	m := Parse([]byte(data), Options{})
	for _, tc := range []struct {
		name string
		tag  mapi.PropTag
		want any
	}{
		{"subject", tag.Subject, "RE: café"}, {"prefix", tag.SubjectPrefix, "RE: "}, {"normalized", tag.NormalizedSubject, "café"},
		{"topic", tag.ConversationTopic, "café"}, {"id", tag.InternetMessageId, "<1@x>"}, {"reply", tag.InReplyToId, "<0@x>"},
		{"references", tag.InternetReferences, "<y@x> <0@x>"}, {"from", tag.SentRepresentingName, "Grün"},
		{"from address", tag.SentRepresentingEmailAddress, "g@example.test"}, {"sender", tag.SenderEmailAddress, "s@example.test"},
		{"sender name", tag.SenderName, "s@example.test"}, {"type", tag.SenderAddressType, "SMTP"}, {"to", tag.DisplayTo, "A, B; b@x; d@x"},
		{"cc", tag.DisplayCc, "c@x"}, {"bcc", tag.DisplayBcc, ""}, {"reply to", tag.ReplyRecipientNames, "r@x"},
		{"importance", tag.Importance, int64(2)}, {"priority", tag.Priority, int64(1)}, {"sensitivity", tag.Sensitivity, int64(2)},
		{"receipt", tag.ReadReceiptRequested, int64(1)}, {"suppress", tag.AutoResponseSuppress, int64(0x30)},
		{"class", tag.MessageClass, "IPM.Note"}, {"preview", Preview, "Grüße an alle"}, {"codepage", tag.InternetCodepage, int64(65001)},
		{"attachments", tag.HasAttachments, int64(1)}, {"size", tag.MessageSize, int64(len(data))},
	} {
		v, ok := m.Props.Get(tc.tag)
		if s, isText := tc.want.(string); !ok || isText && v.Text() != s || !isText && v.Int() != tc.want {
			t.Errorf("%s: %q %d %v, want %v", tc.name, v.Text(), v.Int(), ok, tc.want)
		}
	}
	v, _ := m.Props.Get(tag.ClientSubmitTime)
	if want := time.Date(2026, 11, 2, 9, 11, 12, 0, time.UTC); !v.Time().Equal(want) {
		t.Errorf("date %v", v.Time())
	}
	var rows []string
	for _, r := range m.Recipients {
		rows = append(rows, fmt.Sprint(r.Int(tag.RecipientType), r.Text(tag.DisplayName), "=", r.Text(tag.EmailAddress)))
	}
	if got := strings.Join(rows, " "); got != "1A, B=a@x 1b@x=b@x 1d@x=d@x 2c@x=c@x" {
		t.Errorf("recipients %s", got)
	}
	if len(m.Attachments) != 1 {
		t.Fatalf("%d attachments", len(m.Attachments))
	}
	a := m.Attachments[0]
	if a.Props.Text(tag.AttachLongFilename) != "data.bin" || a.Props.Text(tag.AttachMimeTag) != "application/octet-stream" ||
		a.Props.Int(tag.AttachSize) != 5 || a.Props.Text(tag.TwigaPartPath) != "2" || a.Encoding != Base64 ||
		strings.TrimSpace(data[a.Offset:a.Offset+a.Length]) != "QUJDREU=" {
		t.Errorf("attachment %+v", a)
	}
}

func TestClass(t *testing.T) {
	want := map[string]string{
		"delivery-status": "REPORT.IPM.Note.NDR", "delivery-status-delivered": "REPORT.IPM.Note.DR",
		"disposition-notification": "REPORT.IPM.Note.IPNRN", "smime-signed": "IPM.Note.SMIME.MultipartSigned",
		"smime-opaque": "IPM.Note.SMIME", "plain": "IPM.Note", "calendar": "IPM.Note", "pgp-encrypted": "IPM.Note",
	}
	for _, tc := range mimetest.Corpus() {
		if class, ok := want[tc.Name]; ok {
			if got := Parse(tc.Data, Options{}).Props.Text(tag.MessageClass); got != class {
				t.Errorf("%s: %s, want %s", tc.Name, got, class)
			}
			delete(want, tc.Name)
		}
	}
	if len(want) > 0 {
		t.Errorf("not in the corpus: %v", want)
	}
}

func TestSorting(t *testing.T) {
	want := map[string]string{ // preview, has attachments, number of attachments with hidden ones
		"alternative": "Grüße false 0", "related": " false 1", "smime-signed": "signed text false 1", "html": "Hello you false 0",
		"rfc822-forwarded": "see below true 1", "attachment-twice": "x true 2", "multipart-good": "one false 0",
		"delivery-status": "It failed. true 1", "base64-text": strings.TrimSpace(strings.Repeat("Grüße ", 31)) + " Gr false 0",
	}
	for _, tc := range mimetest.Corpus() {
		if w, ok := want[tc.Name]; ok {
			m := Parse(tc.Data, Options{})
			v, _ := m.Props.Get(tag.HasAttachments)
			if got := fmt.Sprintf("%s %v %d", m.Props.Text(Preview), v.Bool(), len(m.Attachments)); got != w && tc.Name != "base64-text" {
				t.Errorf("%s: %s, want %s", tc.Name, got, w)
			}
			if p := m.Props.Text(Preview); len(p) > PreviewLength {
				t.Errorf("%s: preview of %d bytes", tc.Name, len(p))
			}
		}
	}
}

func TestSplitSubject(t *testing.T) {
	for subject, want := range map[string]string{
		"RE: x": "RE: ", "re: x": "re: ", "AW: x": "AW: ", "Fwd: x": "Fwd: ", "Note: x": "", "R2: x": "", "RE:x": "", ": x": "", "": "",
		"RE: ": "RE: ", "Re: Re: x": "Re: ", "回复: x": "回复: ", "a b: x": "",
	} {
		if prefix, rest := SplitSubject(subject); prefix != want || prefix+rest != subject {
			t.Errorf("%q: %q and %q", subject, prefix, rest)
		}
	}
}

func TestParseDate(t *testing.T) {
	for text, want := range map[string]string{
		"Mon, 2 Nov 2026 10:11:12 +0100": "2026-11-02 09:11:12", "Mon, 2 Nov 2026 10:11:12 +0100 (CET (x))": "2026-11-02 09:11:12",
		"2 Nov 26 10:11 EST": "2026-11-02 15:11:00", "Mon,  02 Nov 2026\r\n 10:11:12 GMT": "2026-11-02 10:11:12",
		"Mon, 2 Nov 2026 10:11:12": "2026-11-02 10:11:12", "Mon Nov  2 10:11:12 2026": "2026-11-02 10:11:12",
		"2026-11-02T10:11:12Z": "2026-11-02 10:11:12", "Mon, 2-Nov-2026 10:11:12 -0800": "2026-11-02 18:11:12",
		"Mon, 2 Nov 2026 10:11:12 PDT": "2026-11-02 17:11:12", "Mon, 2 Nov 2026 10:11:12 MST": "2026-11-02 17:11:12",
		"Monday, 2 November 2026 10:11:12 XYZ": "2026-11-02 10:11:12", "Tue, 2 Nov 126 1:1:1 +0000": "2026-11-02 01:01:01",
		"Mon, 31 Feb 2026 10:11:12 +0000": "", "Mon, 2 Nov 2026": "2026-11-02 00:00:00", "Mon, 2 Nov 2026 25:11:12 +0000": "2026-11-02 00:00:00", "2 Nov 99 10:11:12 GMT": "1999-11-02 10:11:12",
		"2026-11-02 10:11:12 +0100": "2026-11-02 09:11:12", "yesterday": "", "": "", "Mon, 2 Nov 1500 10:11:12 +0000": "",
	} {
		got := ""
		if d, ok := ParseDate([]byte(text)); ok {
			got = d.Format("2006-01-02 15:04:05")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// born makes a message of properties; odd text is put everywhere.
func born(odd string, html bool, attachments ...OutgoingAttachment) *Outgoing {
	var p mapi.Props
	p.Set(tag.Subject, mapi.String("Subject "+odd))
	p.Set(tag.SentRepresentingName, mapi.String("Alice "+odd))
	p.Set(tag.SentRepresentingEmailAddress, mapi.String("alice@example.test"))
	p.Set(tag.SenderName, mapi.String("Secretary"))
	p.Set(tag.SenderEmailAddress, mapi.String("sec@example.test"))
	p.Set(tag.Body, mapi.String("Hello,\n\n"+odd+"\n-- \nAlice"))
	if html {
		p.Set(tag.Html, mapi.Binary([]byte("<p>Hello "+odd+"</p>")))
	}
	p.Set(tag.Importance, mapi.Int32(2))
	p.Set(tag.ReadReceiptRequested, mapi.Bool(true))
	p.Set(tag.InReplyToId, mapi.String("<a@b>\r\nX-Evil: 1"))
	p.Set(tag.InternetReferences, mapi.String("<1@b> <a@b>"))
	p.Set(tag.ClientSubmitTime, mapi.Time(time.Date(2026, 11, 2, 9, 11, 12, 0, time.UTC)))
	m := &Outgoing{Props: p, Attachments: attachments}
	for i := range 30 {
		var r mapi.Props
		r.Set(tag.RecipientType, mapi.Int32(int32(i%3+1)))
		r.Set(tag.DisplayName, mapi.String("Bob, "+odd))
		r.Set(tag.AddressType, mapi.String("SMTP"))
		r.Set(tag.EmailAddress, mapi.String(fmt.Sprintf("bob%d@example.test", i)))
		m.Recipients = append(m.Recipients, r)
	}
	return m
}

func file(name, mimeTag, id string, data []byte) OutgoingAttachment {
	var p mapi.Props
	p.Set(tag.AttachMethod, mapi.Int32(int32(mapi.AttachByValue)))
	p.Set(tag.AttachLongFilename, mapi.String(name))
	p.Set(tag.AttachMimeTag, mapi.String(mimeTag))
	if id != "" {
		p.Set(tag.AttachContentId, mapi.String(id))
		p.Set(tag.AttachFlags, mapi.Int32(int32(mapi.AttachRenderedInBody)))
	}
	return OutgoingAttachment{Props: p, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

func TestCompose(t *testing.T) {
	data := mimetest.Bytes(1, 10_000)
	embedded := file("inner.eml", "message/rfc822", "", []byte("Subject: inner\r\n\r\nx\r\n"))
	props := embedded.Props.(mapi.Props)
	props.Set(tag.AttachMethod, mapi.Int32(int32(mapi.AttachEmbedded)))
	embedded.Props = props
	for _, tc := range []struct {
		name string
		m    *Outgoing
		want string // the tree without bodies
	}{
		{"plain", born("x", false), "text/plain"},
		{"8bit", born("grün", false), "text/plain"},
		{"japanese", born(strings.Repeat("日本語", 100), false), "text/plain"},
		{"long line", born(strings.Repeat("word ", 1000), false), "text/plain"},
		{"long word", born(strings.Repeat("x", 5000), false), "text/plain"},
		{"html", born("x", true), "multipart/alternative(text/plain, text/html)"},
		{"attachment", born("x", false, file("a.bin", "application/x-a", "", data)), "multipart/mixed(text/plain, application/x-a)"},
		{"named oddly", born("x", false, file("grün \"x\"\r\nX-Evil: 1.txt", "no type", "", data)), "multipart/mixed(text/plain, application/octet-stream)"},
		{"image", born("x", true, file("a.png", "image/png", "i@x", data)), "multipart/alternative(text/plain, multipart/related(text/html, image/png))"},
		{"image and more", born("x", true, file("a.png", "image/png", "i@x\r\nX-Evil: 1", data), file("b", "text/csv", "", data)),
			"multipart/mixed(multipart/alternative(text/plain, multipart/related(text/html, image/png)), text/csv)"},
		{"embedded", born("x", false, embedded), "multipart/mixed(text/plain, message/rfc822(text/plain))"},
		{"embedded as properties", born("x", false, encoded(embedded, born("inner", true), 2)),
			"multipart/mixed(text/plain, message/rfc822(multipart/mixed(multipart/alternative(text/plain, text/html), message/rfc822(multipart/alternative(text/plain, text/html)))))"},
		{"embedded damaged", born("x", false, damaged(embedded)), "multipart/mixed(text/plain, application/octet-stream)"},
		{"line breaks", born("a\r\nX-Evil: 1\r\n\r\nb\nX-Evil: 2\r\u2028X-Evil: 3", true), "multipart/alternative(text/plain, text/html)"},
		{"boundary in text", born("\n--=_x\nFrom x", false), "text/plain"},
		{"fake word", born("=?utf-8?q?x?=", false), "text/plain"},
		{"not utf-8", born("\xff\xfe", false), "text/plain"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opts := ComposeOptions{Seed: "s", Domain: "example.test"}
			var out, again bytes.Buffer
			if err := Compose(&out, tc.m, opts); err != nil {
				t.Fatal(err)
			}
			if err := Compose(&again, tc.m, opts); err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
				t.Errorf("the same seed gives another message, %v", err)
			}
			checkComposed(t, out.Bytes(), tc.m, tc.want)
		})
	}
}

// encoded is an attachment that holds a message as properties, embedded so many
// levels deep.
func encoded(a OutgoingAttachment, born *Outgoing, levels int) OutgoingAttachment {
	m := &wire.Message{Props: born.Props.(mapi.Props)}
	for _, r := range born.Recipients {
		m.Recipients = append(m.Recipients, r.(mapi.Props))
	}
	for range levels - 1 {
		m = &wire.Message{Props: m.Props, Recipients: m.Recipients, Attachments: []wire.Attachment{{Props: a.Props.(mapi.Props), Message: m}}}
	}
	return *withContent(&a, wire.AppendMessage(nil, m))
}

func damaged(a OutgoingAttachment) OutgoingAttachment {
	return *withContent(&a, []byte{wire.MessageVersion, 0xff, 0xff})
}

func checkComposed(t *testing.T, data []byte, born *Outgoing, want string) {
	for line := range bytes.SplitSeq(data, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00") {
			t.Errorf("bad line %.60q", line)
		}
	}
	m := Parse(data, Options{})
	s := m.Structure
	if got := skeleton(s, 0); got != want {
		t.Errorf("tree %s, want %s", got, want)
	}
	if err := checkStructure(s); err != nil {
		t.Error(err)
	}
	for i := range s.Parts {
		eachField(s.Parts[i].Header.in(data), func(name, _ []byte, _ headerField) bool {
			if equalFold(name, "X-Evil") {
				t.Errorf("a header got in: %q", s.Parts[i].Header.in(data))
			}
			return true
		})
	}
	props := born.Props.(mapi.Props)
	clean := func(s string) string {
		return strings.Join(strings.Fields(strings.ToValidUTF8(strings.NewReplacer("\u2028", " ").Replace(s), "\uFFFD")), " ")
	}
	for _, same := range []mapi.PropTag{tag.Subject, tag.SentRepresentingName, tag.SenderEmailAddress} {
		if got, want := clean(m.Props.Text(same)), clean(props.Text(same)); got != want {
			t.Errorf("%v: %.80q, want %.80q", same, got, want)
		}
	}
	if len(m.Recipients) != 20 || clean(m.Recipients[3].Text(tag.DisplayName)) != clean(born.Recipients[9].(mapi.Props).Text(tag.DisplayName)) {
		t.Errorf("%d recipients, %q", len(m.Recipients), m.Recipients[3].Text(tag.DisplayName))
	}
	plain, _ := s.Bodies()
	text, err := io.ReadAll(s.Text(plain))
	body := strings.ToValidUTF8(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(props.Text(tag.Body)), "\uFFFD")
	if got := strings.ReplaceAll(string(text), "\r\n", "\n"); err != nil || strings.TrimRight(got, "\n") != body {
		t.Errorf("body %q, want %q", got, body)
	}
	for i := range s.Parts {
		if s.Filename(i) == "a.bin" || s.Filename(i) == "a.png" {
			content, err := io.ReadAll(s.Content(i))
			if err != nil || !bytes.Equal(content, mimetest.Bytes(1, 10_000)) {
				t.Errorf("attachment of %d bytes, %v", len(content), err)
			}
		}
	}
}

func skeleton(s *Structure, i int) string {
	typ, sub := s.MediaType(i)
	name := string(typ) + "/" + string(sub)
	var kids []string
	for c := s.Parts[i].First; c >= 0; c = s.Parts[c].Next {
		kids = append(kids, skeleton(s, c))
	}
	if kids == nil {
		return name
	}
	return name + "(" + strings.Join(kids, ", ") + ")"
}

func TestComposeErrors(t *testing.T) {
	broken := errors.New("broken")
	a := file("a", "", "", nil)
	a.Open = func() (io.ReadCloser, error) { return nil, broken }
	if err := Compose(io.Discard, born("x", false, a), ComposeOptions{}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := Compose(failing{broken}, born("x", true), ComposeOptions{}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	var out bytes.Buffer
	if err := Compose(&out, &Outgoing{Props: mapi.Props{}}, ComposeOptions{}); err != nil {
		t.Errorf("a message without properties: %v", err)
	}
	m := Parse(out.Bytes(), Options{})
	if !strings.HasSuffix(m.Props.Text(tag.InternetMessageId), "@localhost>") {
		t.Errorf("%s", out.Bytes())
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func FuzzCompose(f *testing.F) {
	f.Add("a\r\nX-Evil: 1", "a@b", "<1@x>", "image/png", "file\n.txt")
	f.Fuzz(func(t *testing.T, text, email, id, mimeTag, name string) {
		m := born(text, true, file(name, mimeTag, id, []byte("x")), file(name, mimeTag, "", []byte("y")))
		p := m.Props.(mapi.Props)
		p.Set(tag.SentRepresentingEmailAddress, mapi.String(email))
		p.Set(tag.InternetMessageId, mapi.String(id))
		p.Set(tag.InternetReferences, mapi.String(id))
		m.Props = p
		var out bytes.Buffer
		if err := Compose(&out, m, ComposeOptions{Seed: "s"}); err != nil {
			t.Fatal(err)
		}
		s := NewStructure(out.Bytes())
		allowed := " date from sender to cc subject message-id in-reply-to references thread-index importance x-priority " +
			"disposition-notification-to mime-version content-type content-transfer-encoding content-disposition content-id "
		for i := range s.Parts {
			if s.Parts[i].Parent >= 0 && s.Parts[s.Parts[i].Parent].Kind == KindMessage {
				continue
			}
			header := s.Parts[i].Header.in(s.Data())
			end := eachField(header, func(name, _ []byte, _ headerField) bool {
				if !strings.Contains(allowed, " "+strings.ToLower(string(name))+" ") {
					t.Fatalf("field %q got in: %q", name, out.Bytes())
				}
				return true
			})
			if end+2 != len(header) {
				t.Fatalf("header ends early: %q", out.Bytes())
			}
		}
		for line := range bytes.SplitSeq(out.Bytes(), []byte("\r\n")) {
			if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
				t.Fatalf("bad line %q", line)
			}
		}
	})
}

func BenchmarkMessage(b *testing.B) {
	data := []byte(mimetest.Mixed("text", mimetest.Bytes(1, 7_000)))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(data, Options{})
	}
}
