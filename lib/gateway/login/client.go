// SPDX-License-Identifier: AGPL-3.0-or-later

package login

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/proto/lines"
	"twiga/lib/proto/sasl"
)

// Reason says why a client was not let in.
type Reason uint8

// The reasons.
const (
	Wrong       Reason = iota + 1 // the user or the credentials
	Expired                       // the password was right but is too old
	NotAllowed                    // the user may not act as the other one
	TooMany                       // sessions of the user, or from the address
	TooSoon                       // there were too many failures before
	NotSetUp                      // the account is not in order: an administrator has to look
	Unsupported                   // the store does not check such credentials, or no more
	InUse                         // the user has a session that is alone
	TooEarly                      // the last logon was too short a time ago
	Unavailable                   // the store does not answer
)

// Refusal is what the methods of a Client fail with.
type Refusal struct {
	Reason Reason
	Err    error // of the store; not for the client
}

// Error is that of the store, for the log.
func (r *Refusal) Error() string { return r.Err.Error() }

// Unwrap gives Err.
func (r *Refusal) Unwrap() error { return r.Err }

// reasonOf turns an error of Logon into a reason.
func reasonOf(err error) Reason {
	switch mapi.CodeOf(err) {
	case mapi.LogonFailed:
		return Wrong
	case mapi.PasswordExpired:
		return Expired
	case mapi.NoAccess:
		return NotAllowed
	case mapi.SessionLimit, mapi.NotEnoughResources:
		return TooMany
	case mapi.Busy:
		return TooSoon
	case mapi.InUse:
		return InUse
	case mapi.TooEarly:
		return TooEarly
	case mapi.Unconfigured, mapi.NotFound, mapi.AccountDisabled:
		return NotSetUp
	case mapi.NoSupport:
		return Unsupported
	}
	return Unavailable
}

// Client logs one connection on; it is a sasl.Authenticator.
type Client struct {
	Door    *Door
	Peer    net.Addr
	Request string      // the connection's id in the logs
	Secure  func() bool // whether the connection is under TLS, for the log; optional

	// Alone and Apart are those of object.LogonRequest.
	Alone bool
	Apart time.Duration

	// Leave ends the session of an exchange that the client did not go through
	// with, before another logon; optional.
	Leave func()
	// Open takes the session of somebody who was let in; on an error, which the
	// client is told, the session is logged off.
	Open func(ctx context.Context, s object.Session) error
	// Answer turns a refusal into the protocol's error.
	Answer func(r *Refusal) error
}

var _ sasl.Authenticator = (*Client)(nil)

// Offers implements sasl.Authenticator.
func (c *Client) Offers() sasl.Kinds { return c.Door.offers() }

// Password implements sasl.Authenticator.
func (c *Client) Password(ctx context.Context, p sasl.Password) error {
	_, err := c.logon(ctx, "password", p.User, object.LogonRequest{User: p.User, Password: p.Password, Identity: p.Identity})
	return err
}

// Challenge implements sasl.Authenticator.
func (c *Client) Challenge(ctx context.Context, user string) (sasl.Challenge, error) {
	start, err := c.Door.cfg.Service.StartProof(ctx, object.StartProofRequest{User: user, Peer: c.Peer.String()})
	if err != nil {
		return sasl.Challenge{}, c.refused(ctx, "proof", user, err)
	}
	return sasl.Challenge{Salt: start.Salt, Iterations: start.Iterations, Nonce: start.Nonce}, nil
}

// Proof implements sasl.Authenticator.
func (c *Client) Proof(ctx context.Context, p sasl.Proof) ([]byte, error) {
	s, err := c.logon(ctx, "proof", p.User, object.LogonRequest{User: p.User, Identity: p.Identity,
		Proof: object.LogonProof{Nonce: p.Nonce, Message: p.Message, Proof: p.Proof}})
	if err != nil {
		return nil, err
	}
	signed, ok := s.(object.Signed)
	if !ok {
		return nil, c.refused(ctx, "proof", p.User, fmt.Errorf("log on %q: no signature: %w", p.User, mapi.GeneralFailure))
	}
	return signed.Signature(), nil
}

// Token implements sasl.Authenticator. Whom the client names is whom it wants to
// act as: the token says who it is. Who asks what tokens are wanted has tried
// nothing: it is told, and no line says so.
func (c *Client) Token(ctx context.Context, t sasl.Token) error {
	if t.Token == "" {
		return c.refusedToken(&refusedError{c.Answer(&Refusal{Reason: Wrong, Err: errNoToken}), Wrong})
	}
	_, err := c.logon(ctx, "token", t.User, object.LogonRequest{Token: t.Token, Identity: t.User})
	var r *refusedError
	if !errors.As(err, &r) || r.reason != Wrong {
		return err
	}
	return c.refusedToken(err)
}

