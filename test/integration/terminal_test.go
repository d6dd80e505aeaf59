// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// terminal is a program that runs in a terminal of its own.
type terminal struct {
	t      *testing.T
	socket string
}

// runTerminal runs a program in tmux until the end of the test.
func runTerminal(t *testing.T, dir string, program ...string) *terminal {
	t.Helper()
	needs(t, "tmux")
	x := &terminal{t: t, socket: filepath.Join(dir, "tmux")}
	x.tmux(append([]string{"new-session", "-d", "-s", "m", "-x", "100", "-y", "30", "env", "HOME=" + dir, "XDG_CONFIG_HOME=" + filepath.Join(dir, ".config"),
		"TERM=screen", "LC_ALL=C.UTF-8"}, program...)...)
	t.Cleanup(func() { _, _ = command(t, "", "tmux", "-S", x.socket, "kill-server") })
	return x
}

func (x *terminal) tmux(args ...string) string {
	x.t.Helper()
	return mustRun(x.t, "tmux", append([]string{"-S", x.socket}, args...)...)
}

// keys presses keys by tmux's names.
func (x *terminal) keys(keys ...string) {
	x.t.Helper()
	x.tmux(append([]string{"send-keys", "-t", "m"}, keys...)...)
}

// types types text.
func (x *terminal) types(text string) { x.t.Helper(); x.keys("-l", text) }

// shows waits until the screen has a text.
func (x *terminal) shows(text string) {
	x.t.Helper()
	last := ""
	defer func() {
		if x.t.Failed() {
			x.t.Logf("the screen:\n%s", last)
		}
	}()
	eventually(x.t, "the screen shows "+text, 30*time.Second, func() bool {
		last = x.tmux("capture-pane", "-p", "-t", "m")
		return strings.Contains(last, text)
	})
}

// muttSettings are what both mutts have in common.
func muttSettings(s *system) string {
	return "set folder=\"imap://" + login(0) + "@" + s.IMAP + "/\"\nset imap_pass=\"" + password + "\"\nset spoolfile=\"+INBOX\"\n" +
		"set ssl_starttls=no\nset ssl_force_tls=no\nset imap_user=\"" + login(0) + "\"\nset sort=mailbox-order\nset delete=yes\nset move=no\nset confirmappend=no\n" +
		"set mark_old=no\nset wait_key=no\nset imap_check_subscribed=no\nset quit=yes\nset trash=\"\"\n"
}

// TestMutt opens the Inbox in a real terminal, reads, flags, moves and deletes.
// A header cache has it ask for what changed by mod-sequences.
func TestMutt(t *testing.T) {
	for _, tt := range []struct{ name, program, settings string }{
		{"mutt", "mutt", "set header_cache=\"\"\n"},
		{"mutt with qresync", "mutt", "set header_cache=\"%s/cache/\"\nset imap_condstore=yes\nset imap_qresync=yes\n"},
		{"neomutt", "neomutt", "set header_cache=\"\"\n"},
		{"neomutt with condstore", "neomutt", "set header_cache=\"%s/cache/\"\nset imap_condstore=yes\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			needs(t, tt.program, "tmux")
			dir := t.TempDir()
			settings := strings.ReplaceAll(tt.settings, "%s", dir)
			mutt(t, dir, tt.program, settings)
		})
	}
}

func mutt(t *testing.T, dir, program, settings string) {
	t.Helper()
	s := start(t, 1)
	l := dialLMTP(t, s.LMTP)
	for _, token := range []string{"first", "second", "third"} {
		l.mustDeliver(t, []byte(simple(token)), login(0))
	}
	c := dialIMAP(t, s, login(0), "")
	c.OK("CREATE Kept")
	if err := os.Mkdir(filepath.Join(dir, "cache"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "muttrc"), muttSettings(s)+settings)
	x := runTerminal(t, dir, program, "-n", "-F", filepath.Join(dir, "muttrc"))
	x.shows("about third")
	x.keys("1", "Enter", "Enter") // jump to the first, open it
	x.shows("The text of first.")
	x.keys("i")
	x.shows("about third")
	x.keys("1", "Enter", "F") // flag it
	x.shows("!")
	x.keys("2", "Enter", "s") // save the second to another folder
	x.shows("Save to mailbox")
	x.keys("C-u")
	x.types("=Kept")
	x.keys("Enter")
	x.keys("3", "Enter", "d", "$") // delete the third, carry all out
	eventually(t, program+" has moved and deleted", 15*time.Second, func() bool {
		return count(t, c, "INBOX") == 1 && count(t, c, "Kept") == 1
	})
	x.keys("q")
	c.OK("SELECT INBOX")
	if lines := strings.Join(c.OK("FETCH 1 (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"), "\n"); !strings.Contains(lines, "about first") ||
		!strings.Contains(lines, `\Flagged`) || !strings.Contains(lines, `\Seen`) {
		t.Errorf("the Inbox has %q", lines)
	}
	// Again, with what the cache has; meanwhile one was flagged and one came.
	c.OK(`STORE 1 -FLAGS (\Flagged)`)
	l.mustDeliver(t, []byte(simple("fourth")), login(0))
	again := t.TempDir()
	x = runTerminal(t, again, program, "-n", "-F", filepath.Join(dir, "muttrc"))
	x.shows("about fourth")
	x.shows("about first")
	x.keys("q")
	s.check()
}

