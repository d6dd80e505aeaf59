// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"strings"
	"time"
)

// writeConfigs writes the configuration of every daemon, in which only the
// places and the domain differ from the defaults.
func (o *options) writeConfigs(l layout) error {
	if err := writeCertificate(l.path("etc", "certificate.pem")); err != nil {
		return err
	}
	store := setting("store_socket", "unix:"+l.socket())
	configs := map[string]string{
		"stored": setting("data_dir", l.data()) +
			settings("listen", "unix:"+l.socket()) +
			settings("admin_listen", "unix:"+l.adminSocket()) +
			setting("version_file", l.path("run", "versions")) +
			setting("default_domain", o.domain),
		"dagent": store + settings("listen", "tcp:"+l.lmtp()) + setting("hostname", "localhost"),
		"imapgw": store + settings("imap", "tcp:"+l.imap()) + settings("imaps", "tcp:"+l.imaps()) +
			settings("pop3", "tcp:"+l.pop3()) + settings("pop3s", "tcp:"+l.pop3s()) +
			setting("tls.certificate", l.path("etc", "certificate.pem")),
		"spooler": store + setting("relay", o.relay) + setting("hostname", "localhost"),
	}
	if err := o.replace(configs); err != nil {
		return err
	}
	for _, name := range daemons {
		text := "# Written at each start; changes are lost.\n" + setting("metrics_listen", "unix:"+l.metrics(name)) + configs[name]
		if err := os.WriteFile(l.config(name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write configuration of %s: %w", name, err)
		}
	}
	return nil
}

// replace puts the settings that were asked for in place of ours.
func (o *options) replace(configs map[string]string) error {
	for _, s := range o.set {
		name, line, _ := strings.Cut(s, ":")
		key, value, ok := strings.Cut(line, "=")
		if _, known := configs[name]; !known || !ok {
			return fmt.Errorf("setting %q: want DAEMON:KEY=VALUE", s)
		}
		var kept strings.Builder
		for ours := range strings.Lines(configs[name]) {
			if !strings.HasPrefix(ours, key+" = ") {
				kept.WriteString(ours)
			}
		}
		configs[name] = kept.String() + key + " = " + value + "\n"
	}
	return nil
}

func setting(key, value string) string { return fmt.Sprintf("%s = %q\n", key, value) }

func settings(key string, values ...string) string {
	return fmt.Sprintf("%s = [\"%s\"]\n", key, strings.Join(values, `", "`))
}

// certificateAge is how long a certificate of ours is good for.
const certificateAge = 10 * 365 * 24 * time.Hour

// writeCertificate makes a self-signed certificate for this machine, once.
func writeCertificate(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "localhost"},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(certificateAge),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})...)
	return os.WriteFile(path, text, 0o600)
}
