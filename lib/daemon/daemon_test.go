// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"twiga/lib/sysexits"
)

func TestStop(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		then func(*process, net.Conn)
		want int
		line string
	}{
		{name: "SIGTERM, polite connections end", args: []string{"--mode=polite"}, want: 0, line: "msg=stopped"},
		{name: "SIGTERM waits for a connection", then: func(_ *process, c net.Conn) { _ = c.Close() }, want: 0, line: "msg=stopped"},
		{name: "drain timeout cuts connections", args: []string{"--drain-timeout=10ms"}, want: 0, line: "cut connections"},
		{name: "second signal ends at once", then: func(p *process, _ net.Conn) { p.signal(syscall.SIGTERM) }, want: 128 + 15, line: "second signal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, tt.args...)
			c := p.dial("echo")
			p.signal(syscall.SIGTERM)
			p.await("msg=stop")
			if tt.then != nil {
				tt.then(p, c)
			}
			if got := p.exit(); got != tt.want {
				t.Errorf("exit %d, want %d", got, tt.want)
			}
			if all := strings.Join(p.seen, "\n"); !strings.Contains(all, tt.line) {
				t.Errorf("no %q in\n%s", tt.line, all)
			}
		})
	}
	t.Run("a part that never returns", func(t *testing.T) {
		t.Parallel() // it takes graceAfterDrain
		p := start(t, "--mode=stuck", "--drain-timeout=1ms")
		p.await("msg=ready")
		p.signal(os.Interrupt)
		if got := p.exit(); got != sysexits.TempFail {
			t.Errorf("exit %d", got)
		}
	})
}

func TestReload(t *testing.T) {
	file := filepath.Join(t.TempDir(), "test.toml")
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("limit = '1k'\n")
	p := start(t, "--config", file, "--mode=polite")
	p.await("msg=ready")
	put("limit = '2k'\ndrain_timeout = '1s'\n[log]\nlevel = 'debug'\n")
	p.signal(syscall.SIGHUP)
	p.await("key=drain_timeout")
	p.await("limit is now 2k")
	if l := p.await("configuration reloaded"); !strings.Contains(l, `changed="log.level limit"`) {
		t.Errorf("got %s", l)
	}
	put("limt = '3k'\n")
	p.signal(syscall.SIGHUP)
	if l := p.await("the old configuration stays"); !strings.Contains(l, "did you mean limit?") {
		t.Errorf("got %s", l)
	}
	p.signal(syscall.SIGTERM)
	if got := p.exit(); got != 0 {
		t.Errorf("exit %d", got)
	}
}

func TestMonitorAndPIDFile(t *testing.T) {
	for _, tt := range []struct {
		mode, body string
		status     int
	}{{"polite", "ok\n", 200}, {"sick", "store: not there\n", 503}} {
		t.Run(tt.mode, func(t *testing.T) {
			dir := t.TempDir()
			sock, pid := filepath.Join(dir, "m"), filepath.Join(dir, "pid")
			p := start(t, "--mode", tt.mode, "--metrics-listen=unix:"+sock, "--pid-file", pid)
			p.await("msg=ready")
			client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", sock)
			}}}
			defer client.CloseIdleConnections()
			for path, want := range map[string]string{"/healthz": tt.body, "/metrics": "twiga_build_info"} {
				r, err := client.Get("http://daemon" + path)
				if err != nil {
					t.Fatal(err)
				}
				b, _ := io.ReadAll(r.Body)
				_ = r.Body.Close()
				if !strings.Contains(string(b), want) || path == "/healthz" && r.StatusCode != tt.status {
					t.Errorf("%s: %d %s", path, r.StatusCode, b)
				}
			}
			if b, err := os.ReadFile(pid); err != nil || string(b) != fmt.Sprintln(p.cmd.Process.Pid) {
				t.Errorf("pid file %q, %v", b, err)
			}
			p.signal(syscall.SIGTERM)
			p.exit()
			for _, f := range []string{sock, pid} {
				if _, err := os.Stat(f); err == nil {
					t.Errorf("%s is left behind", f)
				}
			}
		})
	}
}

