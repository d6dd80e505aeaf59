// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// issued knows which token is whose.
type issued map[string]string

func (issued) Issuer() string { return "https://issuer.test" }
func (issued) Scope() string  { return "imap" }
func (i issued) User(_ context.Context, token string) (string, error) {
	if user, ok := i[token]; ok {
		return user, nil
	}
	return "", mapi.LogonFailed
}

// authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *authority) issue(t *testing.T, c *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(1), time.Unix(1e9, 0), time.Unix(1e9, 0).Add(time.Hour)
	parent := a.cert
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func newAuthority(t *testing.T, above *authority) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	signer := above
	if signer == nil {
		signer = a
	}
	a.cert = signer.issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: "CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, a.key)
	return a
}

// TestTokensAndCertificates: what names a user by other means than a password
// is judged by the store.
func TestTokensAndCertificates(t *testing.T) {
	root, evil := newAuthority(t, nil), newAuthority(t, nil)
	below := newAuthority(t, root)
	pool := x509.NewCertPool()
	pool.AddCert(root.cert)
	now := time.Unix(1e9+60, 0)
	e := storetest.OpenDir(t, t.TempDir(), store.Options{
		DefaultDomain: "x.test", Tokens: issued{"a": "anna@x.test", "b": "bert@x.test", "n": "nobody", "m": "an.na@mail.test"},
		ClientCA: func() *x509.CertPool { return pool }, Now: func() time.Time { return now },
	})
	admin := storetest.As(t, e, object.RoleAdmin)
	for _, u := range []directory.User{{Name: "anna", Aliases: []string{"an.na@mail.test"}, NoServices: []string{"pop3"}}, {Name: "bert", Disabled: true}, {Name: "boss", Admin: directory.AdminServer}} {
		if _, err := admin.CreateUser(t.Context(), object.CreateUserRequest{User: u}); err != nil {
			t.Fatal(err)
		}
	}
	client := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	cert := func(by *authority, name, mail string, use []x509.ExtKeyUsage) []byte {
		c := &x509.Certificate{Subject: pkix.Name{CommonName: name}, ExtKeyUsage: use}
		if mail != "" {
			c.EmailAddresses = []string{mail}
		}
		return by.issue(t, c, newKey(t)).Raw
	}
	server := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, tc := range []struct {
		name string
		req  object.LogonRequest
		want mapi.Code
		who  string
	}{
		{"token", object.LogonRequest{Token: "a"}, 0, "anna@x.test"},
		{"token, named too", object.LogonRequest{Token: "a", User: "Anna"}, 0, "anna@x.test"},
		{"token by an alias", object.LogonRequest{Token: "m"}, 0, "anna@x.test"},
		{"token of somebody else", object.LogonRequest{Token: "a", User: "boss"}, mapi.LogonFailed, ""},
		{"token, acting for another", object.LogonRequest{Token: "a", Identity: "boss"}, mapi.NoAccess, ""},
		{"token, service turned off", object.LogonRequest{Token: "a", Service: "pop3"}, mapi.LogonFailed, ""},
		{"token of nobody", object.LogonRequest{Token: "n"}, mapi.LogonFailed, ""},
		{"token of a disabled user", object.LogonRequest{Token: "b"}, mapi.LogonFailed, ""},
		{"a bad token", object.LogonRequest{Token: "x"}, mapi.LogonFailed, ""},
		{"certificate by its name", object.LogonRequest{Certificate: [][]byte{cert(root, "anna", "", client)}}, 0, "anna@x.test"},
		{"certificate by its address", object.LogonRequest{Certificate: [][]byte{cert(root, "boss", "an.na@mail.test", client)}}, 0, "anna@x.test"},
		{"certificate with another between", object.LogonRequest{Certificate: [][]byte{cert(below, "anna", "", client), below.cert.Raw}}, 0, "anna@x.test"},
		{"the one between is missing", object.LogonRequest{Certificate: [][]byte{cert(below, "anna", "", client)}}, mapi.LogonFailed, ""},
		{"of another authority", object.LogonRequest{Certificate: [][]byte{cert(evil, "anna", "", client), evil.cert.Raw}}, mapi.LogonFailed, ""},
		{"a server's", object.LogonRequest{Certificate: [][]byte{cert(root, "anna", "", server)}}, mapi.LogonFailed, ""},
		{"damaged", object.LogonRequest{Certificate: [][]byte{{1, 2, 3}}}, mapi.LogonFailed, ""},
		{"certificate, acting for another", object.LogonRequest{Certificate: [][]byte{cert(root, "boss", "", client)}, Identity: "anna"}, 0, "anna@x.test"},
	} {
		tc.req.Role = object.RoleUser
		s, err := e.As(store.Peer{Roles: []object.Role{object.RoleGateway}}).Logon(t.Context(), tc.req)
		if mapi.CodeOf(err) != tc.want || err == nil && s.Whoami().User != tc.who {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	now = now.Add(2 * time.Hour)
	_, err := e.As(store.Peer{Roles: []object.Role{object.RoleGateway}}).Logon(t.Context(),
		object.LogonRequest{Role: object.RoleUser, Certificate: [][]byte{cert(root, "anna", "", client)}})
	if mapi.CodeOf(err) != mapi.LogonFailed {
		t.Errorf("expired: %v", err)
	}
}

// TestSessionLimits counts over all programs, by user and by address.
func TestSessionLimits(t *testing.T) {
	e := storetest.OpenDir(t, t.TempDir(), store.Options{DefaultDomain: "x.test", Logon: store.LogonLimits{UserSessions: 2, AddressSessions: 3}})
	admin := storetest.As(t, e, object.RoleAdmin)
	for _, name := range []string{"anna", "bert", "cleo"} {
		if _, err := admin.CreateUser(t.Context(), object.CreateUserRequest{User: directory.User{Name: name}, Password: storetest.Password}); err != nil {
			t.Fatal(err)
		}
	}
	open := map[string]object.Session{}
	for _, step := range []struct {
		name, user, service, peer string
		want                      mapi.Code
	}{
		{"1", "anna", "imap", "192.0.2.1:1", 0}, {"2", "anna", "pop3", "192.0.2.1:2", 0}, {"3", "anna", "imap", "198.51.100.1:1", mapi.SessionLimit},
		{"no service", "anna", "", "192.0.2.1:3", 0}, {"4", "bert", "imap", "192.0.2.1:4", 0}, {"5", "bert", "imap", "192.0.2.1:5", mapi.SessionLimit},
		{"6", "bert", "imap", "127.0.0.1:5", 0}, {"7", "cleo", "imap", "127.0.0.1:5", 0},
		{"-2", "", "", "", 0}, {"8", "anna", "imap", "192.0.2.1:9", 0}, {"9", "anna", "imap", "192.0.2.1:9", mapi.SessionLimit},
	} {
		if step.user == "" {
			for range 2 { // the second time is too many
				_ = open[step.name[1:]].Logoff(t.Context())
			}
			continue
		}
		s, err := e.As(store.Peer{Roles: []object.Role{object.RoleGateway}}).Logon(t.Context(), object.LogonRequest{
			Role: object.RoleUser, User: step.user, Password: storetest.Password, Service: step.service, Peer: step.peer})
		if open[step.name] = s; mapi.CodeOf(err) != step.want {
			t.Errorf("%s: %v", step.name, err)
		}
	}
}
