// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"twiga/lib/conv/mime/mimetest"
)

// TestThroughPostfix sends the corpus through a real Postfix, by both ways from
// there to dagent. What Postfix leaves alone is there as it was sent.
func TestThroughPostfix(t *testing.T) {
	t.Run("TCP", func(t *testing.T) {
		p, s := newPostfix(t), start(t, 2)
		p.configure("inet:" + s.LMTP)
		throughPostfix(t, s, p)
	})
	t.Run("Unix socket", func(t *testing.T) {
		p := newPostfix(t)
		socket := filepath.Join(p.dir, "lmtp.sock")
		t.Setenv("TWIGA_DAGENT_LISTEN", "unix:"+socket+"?mode=0666")
		s := start(t, 2)
		p.configure("unix:" + socket)
		throughPostfix(t, s, p)
	})
}

func throughPostfix(t *testing.T, s *system, p *postfix) {
	t.Helper()
	p.start()
	mail := dialSMTP(t, p.address())
	accepted := 0
	for _, c := range mimetest.Corpus() {
		reply := mail.send(t, c.Data, login(0))
		switch {
		case strings.HasPrefix(reply, "250"):
			accepted++
		case ordinary(c.Data):
			t.Errorf("%s: Postfix does not take it: %q", c.Name, reply)
		default:
			t.Logf("%s: Postfix does not take it: %q", c.Name, reply)
		}
	}
	c := dialIMAP(t, s, login(0), "")
	eventually(t, "all mail comes through Postfix", 2*time.Minute, func() bool { return count(t, c, "INBOX") >= accepted })
	c.OK("SELECT INBOX")
	arrived := map[string]int{}
	for _, m := range bodies(t, c) {
		arrived[withoutTrace(m.body)]++
	}
	left, exact := 0, 0
	for _, c := range mimetest.Corpus() {
		same := arrived[sent(c.Data)] > 0
		if same {
			arrived[sent(c.Data)]--
			exact++
		}
		if ordinary(c.Data) {
			left++
			if !same {
				t.Errorf("%s: no message came back like it", c.Name)
			}
		}
	}
	t.Logf("Postfix took %d of %d messages; %d came back as they were sent, of %d that it has no reason to change",
		accepted, len(mimetest.Corpus()), exact, left)
	s.check()
}

// postfixTrace is the trace field of our Postfix, the last one that is not the message's.
var postfixTrace = regexp.MustCompile(`Received: from .*\r\n\tby mx\.example\.test \(Postfix\).*\r\n(?:\t.*\r\n)*`)

// withoutTrace is a message without what Postfix and dagent put before it.
func withoutTrace(body string) string {
	at := postfixTrace.FindStringIndex(body[:min(len(body), maxTrace)])
	if at == nil {
		return body
	}
	return body[at[1]:]
}

// dropped are the fields that Postfix takes out (message_drop_headers).
var dropped = []string{"bcc", "content-length", "resent-bcc", "return-path"}

// ordinary says whether Postfix has no reason to change a message: it ends
// lines at a bare LF, changes a bare CR and NUL, parts a header from what is no
// field, and drops fields.
func ordinary(data []byte) bool {
	header, _, ok := strings.Cut(string(data), "\r\n\r\n")
	if !ok || header == "" || len(header) > 50000 || header[0] == ' ' || header[0] == '\t' {
		return false
	}
	if strings.ContainsAny(strings.ReplaceAll(string(data), "\r\n", ""), "\r\n\x00") {
		return false
	}
	for _, line := range strings.Split(header, "\r\n") {
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		name, _, colon := strings.Cut(line, ":")
		if !colon || !fieldName.MatchString(name) || slices.Contains(dropped, strings.ToLower(name)) {
			return false
		}
	}
	return true
}

// fieldName is a name as RFC 5322 3.6.8 has it.
var fieldName = regexp.MustCompile("^[!-9;-~]+$")

// TestVerifiedRecipients has Postfix ask dagent who is there: an unknown
// recipient is refused at once, a known one gets the mail.
func TestVerifiedRecipients(t *testing.T) {
	s := start(t, 2)
	p := newPostfix(t)
	p.configure("inet:" + s.LMTP)
	p.start()
	mail := dialSMTP(t, p.address())
	mail.must(t, "250", "MAIL FROM:<sender@example.org>")
	mail.must(t, "550", "RCPT TO:<nobody@example.test>")
	mail.must(t, "250", "RCPT TO:<"+login(0)+">")
	mail.must(t, "250", "RCPT TO:<somebody@elsewhere.invalid>") // as spooler's mail goes out
	mail.must(t, "250", "RSET")
	p.send("sender@example.org", []string{login(0), login(1)}, simple("swaks"))
	for i := range 2 {
		c := dialIMAP(t, s, login(i), "")
		eventually(t, "mail from swaks arrives", time.Minute, func() bool { return count(t, c, "INBOX") == 1 })
		c.OK("SELECT INBOX")
		if got := bodies(t, c)[0].body; !strings.Contains(got, "The text of swaks.") || !strings.HasPrefix(got, "Return-Path: <sender@example.org>\r\n") {
			t.Errorf("%s has %q", login(i), got)
		}
	}
	s.check()
}
