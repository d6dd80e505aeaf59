// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// password is every user's.
const password = "secret-of-all"

// TestMain builds what the tests run.
func TestMain(m *testing.M) {
	if out, err := exec.Command("make", "-C", "../..", "--no-print-directory", "build").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "make build: %v\n%s", err, out)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// system is Twiga, running in a folder of its own.
type system struct {
	t    *testing.T
	dir  string
	args []string

	LMTP, IMAP, IMAPS string
	POP3, POP3S       string
	Socket, Bin, Data string
	PIDs              map[string]int
	Users             []struct{ Name, Address, Password string }
}

// start runs a system with the users bench and u000 to u(users-1), and ends
// it with the test.
func start(t *testing.T, users int, args ...string) *system {
	t.Helper()
	return startIn(t, t.TempDir(), users, args...)
}

func startIn(t *testing.T, dir string, users int, args ...string) *system {
	t.Helper()
	s := &system{t: t, dir: dir}
	s.args = append([]string{"--dir", dir, "--base-port", strconv.Itoa(freePorts(t, 6)),
		"--users", strconv.Itoa(users), "--password", password}, args...)
	t.Cleanup(func() {
		if t.Failed() {
			s.showLogs()
		}
		s.stop()
	})
	s.again()
	return s
}

// again starts the system, or finds it running, and reads where it is.
func (s *system) again() {
	s.t.Helper()
	out, err := s.run(append(s.args, "--detach", "--json")...)
	if err != nil {
		s.t.Fatalf("scripts/run: %v\n%s", err, out)
	}
	if err := json.Unmarshal(out, s); err != nil {
		s.t.Fatalf("scripts/run printed no JSON object: %v\n%s", err, out)
	}
}

func (s *system) stop() {
	s.t.Helper()
	if out, err := s.run("--dir", s.dir, "--stop"); err != nil {
		s.t.Errorf("scripts/run --stop: %v\n%s", err, out)
	}
}

func (s *system) run(args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "../../build/tryout", append([]string{"--bin", "../../build/bin"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		out = append(out, stderr.Bytes()...)
	}
	return out, err
}

// tool runs one of Twiga's programs against this system's store.
func (s *system) tool(stdin string, args ...string) (string, error) {
	args = append(args, "--store-socket", "unix:"+filepath.Join(filepath.Dir(s.Socket), "admin.sock"))
	return command(s.t, stdin, filepath.Join(s.Bin, args[0]), args[1:]...)
}

// check fails the test unless storectl finds every mailbox in order.
func (s *system) check() {
	s.t.Helper()
	if out, err := s.tool("", "storectl", "check", "--all", "--blobs"); err != nil {
		s.t.Errorf("storectl check: %v\n%s", err, out)
	}
}

func (s *system) showLogs() {
	logs, _ := filepath.Glob(filepath.Join(s.dir, "log", "*.log"))
	for _, path := range logs {
		b, _ := os.ReadFile(path)
		s.t.Logf("%s:\n%s", filepath.Base(path), tail(string(b), 15))
	}
}

// tail is the last lines of a text.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// login is the login name of user i, "u000@example.test".
func login(i int) string { return fmt.Sprintf("u%03d@example.test", i) }

// freePorts finds n consecutive free ports of the loopback address, below the
// range from which the kernel gives out ports by itself.
func freePorts(t *testing.T, n int) int {
	t.Helper()
	for range 100 {
		base := 10000 + rand.IntN(20000)
		if free(base, n) {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

func free(base, n int) bool {
	for i := range n {
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+i))
		if err != nil {
			return false
		}
		_ = ln.Close()
	}
	return true
}

// command runs a program to its end and gives what it printed.
func command(t *testing.T, stdin, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// mustRun is command for a program that has to succeed.
func mustRun(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := command(t, "", name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// needs skips the test unless the programs are installed.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			unmet(t, "%s is not installed: see scripts/test-deps", p)
		}
	}
}

// needsRoot skips the test unless it runs as root.
func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		unmet(t, "only root can do this")
	}
}

func unmet(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("TWIGA_TEST_ALL") != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf("SKIPPED: "+format, args...)
}

// eventually tries until it works, at most as long as it takes; there is no
// event to wait for in another program's files and logs.
func eventually(t *testing.T, what string, limit time.Duration, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, limit)
		}
		<-tick.C
	}
}
