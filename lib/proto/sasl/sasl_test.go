// SPDX-License-Identifier: AGPL-3.0-or-later

package sasl_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	gosasl "github.com/emersion/go-sasl"

	"twiga/lib/proto/sasl"
	"twiga/lib/proto/sasl/sasltest"
)

const all = sasl.Passwords | sasl.Proofs | sasl.Tokens | sasl.Certificates

func anna() *sasltest.Account {
	return &sasltest.Account{Kinds: all, User: "anna", Secret: "pencil", Bearer: "tok", Subject: "Anna"}
}

var (
	bare   = sasl.Channel{}
	proofs = sasl.Channel{Proofs: true}
	local  = sasl.Channel{Secrets: true}
	tls12  = sasl.Channel{Secrets: true, TLS: &tls.ConnectionState{Version: tls.VersionTLS12, TLSUnique: []byte("unique")}}
	known  = sasl.Channel{Secrets: true, TLS: &tls.ConnectionState{Version: tls.VersionTLS12, TLSUnique: []byte("unique"),
		PeerCertificates: []*x509.Certificate{{Subject: pkix.Name{CommonName: "Anna"}}}}}
)

func TestOffered(t *testing.T) {
	for _, tc := range []struct {
		name  string
		kinds sasl.Kinds
		ch    sasl.Channel
		want  string
	}{
		{"nothing without TLS", all, bare, ""},
		{"proofs without TLS", all, proofs, "SCRAM-SHA-256"},
		{"this machine", all, local, "SCRAM-SHA-256 OAUTHBEARER XOAUTH2 PLAIN LOGIN"},
		{"TLS", all, tls12, "SCRAM-SHA-256-PLUS SCRAM-SHA-256 OAUTHBEARER XOAUTH2 PLAIN LOGIN"},
		{"client certificate", all, known, "EXTERNAL SCRAM-SHA-256-PLUS SCRAM-SHA-256 OAUTHBEARER XOAUTH2 PLAIN LOGIN"},
		{"a backend with passwords alone", sasl.Passwords, known, "PLAIN LOGIN"},
		{"a backend with nothing", 0, known, ""},
	} {
		a := anna()
		a.Kinds = tc.kinds
		if got := strings.Join(sasl.Offered(a, tc.ch), " "); got != tc.want {
			t.Errorf("%s: %s", tc.name, got)
		}
		for _, name := range strings.Fields(tc.want) {
			if _, err := sasl.Start(strings.ToLower(name), a, tc.ch); err != nil {
				t.Errorf("%s: start %s: %v", tc.name, name, err)
			}
		}
	}
	for _, tc := range []struct {
		name string
		ch   sasl.Channel
		want error
	}{
		{"PLAIN", bare, sasl.ErrPrivacy}, {"SCRAM-SHA-256", bare, sasl.ErrPrivacy}, {"XOAUTH2", proofs, sasl.ErrPrivacy},
		{"EXTERNAL", tls12, sasl.ErrUnknown}, {"CRAM-MD5", known, sasl.ErrUnknown},
	} {
		if _, err := sasl.Start(tc.name, anna(), tc.ch); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// speak lets a client and a server of the same mechanism speak with each
// other, with or without an initial response.
func speak(t *testing.T, a sasl.Authenticator, ch sasl.Channel, c gosasl.Client, early bool) error {
	t.Helper()
	name, response, err := c.Start()
	if err != nil {
		t.Fatal(err)
	}
	server, err := sasl.Start(name, a, ch)
	if err != nil {
		return err
	}
	first := response
	if !early {
		challenge, done, err := server.Next(t.Context(), nil)
		if err != nil || done || name != sasl.Login && len(challenge) > 0 {
			t.Fatalf("begin: %q %v %v", challenge, done, err)
		}
	}
	for response = first; ; {
		challenge, done, err := server.Next(t.Context(), response)
		if err != nil || done {
			return err
		}
		if response, err = c.Next(challenge); err != nil {
			response = []byte{1} // go-sasl takes a refusal for an error of its own
		}
	}
}

func TestExchanges(t *testing.T) {
	scram := func(c sasltest.Scram) *sasltest.Scram { return &c }
	for _, tc := range []struct {
		name   string
		ch     sasl.Channel
		client func() gosasl.Client
		want   string // how anna got in
		err    error
	}{
		{"plain", local, func() gosasl.Client { return gosasl.NewPlainClient("", "anna", "pencil") }, "password", nil},
		{"plain as oneself", local, func() gosasl.Client { return gosasl.NewPlainClient("anna", "anna", "pencil") }, "password", nil},
		{"plain as another", local, func() gosasl.Client { return gosasl.NewPlainClient("bert", "anna", "pencil") }, "", sasltest.ErrWrong},
		{"plain, wrong", local, func() gosasl.Client { return gosasl.NewPlainClient("", "anna", "Pencil") }, "", sasltest.ErrWrong},
		{"plain, no password", local, func() gosasl.Client { return gosasl.NewPlainClient("", "anna", "") }, "", sasl.ErrMalformed},
		{"login", local, func() gosasl.Client { return gosasl.NewLoginClient("anna", "pencil") }, "password", nil},
		{"login, wrong", local, func() gosasl.Client { return gosasl.NewLoginClient("anna", "x") }, "", sasltest.ErrWrong},
		{"scram", proofs, func() gosasl.Client { return scram(sasltest.Scram{User: "anna", Password: "pencil"}) }, "proof", nil},
		{"scram as oneself", tls12, func() gosasl.Client {
			return scram(sasltest.Scram{User: "anna", Password: "pencil", Identity: "anna"})
		}, "proof", nil},
		{"scram, wrong", proofs, func() gosasl.Client { return scram(sasltest.Scram{User: "anna", Password: "pen"}) }, "", sasltest.ErrWrong},
		{"scram as another, with a comma", proofs, func() gosasl.Client {
			return scram(sasltest.Scram{User: "anna", Password: "pencil", Identity: "a,=b"})
		}, "", sasltest.ErrWrong},
		{"scram, could bind", proofs, func() gosasl.Client {
			return scram(sasltest.Scram{User: "anna", Password: "pencil", Could: true})
		}, "proof", nil},
		{"scram, deceived", tls12, func() gosasl.Client {
			return scram(sasltest.Scram{User: "anna", Password: "pencil", Could: true})
		}, "", sasl.ErrRefused},
		{"bound", tls12, func() gosasl.Client {
			return scram(sasltest.Scram{User: "anna", Password: "pencil", Binding: "tls-unique", BindingValue: []byte("unique")})
		}, "proof", nil},
		{"bound to another channel", tls12, func() gosasl.Client {
			return scram(sasltest.Scram{User: "anna", Password: "pencil", Binding: "tls-unique", BindingValue: []byte("evil")})
		}, "", sasl.ErrRefused},
		{"binding of no such type", tls12, func() gosasl.Client {
			return scram(sasltest.Scram{User: "anna", Password: "pencil", Binding: "tls-magic", BindingValue: []byte("unique")})
		}, "", sasl.ErrRefused},
		{"bearer", local, func() gosasl.Client {
			return gosasl.NewOAuthBearerClient(&gosasl.OAuthBearerOptions{Username: "anna", Token: "tok", Host: "h", Port: 143})
		}, "token", nil},
		{"bearer, no user", local, func() gosasl.Client {
			return gosasl.NewOAuthBearerClient(&gosasl.OAuthBearerOptions{Token: "tok"})
		}, "token", nil},
		{"bearer, wrong", local, func() gosasl.Client {
			return gosasl.NewOAuthBearerClient(&gosasl.OAuthBearerOptions{Username: "anna", Token: "bad"})
		}, "", sasltest.ErrWrong},
		{"external", known, func() gosasl.Client { return gosasl.NewExternalClient("") }, "certificate", nil},
		{"external as another", known, func() gosasl.Client { return gosasl.NewExternalClient("bert") }, "", sasltest.ErrWrong},
	} {
		for _, early := range []bool{true, false} {
			a := anna()
			err := speak(t, a, tc.ch, tc.client(), early)
			if !errors.Is(err, tc.err) || a.LoggedIn != tc.want {
				t.Errorf("%s (initial response %v): %v, in by %q", tc.name, early, err, a.LoggedIn)
			}
		}
	}
}

// TestVector is the example of RFC 7677 3.
func TestVector(t *testing.T) {
	salt, err := base64.StdEncoding.DecodeString("W22ZaJ0SNY7soEsUEjb6gQ==")
	if err != nil {
		t.Fatal(err)
	}
	a := &sasltest.Account{Kinds: sasl.Proofs, User: "user", Secret: "pencil", Nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", Salt: salt, Iterations: 4096}
	server, err := sasl.Start("SCRAM-SHA-256", a, proofs)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ response, challenge string }{
		{"n,,n=user,r=rOprNGfwEbeRWgbNEkqO", "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"},
		{"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
			"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
	} {
		got, done, err := server.Next(t.Context(), []byte(step.response))
		if err != nil || done || string(got) != step.challenge {
			t.Fatalf("%q: %q %v %v", step.response, got, done, err)
		}
	}
	if _, done, err := server.Next(t.Context(), []byte{}); err != nil || !done {
		t.Errorf("end: %v %v", done, err)
	}
}

func TestResponses(t *testing.T) {
	for _, tc := range []struct {
		mechanism, name string
		responses       []string
		want            error
		challenges      []string // but for the last, which may be an error
	}{
		{"PLAIN", "two fields", []string{"anna\x00pencil"}, sasl.ErrMalformed, nil},
		{"PLAIN", "four fields", []string{"\x00anna\x00pencil\x00"}, sasl.ErrMalformed, nil},
		{"LOGIN", "an empty name", []string{""}, sasl.ErrMalformed, nil},
		{"LOGIN", "an empty password", []string{"anna", ""}, sasl.ErrMalformed, []string{"Password:"}},
		{"EXTERNAL", "a NUL", []string{"an\x00na"}, sasl.ErrMalformed, nil},
		{"SCRAM-SHA-256", "no header", []string{"n=anna,r=x"}, sasl.ErrMalformed, nil},
		{"SCRAM-SHA-256", "a binding where none is", []string{"p=tls-unique,,n=anna,r=x"}, sasl.ErrMalformed, nil},
		{"SCRAM-SHA-256", "an extension that must be known", []string{"n,,m=x,n=anna,r=x"}, sasl.ErrMalformed, nil},
		{"SCRAM-SHA-256", "an extension that need not", []string{"n,,n=anna,r=x,e=1", "c=biws,r=xN,e=2,p=" + strings.Repeat("A", 43) + "="},
			sasltest.ErrWrong, []string{"r=xN,s=c29tZSBzYWx0,i=4096"}},
		{"SCRAM-SHA-256", "a bad escape", []string{"n,,n=an=2Dna,r=x"}, sasl.ErrMalformed, nil},
		{"SCRAM-SHA-256", "no nonce", []string{"n,,n=anna,r="}, sasl.ErrMalformed, nil},
		{"SCRAM-SHA-256", "no proof", []string{"n,,n=anna,r=x", "c=biws,r=xN"}, sasl.ErrMalformed, []string{"r=xN,s=c29tZSBzYWx0,i=4096"}},
		{"SCRAM-SHA-256", "a short proof", []string{"n,,n=anna,r=x", "c=biws,r=xN,p=AAAA"}, sasl.ErrMalformed, []string{"r=xN,s=c29tZSBzYWx0,i=4096"}},
		{"SCRAM-SHA-256", "another nonce", []string{"n,,n=anna,r=x", "c=biws,r=xM,p=" + strings.Repeat("A", 43) + "="},
			sasl.ErrRefused, []string{"r=xN,s=c29tZSBzYWx0,i=4096"}},
		{"SCRAM-SHA-256", "another header", []string{"n,,n=anna,r=x", "c=eSws,r=xN,p=" + strings.Repeat("A", 43) + "="},
			sasl.ErrRefused, []string{"r=xN,s=c29tZSBzYWx0,i=4096"}},
		{"OAUTHBEARER", "refused with words", []string{"n,a=anna,\x01auth=Bearer no\x01\x01", "\x01"}, sasltest.ErrWrong,
			[]string{`{"status":"invalid_token","scope":"mail","openid-configuration":"https://issuer.test/.well-known/openid-configuration"}`}},
		{"OAUTHBEARER", "what tokens are wanted", []string{"n,a=anna,\x01host=h\x01port=143\x01auth=\x01\x01", "\x01"}, sasltest.ErrWrong,
			[]string{`{"status":"invalid_token","scope":"mail","openid-configuration":"https://issuer.test/.well-known/openid-configuration"}`}},
		{"OAUTHBEARER", "a scheme alone", []string{"n,,\x01auth=Bearer \x01\x01"}, sasl.ErrMalformed, nil},
		{"XOAUTH2", "no token", []string{"user=anna\x01auth=\x01\x01"}, sasl.ErrMalformed, nil},
		{"OAUTHBEARER", "in lower case, with what nobody knows", []string{"y,,\x01x=y\x01auth=bearer tok\x01\x01"}, nil, nil},
		{"OAUTHBEARER", "not ended", []string{"n,,\x01auth=Bearer tok\x01"}, sasl.ErrMalformed, nil},
		{"OAUTHBEARER", "something behind", []string{"n,,\x01auth=Bearer tok\x01\x01x"}, sasl.ErrMalformed, nil},
		{"OAUTHBEARER", "another scheme", []string{"n,,\x01auth=Basic tok\x01\x01"}, sasl.ErrMalformed, nil},
		{"OAUTHBEARER", "a bad port", []string{"n,,\x01port=99999\x01auth=Bearer tok\x01\x01"}, sasl.ErrMalformed, nil},
		{"OAUTHBEARER", "no token", []string{"n,,\x01\x01"}, sasl.ErrMalformed, nil},
		{"XOAUTH2", "right", []string{"user=anna\x01auth=Bearer tok\x01\x01"}, nil, nil},
		{"XOAUTH2", "refused with words", []string{"user=anna\x01auth=Bearer no\x01\x01", ""}, sasltest.ErrWrong,
			[]string{`{"status":"401","schemes":"bearer","scope":"mail"}`}},
		{"XOAUTH2", "no user", []string{"auth=Bearer tok\x01\x01"}, sasl.ErrMalformed, nil},
	} {
		a := anna()
		a.Nonce = "N"
		ch := known
		if tc.mechanism == "SCRAM-SHA-256" {
			ch = proofs
		}
		server, err := sasl.Start(tc.mechanism, a, ch)
		if err != nil {
			t.Fatal(err)
		}
		var challenges []string
		for _, r := range tc.responses {
			var challenge []byte
			if challenge, _, err = server.Next(t.Context(), []byte(r)); err != nil {
				break
			}
			if challenge != nil {
				challenges = append(challenges, string(challenge))
			}
		}
		if !errors.Is(err, tc.want) || !slices.Equal(challenges, tc.challenges) || (err == nil) != (a.LoggedIn != "") {
			t.Errorf("%s, %s: %v %q", tc.mechanism, tc.name, err, challenges)
		}
	}
}

// FuzzResponses feeds every mechanism with anything: nobody gets in who does
// not show the password, the token or the certificate.
func FuzzResponses(f *testing.F) {
	for _, s := range []string{"\x00anna\x00pencil", "n,,n=anna,r=x", "y,a=a=2Cb,n=anna,r=x,e=1", "p=tls-unique,,n=anna,r=x",
		"n,a=anna,\x01host=h\x01port=1\x01auth=Bearer t\x01\x01", "user=anna\x01auth=Bearer t\x01\x01"} {
		f.Add(s, "c=biws,r=xN,p="+strings.Repeat("A", 43)+"=")
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		for _, name := range sasl.Offered(anna(), known) {
			if name == sasl.External {
				continue
			}
			a := anna()
			a.Secret, a.Bearer, a.Nonce = "a secret nobody guesses", "another such secret", "N"
			server, err := sasl.Start(name, a, known)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range []string{first, second, ""} {
				_, done, err := server.Next(t.Context(), []byte(r))
				if done || a.LoggedIn != "" {
					t.Fatalf("%s: %q, then %q: logged in", name, first, second)
				}
				if err != nil {
					break
				}
			}
		}
	})
}
