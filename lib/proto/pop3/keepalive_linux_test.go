// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"crypto/tls"
	"net"
	"syscall"
	"testing"
	"time"
)

// proxied is a connection that came through a proxy.
type proxied struct{ net.Conn }

func (p proxied) NetConn() net.Conn { return p.Conn }

// TestKeepAlive: TCP looks for silent clients below whatever lies on it.
func TestKeepAlive(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for _, tc := range []struct {
		name string
		over func(nc net.Conn) net.Conn
	}{
		{"bare", func(nc net.Conn) net.Conn { return nc }},
		{"TLS", func(nc net.Conn) net.Conn { return tls.Server(nc, &tls.Config{}) }},
		{"proxy", func(nc net.Conn) net.Conn { return proxied{nc} }},
		{"TLS by a proxy", func(nc net.Conn) net.Conn { return tls.Server(proxied{nc}, &tls.Config{}) }},
	} {
		nc, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		s := New(Config{Timeouts: Timeouts{KeepAlive: 77 * time.Second}})
		newConn(s, tc.over(nc), func() {}).keepAlive()
		raw, err := nc.(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		var idle int
		err = raw.Control(func(fd uintptr) {
			idle, _ = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE)
		})
		if err != nil || idle != 77 {
			t.Errorf("%s: probed after %d s, %v", tc.name, idle, err)
		}
	}
}
