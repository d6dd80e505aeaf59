// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestCurl reads a mail as the README says.
func TestCurl(t *testing.T) {
	needs(t, "curl")
	s := start(t, 1)
	dialLMTP(t, s.LMTP).mustDeliver(t, []byte(simple("curl")), login(0))
	credentials := login(0) + ":" + password
	out := mustRun(t, "curl", "--silent", "--show-error", "--user", credentials, "imap://"+s.IMAP+"/INBOX;MAILINDEX=1")
	if !strings.Contains(out, "The text of curl.") {
		t.Errorf("curl read %q", out)
	}
	out = mustRun(t, "curl", "--silent", "--show-error", "--insecure", "--user", credentials, "imaps://"+s.IMAPS+"/INBOX;UID=1")
	if !strings.Contains(out, "The text of curl.") {
		t.Errorf("curl read %q over TLS", out)
	}
	out = mustRun(t, "curl", "--silent", "--show-error", "--user", credentials, "imap://"+s.IMAP+"/INBOX?SUBJECT%20curl")
	if !strings.Contains(out, "SEARCH 1") {
		t.Errorf("curl found %q", out)
	}
}

// TestImaplib goes through Python's client: what it does in a day.
func TestImaplib(t *testing.T) {
	needs(t, "python3")
	s := start(t, 1)
	dialLMTP(t, s.LMTP).mustDeliver(t, []byte(simple("python")), login(0))
	host, p, _ := strings.Cut(s.IMAP, ":")
	script := fmt.Sprintf(`
import imaplib, ssl, time
def ok(answer):
    assert answer[0] == 'OK', answer
    return answer[1]
m = imaplib.IMAP4(%q, %s)
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
ok(m.starttls(context))
ok(m.login(%q, %q))
capabilities = ok(m.capability())[0]
assert b'IDLE' in capabilities and b'CONDSTORE' in capabilities, capabilities
ok(m.create('"A folder/below"'))
names = b'\n'.join(ok(m.list()))
assert b'"A folder/below"' in names or b'A folder/below' in names, names
assert ok(m.select('INBOX')) == [b'1']
data = ok(m.fetch('1', '(FLAGS RFC822)'))
assert b'The text of python.' in data[0][1], data
ok(m.store('1', '+FLAGS', r'(\Flagged keyword)'))
flags = ok(m.fetch('1', '(FLAGS)'))[0]
assert rb'\Flagged' in flags and b'keyword' in flags and rb'\Seen' in flags, flags
ok(m.append('INBOX', r'(\Seen)', imaplib.Time2Internaldate(time.time()), b'Subject: appended\r\n\r\nbody\r\n'))
assert ok(m.search(None, 'SUBJECT', 'appended')) == [b'2']
ok(m.copy('2', '"A folder/below"'))
ok(m.uid('MOVE', '1', '"A folder/below"'))
assert ok(m.select('"A folder/below"')) == [b'2']
ok(m.store('1:*', '+FLAGS', r'\Deleted'))
assert len(ok(m.expunge())) == 2
ok(m.close())
ok(m.delete('"A folder/below"'))
m.logout()
print('done')
`, host, p, login(0), password)
	out, err := command(t, script, "python3", "-")
	if err != nil || strings.TrimSpace(out) != "done" {
		t.Fatalf("python3: %v\n%s", err, out)
	}
	s.check()
}

// TestTwoClientsIdle has two clients see each other's changes in IDLE.
func TestTwoClientsIdle(t *testing.T) {
	const limit, rounds = 100 * time.Millisecond, 9
	s := start(t, 1)
	l := dialLMTP(t, s.LMTP)
	l.mustDeliver(t, []byte(simple("before")), login(0))
	a, b := dialIMAP(t, s, login(0), "INBOX"), dialIMAP(t, s, login(0), "INBOX")
	tag := a.Idle()
	changes := []struct {
		what, seen string
		do         func()
	}{
		{"flag set", `* 1 FETCH (...\Flagged...`, func() { b.OK(`STORE 1 +FLAGS (\Flagged)`) }},
		{"mail delivered", "* 2 EXISTS", func() { l.mustDeliver(t, []byte(simple("during")), login(0)) }},
		{"message removed", "* 1 EXPUNGE", func() { b.OK(`STORE 1 +FLAGS.SILENT (\Deleted)`); b.OK("EXPUNGE") }},
	}
	took := make([][]time.Duration, len(changes))
	for range rounds {
		for i, c := range changes {
			began := time.Now()
			c.do()
			await(a, c.seen)
			took[i] = append(took[i], time.Since(began))
		}
	}
	for i, c := range changes {
		slices.Sort(took[i])
		median := took[i][rounds/2]
		t.Logf("%s: seen after %s, at most %s", c.what, median, took[i][rounds-1])
		if median > limit {
			t.Errorf("%s: seen after %s, at most %s are allowed", c.what, median, limit)
		}
	}
	if r := a.Done(tag); r.Status != "OK" {
		t.Errorf("DONE: %s", r)
	}
}
