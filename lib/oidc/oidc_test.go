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
	"strings"
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

// TestIntrospection: opaque tokens are what the issuer says they are.
func TestIntrospection(t *testing.T) {
	now := time.Unix(1_900_000_000, 0)
	var answer string
	status := http.StatusOK
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		client, secret, _ := r.BasicAuth()
		if r.Method != http.MethodPost || r.FormValue("token") != "opaque" || client != "our+mail" || secret != "s%3Acret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(server.Close)
	c := New(Config{
		Issuer: "https://issuer.test", Audience: "mail", Claim: "email", Scope: "imap", Skew: time.Minute, Now: func() time.Time { return now },
		Introspection: Introspection{URL: server.URL, Client: "our mail", Secret: "s:cret"},
	})
	const good = `"active":true,"aud":"mail","scope":"openid imap","email":"anna@example.test"`
	for _, tc := range []struct{ name, answer, want string }{
		{"good", `{` + good + `}`, "anna@example.test"},
		{"good for now", fmt.Sprintf(`{%s,"exp":%d,"iss":"https://issuer.test"}`, good, now.Unix()+5), "anna@example.test"},
		{"expired", fmt.Sprintf(`{%s,"exp":%d}`, good, now.Unix()-90), ""},
		{"not yet", fmt.Sprintf(`{%s,"nbf":%d}`, good, now.Unix()+90), ""},
		{"not active", `{"active":false}`, ""},
		{"nothing said", `{"aud":"mail","scope":"imap","email":"anna@example.test"}`, ""},
		{"of another issuer", `{` + good + `,"iss":"https://evil.test"}`, ""},
		{"for several", `{"active":true,"aud":["web","mail"],"scope":"imap","email":"anna@example.test"}`, "anna@example.test"},
		{"for another", `{"active":true,"aud":"web","client_id":"mail","scope":"imap","email":"anna@example.test"}`, ""},
		{"of the client", `{"active":true,"client_id":"mail","scope":"imap","email":"anna@example.test"}`, "anna@example.test"},
		{"for nobody in particular", `{"active":true,"scope":"imap","email":"anna@example.test"}`, ""},
		{"without the scope", `{"active":true,"aud":"mail","email":"anna@example.test"}`, ""},
		{"nobody's", `{"active":true,"aud":"mail","scope":"imap"}`, ""},
		{"address not verified", `{` + good + `,"email_verified":false}`, ""},
	} {
		answer = tc.answer
		user, err := c.User(t.Context(), "opaque")
		if user != tc.want || (err == nil) != (tc.want != "") || errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %q %v", tc.name, user, err)
		}
	}
	answer, status = `{`+good+`}`, http.StatusInternalServerError
	for range 3 { // it is left alone for a while
		if _, err := c.User(t.Context(), "opaque"); !errors.Is(err, ErrUnavailable) {
			t.Errorf("an issuer in trouble: %v", err)
		}
	}
	before := asked
	now, status = now.Add(retryTime), http.StatusOK
	if user, err := c.User(t.Context(), "opaque"); user == "" || asked != before+1 {
		t.Errorf("an issuer that is back: %q %v", user, err)
	}
	for name, text := range map[string]string{"no JSON": "yes", "a list": "[]", "too much": `{"x":"` + strings.Repeat("x", maxAnswer) + `",` + good + `}`} {
		now, answer = now.Add(retryTime), text
		if _, err := c.User(t.Context(), "opaque"); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := asked; n != before+4 {
		t.Errorf("asked %d times more", n-before)
	}
	if _, err := New(Config{Issuer: "http://127.0.0.1:1", Audience: "mail"}).User(t.Context(), "opaque"); err == nil {
		t.Error("an opaque token is taken though nobody is asked")
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

func FuzzAnswer(f *testing.F) {
	c := New(Config{Issuer: "https://issuer.test", Audience: "mail", Claim: "email"})
	f.Add(`{"active":true,"aud":["mail",1],"exp":1e300,"email":"a","scope":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var claims map[string]any
		if json.Unmarshal([]byte(text), &claims) != nil || c.judge(claims) != nil {
			return
		}
		if user, err := c.userOf(claims); (user == "") != (err != nil) {
			t.Errorf("%q: %q, %v", text, user, err)
		}
	})
}
