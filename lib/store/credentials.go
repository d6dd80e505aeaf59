// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Limits of what somebody shows who is not yet let in.
const (
	maxToken   = 64 << 10 // bytes
	maxMessage = 8 << 10  // of an exchange by SCRAM
	maxChain   = 10       // certificates,
	maxDER     = 64 << 10 // and bytes of each
)

// TokenChecker checks bearer tokens.
type TokenChecker interface {
	// Issuer is the URL of who issues them, and Scope what they must be for.
	Issuer() string
	Scope() string
	// User is the login name or address of whom a token is for.
	// mapi.LogonFailed: it is no token, not for us, or too old; mapi.NetworkError:
	// the issuer does not answer and what is known of it does not do.
	User(ctx context.Context, token string) (string, error)
}

// check compares credentials; it may be called more than once.
type check func(ctx context.Context) (proven, error)

// checkOf finds out what credentials a request has.
func (e *Engine) checkOf(req *object.LogonRequest) (check, error) {
	kinds := 0
	for _, there := range []bool{req.Password != "", req.Proof.Nonce != "", req.Token != "", len(req.Certificate) > 0} {
		if there {
			kinds++
		}
	}
	switch {
	case kinds > 1:
		return nil, fmt.Errorf("credentials of %d kinds: %w", kinds, mapi.InvalidParameter)
	case req.Proof.Nonce != "":
		return e.checkProof(req)
	case req.Token != "":
		return e.checkToken(req)
	case len(req.Certificate) > 0:
		return e.checkCertificate(req)
	}
	return func(ctx context.Context) (proven, error) {
		u, app, err := e.dir.Authenticate(ctx, req.User, req.Password, req.Service)
		return proven{user: u, app: app}, err
	}, nil
}

// checkProof takes the nonce, which counts once.
func (e *Engine) checkProof(req *object.LogonRequest) (check, error) {
	dir := e.proofs()
	if dir == nil {
		return nil, fmt.Errorf("prove password: %w", mapi.NoSupport)
	}
	p := &req.Proof
	if len(p.Message) > maxMessage || !e.nonces.take(p.Nonce, req.User, p.Message, e.opt.Now()) {
		return nil, fmt.Errorf("prove password of %q: the nonce is old or not ours: %w", req.User, mapi.LogonFailed)
	}
	return func(ctx context.Context) (proven, error) {
		u, app, signature, err := dir.AuthenticateProof(ctx, req.User, req.Service, p.Message, p.Proof)
		return proven{user: u, app: app, signature: signature}, err
	}, nil
}

// proofs is the directory as far as it can check proofs, nil where it cannot.
func (e *Engine) proofs() directory.Proofs {
	if dir, ok := e.dir.(directory.Proofs); ok && dir.HasProofs() {
		return dir
	}
	return nil
}

func (e *Engine) checkToken(req *object.LogonRequest) (check, error) {
	if e.opt.Tokens == nil {
		return nil, fmt.Errorf("check token: %w", mapi.NoSupport)
	}
	if len(req.Token) > maxToken {
		return nil, fmt.Errorf("check token: %d bytes: %w", len(req.Token), mapi.LogonFailed)
	}
	return func(ctx context.Context) (proven, error) {
		name, err := e.opt.Tokens.User(ctx, req.Token)
		if err != nil {
			return proven{}, fmt.Errorf("check token: %w", err)
		}
		return e.named(ctx, req, name)
	}, nil
}

// checkCertificate verifies the chain against the authorities of the settings
// and takes the first of the certificate's addresses, or else its common name.
func (e *Engine) checkCertificate(req *object.LogonRequest) (check, error) {
	if e.opt.ClientCA == nil {
		return nil, fmt.Errorf("check certificate: %w", mapi.NoSupport)
	}
	chain, err := parseChain(req.Certificate)
	if err != nil {
		return nil, err
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	return func(ctx context.Context) (proven, error) {
		_, err := chain[0].Verify(x509.VerifyOptions{Roots: e.opt.ClientCA(), Intermediates: between, CurrentTime: e.opt.Now(),
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		if err != nil {
			return proven{}, fmt.Errorf("check certificate: %w: %w", err, mapi.LogonFailed)
		}
		name := chain[0].Subject.CommonName
		if mails := chain[0].EmailAddresses; len(mails) > 0 {
			name = mails[0]
		}
		return e.named(ctx, req, name)
	}, nil
}

func parseChain(ders [][]byte) (chain []*x509.Certificate, err error) {
	if len(ders) > maxChain {
		return nil, fmt.Errorf("check certificate: a chain of %d: %w", len(ders), mapi.LogonFailed)
	}
	for _, der := range ders {
		if len(der) > maxDER {
			return nil, fmt.Errorf("check certificate: %d bytes: %w", len(der), mapi.LogonFailed)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			var syntax asn1.SyntaxError
			if errors.As(err, &syntax) {
				err = errors.New("damaged")
			}
			return nil, fmt.Errorf("check certificate: %w: %w", err, mapi.LogonFailed)
		}
		chain = append(chain, c)
	}
	return chain, nil
}

// named is the user whom something names that was proven: by login name or by
// address. The client must not have said another.
func (e *Engine) named(ctx context.Context, req *object.LogonRequest, name string) (proven, error) {
	failed := fmt.Errorf("log on %q: %w", name, mapi.LogonFailed)
	if name == "" {
		return proven{}, failed
	}
	u, err := e.dir.User(ctx, name)
	if mapi.CodeOf(err) == mapi.NotFound {
		u, err = e.dir.ByAddress(ctx, name)
	}
	switch {
	case mapi.CodeOf(err) == mapi.NotFound:
		return proven{}, failed
	case err != nil:
		return proven{}, err
	case !mayUse(&u, req.Service):
		return proven{}, failed
	}
	if req.User != "" {
		said, err := e.dir.User(ctx, req.User)
		if err != nil || said.ID != u.ID {
			return proven{}, failed
		}
	}
	return proven{user: u}, nil
}

// GetLogonKinds implements object.Service.
func (s service) GetLogonKinds(context.Context, object.GetLogonKindsRequest) (object.LogonKinds, error) {
	k := object.LogonKinds{Passwords: true, Proofs: s.e.proofs() != nil, Certificates: s.e.opt.ClientCA != nil}
	if t := s.e.opt.Tokens; t != nil {
		k.Tokens, k.Issuer, k.Scope = true, t.Issuer(), t.Scope()
	}
	return k, nil
}

// StartProof implements object.Service.
func (s service) StartProof(ctx context.Context, req object.StartProofRequest) (object.StartProofResponse, error) {
	if !s.peer.allows(&object.LogonRequest{Role: object.RoleUser}) {
		return object.StartProofResponse{}, fmt.Errorf("log on %s: %w", s.peer.Name, mapi.NoAccess)
	}
	dir := s.e.proofs()
	if dir == nil {
		return object.StartProofResponse{}, fmt.Errorf("start proof: %w", mapi.NoSupport)
	}
	if len(req.User) > maxLogonText {
		return object.StartProofResponse{}, fmt.Errorf("start proof: more than %d bytes of a name: %w", maxLogonText, mapi.LogonFailed)
	}
	salt, iterations, err := dir.Salt(ctx, req.User)
	if err != nil {
		return object.StartProofResponse{}, fmt.Errorf("start proof: %w", coded(err))
	}
	return object.StartProofResponse{Salt: salt, Iterations: iterations, Nonce: s.e.nonces.make(req.User, s.e.opt.Now())}, nil
}
