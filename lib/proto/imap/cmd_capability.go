// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// Capabilities of every state, and those told after login only.
const (
	baseCapabilities  = "IMAP4rev1 LITERAL+ SASL-IR ID ENABLE"
	loginCapabilities = " IDLE NAMESPACE CHILDREN UNSELECT UIDPLUS MOVE SPECIAL-USE CONDSTORE ESEARCH"
)

func runCapability(_ context.Context, c *Conn, _ *noArgs) error {
	b := append(c.w.Begin(), "* "...)
	b = c.appendCapabilities(b)
	return c.w.End(append(b, "\r\n"...))
}

// appendCapabilities appends "CAPABILITY" and what the server can in the state
// of the connection (RFC 3501 7.2.1).
func (c *Conn) appendCapabilities(b []byte) []byte {
	b = append(b, "CAPABILITY "...)
	b = append(b, baseCapabilities...)
	if c.state == stateNotAuthenticated {
		if c.canStartTLS() {
			b = append(b, " STARTTLS"...)
		}
		if !c.mayLogin() {
			return append(b, " LOGINDISABLED"...)
		}
		return append(b, " AUTH=PLAIN"...)
	}
	b = append(b, loginCapabilities...)
	for _, name := range c.srv.cfg.Extra {
		b = append(b, ' ')
		b = append(b, name...)
	}
	return b
}

func (c *Conn) canStartTLS() bool { return !c.secure && c.srv.cfg.TLS != nil }

// mayLogin reports whether a password may be sent on the connection as it is.
func (c *Conn) mayLogin() bool {
	if from := c.srv.cfg.PlainLoginFrom; from != nil && from(c.raw.RemoteAddr()) {
		return true
	}
	return c.secure || c.srv.cfg.PlainLogin
}
