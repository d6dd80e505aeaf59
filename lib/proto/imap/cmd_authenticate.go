// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"errors"

	"twiga/lib/proto/imap/wire"
	"twiga/lib/proto/lines"
	"twiga/lib/proto/sasl"
)

type authenticateArgs struct {
	mechanism string
	initial   []byte // decoded; nil if there was none
}

// parseAuthenticate parses AUTHENTICATE with the initial response of RFC 4959.
func parseAuthenticate(x *wire.Lexer, a *authenticateArgs) error {
	if err := x.SP(); err != nil {
		return err
	}
	name, err := x.Atom()
	if err != nil {
		return err
	}
	a.mechanism = upper(name)
	if !x.Try(' ') {
		return nil
	}
	b, err := x.Base64()
	if err != nil {
		return err
	}
	if len(b) == 1 && b[0] == '=' {
		a.initial = []byte{}
		return nil
	}
	a.initial, err = decodeSASL(b)
	return err
}

func decodeSASL(b []byte) ([]byte, error) {
	out, err := base64.StdEncoding.AppendDecode(make([]byte, 0, len(b)), b)
	if err != nil {
		return nil, Bad("Invalid base64")
	}
	return out, nil
}

// runAuthenticate runs AUTHENTICATE (RFC 3501 6.2.2) with the mechanisms that
// the session and the connection allow.
func runAuthenticate(ctx context.Context, c *Conn, a *authenticateArgs) error {
	judge := &judge{LoginSession: c.session}
	server, err := sasl.Start(a.mechanism, judge, c.channel())
	switch {
	case errors.Is(err, sasl.ErrPrivacy):
		return errPrivacyRequired
	case err != nil:
		return No(CodeCannot, "Authentication mechanism is not supported")
	}
	for response := a.initial; ; {
		challenge, done, err := server.Next(ctx, response)
		if err == nil && !done {
			response, err = c.challenge(challenge)
		}
		switch {
		case err != nil && judge.user != "": // the client has left half-way: the session is somebody's already
			return Bye(CodeAuthenticationFailed, "Authentication was not completed")
		case errors.Is(err, sasl.ErrMalformed):
			return Bad("Malformed authentication response")
		case errors.Is(err, sasl.ErrRefused):
			return c.loginFailed(ctx, ErrAuthenticationFailed)
		case err != nil:
			return c.loginFailed(ctx, err)
		case done:
			return c.loggedIn(ctx, judge.user)
		}
	}
}

// judge notes whom the session has let in.
type judge struct {
	LoginSession
	user string
}

func (j *judge) note(user string, err error) error {
	if err == nil {
		j.user = user
	}
	return err
}

// Password implements sasl.Authenticator.
func (j *judge) Password(ctx context.Context, p sasl.Password) error {
	return j.note(p.User, j.LoginSession.Password(ctx, p))
}

// Proof implements sasl.Authenticator.
func (j *judge) Proof(ctx context.Context, p sasl.Proof) ([]byte, error) {
	signature, err := j.LoginSession.Proof(ctx, p)
	return signature, j.note(p.User, err)
}

// Token implements sasl.Authenticator.
func (j *judge) Token(ctx context.Context, t sasl.Token) error {
	return j.note(cmp.Or(t.User, "(token)"), j.LoginSession.Token(ctx, t))
}

// Certificate implements sasl.Authenticator.
func (j *judge) Certificate(ctx context.Context, cert sasl.Certificate) error {
	return j.note(cmp.Or(cert.Identity, "(certificate)"), j.LoginSession.Certificate(ctx, cert))
}

// channel says what the mechanisms have to know of the connection.
func (c *Conn) channel() sasl.Channel { return c.srv.policy.Channel(c.RemoteAddr(), c.io.TLS()) }

// appendMechanisms appends an AUTH= for each mechanism that the client may use.
func (c *Conn) appendMechanisms(b []byte) []byte {
	if c.session == nil {
		return b
	}
	for _, name := range sasl.Offered(c.session, c.channel()) {
		b = append(append(b, " AUTH="...), name...)
	}
	return b
}

// challenge sends a challenge and returns what the client answers to it.
func (c *Conn) challenge(challenge []byte) ([]byte, error) {
	if err := c.goAhead(base64.StdEncoding.EncodeToString(challenge)); err != nil {
		return nil, err
	}
	line, err := c.io.AppendLine(nil, c.lineLimit())
	switch {
	case errors.Is(err, lines.ErrTooLong):
		return nil, Bye(CodeTooBig, "Authentication response is too long")
	case err != nil:
		return nil, err
	case bytes.Equal(line, []byte{'*'}):
		return nil, Bad("Authentication cancelled")
	}
	return decodeSASL(line)
}
