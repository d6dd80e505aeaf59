// SPDX-License-Identifier: AGPL-3.0-or-later

package lines

import (
	"net"
	"net/netip"
	"sync"
)

// Peers counts connections by their client's address. Servers may share one.
// Clients of this machine, and those that have no address, are not counted.
type Peers struct {
	limit int

	mu   sync.Mutex // guards open
	open map[netip.Addr]int
}

// NewPeers lets so many connections in from one address at a time; 0 has no
// limit.
func NewPeers(limit int) *Peers {
	return &Peers{limit: limit, open: map[netip.Addr]int{}}
}

// enter counts a connection, unless there are too many: then it is not ok.
func (p *Peers) enter(a netip.Addr) (ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[a] >= p.limit {
		return false
	}
	p.open[a]++
	return true
}

// counts says whether connections from an address are counted.
func (p *Peers) counts(a netip.Addr) bool {
	return p != nil && p.limit > 0 && a.IsValid() && !a.IsLoopback()
}

func (p *Peers) leave(a netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[a]--; p.open[a] == 0 {
		delete(p.open, a)
	}
}

// Host is a client's address without its port; not valid for other than TCP.
func Host(client net.Addr) netip.Addr {
	if t, ok := client.(*net.TCPAddr); ok {
		return t.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
