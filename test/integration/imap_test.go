// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/proto/lines/linestest"
)

// dialIMAP is a client that is logged in and has the folder selected, unless it is "".
func dialIMAP(t *testing.T, s *system, name, folder string) *imaptest.Client {
	t.Helper()
	c := imaptest.Dial(t, "tcp", s.IMAP)
	c.Login(name, password)
	if folder != "" {
		c.OK("SELECT %s", imaptest.Quote(folder))
	}
	return c
}

// await reads until a line that matches the pattern: a client in IDLE is told
// of several things at once.
func await(c *imaptest.Client, pattern string) {
	for !linestest.Match(pattern, c.ReadLine()) {
	}
}

var fetchBody = regexp.MustCompile(`^\d+ FETCH \(UID (\d+) (?:FLAGS \([^)]*\) )?BODY\[\] (?s)(.*)\)$`)

// message is one message as a client got it.
type message struct {
	uid  int
	body string
}

// bodies are all messages of the selected folder in order.
func bodies(t *testing.T, c *imaptest.Client) []message {
	t.Helper()
	var out []message
	for _, line := range c.OK("UID FETCH 1:* (UID BODY.PEEK[])") {
		m := fetchBody.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		uid, _ := strconv.Atoi(m[1])
		out = append(out, message{uid, literal(t, m[2])})
	}
	return out
}

// literal is the value of a literal, a quoted string or NIL.
func literal(t *testing.T, s string) string {
	t.Helper()
	if strings.HasPrefix(s, "{") {
		head, rest, _ := strings.Cut(s, "}\r\n")
		if n, err := strconv.Atoi(head[1:]); err != nil || n != len(rest) {
			t.Fatalf("literal %s has %d bytes", head, len(rest))
		}
		return rest
	}
	if s == "NIL" {
		return ""
	}
	unquoted, ok := strings.CutPrefix(s, `"`)
	if !ok {
		t.Fatalf("no string: %.60q", s)
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(strings.TrimSuffix(unquoted, `"`))
}

// count is the number of messages of a folder.
func count(t *testing.T, c *imaptest.Client, folder string) int {
	t.Helper()
	for _, line := range c.OK("STATUS %s (MESSAGES)", imaptest.Quote(folder)) {
		if _, rest, ok := strings.Cut(line, "(MESSAGES "); ok {
			n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), ")"))
			if err != nil {
				t.Fatalf("STATUS: %q", line)
			}
			return n
		}
	}
	t.Fatal("STATUS: no answer")
	return 0
}

// simple is a small message that its token names.
func simple(token string) string {
	return fmt.Sprintf("From: <sender@example.org>\r\nTo: <%s>\r\nSubject: about %s\r\nMessage-ID: <%s@example.org>\r\n"+
		"Date: Sun, 22 Nov 2026 09:00:00 +0000\r\n\r\nThe text of %s.\r\n", login(0), token, token, token)
}
