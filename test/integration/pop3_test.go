// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"twiga/lib/proto/pop3/pop3test"
)

// mailed starts a system with three messages in the mailbox of user 0.
func mailed(t *testing.T) *system {
	t.Helper()
	s := start(t, 1)
	l := dialLMTP(t, s.LMTP)
	for _, token := range []string{"first", "second", "third"} {
		l.mustDeliver(t, []byte(simple(token)+"\r\n.a line with a dot\r\n"), login(0))
	}
	return s
}

// maildrop looks into the maildrop of user 0.
func maildrop(t *testing.T, s *system) (uidl []string) {
	t.Helper()
	c := pop3test.Dial(t, "tcp", s.POP3)
	c.Login(login(0), password)
	uidl = c.Multi("UIDL")
	c.OK("QUIT")
	c.ExpectClosed()
	return uidl
}

// fetched checks what a client has fetched: three messages, whole.
func fetched(t *testing.T, who string, paths []string) {
	t.Helper()
	var all strings.Builder
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	for _, text := range []string{"The text of first.", "The text of second.", "The text of third."} {
		if strings.Count(all.String(), text) != 1 {
			t.Errorf("%s has %q %d times", who, text, strings.Count(all.String(), text))
		}
	}
	if n := strings.Count(all.String(), "\n.a line with a dot"); n != 3 {
		t.Errorf("%s has %d lines with a dot", who, n)
	}
}

