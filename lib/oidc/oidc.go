// SPDX-License-Identifier: AGPL-3.0-or-later

// Package oidc checks bearer tokens that an OpenID Connect issuer has signed
// (RFC 7519, RFC 9068), by the keys that the issuer publishes, and opaque ones by
// asking the issuer (RFC 7662).
package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
)

// answerTime bounds what the issuer takes; retryTime is the pause after it
// could not be asked.
const (
	answerTime = 10 * time.Second
	retryTime  = 10 * time.Second
)

// ErrUnavailable is that the issuer cannot be asked; all other errors of a Checker
// are about the token.
var ErrUnavailable = errors.New("issuer is not available")

// Config says which tokens are good.
type Config struct {
	Issuer   string        // its URL, whose /.well-known/openid-configuration tells the rest
	Audience string        // whom tokens must be for
	Claim    string        // that names the user: "email"
	Scope    string        // that tokens must have; "" is none
	Skew     time.Duration // by which clocks may differ
	Now      func() time.Time
	Client   *http.Client // nil is the usual one

	// Introspection, if its URL is set, is asked about opaque tokens, which are
	// not good else.
	Introspection Introspection
}

// Checker checks the tokens of one issuer. Its keys are kept and read again when
// a token names one that is not known, at most as often as the library lets.
type Checker struct {
	cfg Config

	mu       sync.Mutex // guards what follows
	verifier *gooidc.IDTokenVerifier
	failed   time.Time // when the issuer could not be asked
	mute     time.Time // when it could not be asked about a token
}

// New makes a Checker; the issuer is asked when the first token comes.
func New(cfg Config) *Checker {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: answerTime}
	}
	return &Checker{cfg: cfg}
}

// Issuer is the issuer's URL.
func (c *Checker) Issuer() string { return c.cfg.Issuer }

// Scope is the scope that tokens must have.
func (c *Checker) Scope() string { return c.cfg.Scope }

// start reads the issuer's description, once.
func (c *Checker) start() (*gooidc.IDTokenVerifier, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.verifier != nil {
		return c.verifier, nil
	}
	if now := c.cfg.Now(); now.Sub(c.failed) < retryTime {
		return nil, ErrUnavailable
	}
	// The keys are fetched with this context for as long as the Checker lives.
	provider, err := gooidc.NewProvider(gooidc.ClientContext(context.Background(), c.cfg.Client), c.cfg.Issuer)
	if err != nil {
		c.failed = c.cfg.Now()
		return nil, fmt.Errorf("ask %s: %w: %w", c.cfg.Issuer, ErrUnavailable, err)
	}
	// The time of the issue, "nbf", is compared with five minutes of grace.
	c.verifier = provider.Verifier(&gooidc.Config{ClientID: c.cfg.Audience, SkipExpiryCheck: true})
	return c.verifier, nil
}

// User gives the claim that names the user of a token that is good.
func (c *Checker) User(ctx context.Context, token string) (string, error) {
	look := c.verify
	if c.cfg.Introspection.URL != "" && isOpaque(token) {
		look = c.introspect
	}
	claims, err := look(ctx, token)
	if err != nil {
		return "", err
	}
	return c.userOf(claims)
}

// verify checks a token that is signed.
func (c *Checker) verify(ctx context.Context, token string) (map[string]any, error) {
	verifier, err := c.start()
	if err != nil {
		return nil, err
	}
	t, err := verifier.Verify(ctx, token)
	if err != nil {
		return nil, fmt.Errorf("verify token: %w", err)
	}
	if c.cfg.Now().After(t.Expiry.Add(c.cfg.Skew)) {
		return nil, errors.New("verify token: it is expired")
	}
	var claims map[string]any
	if err := t.Claims(&claims); err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	return claims, nil
}

// userOf gives the claim that names the user, where the others let it count.
func (c *Checker) userOf(claims map[string]any) (string, error) {
	now := c.cfg.Now()
	if begin, ok := claims["nbf"].(float64); ok && now.Add(c.cfg.Skew).Before(time.Unix(int64(begin), 0)) {
		return "", errors.New("verify token: it does not count yet")
	}
	if !c.inScope(claims) {
		return "", errors.New("verify token: it lacks the scope")
	}
	if verified, ok := claims["email_verified"].(bool); ok && !verified && c.cfg.Claim == "email" {
		return "", errors.New("verify token: the address is not verified")
	}
	user, _ := claims[c.cfg.Claim].(string)
	if user == "" {
		return "", fmt.Errorf("verify token: it has no claim %s", c.cfg.Claim)
	}
	return user, nil
}

// inScope looks at "scope", words with spaces between (RFC 9068 2.2.3), and at
// "scp", which some issuers have in its place.
func (c *Checker) inScope(claims map[string]any) bool {
	if c.cfg.Scope == "" {
		return true
	}
	for _, name := range []string{"scope", "scp"} {
		switch v := claims[name].(type) {
		case string:
			if slices.Contains(strings.Fields(v), c.cfg.Scope) {
				return true
			}
		case []any:
			if slices.Contains(v, any(c.cfg.Scope)) {
				return true
			}
		}
	}
	return false
}
