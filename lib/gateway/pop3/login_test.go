// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gosasl "github.com/emersion/go-sasl"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/proto/lines/linestest"
	proto "twiga/lib/proto/pop3"
	"twiga/lib/proto/pop3/pop3test"
	"twiga/lib/proto/sasl/sasltest"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// issued knows whose the token "good" is.
type issued struct{}

func (issued) Issuer() string { return "https://issuer.test" }
func (issued) Scope() string  { return "mail" }
func (issued) User(_ context.Context, token string) (string, error) {
	if token == "good" {
		return "anna", nil
	}
	return "", mapi.LogonFailed
}

// authenticate runs AUTH and gives the last line of the answer.
func authenticate(t *testing.T, c *pop3test.Client, client gosasl.Client, early bool) string {
	t.Helper()
	name, response, err := client.Start()
	if err != nil {
		t.Fatal(err)
	}
	line := "AUTH " + name
	switch {
	case early && len(response) == 0:
		line += " ="
	case early:
		line += " " + base64.StdEncoding.EncodeToString(response)
	}
	c.Send(line + "\r\n")
	for begun := early; ; begun = true {
		got := c.ReadLine()
		text, challenged := strings.CutPrefix(got, "+ ")
		if !challenged {
			return got
		}
		if begun {
			challenge, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			if response, err = client.Next(challenge); err != nil {
				response = []byte{1} // RFC 7628 3.2.3
			}
		}
		c.Send(base64.StdEncoding.EncodeToString(response) + "\r\n")
	}
}

// loginRigs are servers on one store: one that takes passwords in the open,
// one that takes them under TLS, and one that takes nothing without TLS.
func loginRigs(t *testing.T, cfg Config) (ca *linestest.Authority, open, closed, never *rig) {
	t.Helper()
	ca = linestest.NewAuthority(t)
	cfg.Service = openEngineOf(t, store.Options{Tokens: issued{}, ClientCA: ca.Pool})
	server, limits := ca.Server(), proto.Limits{AuthFailures: 100}
	return ca, newRigOf(t, cfg, proto.Config{PlainLogin: true, Limits: limits}),
		newRigOf(t, cfg, proto.Config{TLS: server, Limits: limits}),
		newRigOf(t, cfg, proto.Config{TLS: server, NoOpenProofs: true, Limits: limits})
}

func bearer(token string) gosasl.Client {
	return gosasl.NewOAuthBearerClient(&gosasl.OAuthBearerOptions{Token: token})
}

// xoauth2 is a client of XOAUTH2, which go-sasl has no more.
type xoauth2 string

func (x xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=anna\x01auth=Bearer " + string(x) + "\x01\x01"), nil
}

func (xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }

// asking is a client of OAUTHBEARER that asks what tokens are wanted (RFC 7628
// 4.3).
type asking struct{}

func (asking) Start() (string, []byte, error) {
	return "OAUTHBEARER", []byte("n,a=anna,\x01host=h\x01port=110\x01auth=\x01\x01"), nil
}

func (asking) Next(challenge []byte) ([]byte, error) {
	if !strings.Contains(string(challenge), `"status":"invalid_token"`) {
		return nil, fmt.Errorf("challenge %q", challenge)
	}
	return []byte{1}, nil
}

