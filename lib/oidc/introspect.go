// SPDX-License-Identifier: AGPL-3.0-or-later

package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxAnswer bounds what the issuer says of a token, in bytes.
const maxAnswer = 64 << 10

// Introspection is where the issuer is asked about tokens that say nothing
// themselves (RFC 7662).
type Introspection struct {
	URL    string
	Client string // who asks
	Secret string // its password
}

// isOpaque says whether a token is not in the form of one that is signed
// (RFC 7515 7.1).
func isOpaque(token string) bool { return strings.Count(token, ".") != 2 }

// isMute says whether the issuer could not be asked about tokens just now.
func (c *Checker) isMute() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cfg.Now().Sub(c.mute) < retryTime
}

func (c *Checker) setMute() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mute = c.cfg.Now()
}

// introspect asks the issuer about a token (RFC 7662 2).
func (c *Checker) introspect(ctx context.Context, token string) (map[string]any, error) {
	if c.isMute() {
		return nil, ErrUnavailable
	}
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.Introspection.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("ask about token: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.SetBasicAuth(url.QueryEscape(c.cfg.Introspection.Client), url.QueryEscape(c.cfg.Introspection.Secret)) // RFC 6749 2.3.1
	claims, err := c.ask(req)
	if err != nil && ctx.Err() == nil {
		c.setMute()
	}
	if err != nil {
		return nil, fmt.Errorf("ask %s about token: %w: %w", c.cfg.Introspection.URL, ErrUnavailable, err)
	}
	return claims, c.judge(claims)
}

func (c *Checker) ask(req *http.Request) (claims map[string]any, err error) {
	resp, err := c.cfg.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", resp.Status)
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&claims)
	return claims, err
}

// judge says whether a token is good, but for what its claims say of the user. A
// token that the issuer made for somebody else is active, too: whom it is for
// has to be said.
func (c *Checker) judge(claims map[string]any) error {
	if active, _ := claims["active"].(bool); !active {
		return errors.New("check token: the issuer does not know it, or it is over")
	}
	if issuer, ok := claims["iss"]; ok && issuer != c.cfg.Issuer {
		return errors.New("check token: it is of another issuer")
	}
	audience, ok := claims["aud"]
	if !ok {
		audience = claims["client_id"]
	}
	switch a := audience.(type) {
	case string:
		ok = a == c.cfg.Audience
	case []any:
		ok = slices.Contains(a, any(c.cfg.Audience))
	default:
		ok = false
	}
	if !ok {
		return errors.New("check token: it is for another")
	}
	if end, ok := claims["exp"].(float64); ok && c.cfg.Now().After(time.Unix(int64(end), 0).Add(c.cfg.Skew)) {
		return errors.New("check token: it is expired")
	}
	return nil
}
