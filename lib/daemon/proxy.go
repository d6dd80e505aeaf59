// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pires/go-proxyproto"
)

// Limits of a header of the PROXY protocol
// (haproxy.org/download/1.8/doc/proxy-protocol.txt).
const (
	proxyLine  = 107  // bytes of version 1, with its end
	proxyBlock = 4096 // bytes of version 2 behind its head
	proxyTime  = 10 * time.Second
)

// proxySignature begins version 2.
const proxySignature = "\r\n\r\n\x00\r\nQUIT\n"

var errProxy = errors.New("read PROXY header: it is malformed")

// ParseNetworks reads networks, "192.0.2.0/24", and single addresses.
func ParseNetworks(list []string) (out []netip.Prefix, err error) {
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, aerr := netip.ParseAddr(s)
			if aerr != nil {
				return nil, fmt.Errorf("parse network %q: want an address, or address/bits", s)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// Proxied has connections from the networks begin with a header of the PROXY
// protocol, version 1 or 2, that tells the client's address: it must be there.
// Connections from elsewhere are as they are, so that nobody can lie. The
// header is read when the connection's own goroutine first asks for it.
func Proxied(lns []net.Listener, from []netip.Prefix) []net.Listener {
	if len(from) == 0 {
		return lns
	}
	out := make([]net.Listener, len(lns))
	for i, ln := range lns {
		out[i] = &proxied{ln, from}
	}
	return out
}

type proxied struct {
	net.Listener
	from []netip.Prefix
}

// Accept implements net.Listener.
func (l *proxied) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return c, nil
	}
	a := tcp.AddrPort().Addr().Unmap().WithZone("")
	for _, p := range l.from {
		if p.Contains(a) {
			return &proxiedConn{Conn: c}, nil
		}
	}
	return c, nil
}

// proxiedConn is a connection behind a proxy. It keeps no buffer.
type proxiedConn struct {
	net.Conn
	once   sync.Once
	client net.Addr // nil: the proxy itself speaks
	err    error
}

// NetConn is the connection to the proxy.
func (c *proxiedConn) NetConn() net.Conn { return c.Conn }

// RemoteAddr is the client's address.
func (c *proxiedConn) RemoteAddr() net.Addr {
	c.once.Do(c.begin)
	if c.client != nil {
		return c.client
	}
	return c.Conn.RemoteAddr()
}

// Read reads what follows the header.
func (c *proxiedConn) Read(b []byte) (int, error) {
	c.once.Do(c.begin)
	if c.err != nil {
		return 0, c.err
	}
	return c.Conn.Read(b)
}

func (c *proxiedConn) begin() {
	if c.err = c.SetReadDeadline(time.Now().Add(proxyTime)); c.err != nil {
		return
	}
	c.client, c.err = readProxy(c.Conn)
	if c.err == nil {
		c.err = c.SetReadDeadline(time.Time{})
	}
	if c.err != nil {
		_ = c.Close()
	}
}

// readProxy reads a header and not a byte more; nil is the address where it has
// none.
func readProxy(r io.Reader) (net.Addr, error) {
	head := make([]byte, len(proxySignature), proxyLine)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, fmt.Errorf("read PROXY header: %w", err)
	}
	var err error
	switch {
	case string(head) == proxySignature:
		head, err = readBlock(r, head)
	case bytes.HasPrefix(head, []byte("PROXY ")):
		head, err = readProxyLine(r, head)
	default:
		err = errProxy
	}
	if err != nil {
		return nil, err
	}
	h, err := proxyproto.Read(bufio.NewReaderSize(bytes.NewReader(head), len(head)))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read PROXY header: %w", err)
	case h.Command.IsLocal():
		return nil, nil
	}
	if tcp, ok := h.SourceAddr.(*net.TCPAddr); ok {
		return tcp, nil
	}
	return nil, nil // a family that has no addresses
}

// readBlock reads the rest of version 2.
func readBlock(r io.Reader, head []byte) ([]byte, error) {
	head = head[:16]
	if _, err := io.ReadFull(r, head[12:]); err != nil {
		return nil, fmt.Errorf("read PROXY header: %w", err)
	}
	n := int(binary.BigEndian.Uint16(head[14:]))
	if n > proxyBlock {
		return nil, errProxy
	}
	all := append(head, make([]byte, n)...)
	if _, err := io.ReadFull(r, all[16:]); err != nil {
		return nil, fmt.Errorf("read PROXY header: %w", err)
	}
	return all, nil
}

// readProxyLine reads the rest of version 1, byte by byte.
func readProxyLine(r io.Reader, head []byte) ([]byte, error) {
	for !bytes.HasSuffix(head, []byte("\r\n")) {
		if len(head) == proxyLine {
			return nil, errProxy
		}
		if _, err := io.ReadFull(r, head[len(head):len(head)+1]); err != nil {
			return nil, fmt.Errorf("read PROXY header: %w", err)
		}
		head = head[:len(head)+1]
	}
	return head, nil
}
