// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"

	"github.com/emersion/go-sasl"

	"twiga/lib/proto/imap/wire"
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

// runAuthenticate runs AUTHENTICATE (RFC 3501 6.2.2).
func runAuthenticate(ctx context.Context, c *Conn, a *authenticateArgs) error {
	if a.mechanism != sasl.Plain {
		return No(CodeCannot, "Authentication mechanism is not supported")
	}
	if !c.mayLogin() {
		return errPrivacyRequired
	}
	var outcome error // of the login, which the mechanism's own errors are not
	server := sasl.NewPlainServer(func(identity, user, password string) error {
		outcome = c.login(ctx, Credentials{User: user, Password: password, Identity: identity})
		return outcome
	})
	for response := a.initial; ; {
		challenge, done, err := server.Next(response)
		switch {
		case outcome != nil:
			return outcome
		case err != nil:
			return Bad("Malformed authentication response")
		case done:
			return nil
		}
		if response, err = c.challenge(challenge); err != nil {
			return err
		}
	}
}

// challenge sends a challenge and returns what the client answers to it.
func (c *Conn) challenge(challenge []byte) ([]byte, error) {
	if err := c.goAhead(base64.StdEncoding.EncodeToString(challenge)); err != nil {
		return nil, err
	}
	line, err := c.readLine(nil, c.lineLimit())
	switch {
	case errors.Is(err, errLineTooLong):
		return nil, Bye(CodeTooBig, "Authentication response is too long")
	case err != nil:
		return nil, err
	case bytes.Equal(line, []byte{'*'}):
		return nil, Bad("Authentication cancelled")
	}
	return decodeSASL(line)
}
