// SPDX-License-Identifier: AGPL-3.0-or-later

package spool_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"twiga/lib/mapi/object"
	"twiga/lib/spool"
)

// certificate makes one for a loopback relay, and a file of it.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// guarded is a relay that wants a password.
type guarded struct {
	*relay
	asked *atomic.Int32 // how often a password was told
}

type guardedSession struct {
	relaySession
	known bool
	asked *atomic.Int32
	c     *smtp.Conn
}

func (g guarded) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &guardedSession{relaySession: relaySession{relay: g.relay}, asked: g.asked, c: c}, nil
}

func (s *guardedSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *guardedSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.asked.Add(1)
		if user != "twiga" || password != "open sesame" {
			return errors.New("wrong password")
		}
		s.known = true
		return nil
	}), nil
}

func (s *guardedSession) Mail(from string, o *smtp.MailOptions) error {
	if _, encrypted := s.c.TLSConnectionState(); !encrypted || !s.known {
		return smtp.ErrAuthRequired
	}
	return s.relaySession.Mail(from, o)
}

func TestRelayPolicy(t *testing.T) {
	cert, ca := certificate(t)
	good := filepath.Join(t.TempDir(), "password")
	bad := good + ".bad"
	for file, text := range map[string]string{good: "open sesame\n", bad: "guess\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name    string
		set     spool.Settings
		offered bool
		want    object.Outcome
	}{
		{"encrypted as offered", spool.Settings{StartTLS: "may", RelayUser: "twiga", PasswordFile: good}, true, object.OutcomeSent},
		{"encrypted and verified", spool.Settings{StartTLS: "must", RelayCA: ca, RelayUser: "twiga", PasswordFile: good}, true, object.OutcomeSent},
		{"unknown certificate", spool.Settings{StartTLS: "must", RelayUser: "twiga", PasswordFile: good}, true, object.OutcomeRetry},
		{"not offered", spool.Settings{StartTLS: "must", RelayCA: ca, RelayUser: "twiga", PasswordFile: good}, false, object.OutcomeRetry},
		{"no password in the clear", spool.Settings{StartTLS: "may", RelayUser: "twiga", PasswordFile: good}, false, object.OutcomeRetry},
		{"wrong password", spool.Settings{StartTLS: "may", RelayUser: "twiga", PasswordFile: bad}, true, object.OutcomeRetry},
		{"no password file", spool.Settings{StartTLS: "may", RelayUser: "twiga", PasswordFile: bad + ".none"}, true, object.OutcomeRetry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked atomic.Int32
			b := newBench(t, func(b *bench) {
				b.set = &tt.set
				b.server.Backend = guarded{b.relay, &asked}
				b.server.AllowInsecureAuth = true
				if tt.offered {
					b.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
				}
			})
			b.submit(b.written(plain), "x@there.test")
			if f := receive(t, b.finish); f.Outcome != tt.want {
				t.Errorf("record %+v", f)
			}
			if sent := len(b.relay.arrived) == 1; sent != (tt.want == object.OutcomeSent) {
				t.Errorf("sent: %v", sent)
			}
			if !tt.offered && asked.Load() > 0 {
				t.Error("the password was told in the clear")
			}
		})
	}
}