func TestCommandLine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, tt := range []struct {
		name string
		args []string
		code int
		out  string
		err  string
	}{
		{name: "once", args: []string{"--limit=3k", "a", "b"}, out: "once [a b] 3k\n"},
		{name: "once fails with its own code", args: []string{"fail"}, code: sysexits.NoUser, err: "twiga-test: no such user\n"},
		{name: "once with a wrong configuration", args: []string{"--log-level=loud", "a"}, code: sysexits.TempFail, err: "key log.level"},
		{name: "unknown flag", args: []string{"--lmit=3k"}, code: sysexits.Usage, err: "unknown flag: --lmit"},
		{name: "bad value", args: []string{"--limit=3x"}, code: sysexits.Usage, err: "want a size"},
		{name: "missing file", args: []string{"-c", "/nonexistent/x"}, code: sysexits.Config, err: "no such file"},
		{name: "bad level", args: []string{"--log-level=loud"}, code: sysexits.Config, err: "key log.level"},
		{name: "open metrics", args: []string{"--metrics-listen=0.0.0.0:1"}, code: sysexits.Config, err: "not a loopback address"},
		{name: "group alone", args: []string{"--group=x"}, code: sysexits.Config, err: "set without user"},
		{name: "key without certificate", args: []string{"--tls-key=x"}, code: sysexits.Config, err: "no certificate is named"},
		{name: "check", args: []string{"--check-config"}},
		{name: "dump", args: []string{"--dump-config", "--limit=5"}, out: "limit = \"5\"\n"},
		{name: "sample", args: []string{"--sample-config"}, out: "#limit = \"1k\"\n"},
		{name: "version", args: []string{"--version"}, out: "twiga-test version "},
		{name: "help", args: []string{"--help"}, out: "--store-socket string"},
		{name: "taken port", args: []string{"--listen=" + taken.Addr().String()}, code: sysexits.Unavailable,
			err: fmt.Sprintf("port is taken by daemon.test (pid %d)", os.Getpid())},
		{name: "bad address", args: []string{"--listen=nowhere"}, code: sysexits.Config, err: "want host:port"},
		{name: "socket that systemd did not pass", args: []string{"--listen=systemd:x"}, code: sysexits.Unavailable, err: "no such socket"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, tt.args...)
			if got := p.exit(); got != tt.code {
				t.Errorf("exit %d, want %d", got, tt.code)
			}
			if !strings.Contains(p.stdout.String(), tt.out) {
				t.Errorf("output %q lacks %q", p.stdout.String(), tt.out)
			}
			if all := strings.Join(p.seen, "\n") + "\n"; !strings.Contains(all, tt.err) {
				t.Errorf("errors %q lack %q", all, tt.err)
			}
		})
	}
}

func TestDropPrivileges(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root can drop privileges")
	}
	p := start(t, "--user=nobody", "--mode=polite")
	p.await("msg=ready")
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		f := strings.Fields(line)
		switch f[0] {
		case "Uid:", "Gid:", "Groups:":
			for _, id := range f[1:] {
				if id == "0" {
					t.Errorf("root is left: %s", line)
				}
			}
		}
	}
	t.Run("unknown user", func(t *testing.T) {
		p := start(t, "--user=no-such-user")
		if got := p.exit(); got != sysexits.OSErr {
			t.Errorf("exit %d", got)
		}
	})
}

// The service manager's sockets take the place of the settings. The shell keeps
// its process id over exec, which LISTEN_PID must name.
func TestSocketActivation(t *testing.T) {
	for _, tt := range []struct{ name, names, listen string }{
		{"by the name of the listener", "echo", "127.0.0.1:1"},
		{"by its own name", "other", "systemd:other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			f, err := ln.(*net.TCPListener).File()
			if err != nil {
				t.Fatal(err)
			}
			_ = ln.Close()
			p := newProcess(t, "/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, os.Args[0], "--mode=polite", "--listen="+tt.listen)
			p.cmd.Env = append(p.cmd.Env, "LISTEN_FDS=1", "LISTEN_FDNAMES="+tt.names)
			p.cmd.ExtraFiles = []*os.File{f}
			p.begin()
			_ = f.Close()
			p.dial("echo")
			p.signal(syscall.SIGTERM)
			if got := p.exit(); got != 0 {
				t.Errorf("exit %d", got)
			}
		})
	}
}