// errNoToken is why a client is not let in that shows no token.
var errNoToken = fmt.Errorf("log on: no token: %w", mapi.LogonFailed)

// refusedToken is err with what is told to the client before.
func (c *Client) refusedToken(err error) error {
	k := c.Door.logonKinds()
	refusal := &sasl.TokenError{Status: "invalid_token", Scope: k.Scope, Err: err}
	if k.Issuer != "" {
		refusal.Configuration = strings.TrimSuffix(k.Issuer, "/") + "/.well-known/openid-configuration"
	}
	return refusal
}

// Certificate implements sasl.Authenticator.
func (c *Client) Certificate(ctx context.Context, cert sasl.Certificate) error {
	req := object.LogonRequest{Identity: cert.Identity}
	for _, one := range cert.Chain {
		req.Certificate = append(req.Certificate, one.Raw)
	}
	_, err := c.logon(ctx, "certificate", cert.Chain[0].Subject.CommonName, req)
	return err
}

// refusedError is the protocol's error, and why.
type refusedError struct {
	error
	reason Reason
}

// Unwrap gives the protocol's error.
func (e *refusedError) Unwrap() error { return e.error }

// logon opens a session and hands it over. Who is only for the log.
func (c *Client) logon(ctx context.Context, how, who string, req object.LogonRequest) (object.Session, error) {
	cfg := &c.Door.cfg
	req.Role, req.Service, req.Program, req.Peer = object.RoleUser, cfg.Use, cfg.Program, c.Peer.String()
	req.Alone, req.Apart = c.Alone, c.Apart
	if c.Leave != nil {
		c.Leave()
	}
	s, err := cfg.Service.Logon(ctx, req)
	if err != nil {
		return nil, c.refused(ctx, how, who, err)
	}
	if cfg.Judged != nil {
		cfg.Judged(true)
	}
	user := s.Whoami()
	if err := c.Open(ctx, s); err != nil {
		_ = s.Logoff(context.WithoutCancel(ctx)) // the store ends it, too
		return nil, err
	}
	attrs := []slog.Attr{log.User(user.User), slog.String("by", how)}
	if c.Secure != nil {
		attrs = append(attrs, slog.Bool("tls", c.Secure()))
	}
	if user.Impersonated {
		attrs = append(attrs, slog.String("actor", who))
	}
	c.Log(ctx, slog.LevelInfo, cfg.Codes.Login, "login", attrs...)
	return s, nil
}

// refused writes why a client was not let in and gives the protocol's error.
// Wrong users and wrong credentials look alike.
func (c *Client) refused(ctx context.Context, how, who string, err error) error {
	cfg := &c.Door.cfg
	r := &Refusal{Reason: reasonOf(err), Err: err}
	if r.Reason == Unavailable && ctx.Err() != nil {
		return err
	}
	attrs := []slog.Attr{log.User(who), slog.String("by", how)}
	switch r.Reason {
	case Wrong, NotAllowed:
		if cfg.Judged != nil {
			cfg.Judged(false)
		}
		c.Log(ctx, slog.LevelWarn, cfg.Codes.Failed, "login failed", attrs...)
	case Expired, TooEarly:
		c.Log(ctx, slog.LevelInfo, cfg.Codes.Limit, "login refused", append(attrs, log.Err(err))...)
	case InUse:
		c.Log(ctx, slog.LevelInfo, cfg.Codes.InUse, "login refused", append(attrs, log.Err(err))...)
	case TooMany, TooSoon:
		c.Log(ctx, slog.LevelWarn, cfg.Codes.Limit, "login refused", append(attrs, log.Err(err))...)
	default:
		c.Log(ctx, slog.LevelError, cfg.Codes.NoStore, "login impossible", append(attrs, log.Err(err))...)
	}
	return &refusedError{c.Answer(r), r.Reason}
}

// Log writes a line about the connection, by [Line].
func (c *Client) Log(ctx context.Context, level slog.Level, code log.Code, msg string, attrs ...slog.Attr) {
	peer := c.Peer.String()
	if a := lines.Host(c.Peer); a.IsValid() {
		peer = a.String()
	}
	Line(ctx, c.Door.cfg.Logger, level, code, peer, c.Request, msg, attrs...)
}
