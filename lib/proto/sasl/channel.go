// SPDX-License-Identifier: AGPL-3.0-or-later

package sasl

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"slices"
)

// Types of channel bindings.
const (
	bindExporter = "tls-exporter"         // RFC 9266
	bindUnique   = "tls-unique"           // RFC 5929 3, until TLS 1.2
	bindEndPoint = "tls-server-end-point" // RFC 5929 4
)

// exporterLabel and exporterLength make the value of tls-exporter, RFC 9266 2.
const (
	exporterLabel  = "EXPORTER-Channel-Binding"
	exporterLength = 32
)

// Channel is the connection as the mechanisms see it.
type Channel struct {
	// Secrets says that passwords and tokens may be taken: the connection is
	// under TLS, or whoever runs the server lets them pass without.
	Secrets bool
	// Proofs says that mechanisms which show no secret may be used.
	Proofs bool
	// TLS is the state of the TLS layer, nil where there is none.
	TLS *tls.ConnectionState
	// Certificate is the server's own that TLS showed, in DER; nil where it is
	// not known: then tls-server-end-point is not to be had.
	Certificate []byte
}

// OwnCertificate finds the certificate that a server with the given
// configuration has shown, where that depends on nothing but the name that the
// client asked for; nil where it cannot be told.
func OwnCertificate(state *tls.ConnectionState, cfg *tls.Config) []byte {
	switch {
	case state == nil || cfg == nil:
		return nil
	case cfg.GetCertificate != nil:
		c, err := cfg.GetCertificate(&tls.ClientHelloInfo{ServerName: state.ServerName, SupportedVersions: []uint16{state.Version}})
		if err != nil || c == nil || len(c.Certificate) == 0 {
			return nil
		}
		return c.Certificate[0]
	case cfg.GetConfigForClient == nil && len(cfg.Certificates) == 1:
		return cfg.Certificates[0].Certificate[0]
	}
	return nil
}

func (ch *Channel) takesSecrets() bool { return ch.Secrets }

func (ch *Channel) takesProofs() bool { return ch.Proofs || ch.Secrets }

func (ch *Channel) hasCertificate() bool { return ch.TLS != nil && len(ch.TLS.PeerCertificates) > 0 }

// canBind says whether there is any channel binding.
func (ch *Channel) canBind() bool {
	return ch.TLS != nil && (ch.TLS.Version >= tls.VersionTLS13 || len(ch.TLS.TLSUnique) > 0 || len(ch.Certificate) > 0)
}

// binding is the value of a channel binding; nil where it is not to be had.
func (ch *Channel) binding(name string) []byte {
	if ch.TLS == nil {
		return nil
	}
	switch name {
	case bindExporter:
		// TLS 1.2 gives it with the extended master secret only (RFC 9266 4.2);
		// the standard library sees to that.
		b, err := ch.TLS.ExportKeyingMaterial(exporterLabel, []byte{}, exporterLength)
		if err != nil {
			return nil
		}
		return b
	case bindUnique:
		if ch.TLS.Version >= tls.VersionTLS13 {
			return nil
		}
		return ch.TLS.TLSUnique
	case bindEndPoint:
		return endPoint(ch.Certificate)
	}
	return nil
}

// endPoint hashes a certificate as RFC 5929 4.1 wants it: by the hash of its
// signature, but by SHA-256 for MD5 and SHA-1, and not at all where the
// signature has none of its own.
func endPoint(der []byte) []byte {
	if len(der) == 0 {
		return nil
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	for _, row := range []struct {
		hash crypto.Hash
		by   []x509.SignatureAlgorithm
	}{
		{crypto.SHA256, []x509.SignatureAlgorithm{x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.ECDSAWithSHA256}},
		{crypto.SHA384, []x509.SignatureAlgorithm{x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384}},
		{crypto.SHA512, []x509.SignatureAlgorithm{x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512}},
	} {
		if slices.Contains(row.by, c.SignatureAlgorithm) && row.hash.Available() {
			h := row.hash.New()
			h.Write(der)
			return h.Sum(nil)
		}
	}
	return nil
}
