// SPDX-License-Identifier: AGPL-3.0-or-later

package oidc

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// issuer is a local one whose keys change.
type issuer struct {
	*httptest.Server
	mu   sync.Mutex
	keys map[string]*rsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{keys: map[string]*rsa.PrivateKey{}}
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) add(t *testing.T, id string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = map[string]*rsa.PrivateKey{id: key}
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if r.URL.Path == "/.well-known/openid-configuration" {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q,"id_token_signing_alg_values_supported":["RS256"]}`, i.URL, i.URL+"/keys")
		return
	}
	var list []map[string]string
	for id, key := range i.keys {
		list = append(list, map[string]string{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": id,
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": list})
}

func (i *issuer) sign(t *testing.T, id string, claims map[string]any) string {
	t.Helper()
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(map[string]string{"alg": "RS256", "kid": id}) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.keys[id], crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestUser(t *testing.T) {
	i := newIssuer(t)
	i.add(t, "one")
	now := time.Unix(1_900_000_000, 0)
	c := New(Config{Issuer: i.URL, Audience: "mail", Claim: "email", Scope: "imap", Skew: time.Minute, Now: func() time.Time { return now }})
	base := map[string]any{"iss": i.URL, "aud": "mail", "exp": now.Unix() + 100, "email": "anna@example.test", "scope": "openid imap"}
	with := func(key string, value any) map[string]any {
		m := maps.Clone(base)
		m[key] = value
		return m
	}
	for _, tc := range []struct {
		name   string
		claims map[string]any
		ok     bool
	}{
		{"good", base, true},
		{"expired within the skew", with("exp", now.Unix()-30), true},
		{"expired", with("exp", now.Unix()-90), false},
		{"not yet", with("nbf", now.Unix()+90), false},
		{"of another issuer", with("iss", "https://evil.test"), false},
		{"for another", with("aud", "web"), false},
		{"for several", with("aud", []string{"web", "mail"}), true},
		{"without the scope", with("scope", "openid imaps"), false},
		{"nobody's", with("email", nil), false},
		{"address not verified", with("email_verified", false), false},
	} {
		user, err := c.User(t.Context(), i.sign(t, "one", tc.claims))
		if (err == nil) != tc.ok || tc.ok && user != "anna@example.test" || errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %q %v", tc.name, user, err)
		}
	}
	good := i.sign(t, "one", base)
	for name, token := range map[string]string{"cut": good[:len(good)-4], "empty": "", "none": "eyJhbGciOiJub25lIn0.e30.", "opaque": "abc"} {
		if _, err := c.User(t.Context(), token); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	i.add(t, "two")
	if _, err := c.User(t.Context(), i.sign(t, "two", base)); err != nil {
		t.Errorf("a new key: %v", err)
	}
	if _, err := New(Config{Issuer: "http://127.0.0.1:1", Audience: "mail"}).User(t.Context(), good); !errors.Is(err, ErrUnavailable) {
		t.Errorf("no issuer: %v", err)
	}
}

func FuzzUser(f *testing.F) {
	c := New(Config{Issuer: "http://127.0.0.1:1", Audience: "mail"})
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := c.User(t.Context(), token); err == nil {
			t.Errorf("%q is taken", token)
		}
	})
}
