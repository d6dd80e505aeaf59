// SPDX-License-Identifier: AGPL-3.0-or-later

package sasl_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"twiga/lib/proto/sasl"
	"twiga/lib/proto/sasl/sasltest"
)

// shaken is both ends of a TLS connection after the handshake, and the
// server's certificate.
func shaken(t *testing.T, version uint16) (server, client tls.ConnectionState, cfg *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"mail.test"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pair := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	cfg = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil }}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	one, two := tls.Server(a, cfg), tls.Client(b, &tls.Config{InsecureSkipVerify: true, ServerName: "mail.test", MinVersion: version, MaxVersion: version})
	failed := make(chan error, 1)
	go func() { failed <- one.Handshake() }()
	if err := two.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	return one.ConnectionState(), two.ConnectionState(), cfg
}

// TestBindings binds to real connections.
func TestBindings(t *testing.T) {
	for _, tc := range []struct {
		name    string
		version uint16
		binding string
		value   func(c *tls.ConnectionState) []byte
		ok      bool
	}{
		{"exporter of 1.3", tls.VersionTLS13, "tls-exporter", exported, true},
		{"exporter of 1.2", tls.VersionTLS12, "tls-exporter", exported, true},
		{"unique of 1.2", tls.VersionTLS12, "tls-unique", func(c *tls.ConnectionState) []byte { return c.TLSUnique }, true},
		{"unique of 1.3 does not exist", tls.VersionTLS13, "tls-unique", func(c *tls.ConnectionState) []byte { return c.TLSUnique }, false},
		{"certificate", tls.VersionTLS13, "tls-server-end-point", func(c *tls.ConnectionState) []byte {
			sum := sha256.Sum256(c.PeerCertificates[0].Raw)
			return sum[:]
		}, true},
		{"another certificate", tls.VersionTLS13, "tls-server-end-point", func(*tls.ConnectionState) []byte { return make([]byte, 32) }, false},
		{"another connection", tls.VersionTLS13, "tls-exporter", func(*tls.ConnectionState) []byte { return make([]byte, 32) }, false},
	} {
		server, client, cfg := shaken(t, tc.version)
		a := anna()
		ch := sasl.Channel{Secrets: true, TLS: &server, Certificate: sasl.OwnCertificate(&server, cfg)}
		err := speak(t, a, ch, &sasltest.Scram{User: "anna", Password: "pencil", Binding: tc.binding, BindingValue: tc.value(&client)}, true)
		if (err == nil) != tc.ok {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func exported(c *tls.ConnectionState) []byte {
	b, err := c.ExportKeyingMaterial("EXPORTER-Channel-Binding", []byte{}, 32)
	if err != nil {
		return []byte(err.Error())
	}
	return b
}
