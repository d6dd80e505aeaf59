// SPDX-License-Identifier: AGPL-3.0-or-later

package lines

import (
	"crypto/tls"
	"net"
	"syscall"
	"testing"
	"time"

	"twiga/lib/proto/lines/linestest"
)

// TestKeepAlive: TCP looks for silent clients below whatever lies on it.
func TestKeepAlive(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	s := newEcho(Config{Timeouts: Timeouts{KeepAlive: 77 * time.Second, Probe: 7 * time.Second}})
	for _, tc := range []struct {
		name string
		over func(nc net.Conn) net.Conn
	}{
		{"bare", func(nc net.Conn) net.Conn { return nc }},
		{"TLS", func(nc net.Conn) net.Conn { return tls.Server(nc, &tls.Config{}) }},
		{"proxy", linestest.Foreign},
		{"TLS by a proxy", func(nc net.Conn) net.Conn { return tls.Server(linestest.Foreign(nc), &tls.Config{}) }},
	} {
		nc := linestest.Dial(t, "tcp", ln.Addr().String())
		defer nc.Close()
		var c Conn
		c.Init(s.Server, tc.over(nc), nil)
		c.keepAlive()
		if got := probes(t, nc); got != [3]int{77, 7, keepAliveProbes} {
			t.Errorf("%s: after, between and number of probes are %v", tc.name, got)
		}
	}
}

// probes are when TCP looks for a silent peer: after, between and how many, in
// seconds.
func probes(t *testing.T, nc net.Conn) (got [3]int) {
	t.Helper()
	raw, err := nc.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		for i, option := range []int{syscall.TCP_KEEPIDLE, syscall.TCP_KEEPINTVL, syscall.TCP_KEEPCNT} {
			got[i], _ = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, option)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestKeepAliveInTime: it is asked for when a connection is not over soon.
func TestKeepAliveInTime(t *testing.T) {
	for _, tc := range []struct {
		name  string
		probe time.Duration
		asked bool
	}{
		{"it is time", 1, true},
		{"it is not yet", time.Hour, false},
	} {
		s := newEcho(Config{Timeouts: Timeouts{KeepAlive: 77 * time.Second, Probe: tc.probe}})
		c := linestest.New(t, linestest.Dial(t, "tcp", linestest.Listen(t, s, nil)), nil)
		c.Expect("hello")
		c.Send("a\n")
		c.Expect("a")
		s.each(func(e *echo) {
			if got := probes(t, e.io.raw); (got[0] == 77) != tc.asked {
				t.Errorf("%s: after, between and number of probes are %v", tc.name, got)
			}
		})
		c.Close()
		linestest.Shutdown(t, s)
	}
}
