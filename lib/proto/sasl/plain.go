// SPDX-License-Identifier: AGPL-3.0-or-later

package sasl

import (
	"context"

	gosasl "github.com/emersion/go-sasl"
)

// plain is PLAIN (RFC 4616), whose decoder is that of go-sasl.
type plain struct{ a Authenticator }

func newPlain(a Authenticator, _ *Channel) Server { return plain{a} }

// Next implements Server.
func (s plain) Next(ctx context.Context, response []byte) ([]byte, bool, error) {
	var p Password
	decoder := gosasl.NewPlainServer(func(identity, user, password string) error {
		p = Password{User: user, Password: password, Identity: identity}
		return nil
	})
	challenge, done, err := decoder.Next(response)
	if err != nil || done && (p.User == "" || p.Password == "") { // RFC 4616 2: both are 1*SAFE
		return nil, false, ErrMalformed
	}
	if !done {
		return challenge, false, nil
	}
	if err := s.a.Password(ctx, p); err != nil {
		return nil, false, err
	}
	return nil, true, nil
}
