// SPDX-License-Identifier: AGPL-3.0-or-later

package sasl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// bearer is OAUTHBEARER (RFC 7628) and XOAUTH2, which differ in how they write
// the client's response and the server's refusal.
type bearer struct {
	a       Authenticator
	parse   func(response []byte) (Token, error)
	refusal func(e *TokenError) []byte
	failed  error // is told once the client has answered the refusal
}

func newOAuthBearer(a Authenticator, _ *Channel) Server {
	return &bearer{a: a, parse: parseOAuthBearer, refusal: refuseOAuthBearer}
}

func newXOAuth2(a Authenticator, _ *Channel) Server {
	return &bearer{a: a, parse: parseXOAuth2, refusal: refuseXOAuth2}
}

// Next implements Server.
func (s *bearer) Next(ctx context.Context, response []byte) ([]byte, bool, error) {
	if s.failed != nil { // the answer to a refusal, one octet 1 or nothing, says nothing
		return nil, false, s.failed
	}
	if response == nil {
		return []byte{}, false, nil
	}
	token, err := s.parse(response)
	if err != nil {
		return nil, false, err
	}
	err = s.a.Token(ctx, token)
	if err == nil {
		return nil, true, nil
	}
	var refused *TokenError
	if !errors.As(err, &refused) {
		return nil, false, err
	}
	s.failed = refused.Err
	return s.refusal(refused), false, nil
}

// parseOAuthBearer reads the client's response, RFC 7628 3.1: a gs2 header and
// pairs of keys and values, each ended by an octet 1, and one more. "auth" with
// nothing in it asks what tokens are wanted, RFC 7628 4.3.
func parseOAuthBearer(b []byte) (t Token, err error) {
	header, rest, ok := cutHeader(string(b))
	if !ok || header.binding != "" || !utf8.ValidString(rest) {
		return t, ErrMalformed
	}
	t.User = header.identity
	pairs, ok := strings.CutPrefix(rest, "\x01")
	if !ok {
		return t, ErrMalformed
	}
	return t, t.pairs(pairs, func(key, value string) bool {
		switch key {
		case "host":
			t.Host = value
		case "port":
			port, err := strconv.ParseUint(value, 10, 16)
			t.Port = int(port)
			return err == nil
		}
		return true // "unknown keys are ignored", RFC 7628 3.1
	})
}

// parseXOAuth2 reads user=NAME, octet 1, auth=Bearer TOKEN and two octets 1.
func parseXOAuth2(b []byte) (t Token, err error) {
	if !utf8.Valid(b) {
		return t, ErrMalformed
	}
	err = t.pairs(string(b), func(key, value string) bool {
		if key == "user" {
			t.User = value
		}
		return true
	})
	if err == nil && (t.User == "" || t.Token == "") {
		err = ErrMalformed
	}
	return t, err
}

// pairs reads pairs up to an empty one, which ends them, and takes the token of
// "auth", which there must be and which may be empty.
func (t *Token) pairs(s string, take func(key, value string) bool) error {
	shown := false
	for {
		pair, rest, ended := strings.Cut(s, "\x01")
		if !ended {
			return ErrMalformed
		}
		s = rest
		if pair == "" {
			break
		}
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return ErrMalformed
		}
		switch {
		case key == "auth":
			if t.Token, ok = bearerToken(value); !ok {
				return ErrMalformed
			}
			shown = true
		case !take(key, value):
			return ErrMalformed
		}
	}
	if s != "" || !shown {
		return ErrMalformed
	}
	return nil
}

// bearerToken takes the token out of the value of "auth", if there is a value.
func bearerToken(value string) (token string, ok bool) {
	if value == "" {
		return "", true
	}
	scheme, token, _ := strings.Cut(value, " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "bearer") && token != ""
}

// refuseOAuthBearer writes the error of RFC 7628 3.2.2.
func refuseOAuthBearer(e *TokenError) []byte {
	return encode(struct {
		Status        string `json:"status"`
		Scope         string `json:"scope,omitempty"`
		Configuration string `json:"openid-configuration,omitempty"`
	}{e.Status, e.Scope, e.Configuration})
}

// refuseXOAuth2 writes the error as clients of XOAUTH2 know it: an HTTP status.
func refuseXOAuth2(e *TokenError) []byte {
	status := "401"
	if e.Status == "invalid_request" {
		status = "400"
	}
	return encode(struct {
		Status  string `json:"status"`
		Schemes string `json:"schemes"`
		Scope   string `json:"scope"`
	}{status, "bearer", e.Scope})
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("{}") // texts do not fail
	}
	return bytes.TrimSpace(b)
}