func glob(t *testing.T, parts ...string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestCurlPOP3(t *testing.T) {
	needs(t, "curl")
	s := mailed(t)
	credentials := login(0) + ":" + password
	for _, how := range [][]string{
		{"pop3://" + s.POP3 + "/2"},
		{"--ssl-reqd", "--insecure", "pop3://" + s.POP3 + "/2"},
		{"--insecure", "--login-options", "AUTH=PLAIN", "pop3s://" + s.POP3S + "/2"},
	} {
		out := mustRun(t, "curl", append([]string{"--silent", "--show-error", "--user", credentials}, how...)...)
		if !strings.Contains(out, "The text of second.") || !strings.Contains(out, "\n.a line") {
			t.Errorf("curl %q read %q", how, out)
		}
	}
	if out := mustRun(t, "curl", "--silent", "--show-error", "--user", credentials, "pop3://"+s.POP3+"/"); !strings.Contains(out, "3 ") {
		t.Errorf("curl listed %q", out)
	}
}

func TestPoplib(t *testing.T) {
	needs(t, "python3")
	s := mailed(t)
	host, p, _ := strings.Cut(s.POP3, ":")
	script := fmt.Sprintf(`
import poplib, ssl
m = poplib.POP3(%q, %s)
assert 'STLS' in m.capa() and 'UTF8' in m.capa(), m.capa()
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
m.stls(context)
m.utf8()
m.user(%q); m.pass_(%q)
count, size = m.stat()
assert count == 3, count
sizes = [int(line.split()[1]) for line in m.list()[1]]
assert sum(sizes) == size, (sizes, size)
ids = [line.split()[1] for line in m.uidl()[1]]
assert len(set(ids)) == 3, ids
for i in range(3):
    response, lines, octets = m.retr(i + 1)
    assert b'.a line with a dot' in lines, lines
    assert sum(len(l) + 2 for l in lines) == sizes[i], (lines, sizes)
top = m.top(1, 0)[1]
assert top[-1] == b'' and not any(b'The text' in l for l in top), top
m.dele(1); m.rset(); m.dele(2)
assert m.stat()[0] == 2
m.noop()
m.quit()
m = poplib.POP3(%q, %s)
m.user(%q); m.pass_(%q)
assert [line.split()[1] for line in m.uidl()[1]] == [ids[0], ids[2]]
m.quit()
print('done')
`, host, p, login(0), password, host, p, login(0), password)
	out, err := command(t, script, "python3", "-")
	if err != nil || strings.TrimSpace(out) != "done" {
		t.Fatalf("python3: %v\n%s", err, out)
	}
	s.check()
}

func TestFetchmailPOP3(t *testing.T) {
	needs(t, "fetchmail")
	s := mailed(t)
	dir := t.TempDir()
	host, p, _ := strings.Cut(s.POP3, ":")
	mda := filepath.Join(dir, "mda")
	write(t, mda, "#!/bin/sh\nexec cat >>"+filepath.Join(dir, "mail")+"\n", 0o700)
	rc := filepath.Join(dir, "rc")
	write(t, rc, fmt.Sprintf("poll %s service %s protocol pop3 uidl\n user %q password %q keep fetchall mda %q no sslcertck\n",
		host, p, login(0), password, mda), 0o600)
	args := []string{"HOME=" + dir, "FETCHMAILHOME=" + dir, "fetchmail", "--fetchmailrc", rc, "--nosyslog", "--nodetach", "-v"}
	out, err := command(t, "", "env", args...)
	if err != nil {
		t.Fatalf("fetchmail: %v\n%s", err, out)
	}
	fetched(t, "fetchmail", []string{filepath.Join(dir, "mail")})
	if n := len(maildrop(t, s)); n != 3 {
		t.Fatalf("%d messages are left, all were to be kept", n)
	}
	if err := os.Remove(filepath.Join(dir, "mail")); err != nil {
		t.Fatal(err)
	}
	if out, err = command(t, "", "env", append(args, "--nokeep", "--all")...); err != nil {
		t.Fatalf("fetchmail: %v\n%s", err, out)
	}
	fetched(t, "fetchmail", []string{filepath.Join(dir, "mail")})
	if left := maildrop(t, s); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
	s.check()
}

func TestGetmailPOP3(t *testing.T) {
	needs(t, "getmail")
	s := mailed(t)
	dir := t.TempDir()
	mda := filepath.Join(dir, "mda")
	write(t, mda, "#!/bin/sh\nexec cat >>"+filepath.Join(dir, "mail")+"\n", 0o700)
	host, p, _ := strings.Cut(s.POP3, ":")
	// As root it takes no mailbox, only a program.
	write(t, filepath.Join(dir, "rc"), fmt.Sprintf("[retriever]\ntype = SimplePOP3Retriever\nserver = %s\nport = %s\nusername = %s\npassword = %s\n"+
		"[destination]\ntype = MDA_external\npath = %s\nallow_root_commands = true\n[options]\nread_all = false\n", host, p, login(0), password, mda), 0o600)
	for range 2 { // the second time there is nothing new
		out, err := command(t, "", "env", "HOME="+dir, "getmail", "--getmaildir", dir, "--rcfile", "rc")
		if err != nil {
			t.Fatalf("getmail: %v\n%s", err, out)
		}
	}
	fetched(t, "getmail", []string{filepath.Join(dir, "mail")})
	if n := len(maildrop(t, s)); n != 3 {
		t.Errorf("%d messages are left", n)
	}
}

// TestMpop has a client that pipelines.
func TestMpop(t *testing.T) {
	needs(t, "mpop")
	s := mailed(t)
	dir := t.TempDir()
	box := filepath.Join(dir, "box")
	for _, d := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(box, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	host, p, _ := strings.Cut(s.POP3, ":")
	rc := filepath.Join(dir, "rc")
	write(t, rc, fmt.Sprintf("account default\nhost %s\nport %s\nauth plain\nuser %s\npassword %s\ntls on\ntls_starttls on\ntls_certcheck off\n"+
		"keep off\npipelining on\ndelivery maildir %s\nuidls_file %s\n", host, p, login(0), password, box, filepath.Join(dir, "uidls")), 0o600)
	out, err := command(t, "", "env", "HOME="+dir, "mpop", "-C", rc)
	if err != nil {
		t.Fatalf("mpop: %v\n%s", err, out)
	}
	fetched(t, "mpop", glob(t, box, "new", "*"))
	if left := maildrop(t, s); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
	s.check()
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// TestLockOfTheDead: a gateway that is killed gives free the maildrops that its
// sessions had locked.
func TestLockOfTheDead(t *testing.T) {
	s := mailed(t)
	holder := pop3test.Dial(t, "tcp", s.POP3)
	holder.Login(login(0), password)
	if err := syscall.Kill(s.PIDs["imapgw"], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	holder.ExpectClosed()
	locked := false
	eventually(t, "the maildrop is free", 30*time.Second, func() bool {
		nc, err := net.Dial("tcp", s.POP3)
		if err != nil {
			return false // it is starting
		}
		defer nc.Close()
		r, answer := bufio.NewReader(nc), ""
		for _, send := range []string{"", "USER " + login(0) + "\r\n", "PASS " + password + "\r\n"} {
			if _, err := io.WriteString(nc, send); err != nil {
				return false // it was the one that is dead
			}
			if answer, err = r.ReadString('\n'); err != nil {
				return false
			}
		}
		locked = locked || strings.HasPrefix(answer, "-ERR [IN-USE] ")
		return strings.HasPrefix(answer, "+OK 3 messages")
	})
	if !locked {
		t.Error("it was not locked in the store")
	}
}
