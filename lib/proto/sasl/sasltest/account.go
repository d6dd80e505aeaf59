// SPDX-License-Identifier: AGPL-3.0-or-later

package sasltest

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"twiga/lib/proto/sasl"
)

// ErrWrong is what an Account answers to wrong credentials of any kind.
var ErrWrong = errors.New("wrong credentials")

// Account is an Authenticator with one user, who may act as nobody else.
type Account struct {
	Kinds        sasl.Kinds
	User, Secret string
	Bearer       string // the token
	Subject      string // common name in the client's certificate
	Nonce        string // of the server in SCRAM; random where it is empty
	Salt         []byte
	Iterations   int

	LoggedIn string // how the user has logged in: "password", "proof", "token" or "certificate"
}

var _ sasl.Authenticator = (*Account)(nil)

// Offers implements sasl.Authenticator.
func (a *Account) Offers() sasl.Kinds { return a.Kinds }

func (a *Account) judge(how string, ok bool, identity string) error {
	if !ok || identity != "" && identity != a.User {
		return ErrWrong
	}
	a.LoggedIn = how
	return nil
}

// Password implements sasl.Authenticator.
func (a *Account) Password(_ context.Context, p sasl.Password) error {
	return a.judge("password", p.User == a.User && p.Password == a.Secret, p.Identity)
}

// Challenge implements sasl.Authenticator.
func (a *Account) Challenge(context.Context, string) (sasl.Challenge, error) {
	if a.Nonce == "" {
		a.Nonce = rand.Text()
	}
	if a.Salt == nil {
		a.Salt, a.Iterations = []byte("some salt"), 4096
	}
	return sasl.Challenge{Salt: a.Salt, Iterations: a.Iterations, Nonce: a.Nonce}, nil
}

// Proof implements sasl.Authenticator.
func (a *Account) Proof(_ context.Context, p sasl.Proof) ([]byte, error) {
	salted, err := pbkdf2.Key(sha256.New, a.Secret, a.Salt, a.Iterations, sha256.Size)
	if err != nil {
		return nil, err
	}
	stored := sha256.Sum256(mac(salted, "Client Key"))
	key := mac(stored[:], p.Message)
	for i := range key {
		key[i] ^= p.Proof[i]
	}
	shown := sha256.Sum256(key)
	err = a.judge("proof", hmac.Equal(shown[:], stored[:]) && p.User == a.User && p.Nonce == a.Nonce, p.Identity)
	return mac(mac(salted, "Server Key"), p.Message), err
}

// Token implements sasl.Authenticator.
func (a *Account) Token(_ context.Context, t sasl.Token) error {
	err := a.judge("token", t.Token == a.Bearer, t.User)
	if err != nil {
		return &sasl.TokenError{Status: "invalid_token", Scope: "mail", Configuration: "https://issuer.test/.well-known/openid-configuration", Err: err}
	}
	return nil
}

// Certificate implements sasl.Authenticator.
func (a *Account) Certificate(_ context.Context, c sasl.Certificate) error {
	return a.judge("certificate", c.Chain[0].Subject.CommonName == a.Subject, c.Identity)
}
