// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
)

const (
	v2head = "\r\n\r\n\x00\r\nQUIT\n"
	v2     = v2head + "\x21\x11\x00\x0c\xcb\x00\x71\x07\x7f\x00\x00\x01\x12\x67\x00\x8f"
)

// TestProxyHeaders: what is behind the header stays.
func TestProxyHeaders(t *testing.T) {
	for _, tc := range []struct {
		name, in, want string // "-" is no address, "" an error
	}{
		{"version 1", "PROXY TCP4 203.0.113.7 127.0.0.1 4711 143\r\nA1 NOOP\r\n", "203.0.113.7:4711"},
		{"version 1, IPv6", "PROXY TCP6 2001:db8::7 ::1 4711 143\r\nA1 NOOP\r\n", "[2001:db8::7]:4711"},
		{"version 1, unknown", "PROXY UNKNOWN\r\nA1 NOOP\r\n", "-"},
		{"version 2", v2 + "A1 NOOP\r\n", "203.0.113.7:4711"},
		{"version 2, of the proxy itself", v2head + "\x20\x00\x00\x00A1 NOOP\r\n", "-"},
		{"version 2 with more", v2head + "\x21\x11\x00\x10\xcb\x00\x71\x07\x7f\x00\x00\x01\x12\x67\x00\x8f\x04\x00\x01\x00A1 NOOP\r\n", "203.0.113.7:4711"},
		{"none", "A1 CAPABILITY\r\n", ""},
		{"cut", "PROXY TCP4 203.0.113.7", ""},
		{"too long", "PROXY TCP4 " + strings.Repeat("1", 200) + "\r\n", ""},
		{"no address", "PROXY TCP4 a b 1 2\r\n", ""},
		{"version 2, too large", v2head + "\x21\x11\xff\xff", ""},
	} {
		r := strings.NewReader(tc.in)
		a, err := readProxy(r)
		got := "-"
		if a != nil {
			got = a.String()
		}
		if err != nil {
			got = ""
		}
		rest, _ := io.ReadAll(r)
		if got != tc.want || err == nil && string(rest) != "A1 NOOP\r\n" {
			t.Errorf("%s: %q %v, then %q", tc.name, got, err, rest)
		}
	}
}

func FuzzProxyHeader(f *testing.F) {
	f.Add("PROXY TCP4 203.0.113.7 127.0.0.1 4711 143\r\n")
	f.Add(v2)
	f.Fuzz(func(t *testing.T, in string) {
		r := strings.NewReader(in)
		if _, err := readProxy(r); err == nil && len(in)-r.Len() > proxyBlock+16 {
			t.Errorf("%d bytes were read", len(in)-r.Len())
		}
	})
}

// TestProxied listens: who is not trusted cannot say who he is.
func TestProxied(t *testing.T) {
	for _, tc := range []struct {
		from, want string
	}{{"127.0.0.0/8", "203.0.113.7:4711 A1 NOOP"}, {"192.0.2.1", "127.0.0.1 PROXY TC"}} {
		networks, err := ParseNetworks([]string{tc.from})
		if err != nil {
			t.Fatal(err)
		}
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		out, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		if _, err := io.WriteString(out, "PROXY TCP4 203.0.113.7 127.0.0.1 4711 143\r\nA1 NOOP\r\n"); err != nil {
			t.Fatal(err)
		}
		c, err := Proxied([]net.Listener{ln}, networks)[0].Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		who := c.RemoteAddr().String()
		if ap, err := netip.ParseAddrPort(who); err == nil && ap.Addr().IsLoopback() {
			who = ap.Addr().String()
		}
		text := make([]byte, 8)
		if tc.want[:3] == "203" {
			text = make([]byte, 7)
		}
		if _, err := io.ReadFull(c, text); err != nil {
			t.Fatal(err)
		}
		if got := who + " " + string(text); got != tc.want {
			t.Errorf("%s: %q", tc.from, got)
		}
	}
	if _, err := ParseNetworks([]string{"local"}); err == nil {
		t.Error("a name is no network")
	}
}
