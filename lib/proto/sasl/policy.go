// SPDX-License-Identifier: AGPL-3.0-or-later

package sasl

import (
	"crypto/tls"
	"net"
)

// Policy says what a server takes on which connections. What TLS protects it
// takes always.
type Policy struct {
	// Plain allows passwords and tokens without TLS; PlainFrom, if set, allows
	// them for some clients, such as those on the same machine.
	Plain     bool
	PlainFrom func(client net.Addr) bool
	// NoOpenProofs refuses mechanisms that show no secret (SCRAM), too, where
	// passwords are not taken.
	NoOpenProofs bool
	// TLS is the server's configuration, to bind to its certificate; optional.
	TLS *tls.Config
}

// Secrets says whether a client may send passwords and tokens; tc is its TLS
// layer, nil without.
func (p *Policy) Secrets(client net.Addr, tc *tls.Conn) bool {
	return tc != nil || p.Plain || p.PlainFrom != nil && p.PlainFrom(client)
}

// Channel is a client's connection, tc its TLS layer, nil without.
func (p *Policy) Channel(client net.Addr, tc *tls.Conn) Channel {
	ch := Channel{Secrets: p.Secrets(client, tc), Proofs: !p.NoOpenProofs}
	if tc != nil {
		state := tc.ConnectionState()
		ch.TLS, ch.Certificate = &state, OwnCertificate(&state, p.TLS)
	}
	return ch
}
