// SPDX-License-Identifier: AGPL-3.0-or-later

package sasl

import (
	"bytes"
	"context"
	"crypto/x509"
	"unicode/utf8"
)

// external is EXTERNAL (RFC 4422 appendix A): the client's certificate says who
// it is, and the response whom it wants to act as.
type external struct {
	a     Authenticator
	chain []*x509.Certificate
}

func newExternal(a Authenticator, ch *Channel) Server {
	return external{a, ch.TLS.PeerCertificates}
}

// Next implements Server.
func (s external) Next(ctx context.Context, response []byte) ([]byte, bool, error) {
	if response == nil {
		return []byte{}, false, nil
	}
	if bytes.IndexByte(response, 0) >= 0 || !utf8.Valid(response) {
		return nil, false, ErrMalformed
	}
	if err := s.a.Certificate(ctx, Certificate{Chain: s.chain, Identity: string(response)}); err != nil {
		return nil, false, err
	}
	return nil, true, nil
}
