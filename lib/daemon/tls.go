// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"crypto/tls"
	"fmt"
	"sync/atomic"

	"twiga/lib/sysexits"
)

// ServerTLS makes a server's TLS configuration from the settings, nil when
// they name no certificate. It takes TLS 1.2 and later. The files are read
// again on SIGHUP; when that fails, the old certificate stays. Call it before
// privileges are dropped if only root may read the key.
func (e *Env) ServerTLS(t TLS) (*tls.Config, error) {
	if !t.Enabled() {
		return nil, nil
	}
	var current atomic.Pointer[tls.Certificate]
	read := func() error {
		key := t.Key
		if key == "" {
			key = t.Certificate
		}
		pair, err := tls.LoadX509KeyPair(t.Certificate, key)
		if err != nil {
			return fmt.Errorf("read certificate %s: %w", t.Certificate, err)
		}
		current.Store(&pair)
		return nil
	}
	if err := read(); err != nil {
		return nil, sysexits.With(sysexits.Config, err)
	}
	e.OnHangup("tls", read)
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return current.Load(), nil
		},
	}, nil
}