// TestAuthenticate logs in with every mechanism, over a real store and, where it
// matters, real TLS.
func TestAuthenticate(t *testing.T) {
	var lines logLines
	ca, open, closed, never := loginRigs(t, Config{Logger: lines.logger()})
	const password = storetest.Password
	scram := func(password, binding string) gosasl.Client {
		return &sasltest.Scram{User: "anna", Password: password, Binding: binding}
	}
	for _, tc := range []struct {
		name   string
		at     *rig
		tls    bool
		cert   string // whose certificate the client has
		client func() gosasl.Client
		want   string
	}{
		{"plain", open, false, "", func() gosasl.Client { return gosasl.NewPlainClient("", "anna", password) }, "+OK ..."},
		{"plain, wrong", open, false, "", func() gosasl.Client { return gosasl.NewPlainClient("", "anna", "x") }, "-ERR [AUTH] Authentication failed"},
		{"plain for another", open, false, "", func() gosasl.Client { return gosasl.NewPlainClient("bert", "anna", password) }, "-ERR [AUTH] Acting for ..."},
		{"plain in the open", closed, false, "", func() gosasl.Client { return gosasl.NewPlainClient("", "anna", password) }, "-ERR [AUTH] Passwords ..."},
		{"plain under TLS", closed, true, "", func() gosasl.Client { return gosasl.NewPlainClient("", "anna", password) }, "+OK ..."},
		{"login", closed, true, "", func() gosasl.Client { return gosasl.NewLoginClient("anna", password) }, "+OK ..."},
		{"scram in the open", closed, false, "", func() gosasl.Client { return scram(password, "") }, "+OK ..."},
		{"scram in the open, not wanted", never, false, "", func() gosasl.Client { return scram(password, "") }, "-ERR [AUTH] Passwords ..."},
		{"scram, not in the open", never, true, "", func() gosasl.Client { return scram(password, "") }, "+OK ..."},
		{"scram, wrong", closed, false, "", func() gosasl.Client { return scram("x", "") }, "-ERR [AUTH] Authentication failed"},
		{"scram, bound", closed, true, "", func() gosasl.Client { return scram(password, "tls-exporter") }, "+OK ..."},
		{"token in the open", closed, false, "", func() gosasl.Client { return bearer("good") }, "-ERR [AUTH] Passwords ..."},
		{"token", closed, true, "", func() gosasl.Client { return bearer("good") }, "+OK ..."},
		{"token, wrong", closed, true, "", func() gosasl.Client { return bearer("bad") }, "-ERR [AUTH] Authentication failed"},
		{"token, asked for", closed, true, "", func() gosasl.Client { return asking{} }, "-ERR [AUTH] Authentication failed"},
		{"xoauth2", closed, true, "", func() gosasl.Client { return xoauth2("good") }, "+OK ..."},
		{"xoauth2, wrong", closed, true, "", func() gosasl.Client { return xoauth2("bad") }, "-ERR [AUTH] Authentication failed"},
		{"certificate", closed, true, "anna", func() gosasl.Client { return gosasl.NewExternalClient("") }, "+OK ..."},
		{"certificate of nobody", closed, true, "nobody", func() gosasl.Client { return gosasl.NewExternalClient("") }, "-ERR [AUTH] Authentication failed"},
		{"no certificate", closed, true, "", func() gosasl.Client { return gosasl.NewExternalClient("") }, "-ERR Authentication mechanism ..."},
	} {
		for _, early := range []bool{true, false} {
			c := pop3test.Dial(t, "tcp", tc.at.address)
			c.Expect("+OK ...")
			client := tc.client()
			if tc.tls {
				state := c.StartTLS(ca.Client(tc.cert))
				bind(t, client, &state)
			}
			got := authenticate(t, c, client, early)
			if !linestest.Match(tc.want, got) {
				t.Errorf("%s (initial response %v): %s", tc.name, early, got)
			}
			if strings.HasPrefix(got, "+OK") {
				c.OK("STAT")
				c.OK("QUIT") // gives the maildrop free
			}
		}
	}
	if text := lines.String(); strings.Contains(text, password) || strings.Contains(text, "good") {
		t.Errorf("the log has a secret:\n%s", text)
	}
}

// bind gives a client of SCRAM the value of the binding that it wants.
func bind(t *testing.T, client gosasl.Client, state *tls.ConnectionState) {
	t.Helper()
	s, ok := client.(*sasltest.Scram)
	if !ok || s.Binding == "" {
		return
	}
	var err error
	s.BindingValue, err = state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
	must(t, "bind", err)
}

