// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"

	"twiga/lib/proto/sasl"
)

// authArgs are a mechanism, "" to be told which there are, and an initial
// response, decoded; nil if there was none.
type authArgs struct {
	mechanism string
	initial   []byte
}

func parseAuth(args []byte, a *authArgs) error {
	name, initial, more := bytes.Cut(bytes.TrimRight(args, " "), []byte{' '})
	for _, ch := range name {
		if ch <= ' ' || ch >= 0x7f {
			return Bad("Expected a mechanism")
		}
	}
	a.mechanism = string(bytes.ToUpper(name))
	if !more {
		return nil
	}
	if string(initial) == "=" { // RFC 5034 4: it is empty
		a.initial = []byte{}
		return nil
	}
	var err error
	a.initial, err = decodeSASL(initial)
	return err
}

func decodeSASL(b []byte) ([]byte, error) {
	out, err := base64.StdEncoding.AppendDecode(make([]byte, 0, len(b)), b)
	if err != nil {
		return nil, Bad("Invalid base64")
	}
	return out, nil
}

// runAuth runs AUTH (RFC 5034 4). Without a mechanism it lists them, as servers
// did before CAPA.
func runAuth(ctx context.Context, c *Conn, a *authArgs) error {
	if a.mechanism == "" {
		return c.listMechanisms()
	}
	server, err := sasl.Start(a.mechanism, c.session, c.channel())
	if err != nil {
		return saslAnswer(err)
	}
	c.io.Busy = true
	for response := a.initial; ; {
		challenge, done, err := server.Next(ctx, response)
		switch {
		case err != nil:
			return c.refused(ctx, saslAnswer(err))
		case done:
			return c.loggedIn(ctx)
		}
		if response, err = c.challenge(challenge); err != nil {
			return err
		}
	}
}

// channel is the connection as SASL sees it.
func (c *Conn) channel() sasl.Channel { return c.srv.policy.Channel(c.RemoteAddr(), c.io.TLS()) }

// mechanisms are those that this connection may use.
func (c *Conn) mechanisms() []string { return sasl.Offered(c.session, c.channel()) }

// saslAnswer is the answer to an error of an exchange.
func saslAnswer(err error) error {
	switch {
	case errors.Is(err, sasl.ErrUnknown):
		return Err("", "Authentication mechanism is not supported")
	case errors.Is(err, sasl.ErrPrivacy):
		return errPrivacyRequired
	case errors.Is(err, sasl.ErrMalformed):
		return Bad("Malformed authentication response")
	case errors.Is(err, sasl.ErrRefused):
		return ErrAuthenticationFailed
	}
	return err
}

func (c *Conn) listMechanisms() error {
	if err := c.w.ok("Mechanisms follow"); err != nil {
		return err
	}
	b := c.io.Begin()
	for _, m := range c.mechanisms() {
		b = append(append(b, m...), "\r\n"...)
	}
	return c.io.End(append(b, ".\r\n"...))
}

// challenge sends a challenge and returns what the client answers to it.
func (c *Conn) challenge(challenge []byte) ([]byte, error) {
	b := base64.StdEncoding.AppendEncode(append(c.io.Begin(), "+ "...), challenge)
	if err := c.io.End(append(b, "\r\n"...)); err != nil {
		return nil, err
	}
	line, err := c.readLine()
	switch {
	case err != nil:
		return nil, err
	case string(line) == "*":
		return nil, Err("", "Authentication cancelled")
	}
	return decodeSASL(line)
}
