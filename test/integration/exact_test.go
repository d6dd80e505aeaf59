// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twiga/lib/conv/mime/mimetest"
)

// maxTrace is how long the trace headers may be that dagent puts first.
const maxTrace = 2000

// TestExactOverLMTP delivers the whole corpus and reads every byte back.
func TestExactOverLMTP(t *testing.T) {
	s := start(t, 1)
	l := dialLMTP(t, s.LMTP)
	corpus := mimetest.Corpus()
	if len(corpus) < 200 {
		t.Fatalf("the corpus has %d messages only", len(corpus))
	}
	for _, c := range corpus {
		l.mustDeliver(t, c.Data, login(0))
	}
	got := bodies(t, dialIMAP(t, s, login(0), "INBOX"))
	if len(got) != len(corpus) {
		t.Fatalf("%d messages came in, %d were delivered", len(got), len(corpus))
	}
	for i, c := range corpus {
		want := sent(c.Data)
		if !strings.HasSuffix(got[i].body, want) {
			t.Errorf("%s: the bytes changed: %s", c.Name, difference(got[i].body, want))
		} else if trace := len(got[i].body) - len(want); trace > maxTrace || trace == 0 {
			t.Errorf("%s: %d bytes of trace headers", c.Name, trace)
		}
	}
	s.check()
}

// sent is what of a message stands between DATA and the end mark: the client
// completes the last line.
func sent(data []byte) string {
	s := string(data)
	if s != "" && !strings.HasSuffix(s, "\r\n") {
		s += "\r\n"
	}
	return s
}

// difference tells where two strings begin to differ, from their ends.
func difference(got, want string) string {
	g, w := []byte(got), []byte(want)
	n := 0
	for n < len(g) && n < len(w) && g[len(g)-1-n] == w[len(w)-1-n] {
		n++
	}
	cut := func(b []byte) []byte { return b[max(0, len(b)-n-40):max(0, len(b)-n)] }
	return "got ..." + strings.TrimSpace(string(bytes.ToValidUTF8(cut(g), []byte("?")))) + "... want ..." +
		strings.TrimSpace(string(bytes.ToValidUTF8(cut(w), []byte("?")))) + "..."
}

// TestMbsync mirrors a mailbox to a maildir and finds all bytes there, but for
// messages whose header has no end, which mbsync warns of and skips.
func TestMbsync(t *testing.T) {
	needs(t, "mbsync")
	s := start(t, 1)
	l := dialLMTP(t, s.LMTP)
	for _, c := range mimetest.Corpus() {
		l.mustDeliver(t, c.Data, login(0))
	}
	got := bodies(t, dialIMAP(t, s, login(0), "INBOX"))
	want, headless := map[string]bool{}, 0
	for _, m := range got {
		want[asMirrored(m.body)] = true
		if !strings.Contains(asMirrored(m.body), "\n\n") {
			headless++
		}
	}
	dir := t.TempDir()
	rc := filepath.Join(dir, "mbsyncrc")
	config := "IMAPAccount t\nHost 127.0.0.1\nPort " + port(s.IMAP) + "\nUser " + login(0) + "\nPass " + password + "\nSSLType None\nAuthMechs LOGIN\n\n" +
		"IMAPStore far\nAccount t\n\nMaildirStore near\nPath " + dir + "/mail/\nInbox " + dir + "/mail/INBOX\nSubFolders Verbatim\n\n" +
		"Channel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSync All\nSyncState *\n"
	if err := os.WriteFile(rc, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "mail"), 0o700); err != nil {
		t.Fatal(err)
	}
	skipped := strings.Count(mustRun(t, "mbsync", "-c", rc, "-a"), "incomplete header; skipping")
	files, _ := filepath.Glob(filepath.Join(dir, "mail", "INBOX", "*", "*"))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !want[asMirrored(string(b))] {
			t.Errorf("%s is none of the messages: %.200q", filepath.Base(f), b)
		}
	}
	if len(files) != len(got)-headless || skipped != headless {
		t.Errorf("of %d messages %d were mirrored and %d skipped; %d have no end of their header", len(got), len(files), skipped, headless)
	}
	mustRun(t, "mbsync", "-c", rc, "-a") // nothing is left to do, and that is no error
}

// asMirrored is a message as mbsync keeps it: lines end in LF, and the header
// that it adds to find the message again is left out.
func asMirrored(body string) string {
	body = strings.ReplaceAll(body, "\r\n", "\n")
	var out strings.Builder
	for _, line := range strings.SplitAfter(body, "\n") {
		if !strings.HasPrefix(line, "X-TUID: ") {
			out.WriteString(line)
		}
	}
	return strings.ReplaceAll(out.String(), "\r", "")
}