// TestUserPass: USER is taken where passwords are, and CAPA says where.
func TestUserPass(t *testing.T) {
	var lines logLines
	ca, _, closed, never := loginRigs(t, Config{Logger: lines.logger()})
	for _, tc := range []struct {
		name       string
		at         *rig
		open, sasl string // CAPA's line before and after STLS
	}{
		{"local", closed, "SASL SCRAM-SHA-256", "SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256 OAUTHBEARER XOAUTH2 PLAIN LOGIN"},
		{"never", never, "", "SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256 OAUTHBEARER XOAUTH2 PLAIN LOGIN"},
	} {
		c := pop3test.Dial(t, "tcp", tc.at.address)
		c.Expect("+OK ...")
		offered := func(user bool, want string) {
			t.Helper()
			capa := c.Multi("CAPA")
			got := ""
			if i := slices.IndexFunc(capa, func(s string) bool { return strings.HasPrefix(s, "SASL ") }); i >= 0 {
				got = capa[i]
			}
			if got != want || slices.Contains(capa, "USER") != user {
				t.Errorf("%s: CAPA %q, want %q", tc.name, capa, want)
			}
		}
		offered(false, tc.open)
		c.Send("USER anna\r\n")
		c.Expect("-ERR [AUTH] Passwords are taken under TLS only")
		c.StartTLS(ca.Client(""))
		offered(true, tc.sasl)
		c.OK("USER anna")
		c.Send("PASS wrong\r\n")
		c.Expect("-ERR [AUTH] Authentication failed")
		c.OK("USER anna")
		c.OK("PASS " + storetest.Password)
		c.OK("QUIT")
		c.ExpectClosed()
	}
	for _, want := range []string{
		`msg="login failed" code=TW-IMAPGW-0111 peer=127.0.0.1 `, // contrib/fail2ban looks for it
		`msg=login code=TW-IMAPGW-0011 peer=127.0.0.1 `,
		"user=anna@example.test by=password tls=true",
	} {
		if n := strings.Count(lines.String(), want); n != 2 {
			t.Errorf("%d times %q in\n%s", n, want, lines.String())
		}
	}
}

// TestHalfLogin: a client that proves who it is and does not wait to be told so
// is somebody else's next, and no session is left over.
func TestHalfLogin(t *testing.T) {
	var lines logLines
	_, _, closed, _ := loginRigs(t, Config{Logger: lines.logger()}) //nolint:dogsled // one of the rigs is enough here
	c := pop3test.Dial(t, "tcp", closed.address)
	c.Expect("+OK ...")
	for range 2 {
		client := &sasltest.Scram{User: "bert", Password: storetest.Password}
		_, initial, err := client.Start()
		must(t, "start", err)
		c.Send("AUTH SCRAM-SHA-256 " + base64.StdEncoding.EncodeToString(initial) + "\r\n")
		first, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(c.ReadLine(), "+ "))
		must(t, "challenge", err)
		proof, err := client.Next(first)
		must(t, "prove", err)
		c.Send(base64.StdEncoding.EncodeToString(proof) + "\r\n")
		c.Expect("+ ...")
		c.Send("*\r\n")
		c.Expect("-ERR Authentication cancelled")
		c.Send("STAT\r\n")
		c.Expect("-ERR Log in first")
	}
	closed.save(t, letter)
	if got := authenticate(t, c, &sasltest.Scram{User: "anna", Password: storetest.Password}, true); got != "+OK 1 messages (67 octets)" {
		t.Errorf("login: %s", got)
	}
	if text := lines.String(); strings.Count(text, "msg=login ") != 3 || strings.Count(text, "msg=logout ") != 2 {
		t.Errorf("not every session but the last has ended:\n%s", text)
	}
}

// TestLoginLimits are those of the store, which no code AUTH tells: another
// password would not help.
func TestLoginLimits(t *testing.T) {
	var lines logLines
	service := openEngineOf(t, store.Options{Logon: store.LogonLimits{
		UserFailures: 1, Delay: time.Hour, MaxDelay: time.Hour, Forget: time.Hour, UserSessions: 1,
	}})
	r := newRig(t, service, func(c *Config) { c.Logger = lines.logger() })
	_, err := service.Logon(t.Context(), object.LogonRequest{Role: object.RoleUser, User: "anna", Password: storetest.Password, Service: "imap"})
	must(t, "logon", err)
	pop3test.Run(t, `
		1< +OK ...
		1> USER anna
		1< +OK ...
		1> PASS secret
		1< -ERR [SYS/TEMP] Too many connections of this user
		1> USER bert
		1< +OK ...
		1> PASS wrong
		1< -ERR [AUTH] ...
		1> USER bert
		1< +OK ...
		1> PASS another
		1< -ERR [AUTH] ...
		1> USER bert
		1< +OK ...
		1> PASS secret
		1< -ERR [SYS/TEMP] Too many failures, try again later
		1> AUTH PLAIN AGJlcnQAc2VjcmV0
		1< -ERR [SYS/TEMP] Too many failures, try again later`, func() *pop3test.Client { return pop3test.Dial(t, "tcp", r.address) })
	if text := lines.String(); strings.Count(text, "code=TW-IMAPGW-0113 peer=127.0.0.1 ") != 3 || strings.Count(text, "code=TW-IMAPGW-0111 ") != 2 {
		t.Errorf("log:\n%s", text)
	}
}
