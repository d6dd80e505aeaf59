// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// foreground is scripts/run as somebody has it in a terminal.
type foreground struct {
	t    *testing.T
	dir  string
	cmd  *exec.Cmd
	done chan struct{} // closed when both outputs ended

	mu   sync.Mutex // guards text
	text strings.Builder
}

// runForeground starts the system; become may change how.
func runForeground(t *testing.T, dir string, base int, become func(*exec.Cmd)) *foreground {
	t.Helper()
	f := &foreground{t: t, dir: dir, done: make(chan struct{})}
	f.cmd = exec.Command("../../scripts/run", "--dir", dir, "--base-port", strconv.Itoa(base))
	f.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if become != nil {
		become(f.cmd)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	f.cmd.Stdout, f.cmd.Stderr = w, w
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	go f.listen(r)
	t.Cleanup(func() {
		if f.cmd.ProcessState == nil {
			f.interrupt()
		}
		if t.Failed() {
			t.Logf("it said:\n%s", f.said())
		}
	})
	return f
}

func (f *foreground) listen(r *os.File) {
	defer close(f.done)
	defer func() { _ = r.Close() }()
	for in := bufio.NewReader(r); ; {
		line, err := in.ReadString('\n')
		f.mu.Lock()
		f.text.WriteString(line)
		f.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (f *foreground) said() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.String()
}

func (f *foreground) says(text string) {
	f.t.Helper()
	eventually(f.t, fmt.Sprintf("it says %q", text), time.Minute, func() bool {
		select {
		case <-f.done:
			return true
		default:
			return strings.Contains(f.said(), text)
		}
	})
	if !strings.Contains(f.said(), text) {
		f.t.Fatalf("it ended and never said %q", text)
	}
}

// interrupt is Ctrl-C: the signal goes to the whole process group, and gives
// the exit code.
func (f *foreground) interrupt() int {
	f.t.Helper()
	if err := syscall.Kill(-f.cmd.Process.Pid, syscall.SIGINT); err != nil {
		f.t.Errorf("interrupt: %v", err)
	}
	return f.wait()
}

func (f *foreground) wait() int {
	_ = f.cmd.Wait()
	<-f.done
	return f.cmd.ProcessState.ExitCode()
}

// pids are the processes of the system that runs in the folder.
func (f *foreground) pids() map[string]int {
	f.t.Helper()
	var state struct{ PIDs map[string]int }
	b, err := os.ReadFile(filepath.Join(f.dir, "run", "state.json"))
	if err == nil {
		err = json.Unmarshal(b, &state)
	}
	if err != nil {
		f.t.Fatalf("read state: %v", err)
	}
	return state.PIDs
}

var curlLine = regexp.MustCompile(`(?m)^  (curl .*)$`)

// readsWelcome runs the line that the table ends with.
func (f *foreground) readsWelcome() {
	f.t.Helper()
	m := curlLine.FindStringSubmatch(f.said())
	if m == nil {
		f.t.Fatal("there is no curl line")
	}
	if out := mustRun(f.t, "sh", "-c", m[1]); !strings.Contains(out, "Karibu!") {
		f.t.Errorf("%s gives %q", m[1], out)
	}
}

// lastLine says what a table of two users ends with.
const lastLine = "Ctrl-C ends it all"

// TestRun is what somebody does who tries Twiga out: run, read, stop, run.
func TestRun(t *testing.T) {
	needs(t, "curl")
	dir, base := t.TempDir(), freePorts(t, 6)
	f := runForeground(t, dir, base, nil)
	f.says(lastLine)
	for _, text := range []string{"This is the first run", "demo@example.test", "guest@example.test",
		localhost(base), localhost(base + 1), localhost(base + 2)} {
		f.says(text)
	}
	f.readsWelcome()
	runAgainst(t, f, base)
	dies(t, f)
	if code := f.interrupt(); code != 0 {
		t.Errorf("Ctrl-C: exit code %d", code)
	}
	stopsInOrder(t, f, base)

	f = runForeground(t, dir, base, nil)
	f.says(lastLine)
	if strings.Contains(f.said(), "This is the first run") {
		t.Error("the second run takes itself for the first")
	}
	f.readsWelcome()
}

// runAgainst starts others on the ports and in the folder of one that runs.
func runAgainst(t *testing.T, f *foreground, base int) {
	t.Helper()
	other := runForeground(t, t.TempDir(), base-1, nil) // its IMAP port is our LMTP port
	if code := other.wait(); code != 1 {
		t.Errorf("with ports taken: exit code %d", code)
	}
	for _, text := range []string{
		fmt.Sprintf("127.0.0.1:%d: port is taken by dagent (pid %d)", base, f.pids()["dagent"]),
		fmt.Sprintf("127.0.0.1:%d: port is taken by imapgw (pid %d)", base+1, f.pids()["imapgw"]),
	} {
		if !strings.Contains(other.said(), text) {
			t.Errorf("with ports taken it does not say %q but\n%s", text, other.said())
		}
	}
	same := runForeground(t, f.dir, freePorts(t, 6), nil)
	if code := same.wait(); code != 1 || !strings.Contains(same.said(), "a system runs in this folder already") {
		t.Errorf("twice in one folder: exit code %d and\n%s", code, same.said())
	}
}

// dies kills a daemon, which is reported with its last lines and started again.
func dies(t *testing.T, f *foreground) {
	t.Helper()
	if err := syscall.Kill(f.pids()["imapgw"], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	f.says("imapgw runs again")
	f.says("imapgw died: signal: killed. Its last lines:\n  ")
	if _, report, _ := strings.Cut(f.said(), "Its last lines:"); !strings.Contains(report, "msg=logout") {
		t.Errorf("its last lines are not among\n%s", report)
	}
	f.readsWelcome()
}

// stopsInOrder looks at what is left behind: nothing that listens, and daemons
// that ended by themselves, the store last.
func stopsInOrder(t *testing.T, f *foreground, base int) {
	t.Helper()
	if !strings.Contains(f.said(), "imapgw stopped\nspooler stopped\ndagent stopped\nstored stopped\n") {
		t.Error("the daemons did not stop in order")
	}
	if !free(base, 6) {
		t.Error("something still listens")
	}
	for _, name := range []string{"stored", "dagent", "spooler", "imapgw"} {
		b, err := os.ReadFile(filepath.Join(f.dir, "log", name+".log"))
		lines := strings.Split(strings.TrimSpace(string(b)), "\n")
		if err != nil || !strings.Contains(lines[len(lines)-1], "msg=stopped") {
			t.Errorf("%s: the last line of its log is %q, %v", name, lines[len(lines)-1], err)
		}
		if strings.Contains(string(b), "level=WARN") || strings.Contains(string(b), "level=ERROR") {
			t.Errorf("%s complains in a run without trouble:\n%s", name, b)
		}
	}
	socket := filepath.Join(f.dir, "run", "store.sock")
	if _, err := net.Dial("unix", socket); err == nil {
		t.Errorf("something still listens on %s", socket)
	}
}

// TestRunAsNobody shows that none of it needs root: it runs as a user who
// owns nothing but one folder.
func TestRunAsNobody(t *testing.T) {
	needsRoot(t)
	needs(t, "curl")
	nobody, err := user.Lookup("nobody")
	if err != nil {
		unmet(t, "there is no user nobody")
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	dir, err := os.MkdirTemp("/tmp", "twiga-nobody-") // the test's own is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	mustRun(t, "cp", "-R", "../../build/bin", "../../build/tryout", dir)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	base := freePorts(t, 6)
	f := runForeground(t, filepath.Join(dir, "var"), base, func(cmd *exec.Cmd) {
		cmd.Path, cmd.Dir = filepath.Join(dir, "tryout"), dir
		cmd.Args = append([]string{cmd.Path, "--bin", "bin"}, cmd.Args[1:]...)
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	})
	f.says(lastLine)
	f.readsWelcome()
	if code := f.interrupt(); code != 0 {
		t.Errorf("Ctrl-C: exit code %d", code)
	}
	stopsInOrder(t, f, base)
}
