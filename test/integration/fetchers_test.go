// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeFile writes a client's configuration, which holds a password.
func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// inMaildir are the texts of the messages of a maildir.
func inMaildir(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

// holds checks that each of the tokens is in exactly one text.
func holds(t *testing.T, texts []string, tokens ...string) {
	t.Helper()
	if len(texts) != len(tokens) {
		t.Errorf("%d messages, want %d", len(texts), len(tokens))
	}
	for _, token := range tokens {
		if n := strings.Count(strings.Join(texts, "\n"), "The text of "+token+"."); n != 1 {
			t.Errorf("the message about %s is there %d times", token, n)
		}
	}
}

// inBox checks that each of the tokens is once in what a client wrote to a file.
func inBox(t *testing.T, path string, tokens ...string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, strings.Split(string(b), "\nMessage-ID: ")[1:], tokens...)
}

// TestFetchmail fetches all and leaves nothing.
func TestFetchmail(t *testing.T) {
	needs(t, "fetchmail")
	s := start(t, 1)
	l := dialLMTP(t, s.LMTP)
	for _, token := range []string{"first", "second"} {
		l.mustDeliver(t, []byte(simple(token)), login(0))
	}
	dir := t.TempDir()
	t.Setenv("FETCHMAILHOME", dir)
	rc, box := filepath.Join(dir, "fetchmailrc"), filepath.Join(dir, "box")
	writeFile(t, rc, fmt.Sprintf("poll 127.0.0.1 service %s protocol IMAP auth password username %q password %q sslproto '' fetchall nokeep mda \"cat >>%s\"\n",
		port(s.IMAP), login(0), password, box))
	mustRun(t, "fetchmail", "--fetchmailrc", rc, "--nodetach", "--nosyslog")
	inBox(t, box, "first", "second")
	if n := count(t, dialIMAP(t, s, login(0), ""), "INBOX"); n != 0 {
		t.Errorf("%d messages are left", n)
	}
	s.check()
}

// TestGetmail reads what is new, twice, and leaves all where it is.
func TestGetmail(t *testing.T) {
	needs(t, "getmail")
	s := start(t, 1)
	l := dialLMTP(t, s.LMTP)
	l.mustDeliver(t, []byte(simple("first")), login(0))
	dir := t.TempDir()
	box, rc := filepath.Join(dir, "box"), filepath.Join(dir, "getmailrc")
	writeFile(t, rc, fmt.Sprintf("[retriever]\ntype = SimpleIMAPRetriever\nserver = 127.0.0.1\nport = %s\nusername = %s\npassword = %s\n"+
		"[destination]\ntype = MDA_external\npath = /bin/sh\narguments = (\"-c\", \"cat >>%s\")\nallow_root_commands = true\n"+
		"[options]\nread_all = false\ndelete = false\n", port(s.IMAP), login(0), password, box))
	mustRun(t, "getmail", "--getmaildir", dir, "--rcfile", rc)
	l.mustDeliver(t, []byte(simple("second")), login(0))
	mustRun(t, "getmail", "--getmaildir", dir, "--rcfile", rc)
	inBox(t, box, "first", "second")
	if n := count(t, dialIMAP(t, s, login(0), ""), "INBOX"); n != 2 {
		t.Errorf("%d messages are left", n)
	}
}

// TestOfflineimap mirrors both ways: mail comes, a flag and a new message go up.
func TestOfflineimap(t *testing.T) {
	needs(t, "offlineimap")
	s := start(t, 1)
	l := dialLMTP(t, s.LMTP)
	l.mustDeliver(t, []byte(simple("first")), login(0))
	c := dialIMAP(t, s, login(0), "")
	c.OK("CREATE Work/Deep")
	dir := t.TempDir()
	rc := filepath.Join(dir, "rc")
	writeFile(t, rc, fmt.Sprintf("[general]\naccounts = t\nmetadata = %[1]s/meta\nui = basic\n[Account t]\nlocalrepository = near\nremoterepository = far\n"+
		"[Repository near]\ntype = Maildir\nlocalfolders = %[1]s/mail\nsep = /\n[Repository far]\ntype = IMAP\nremotehost = 127.0.0.1\nremoteport = %[2]s\n"+
		"remoteuser = %[3]s\nremotepass = %[4]s\nssl = no\nstarttls = no\n", dir, port(s.IMAP), login(0), password))
	sync := func() { t.Helper(); mustRun(t, "offlineimap", "-o", "-c", rc) }
	sync()
	inbox := filepath.Join(dir, "mail", "INBOX")
	holds(t, inMaildir(t, inbox), "first")
	if _, err := os.Stat(filepath.Join(dir, "mail", "Work", "Deep", "cur")); err != nil {
		t.Error(err)
	}
	files, _ := filepath.Glob(filepath.Join(inbox, "*", "*"))
	name, _, _ := strings.Cut(filepath.Base(files[0]), ":")
	if err := os.Rename(files[0], filepath.Join(inbox, "cur", name+":2,FS")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(inbox, "new", "1.1.here"), strings.ReplaceAll(simple("mine"), "\r\n", "\n"))
	l.mustDeliver(t, []byte(simple("second")), login(0))
	sync()
	sync() // nothing is left to do, and that is no error
	holds(t, inMaildir(t, inbox), "first", "second", "mine")
	c.OK("SELECT INBOX")
	if n := count(t, c, "INBOX"); n != 3 {
		t.Errorf("%d messages on the server", n)
	}
	if lines := strings.Join(c.OK("SEARCH FLAGGED SEEN SUBJECT first"), ""); lines != "SEARCH 1" {
		t.Errorf("flags that went up: %q", lines)
	}
	s.check()
}
