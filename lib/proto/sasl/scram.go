// SPDX-License-Identifier: AGPL-3.0-or-later

package sasl

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxNonce bounds the nonce that a client chooses, in octets.
const maxNonce = 512

// scram is SCRAM-SHA-256 (RFC 5802, RFC 7677), with and without a channel
// binding. It knows the messages; what is secret in them is the
// Authenticator's.
type scram struct {
	a    Authenticator
	ch   Channel
	plus bool

	step      int
	header    gs2Header
	user      string
	bare      string // client-first-message-bare
	first     string // server-first-message
	challenge Challenge
	nonce     string // the whole one
}

func newScram(a Authenticator, ch *Channel) Server { return &scram{a: a, ch: *ch} }

func newScramPlus(a Authenticator, ch *Channel) Server { return &scram{a: a, ch: *ch, plus: true} }

// Next implements Server.
func (s *scram) Next(ctx context.Context, response []byte) (challenge []byte, done bool, err error) {
	if s.step == 0 && response == nil {
		return []byte{}, false, nil
	}
	if !utf8.Valid(response) || bytes.IndexByte(response, 0) >= 0 {
		return nil, false, ErrMalformed
	}
	s.step++
	switch s.step {
	case 1:
		challenge, err = s.begin(ctx, string(response))
	case 2:
		challenge, err = s.prove(ctx, string(response))
	default: // the client has seen our signature
		if len(response) != 0 {
			return nil, false, ErrMalformed
		}
		return nil, true, nil
	}
	return challenge, false, err
}

// begin takes the client-first-message and makes the server-first-message.
func (s *scram) begin(ctx context.Context, message string) ([]byte, error) {
	var ok bool
	if s.header, s.bare, ok = cutHeader(message); !ok {
		return nil, ErrMalformed
	}
	if err := s.checkBinding(); err != nil {
		return nil, err
	}
	// No mandatory extension ("m=") is known, and the order is fixed.
	fields := strings.Split(s.bare, ",")
	if len(fields) < 2 {
		return nil, ErrMalformed
	}
	name, ok1 := strings.CutPrefix(fields[0], "n=")
	nonce, ok2 := strings.CutPrefix(fields[1], "r=")
	user, ok3 := unescape(name)
	if !ok1 || !ok2 || !ok3 || user == "" || nonce == "" || len(nonce) > maxNonce || !printable(nonce) {
		return nil, ErrMalformed
	}
	var err error
	if s.challenge, err = s.a.Challenge(ctx, user); err != nil {
		return nil, err
	}
	s.user, s.nonce = user, nonce+s.challenge.Nonce
	s.first = fmt.Sprintf("r=%s,s=%s,i=%d", s.nonce, base64.StdEncoding.EncodeToString(s.challenge.Salt), s.challenge.Iterations)
	return []byte(s.first), nil
}

// checkBinding compares what the client says of channel bindings with what the
// server has offered (RFC 5802 6). A client that could bind and thinks that we
// cannot was deceived where we can.
func (s *scram) checkBinding() error {
	switch {
	case s.plus != (s.header.binding != ""):
		return ErrMalformed
	case s.plus && s.ch.binding(s.header.binding) == nil:
		return ErrRefused
	case s.header.could && s.ch.canBind():
		return ErrRefused
	}
	return nil
}

// prove takes the client-final-message and makes the server-final-message.
func (s *scram) prove(ctx context.Context, message string) ([]byte, error) {
	at := strings.LastIndex(message, ",p=")
	if at < 0 {
		return nil, ErrMalformed
	}
	without := message[:at]
	proof, err := base64.StdEncoding.DecodeString(message[at+len(",p="):])
	if err != nil || len(proof) != sha256.Size {
		return nil, ErrMalformed
	}
	fields := strings.Split(without, ",")
	if len(fields) < 2 {
		return nil, ErrMalformed
	}
	encoded, ok1 := strings.CutPrefix(fields[0], "c=")
	nonce, ok2 := strings.CutPrefix(fields[1], "r=")
	binding, err := base64.StdEncoding.DecodeString(encoded)
	if !ok1 || !ok2 || err != nil {
		return nil, ErrMalformed
	}
	want := append([]byte(s.header.text), s.ch.binding(s.header.binding)...)
	if nonce != s.nonce || !bytes.Equal(binding, want) {
		return nil, ErrRefused
	}
	signature, err := s.a.Proof(ctx, Proof{
		User: s.user, Identity: s.header.identity, Nonce: s.challenge.Nonce,
		Message: s.bare + "," + s.first + "," + without, Proof: proof,
	})
	if err != nil {
		return nil, err
	}
	return []byte("v=" + base64.StdEncoding.EncodeToString(signature)), nil
}

// printable says whether a nonce is of printable ASCII; that it has no comma is
// sure.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
