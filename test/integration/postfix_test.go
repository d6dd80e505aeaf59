// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// contrib is where the configuration for Postfix is.
const contrib = "../../contrib/postfix"

// postfix is a real Postfix with a configuration, queue and port of its own.
type postfix struct {
	t    *testing.T
	dir  string
	port int
}

// newPostfix makes the folders of a Postfix; configure and start follow.
func newPostfix(t *testing.T) *postfix {
	t.Helper()
	needs(t, "postfix", "swaks")
	needsRoot(t)
	// Postfix wants every folder above its own to be open to its users.
	dir, err := os.MkdirTemp("/tmp", "twiga-postfix-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := &postfix{t: t, dir: dir, port: freePorts(t, 1)}
	for _, d := range []string{"conf", "queue", "data"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	owner, err := user.Lookup("postfix")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	if err := os.Chown(filepath.Join(dir, "data"), uid, -1); err != nil {
		t.Fatal(err)
	}
	return p
}

// configure has Postfix hand mail for example.test to dagent as contrib/postfix
// does it. The route is where dagent listens, "inet:127.0.0.1:2003" or "unix:/path".
func (p *postfix) configure(route string) {
	p.t.Helper()
	p.write("main.cf", p.main(route))
	p.write("master.cf", p.master())
	p.t.Cleanup(func() {
		p.stop()
		if p.t.Failed() {
			p.t.Logf("mail.log:\n%s", tail(p.log(), 15))
		}
	})
}

func (p *postfix) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "conf", name), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *postfix) main(route string) string {
	return fmt.Sprintf(`compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file = %[1]s/mail.log
maillog_file_prefixes = /tmp
myhostname = mx.example.test
mydomain = example.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_header_rewrite_clients =
smtpd_forbid_bare_newline = normalize
smtpd_forbid_bare_newline_exclusions =
address_verify_poll_delay = 1s
minimal_backoff_time = 1s
queue_run_delay = 1s
message_size_limit = 104857600
`, p.dir) + p.snippet(route)
}

// snippet is main.cf of contrib/postfix as its readme has one change it.
func (p *postfix) snippet(route string) string {
	text := p.read("main.cf")
	if path, ok := strings.CutPrefix(route, "unix:"); ok {
		text = p.replace(text, "virtual_transport = lmtp:inet:", "#virtual_transport = lmtp:inet:")
		text = p.replace(text, "#virtual_transport = lmtp:unix:/run/twiga-lmtp.sock", "virtual_transport = lmtp:unix:"+path)
	} else {
		text = p.replace(text, "virtual_transport = lmtp:inet:127.0.0.1:2003", "virtual_transport = lmtp:"+route)
	}
	text = p.replace(text, "= example.com\n", "= example.test\n")
	return p.replace(text, "{ example.com = reject", "{ example.test = reject")
}

func (p *postfix) replace(text, old, with string) string {
	p.t.Helper()
	if !strings.Contains(text, old) {
		p.t.Fatalf("main.cf has no %q", old)
	}
	return strings.Replace(text, old, with, 1)
}

func (p *postfix) read(name string) string {
	p.t.Helper()
	b, err := os.ReadFile(filepath.Join(contrib, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}

func (p *postfix) master() string {
	services := fmt.Sprintf("127.0.0.1:%d inet n - n - - smtpd\n", p.port)
	for _, line := range strings.Split(`pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd`, "\n") {
		services += line + "\n"
	}
	return services + p.read("master.cf")
}

func (p *postfix) command(args ...string) error {
	cmd := exec.Command("postfix", append([]string{"-c", filepath.Join(p.dir, "conf")}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("postfix %s: %w\n%s", args[0], err, out)
	}
	return nil
}

func (p *postfix) start() {
	p.t.Helper()
	if err := p.command("start"); err != nil {
		p.t.Fatal(err)
	}
	eventually(p.t, "Postfix listens", 20*time.Second, func() bool { return !free(p.port, 1) })
}

// stop ends Postfix, if it runs.
func (p *postfix) stop() {
	if p.command("status") != nil {
		return
	}
	if err := p.command("stop"); err != nil {
		p.t.Error(err)
	}
	eventually(p.t, "Postfix ends", 20*time.Second, func() bool { return free(p.port, 1) })
}

func (p *postfix) address() string { return fmt.Sprintf("127.0.0.1:%d", p.port) }

func (p *postfix) log() string {
	b, _ := os.ReadFile(filepath.Join(p.dir, "mail.log"))
	return string(b)
}

// send puts a message into Postfix with swaks.
func (p *postfix) send(from string, to []string, data string) {
	p.t.Helper()
	mustRun(p.t, "swaks", "--server", p.address(), "--from", from, "--to", strings.Join(to, ","), "--data", data, "--silent", "2")
}
