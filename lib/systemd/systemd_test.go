// SPDX-License-Identifier: AGPL-3.0-or-later

package systemd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// manager listens as the service manager does, and returns what arrives.
func manager(t *testing.T) *net.UnixConn {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return c
}

func receive(t *testing.T, c *net.UnixConn) string {
	t.Helper()
	b := make([]byte, 1024)
	n, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestNotify(t *testing.T) {
	c := manager(t)
	for _, tt := range []struct {
		name string
		say  func() error
		want string
	}{
		{"ready", func() error { return Ready("serving") }, "READY=1\nSTATUS=serving"},
		{"status", func() error { return Status("busy") }, "STATUS=busy"},
		{"reloading", Reloading, "RELOADING=1\nMONOTONIC_USEC="},
		{"stopping", Stopping, "STOPPING=1\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.say(); err != nil {
				t.Fatal(err)
			}
			if got := receive(t, c); !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if !Managed() {
		t.Error("not managed")
	}
}

func TestWithoutManager(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	alive := func(context.Context) error { return nil }
	if err := errors.Join(Ready("x"), Stopping(), Reloading(), Watchdog(t.Context(), alive)); err != nil {
		t.Error(err)
	}
	if lns, err := Listeners(); err != nil || len(lns) != 0 || Managed() {
		t.Errorf("got %v, %v", lns, err)
	}
}

func TestWatchdog(t *testing.T) {
	c := manager(t)
	t.Setenv("WATCHDOG_USEC", "2000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	ctx, stop := context.WithCancel(t.Context())
	calls := 0
	done := make(chan error)
	go func() {
		done <- Watchdog(ctx, func(context.Context) error {
			if calls++; calls == 1 {
				return errors.New("not yet")
			}
			return nil
		})
	}()
	if got := receive(t, c); got != "WATCHDOG=1" {
		t.Errorf("got %q", got)
	}
	stop()
	if err := <-done; err != nil || calls < 2 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// TestListeners runs itself as the child that gets two sockets.
func TestListeners(t *testing.T) {
	if os.Getenv("TEST_ACTIVATED") != "" {
		child(t)
		return
	}
	path := filepath.Join(t.TempDir(), "s")
	var files []*os.File
	for _, a := range [][2]string{{"tcp", "127.0.0.1:0"}, {"unix", path}} {
		ln, err := net.Listen(a[0], a[1])
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = ln.Close() }()
		f, err := ln.(interface{ File() (*os.File, error) }).File()
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	// The shell keeps its process id over exec, which LISTEN_PID must name.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" -test.run '^TestListeners$'`, os.Args[0])
	cmd.Env = append(os.Environ(), "TEST_ACTIVATED=1", "LISTEN_FDS=2", "LISTEN_FDNAMES=lmtp:lmtp")
	cmd.ExtraFiles = files
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the child took the socket away: %v", err)
	}
}

func child(t *testing.T) {
	lns, err := Listeners()
	if err != nil || len(lns["lmtp"]) != 2 {
		t.Fatalf("got %v, %v", lns, err)
	}
	for _, ln := range lns["lmtp"] {
		go func() {
			if c, err := ln.Accept(); err == nil {
				_, _ = io.WriteString(c, "hello")
				_ = c.Close()
			}
		}()
		c, err := net.Dial(ln.Addr().Network(), ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(c); err != nil || !bytes.Equal(b, []byte("hello")) {
			t.Errorf("got %q, %v", b, err)
		}
		_ = ln.Close()
	}
	if again, err := Listeners(); err != nil || len(again) != 0 {
		t.Errorf("passed twice: %v, %v", again, err)
	}
}
