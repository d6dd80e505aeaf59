// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"strings"
	"testing"

	gosasl "github.com/emersion/go-sasl"

	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/proto/lines/linestest"
	"twiga/lib/proto/sasl/sasltest"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// authenticate runs AUTHENTICATE and gives the tagged response.
func authenticate(t *testing.T, c *imaptest.Client, client gosasl.Client, early bool) string {
	t.Helper()
	name, initial, err := client.Start()
	if err != nil {
		t.Fatal(err)
	}
	line := "A1 AUTHENTICATE " + name
	if early && len(initial) == 0 {
		line += " ="
	} else if early {
		line += " " + base64.StdEncoding.EncodeToString(initial)
	}
	c.Send(line + "\r\n")
	response := initial
	for begun := early; ; begun = true {
		got := c.ReadLine()
		text, challenged := strings.CutPrefix(got, "+ ")
		if !challenged {
			if strings.HasPrefix(got, "* ") {
				continue
			}
			return strings.TrimPrefix(got, "A1 ")
		}
		if begun {
			challenge, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			if response, err = client.Next(challenge); err != nil {
				c.Send("*\r\n")
				continue
			}
		}
		c.Send(base64.StdEncoding.EncodeToString(response) + "\r\n")
	}
}

// TestAuthenticate logs in with every mechanism, over a real store and, where it
// matters, real TLS.
func TestAuthenticate(t *testing.T) {
	ca := linestest.NewAuthority(t)
	e := storetest.OpenDir(t, t.TempDir(), store.Options{DefaultDomain: "example.test", ClientCA: ca.Pool})
	admin := storetest.As(t, e, object.RoleAdmin)
	for _, u := range []directory.User{{Name: "anna"}, {Name: "boss", Admin: directory.AdminServer}} {
		if _, err := admin.CreateUser(t.Context(), object.CreateUserRequest{User: u, Password: storetest.Password}); err != nil {
			t.Fatal(err)
		}
	}
	var lines bytes.Buffer
	gw := Config{Service: e.As(store.Peer{Roles: []object.Role{object.RoleGateway}, Name: "test"}),
		Logger: slog.New(slog.NewTextHandler(&lines, nil))}
	open := newRigOf(t, gw, proto.Config{PlainLogin: true, Limits: proto.Limits{AuthFailures: 100}})
	closed := newRigOf(t, gw, proto.Config{TLS: ca.Server(), Limits: proto.Limits{AuthFailures: 100}})
	never := newRigOf(t, gw, proto.Config{NoOpenProofs: true})
	const password = storetest.Password
	for _, tc := range []struct {
		name     string
		at       *rig
		startTLS bool
		cert     string // whose certificate the client has
		client   gosasl.Client
		binding  string
		want     string
	}{
		{"plain", open, false, "", gosasl.NewPlainClient("", "anna", password), "", "OK ..."},
		{"plain, wrong", open, false, "", gosasl.NewPlainClient("", "anna", "x"), "", "NO [AUTHENTICATIONFAILED] ..."},
		{"plain for another", open, false, "", gosasl.NewPlainClient("anna", "boss", password), "", "OK ..."},
		{"plain for another, not allowed", open, false, "", gosasl.NewPlainClient("boss", "anna", password), "", "NO [AUTHORIZATIONFAILED] ..."},
		{"plain in the open", closed, false, "", gosasl.NewPlainClient("", "anna", password), "", "NO [PRIVACYREQUIRED] ..."},
		{"plain under TLS", closed, true, "", gosasl.NewPlainClient("", "anna", password), "", "OK ..."},
		{"login", open, false, "", gosasl.NewLoginClient("anna", password), "", "OK ..."},
		{"scram in the open", closed, false, "", &sasltest.Scram{User: "anna", Password: password}, "", "OK ..."},
		{"scram in the open, not wanted", never, false, "", &sasltest.Scram{User: "anna", Password: password}, "", "NO [PRIVACYREQUIRED] ..."},
		{"scram, wrong", closed, false, "", &sasltest.Scram{User: "anna", Password: "x"}, "", "NO [AUTHENTICATIONFAILED] ..."},
		{"scram of nobody", closed, false, "", &sasltest.Scram{User: "nobody", Password: "x"}, "", "NO [AUTHENTICATIONFAILED] ..."},
		{"scram for another", closed, true, "", &sasltest.Scram{User: "boss", Identity: "anna", Password: password}, "", "OK ..."},
		{"bound", closed, true, "", &sasltest.Scram{User: "anna", Password: password}, "tls-exporter", "OK ..."},
		{"bound to the certificate", closed, true, "", &sasltest.Scram{User: "anna", Password: password}, "tls-server-end-point", "NO [AUTHENTICATIONFAILED] ..."},
		{"tokens are not taken", open, false, "", gosasl.NewOAuthBearerClient(&gosasl.OAuthBearerOptions{Token: "x"}), "", "NO [CANNOT] ..."},
		{"no such mechanism", open, false, "", gosasl.NewAnonymousClient("anna"), "", "NO [CANNOT] ..."},
		{"certificate in the open", open, false, "", gosasl.NewExternalClient(""), "", "NO [PRIVACYREQUIRED] ..."},
		{"certificate", closed, true, "anna", gosasl.NewExternalClient(""), "", "OK ..."},
		{"certificate, acting for another", closed, true, "boss", gosasl.NewExternalClient("anna"), "", "OK ..."},
		{"certificate, not allowed", closed, true, "anna", gosasl.NewExternalClient("boss"), "", "NO [AUTHORIZATIONFAILED] ..."},
		{"certificate of nobody", closed, true, "nobody", gosasl.NewExternalClient(""), "", "NO [AUTHENTICATIONFAILED] ..."},
		{"no certificate", closed, true, "", gosasl.NewExternalClient(""), "", "NO [CANNOT] ..."},
	} {
		for _, early := range []bool{true, false} {
			c := imaptest.Dial(t, "tcp", tc.at.address)
			c.ReadLine()
			if tc.startTLS {
				c.Send("A0 STARTTLS\r\n")
				c.Expect("A0 OK ...")
				state := c.Upgrade(ca.Client(tc.cert))
				if s, ok := tc.client.(*sasltest.Scram); ok && tc.binding != "" {
					s.Binding = tc.binding
					value, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
					if err != nil {
						t.Fatal(err)
					}
					s.BindingValue = value
				}
			}
			if s, ok := tc.client.(*sasltest.Scram); ok {
				tc.client = &sasltest.Scram{User: s.User, Password: s.Password, Identity: s.Identity, Binding: s.Binding, BindingValue: s.BindingValue}
			}
			if got := authenticate(t, c, tc.client, early); !linestest.Match(tc.want, got) {
				t.Errorf("%s (initial response %v): %s", tc.name, early, got)
			}
		}
	}
	if text := lines.String(); strings.Contains(text, password) || !strings.Contains(text, "peer=127.0.0.1 ") || !strings.Contains(text, "actor=boss") {
		t.Errorf("the log has a password, or not who it was:\n%s", text)
	}
}
