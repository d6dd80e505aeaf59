// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"strconv"
	"time"

	"twiga/lib/proto/sasl"
)

// capability is a row of what CAPA tells (RFC 2449 5).
type capability struct {
	name string
	when func(c *Conn) bool             // nil is always
	args func(b []byte, c *Conn) []byte // appends its arguments; nil is none
}

func capabilityTable() []capability {
	return []capability{
		{name: "TOP"},
		{name: "UIDL"},
		{name: "PIPELINING"},
		{name: "RESP-CODES"},
		{name: "AUTH-RESP-CODE"},
		{name: "USER", when: func(c *Conn) bool {
			return c.state == stateAuthorization && c.mayLogin() && c.session.Offers()&sasl.Passwords != 0
		}},
		{name: "SASL", when: func(c *Conn) bool { return c.state == stateAuthorization && len(c.mechanisms()) > 0 }, args: appendMechanisms},
		{name: "STLS", when: (*Conn).canSTLS},
		{name: "EXPIRE NEVER"},
		{name: "LOGIN-DELAY", when: func(c *Conn) bool { return c.srv.cfg.LoginDelay > 0 }, args: appendLoginDelay},
		{name: "UTF8 USER"},
		{name: "LANG"},
		{name: "IMPLEMENTATION", when: func(c *Conn) bool { return c.srv.cfg.Implementation != "" }, args: appendImplementation},
	}
}

func appendMechanisms(b []byte, c *Conn) []byte {
	for i, m := range c.mechanisms() {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, m...)
	}
	return b
}

func appendLoginDelay(b []byte, c *Conn) []byte {
	return strconv.AppendInt(b, int64((c.srv.cfg.LoginDelay+time.Second-1)/time.Second), 10)
}

func appendImplementation(b []byte, c *Conn) []byte {
	return append(b, c.srv.cfg.Implementation...)
}

// mayLogin says whether passwords are taken.
func (c *Conn) mayLogin() bool { return c.srv.policy.Secrets(c.RemoteAddr(), c.io.TLS()) }

// canSTLS says whether STLS is possible: not twice (RFC 2595 4), and not after
// UTF8 (RFC 6856 2.1).
func (c *Conn) canSTLS() bool {
	return c.state == stateAuthorization && !c.Secure() && !c.utf8 && c.srv.cfg.TLS != nil
}
