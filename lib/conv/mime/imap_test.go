// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"twiga/lib/conv/mime/mimetest"
	"twiga/lib/mapi/tag"
)

// imapValue is a parsed IMAP value: nil, string, int, or []any.
type imapParser struct{ b []byte }

var errSyntax = errors.New("no IMAP value")

func (p *imapParser) value(depth int) (any, error) {
	if len(p.b) == 0 || depth > 1000 {
		return nil, errSyntax
	}
	switch c := p.b[0]; {
	case c == '(':
		p.b = p.b[1:]
		list := []any{}
		for len(p.b) > 0 && p.b[0] != ')' {
			if len(list) > 0 && p.b[0] == ' ' {
				p.b = p.b[1:]
			}
			v, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		if len(p.b) == 0 || len(list) == 0 {
			return nil, errSyntax
		}
		p.b = p.b[1:]
		return list, nil
	case c == '"':
		var s []byte
		for i := 1; i < len(p.b); i++ {
			switch c := p.b[i]; {
			case c == '"':
				p.b = p.b[i+1:]
				return string(s), nil
			case c == '\\' && i+1 < len(p.b) && (p.b[i+1] == '"' || p.b[i+1] == '\\'):
				i++
				s = append(s, p.b[i])
			case c == '\\' || c == 0 || c == '\r' || c == '\n' || c >= 0x80:
				return nil, errSyntax
			default:
				s = append(s, c)
			}
		}
		return nil, errSyntax
	case c == '{':
		i := bytes.Index(p.b, []byte("}\r\n"))
		if i < 0 {
			return nil, errSyntax
		}
		n, err := strconv.Atoi(string(p.b[1:i]))
		if err != nil || n > len(p.b)-i-3 {
			return nil, errSyntax
		}
		s := p.b[i+3 : i+3+n]
		p.b = p.b[i+3+n:]
		if bytes.ContainsAny(s, "\x00\r\n") {
			return nil, fmt.Errorf("literal %q", s)
		}
		return string(s), nil
	case bytes.HasPrefix(p.b, []byte("NIL")):
		p.b = p.b[3:]
		return nil, nil
	case c >= '0' && c <= '9':
		n := 0
		for len(p.b) > 0 && p.b[0] >= '0' && p.b[0] <= '9' {
			n, p.b = n*10+int(p.b[0]-'0'), p.b[1:]
		}
		return n, nil
	}
	return nil, fmt.Errorf("%w at %.40q", errSyntax, p.b)
}

func parseIMAP(b []byte) (any, error) {
	p := imapParser{b}
	v, err := p.value(0)
	if err == nil && len(p.b) > 0 {
		err = fmt.Errorf("%.40q behind the value", p.b)
	}
	return v, err
}

func isNString(v any) bool {
	_, ok := v.(string)
	return ok || v == nil
}

func checkEnvelopeValue(v any) error {
	list, _ := v.([]any)
	if len(list) != 10 {
		return fmt.Errorf("envelope of %d fields", len(list))
	}
	for i, f := range list {
		if i < 2 || i > 7 {
			if !isNString(f) {
				return fmt.Errorf("envelope field %d is %v", i, f)
			}
			continue
		}
		if f == nil {
			continue
		}
		for _, a := range f.([]any) {
			addr, _ := a.([]any)
			if len(addr) != 4 || !isNString(addr[0]) || !isNString(addr[1]) || !isNString(addr[2]) || !isNString(addr[3]) {
				return fmt.Errorf("address %v", a)
			}
		}
	}
	return nil
}

// checkBodyValue checks a body against the grammar of RFC 9051 9.
func checkBodyValue(v any, extended bool) error {
	list, _ := v.([]any)
	if len(list) < 2 {
		return fmt.Errorf("body %v", v)
	}
	if _, ok := list[0].([]any); ok {
		n := 0
		for ; n < len(list); n++ {
			if _, ok := list[n].([]any); !ok {
				break
			}
			if err := checkBodyValue(list[n], extended); err != nil {
				return err
			}
		}
		want := n + 1
		if extended {
			want += 4
		}
		if _, ok := list[n].(string); !ok || len(list) != want {
			return fmt.Errorf("multipart of %d fields, %d parts", len(list), n)
		}
		return nil
	}
	typ, ok1 := list[0].(string)
	sub, ok2 := list[1].(string)
	if !ok1 || !ok2 || len(list) < 7 {
		return fmt.Errorf("part %v", list)
	}
	if _, ok := list[6].(int); !ok || !isNString(list[3]) || !isNString(list[4]) {
		return fmt.Errorf("part %v", list)
	}
	if _, ok := list[5].(string); !ok {
		return fmt.Errorf("encoding %v", list[5])
	}
	want := 7
	switch {
	case strings.EqualFold(typ, "text"):
		want = 8
	case strings.EqualFold(typ, "message") && (strings.EqualFold(sub, "rfc822") || strings.EqualFold(sub, "global")):
		want = 10
		if len(list) < want {
			return fmt.Errorf("message of %d fields", len(list))
		}
		if err := checkEnvelopeValue(list[7]); err != nil {
			return err
		}
		if err := checkBodyValue(list[8], extended); err != nil {
			return err
		}
	}
	if _, ok := list[want-1].(int); !ok {
		return fmt.Errorf("%s/%s: last field %v is no number", typ, sub, list[want-1])
	}
	if extended {
		want += 4
	}
	if len(list) != want {
		return fmt.Errorf("%s/%s of %d fields, not %d", typ, sub, len(list), want)
	}
	return nil
}

// checkIMAP checks the rendered strings by the grammar.
func checkIMAP(s *Structure) error {
	v, err := parseIMAP(s.AppendEnvelope(nil))
	if err == nil {
		err = checkEnvelopeValue(v)
	}
	if err != nil {
		return fmt.Errorf("envelope: %w", err)
	}
	for _, extended := range []bool{false, true} {
		v, err := parseIMAP(s.AppendBodyStructure(nil, extended))
		if err == nil {
			err = checkBodyValue(v, extended)
		}
		if err != nil {
			return fmt.Errorf("body structure, extended %v: %w", extended, err)
		}
	}
	return nil
}

// TestClient lets a real client's parser read what is rendered.
func TestClient(t *testing.T) {
	ours, theirs := net.Pipe()
	client := imapclient.New(theirs, nil)
	defer client.Close()
	cases := mimetest.Corpus()
	served := make(chan error, 1)
	go func() { served <- serveFetch(ours, cases) }()
	for i, tc := range cases {
		seq := imap.SeqSetNum(uint32(i + 1))
		msgs, err := client.Fetch(seq, &imap.FetchOptions{
			Envelope: true, BodyStructure: &imap.FetchItemBodyStructure{Extended: true},
		}).Collect()
		if err != nil {
			t.Fatalf("%s: %v", tc.Name, err)
		}
		if len(msgs) != 1 || msgs[0].Envelope == nil || msgs[0].BodyStructure == nil {
			t.Fatalf("%s: %d messages", tc.Name, len(msgs))
		}
		compareClient(t, tc, msgs[0])
	}
	theirs.Close()
	<-served
}

// compareClient looks whether the client saw the tree that is there.
func compareClient(t *testing.T, tc mimetest.Case, m *imapclient.FetchMessageBuffer) {
	s := NewStructure(tc.Data)
	n := 0
	m.BodyStructure.Walk(func(path []int, part imap.BodyStructure) bool {
		n++
		return true
	})
	want := 0
	for i := range s.Parts {
		if p := &s.Parts[i]; p.Parent >= 0 && s.Parts[p.Parent].Kind == KindMessage && p.Kind == KindMultipart {
			continue
		}
		want++
	}
	if n == 0 || want == 0 {
		t.Errorf("%s: %d parts, client sees %d", tc.Name, want, n)
	}
	if tc.Name == "plain" && (m.Envelope.Subject != "a test" || m.Envelope.From[0].Addr() != "alice@example.test") {
		t.Errorf("envelope %+v", m.Envelope)
	}
}

func serveFetch(conn net.Conn, cases []mimetest.Case) error {
	defer conn.Close()
	if _, err := conn.Write([]byte("* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n* 1000 EXISTS\r\n")); err != nil {
		return err
	}
	var line []byte
	buf := make([]byte, 1)
	for {
		if _, err := conn.Read(buf); err != nil {
			return err
		}
		if line = append(line, buf[0]); buf[0] != '\n' {
			continue
		}
		words := strings.Fields(string(line))
		line = line[:0]
		if len(words) < 3 || words[1] != "FETCH" {
			fmt.Fprintf(conn, "%s OK done\r\n", words[0])
			continue
		}
		n, err := strconv.Atoi(words[2])
		if err != nil {
			return err
		}
		s := NewStructure(cases[n-1].Data)
		out := fmt.Appendf(nil, "* %d FETCH (ENVELOPE ", n)
		out = s.AppendEnvelope(out)
		out = append(out, " BODYSTRUCTURE "...)
		out = s.AppendBodyStructure(out, true)
		out = fmt.Appendf(out, ")\r\n%s OK done\r\n", words[0])
		if _, err := conn.Write(out); err != nil {
			return err
		}
	}
}

func TestEnvelope(t *testing.T) {
	for _, tc := range []struct{ name, header, want string }{
		{"empty", "", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"},
		{"defaults from From", "From: A <a@b>\r\nSubject: s\r\n\r\n",
			`(NIL "s" (("A" NIL "a" "b")) (("A" NIL "a" "b")) (("A" NIL "a" "b")) NIL NIL NIL NIL NIL)`},
		{"own sender", "From: a@b\r\nSender: c@d\r\nReply-To: e@f\r\n",
			`(NIL NIL ((NIL NIL "a" "b")) ((NIL NIL "c" "d")) ((NIL NIL "e" "f")) NIL NIL NIL NIL NIL)`},
		{"one From behind the other", "From: a@b\r\nSubject: s\r\nFROM: c@d (C)\r\nSubject: t\r\n",
			`(NIL "s" ((NIL NIL "a" "b")("C" NIL "c" "d")) ((NIL NIL "a" "b")("C" NIL "c" "d")) ((NIL NIL "a" "b")("C" NIL "c" "d")) NIL NIL NIL NIL NIL)`},
		{"a line that lost its space", "Subject: s\r\nand more\r\nFrom: a@b\r\n\r\ntext\r\n",
			`(NIL "s" ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) NIL NIL NIL NIL NIL)`},
		{"folded with a tab", "Subject: a\r\n\tb\r\n", `(NIL "a b" NIL NIL NIL NIL NIL NIL NIL NIL)`},
		{"quotes", "Subject: \"a\\b\"\r\n", `(NIL "\"a\\b\"" NIL NIL NIL NIL NIL NIL NIL NIL)`},
		{"8bit", "Subject: \xfc\r\n", "(NIL {1}\r\n\xfc NIL NIL NIL NIL NIL NIL NIL NIL)"},
		{"8bit folded, nul", "Subject: \xfc\x00\r\n \xe4\rx\r\n", "(NIL {5}\r\n\xfc \xe4 x NIL NIL NIL NIL NIL NIL NIL NIL)"},
		{"empty subject is there", "Subject:\r\n", `(NIL "" NIL NIL NIL NIL NIL NIL NIL NIL)`},
		{"ids and date", "Date: d\r\nIn-Reply-To: <a@b>\r\nMessage-Id: <c@d>\r\n", `("d" NIL NIL NIL NIL NIL NIL NIL "<a@b>" "<c@d>")`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := string(NewStructure([]byte(tc.header)).AppendEnvelope(nil))
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// TestShortEnvelope: it is told where the header has more than the envelope.
func TestShortEnvelope(t *testing.T) {
	for _, tc := range []struct {
		name, header string
		want         bool
	}{
		{"all is told", "Subject: s (x)\r\nFrom: \"A (B)\" <a@b>\r\nTo: c@d (C), e@f (\"E\" (e))\r\nDate: d\r\nDate: e\r\n", false},
		{"one From behind the other", "From: a@b\r\nFrom: c@d\r\n", false},
		{"a second subject", "Subject: s\r\nFrom: a@b\r\nSUBJECT: t\r\n", true},
		{"a second id", "Message-ID: <a@b>\r\nMessage-ID: <c@d>\r\n", true},
		{"a comment beside a name", "From: Joe (Bloggs) <joe@x>\r\n", true},
		{"a comment behind a name", "To: a@b\r\nCc: Joe <joe@x> (Bloggs)\r\n", true},
		{"one comment of two", "Bcc: joe@x (Joe) (Bloggs)\r\n", true},
		{"an open comment", "From: Joe <joe@x> (Bloggs\r\n", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := Parse([]byte(tc.header+"\r\n"), Options{})
			if v, ok := m.Props.Get(tag.TwigaEnvelopeShort); ok != tc.want || ok && !v.Bool() {
				t.Errorf("short: %v, want %v", ok, tc.want)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	for _, tc := range []struct{ name, list, want string }{
		{"plain", "a@b", `((NIL NIL "a" "b"))`},
		{"name", "Alice B. C <a@b>", `(("Alice B. C" NIL "a" "b"))`},
		{"quoted", `"C, \"A\"" <a@b>`, `(("C, \"A\"" NIL "a" "b"))`},
		{"comment", "a@b (Alice)", `(("Alice" NIL "a" "b"))`},
		{"list", "a@b, C <c@d>,,", `((NIL NIL "a" "b")("C" NIL "c" "d"))`},
		{"group", "G: a@b, c@d;, e@f", `((NIL NIL "G" NIL)(NIL NIL "a" "b")(NIL NIL "c" "d")(NIL NIL NIL NIL)(NIL NIL "e" "f"))`},
		{"empty group", "undisclosed-recipients:;", `((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL))`},
		{"open group", "G: a@b", `((NIL NIL "G" NIL)(NIL NIL "a" "b")(NIL NIL NIL NIL))`},
		{"route", "<@x,@y:a@b>", `((NIL "@x,@y" "a" "b"))`},
		{"no domain", "root", `((NIL NIL "root" "MISSING_DOMAIN"))`},
		{"name only", "Alice Example", `(("Alice Example" NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))`},
		{"empty angle", "<>", `NIL`},
		{"unclosed angle", "A <a@b, c@d", `(("A" NIL "a" "b")(NIL NIL "c" "d"))`},
		{"name before bare", "Alice a@b", `(("Alice" NIL "a" "b"))`},
		{"name behind bare", "a@b Alice", `(("Alice" NIL "a" "b"))`},
		{"spaces at", "a @ b", `((NIL NIL "a" "b"))`},
		{"two at", "a@b@c", `((NIL NIL "a@b" "c"))`},
		{"quoted local", `"a b"@c`, `((NIL NIL "a b" "c"))`},
		{"literal", "a@[127.0.0.1], b@[IPv6:::1]", `((NIL NIL "a" "[127.0.0.1]")(NIL NIL "b" "[IPv6:::1]"))`},
		{"semicolons", "a@b; c@d", `((NIL NIL "a" "b")(NIL NIL "c" "d"))`},
		{"encoded word stays", "=?utf-8?q?a?= <a@b>", `(("=?utf-8?q?a?=" NIL "a" "b"))`},
		{"empty", "", "NIL"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := string(appendAddresses(nil, []byte(tc.list))); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestBodyStructure(t *testing.T) {
	for _, tc := range []struct{ name, data, body, extended string }{
		{"plain", "Subject: x\r\n\r\na\r\nb\r\n",
			`("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 2)`,
			`("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 2 NIL NIL NIL NIL)`},
		{"all fields", "Content-Type: Image/PNG; name=\"a \\\"b\"\r\nContent-ID: <i>\r\nContent-Description: d\r\nContent-Transfer-Encoding: BASE64\r\n" +
			"Content-Disposition: attachment; filename=a\r\nContent-Language: de, en\r\nContent-Location: l\r\nContent-MD5: m\r\n\r\nAAAA",
			`("Image" "PNG" ("name" "a \"b") "<i>" "d" "BASE64" 4)`,
			`("Image" "PNG" ("name" "a \"b") "<i>" "d" "BASE64" 4 "m" ("attachment" ("filename" "a")) ("de" "en") "l")`},
		{"empty multipart", "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
			`(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) "mixed")`,
			`(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL)`},
		{"message", "Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\nx\r\n",
			`("message" "rfc822" NIL NIL NIL "7bit" 17 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 1) 3)`,
			`("message" "rfc822" NIL NIL NIL "7bit" 17 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 1 NIL NIL NIL NIL) 3 NIL NIL NIL NIL)`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := NewStructure([]byte(tc.data))
			if got := string(s.AppendBodyStructure(nil, false)); got != tc.body {
				t.Errorf("BODY\ngot  %s\nwant %s", got, tc.body)
			}
			if got := string(s.AppendBodyStructure(nil, true)); got != tc.extended {
				t.Errorf("BODYSTRUCTURE\ngot  %s\nwant %s", got, tc.extended)
			}
		})
	}
}
