// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pictures is where screenshots are left to be looked at.
const pictures = "../../build/clients"

// desktop is an X server without a screen.
type desktop struct {
	t       *testing.T
	display string
}

// startDesktop runs Xvfb until the end of the test.
func startDesktop(t *testing.T) *desktop {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	runAside(t, cmd)
	_ = w.Close()
	number := make([]byte, 16)
	n, err := r.Read(number)
	if err != nil {
		t.Fatalf("Xvfb told no display: %v", err)
	}
	return &desktop{t: t, display: ":" + strings.TrimSpace(string(number[:n]))}
}

// runAside starts a program and ends it, and all that it started, with the test.
func runAside(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
}

func (d *desktop) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+d.display)
	return cmd
}

// do works the keyboard and the mouse.
func (d *desktop) do(args ...string) {
	d.t.Helper()
	if out, err := d.command("xdotool", args...).CombinedOutput(); err != nil {
		d.t.Fatalf("xdotool: %v\n%s", err, out)
	}
}

// picture leaves what the screen shows under a name.
func (d *desktop) picture(name string) {
	d.t.Helper()
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		d.t.Fatal(err)
	}
	if out, err := d.command("import", "-window", "root", filepath.Join(pictures, name+".png")).CombinedOutput(); err != nil {
		d.t.Errorf("import: %v\n%s", err, out)
	}
}

// TestThunderbird reads, flags and deletes in Thunderbird and sees mail come.
// What it did is looked for on the server; pictures of it are left in
// build/clients. It takes a minute and much memory: make clients.
func TestThunderbird(t *testing.T) {
	if os.Getenv("TWIGA_CLIENTS") == "" {
		t.Skip("SKIPPED: make clients runs it")
	}
	needs(t, "thunderbird", "Xvfb", "xdotool", "import")
	const patience = 2 * time.Minute
	s := start(t, 1)
	l := dialLMTP(t, s.LMTP)
	for _, token := range []string{"first", "second", "third"} {
		l.mustDeliver(t, []byte(simple(token)), login(0))
	}
	home := t.TempDir()
	profile := filepath.Join(home, "profile")
	if err := os.Mkdir(profile, 0o700); err != nil {
		t.Fatal(err)
	}
	prefs, err := os.ReadFile("testdata/thunderbird.js")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(profile, "prefs.js"), strings.NewReplacer("@USER@", login(0), "@PORT@", port(s.IMAP)).Replace(string(prefs)))
	d := startDesktop(t)
	trace := filepath.Join(home, "imap")
	cmd := d.command("thunderbird", "--no-remote", "--profile", profile)
	cmd.Env = append(cmd.Env, "HOME="+home, "MOZ_LOG=IMAP:4", "MOZ_LOG_FILE="+trace)
	runAside(t, cmd)
	defer d.picture("thunderbird-end")
	sent := func(command string) bool {
		b, _ := os.ReadFile(trace + ".moz_log")
		return strings.Contains(string(b), "SendData: ") && strings.Contains(string(b), command)
	}
	eventually(t, "Thunderbird asks for the password", patience, func() bool { return d.titled("Password Required", "Enter your password") })
	d.do("type", "--delay", "30", password)
	d.do("key", "Return")
	eventually(t, "Thunderbird reads the messages", patience, func() bool { return sent("BODY.PEEK[]") && sent("IDLE") })
	d.picture("thunderbird-list")
	c := dialIMAP(t, s, login(0), "INBOX")
	has := func(key string, want int) func() bool {
		return func() bool { return strings.Count(strings.Join(c.OK("UID SEARCH %s", key), ""), " ") == want }
	}
	d.do("mousemove", "400", "125", "click", "1") // the first of the list
	eventually(t, "what is read is seen", patience, has("SEEN", 1))
	d.do("key", "s")
	eventually(t, "what is starred is flagged", patience, has("FLAGGED", 1))
	l.mustDeliver(t, []byte(simple("fourth")), login(0))
	eventually(t, "Thunderbird reads what came in IDLE", patience, func() bool { return sent("UID fetch 4 (UID RFC822.SIZE BODY.PEEK[])") })
	d.picture("thunderbird-read")
	d.do("key", "Delete")
	eventually(t, "what is deleted goes to the trash", patience, func() bool { return count(t, c, "INBOX") == 3 && count(t, c, "Deleted Items") == 1 })
	s.check()
}

// titled tells whether a window has one of the titles.
func (d *desktop) titled(titles ...string) bool {
	for _, title := range titles {
		if d.command("xdotool", "search", "--onlyvisible", "--name", title).Run() == nil {
			return true
		}
	}
	return false
}
