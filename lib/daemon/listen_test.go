// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestParseAddress(t *testing.T) {
	long := "/" + strings.Repeat("x", maxUnixPath)
	for spec, want := range map[string]Address{
		"tcp:127.0.0.1:24":            {Network: "tcp", Address: "127.0.0.1:24"},
		"127.0.0.1:24":                {Network: "tcp", Address: "127.0.0.1:24"},
		"[::1]:24":                    {Network: "tcp", Address: "[::1]:24"},
		"tcp:[::1]:24":                {Network: "tcp", Address: "[::1]:24"},
		":24":                         {Network: "tcp", Address: ":24"},
		"localhost:0":                 {Network: "tcp", Address: "localhost:0"},
		"unix:/a/b":                   {Network: "unix", Address: "/a/b", Mode: 0o660},
		"unix:/a?mode=0600":           {Network: "unix", Address: "/a", Mode: 0o600},
		"unix:/a?group=mail&mode=666": {Network: "unix", Address: "/a", Mode: 0o666, Group: "mail"},
		"systemd:lmtp":                {Network: "systemd", Address: "lmtp"},
		"":                            {},
		"24":                          {},
		"127.0.0.1":                   {},
		"127.0.0.1:smtp":              {},
		"127.0.0.1:65536":             {},
		"::1:24":                      {},
		"unix:":                       {},
		"unix:a":                      {},
		"unix:" + long:                {},
		"unix:/a?mode=8":              {},
		"unix:/a?mode=1777":           {},
		"unix:/a?owner=x":             {},
		"unix:/a?%":                   {},
		"systemd:":                    {},
		"udp:127.0.0.1:24":            {},
		"tcp:unix:/x":                 {},
	} {
		got, err := ParseAddress(spec)
		if (err != nil) != (want == Address{}) {
			t.Errorf("%q: error %v", spec, err)
			continue
		}
		if err != nil {
			continue
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", spec, d)
		}
		if again, err := ParseAddress(got.String()); err != nil || again.Address != got.Address {
			t.Errorf("%q: written as %q", spec, got)
		}
	}
}

// TestListenTCP: the connections of a listener look for silent peers.
func TestListenTCP(t *testing.T) {
	ln, err := Listen(t.Context(), Address{Network: "tcp", Address: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	connect(t, ln.Addr().String())
	c, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		for _, o := range []struct{ level, name, want int }{
			{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
			{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, keepAliveIdle},
			{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, keepAliveBetween},
			{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, keepAliveProbes},
			{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
		} {
			if got, err := unix.GetsockoptInt(int(fd), o.level, o.name); got != o.want || err != nil {
				t.Errorf("option %d of level %d is %d, %v", o.name, o.level, got, err)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestListenUnix(t *testing.T) {
	listen := func(t *testing.T, path string) (net.Listener, error) {
		t.Helper()
		ln, err := Listen(t.Context(), Address{Network: "unix", Address: path, Mode: 0o620})
		if err == nil {
			t.Cleanup(func() { _ = ln.Close() })
		}
		return ln, err
	}
	path := func(t *testing.T) string { return filepath.Join(t.TempDir(), "s") }
	mustMode := func(t *testing.T, path string) {
		t.Helper()
		st, err := os.Stat(path)
		if err != nil || st.Mode() != fs.ModeSocket|0o620 {
			t.Fatalf("got %v, %v", st, err)
		}
	}
	t.Run("mode", func(t *testing.T) {
		p := path(t)
		if _, err := listen(t, p); err != nil {
			t.Fatal(err)
		}
		mustMode(t, p)
	})
	t.Run("stale socket is replaced", func(t *testing.T) {
		p := path(t)
		ln, err := net.Listen("unix", p)
		if err != nil {
			t.Fatal(err)
		}
		if u, ok := ln.(*net.UnixListener); ok {
			u.SetUnlinkOnClose(false)
		}
		_ = ln.Close()
		if _, err := listen(t, p); err != nil {
			t.Fatal(err)
		}
		mustMode(t, p)
	})
	t.Run("live socket stays", func(t *testing.T) {
		p := path(t)
		if _, err := listen(t, p); err != nil {
			t.Fatal(err)
		}
		if _, err := listen(t, p); err == nil || !strings.Contains(err.Error(), "socket is taken by daemon.test (pid ") {
			t.Fatalf("got %v", err)
		}
		mustMode(t, p)
	})
	t.Run("a file stays", func(t *testing.T) {
		p := path(t)
		if err := os.WriteFile(p, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := listen(t, p); err == nil {
			t.Fatal("no error")
		}
		if b, err := os.ReadFile(p); err != nil || string(b) != "mine" {
			t.Fatalf("got %q, %v", b, err)
		}
	})
	t.Run("missing directory", func(t *testing.T) {
		if _, err := listen(t, "/nonexistent/s"); err == nil {
			t.Fatal("no error")
		}
	})
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"tcp:127.0.0.1:24", "unix:/a?mode=0600&group=x", "systemd:a", "[::1]:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		a, err := ParseAddress(spec)
		if err != nil {
			return
		}
		if a.Address == "" || a.Network == "" || a.Mode > 0o777 {
			t.Errorf("%q: %+v", spec, a)
		}
	})
}
