// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"twiga/lib/mapi"
	"twiga/lib/oidc"
	"twiga/lib/store"
)

// tokens gives the errors of a checker of tokens their codes.
type tokens struct{ *oidc.Checker }

// User implements store.TokenChecker.
func (t tokens) User(ctx context.Context, token string) (string, error) {
	user, err := t.Checker.User(ctx, token)
	switch {
	case errors.Is(err, oidc.ErrUnavailable):
		return "", fmt.Errorf("%w: %w", err, mapi.NetworkError)
	case err != nil:
		return "", fmt.Errorf("%w: %w", err, mapi.LogonFailed)
	}
	return user, nil
}

// tokenChecker is that of the settings, nil where they name no issuer.
func tokenChecker(c *OIDC) (store.TokenChecker, error) {
	if c.Issuer == "" {
		return nil, nil
	}
	cfg := oidc.Config{Issuer: c.Issuer, Audience: c.Audience, Claim: c.Claim, Scope: c.Scope, Skew: c.Skew}
	if c.Introspection != "" {
		secret, err := os.ReadFile(c.ClientSecretFile)
		if err != nil {
			return nil, fmt.Errorf("read client's secret: %w", err)
		}
		first, _, _ := strings.Cut(string(secret), "\n")
		cfg.Introspection = oidc.Introspection{URL: c.Introspection, Client: cmp.Or(c.Client, c.Audience), Secret: strings.TrimSpace(first)}
	}
	return tokens{oidc.New(cfg)}, nil
}

// authorities are those of users' certificates, as the settings are now.
type authorities struct{ now atomic.Pointer[x509.CertPool] }

// load reads the file of the settings.
func (a *authorities) load(c *Config) error {
	pool := x509.NewCertPool()
	if file := c.Logon.ClientCA; file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read authorities: %w", err)
		}
		if !pool.AppendCertsFromPEM(text) {
			return fmt.Errorf("read authorities %s: no certificate is in it", file)
		}
	}
	a.now.Store(pool)
	return nil
}