// TestAerc reads and deletes.
func TestAerc(t *testing.T) {
	needs(t, "aerc", "tmux")
	s := start(t, 1)
	l := dialLMTP(t, s.LMTP)
	for _, token := range []string{"first", "second"} {
		l.mustDeliver(t, []byte(simple(token)), login(0))
	}
	dir := t.TempDir()
	config := filepath.Join(dir, ".config", "aerc")
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	source := url.URL{Scheme: "imap+insecure", User: url.UserPassword(login(0), password), Host: s.IMAP}
	writeFile(t, filepath.Join(config, "accounts.conf"), fmt.Sprintf("[t]\nsource = %s\ndefault = INBOX\nfrom = T <%s>\ncheck-mail = 0\n",
		strings.Replace(source.String(), "u000@", "u000%40", 1), login(0)))
	x := runTerminal(t, dir, "aerc")
	x.shows("about first")
	x.shows("about second")
	x.types(":select 0")
	x.keys("Enter")
	x.types(":view")
	x.keys("Enter")
	x.shows("The text of second.")
	l.mustDeliver(t, []byte(simple("third")), login(0))
	x.types(":close")
	x.keys("Enter")
	x.shows("about third") // it was told in IDLE
	x.types(":delete")
	x.keys("Enter")
	c := dialIMAP(t, s, login(0), "INBOX")
	eventually(t, "aerc has deleted", 15*time.Second, func() bool { return count(t, c, "INBOX") == 2 })
	x.types(":quit")
	x.keys("Enter")
	s.check()
}

// pinerc wants the address and the user. Nothing is to be asked but the password.
const pinerc = `inbox-path={%[1]s/notls/novalidate-cert/user=%[2]s}INBOX
folder-collections=Mail {%[1]s/notls/novalidate-cert/user=%[2]s}[]
user-domain=example.test
default-fcc=""
sort-key=Arrival
last-version-used=9.99
feature-list=disable-password-file-saving,
	quit-without-confirm,
	expunge-without-confirm,
	expunge-without-confirm-everywhere,
	no-save-will-advance
`

// TestAlpine reads the Inbox, saves to a folder that is there and to a new one,
// deletes and expunges.
func TestAlpine(t *testing.T) {
	needs(t, "alpine", "tmux")
	s := start(t, 1)
	l := dialLMTP(t, s.LMTP)
	for _, token := range []string{"first", "second", "third"} {
		l.mustDeliver(t, []byte(simple(token)), login(0))
	}
	c := dialIMAP(t, s, login(0), "")
	c.OK("CREATE Kept")
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "pinerc"), fmt.Sprintf(pinerc, s.IMAP, login(0)))
	x := runTerminal(t, dir, "alpine", "-p", filepath.Join(dir, "pinerc"), "-i")
	x.shows("ENTER PASSWORD")
	x.types(password)
	x.keys("Enter")
	x.shows("about first")
	x.keys("2")
	x.shows("Message number to jump to : 2")
	x.keys("Enter")
	x.shows("Message 2 of 3")
	x.keys("Enter")
	x.shows("The text of second.")
	x.keys("<")
	x.shows("Message 2 of 3")
	for _, save := range []struct{ folder, asks string }{{"Kept", ""}, {"Fresh", `"Fresh" doesn't exist.  Create?`}} {
		x.keys("s")
		x.shows("SAVE Msg #2 to folder")
		x.keys("C-u")
		x.types(save.folder)
		x.keys("Enter")
		if save.asks != "" {
			x.shows(save.asks)
			x.keys("y")
		}
		eventually(t, "alpine has saved to "+save.folder, 15*time.Second, func() bool {
			return strings.Contains(strings.Join(c.OK(`LIST "" *`), "\n"), save.folder) && count(t, c, save.folder) == 1
		})
	}
	x.keys("d")
	x.shows("marked for deletion")
	x.keys("x")
	x.shows("Message 2 of 2")
	eventually(t, "alpine has expunged", 15*time.Second, func() bool { return count(t, c, "INBOX") == 2 })
	l.mustDeliver(t, []byte(simple("fourth")), login(0))
	x.keys("C-l") // it looks for new mail
	x.shows("about fourth")
	x.keys("q")
	c.OK("SELECT INBOX")
	if lines := strings.Join(c.OK("FETCH 1:3 (BODY.PEEK[HEADER.FIELDS (SUBJECT)])"), "\n"); strings.Contains(lines, "about second") ||
		!strings.Contains(lines, "about third") {
		t.Errorf("the Inbox has %q", lines)
	}
	s.check()
}
