// SPDX-License-Identifier: AGPL-3.0-or-later

package sasl

import (
	"context"
	"crypto/x509"
	"errors"
	"strings"
)

// Names of the mechanisms.
const (
	Plain           = "PLAIN"              // RFC 4616
	Login           = "LOGIN"              // never specified; old clients of Outlook have nothing else
	ScramSHA256     = "SCRAM-SHA-256"      // RFC 7677
	ScramSHA256Plus = "SCRAM-SHA-256-PLUS" // the same, bound to the TLS channel
	OAuthBearer     = "OAUTHBEARER"        // RFC 7628
	XOAuth2         = "XOAUTH2"            // its forerunner
	External        = "EXTERNAL"           // RFC 4422 appendix A
)

// Errors of exchanges, and of [Start].
var (
	// ErrUnknown: the mechanism does not exist, or is not to be had on this
	// connection.
	ErrUnknown = errors.New("mechanism is not offered")
	// ErrPrivacy: the mechanism would show a secret, and the connection is not
	// under TLS.
	ErrPrivacy = errors.New("mechanism is offered under TLS only")
	// ErrMalformed: the client broke the rules of the mechanism.
	ErrMalformed = errors.New("malformed authentication response")
	// ErrRefused: the exchange is in order but fails, whoever the user is.
	ErrRefused = errors.New("authentication refused")
)

// Server is the server's side of one exchange. It is for one goroutine.
type Server interface {
	// Next takes a response of the client and gives the challenge to send, or
	// says that the client is logged in. The first response is the initial one,
	// nil where there was none. After done or an error the exchange is over.
	Next(ctx context.Context, response []byte) (challenge []byte, done bool, err error)
}

// Kinds is a set of kinds of credentials.
type Kinds uint8

// The kinds.
const (
	Passwords    Kinds = 1 << iota // PLAIN and LOGIN
	Proofs                         // SCRAM
	Tokens                         // OAUTHBEARER and XOAUTH2
	Certificates                   // EXTERNAL
)

// Authenticator checks what clients show, for one connection. The methods of
// kinds that it does not offer are not called. Identity is, in each, the
// authorization identity: whom the client wants to act as; empty to act as
// the user who authenticates.
type Authenticator interface {
	// Offers says what can be checked.
	Offers() Kinds
	// Password checks a user's password and logs in.
	Password(ctx context.Context, p Password) error
	// Challenge begins an exchange by SCRAM. It succeeds for users who do not
	// exist, too, so that they cannot be told from others. An error ends the
	// exchange.
	Challenge(ctx context.Context, user string) (Challenge, error)
	// Proof checks a client's proof, logs in, and gives the server's own
	// signature (RFC 5802 3).
	Proof(ctx context.Context, p Proof) (signature []byte, err error)
	// Token checks a bearer token and logs in. An error of type [*TokenError] is
	// told to the client as the mechanisms have it, before the exchange fails. An
	// empty token asks for just that, and counts as no try (RFC 7628 4.3).
	Token(ctx context.Context, t Token) error
	// Certificate checks the client's certificates and logs in.
	Certificate(ctx context.Context, c Certificate) error
}

// Password is what PLAIN and LOGIN bring.
type Password struct{ User, Password, Identity string }

// Challenge is what SCRAM tells a client about the user.
type Challenge struct {
	Salt       []byte
	Iterations int
	Nonce      string // the server's part of the nonce: printable ASCII without a comma
}

// Proof is what SCRAM brings.
type Proof struct {
	User, Identity string
	Nonce          string // as the Challenge has it
	Message        string // AuthMessage (RFC 5802 3)
	Proof          []byte // ClientProof
}

// Token is what OAUTHBEARER and XOAUTH2 bring. User is what the client says:
// it may be empty with OAUTHBEARER, where it is the authorization identity and
// the token says who asks.
type Token struct {
	User, Token string
	Host        string // what the client thinks it speaks with, optional
	Port        int    // likewise, 0 is unknown
}

// TokenError refuses a token with the words of RFC 7628 3.2.2.
type TokenError struct {
	Status        string // of RFC 6750 3.1: "invalid_token", "insufficient_scope", "invalid_request"
	Scope         string // the scope that is wanted, optional
	Configuration string // URL of the issuer's description, optional
	Err           error  // what Next gives in the end
}

// Error is that of Err.
func (e *TokenError) Error() string { return e.Err.Error() }

// Unwrap gives Err.
func (e *TokenError) Unwrap() error { return e.Err }

// Certificate is what EXTERNAL brings: the client's certificates as TLS has
// them, its own first. Nobody has verified more than that the client has the
// key of the first.
type Certificate struct {
	Chain    []*x509.Certificate
	Identity string
}

// mechanism is a row of the table of mechanisms.
type mechanism struct {
	name  string
	kind  Kinds
	fits  func(ch *Channel) bool // whether it can be used on the connection
	start func(a Authenticator, ch *Channel) Server
}

// mechanisms has all there are, the strongest first.
func mechanisms() []mechanism {
	return []mechanism{
		{External, Certificates, (*Channel).hasCertificate, newExternal},
		{ScramSHA256Plus, Proofs, (*Channel).canBind, newScramPlus},
		{ScramSHA256, Proofs, (*Channel).takesProofs, newScram},
		{OAuthBearer, Tokens, (*Channel).takesSecrets, newOAuthBearer},
		{XOAuth2, Tokens, (*Channel).takesSecrets, newXOAuth2},
		{Plain, Passwords, (*Channel).takesSecrets, newPlain},
		{Login, Passwords, (*Channel).takesSecrets, newLogin},
	}
}

// Offered names the mechanisms that a client may use, the strongest first.
func Offered(a Authenticator, ch Channel) (names []string) {
	kinds := a.Offers()
	for _, m := range mechanisms() {
		if kinds&m.kind != 0 && m.fits(&ch) {
			names = append(names, m.name)
		}
	}
	return names
}

// Start begins an exchange by a mechanism, whose name may be in any case.
func Start(name string, a Authenticator, ch Channel) (Server, error) {
	for _, m := range mechanisms() {
		switch {
		case !strings.EqualFold(m.name, name) || a.Offers()&m.kind == 0:
		case m.fits(&ch):
			return m.start(a, &ch), nil
		case ch.TLS == nil:
			return nil, ErrPrivacy
		}
	}
	return nil, ErrUnknown
}
