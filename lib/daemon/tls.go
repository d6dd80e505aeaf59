// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"twiga/lib/log"
	"twiga/lib/sysexits"
)

// lookEvery is the least time between two looks at whether the files of the
// certificates have changed.
const lookEvery = time.Minute

// ServerTLS makes a server's TLS configuration from the settings, nil when
// they name no certificate. It takes TLS 1.2 and later. The certificate is
// chosen by the name that the client asks for (RFC 6066 3), and by nothing
// else. The files are read again on SIGHUP and, as handshakes come, when they
// have changed; when that fails, the old certificates stay. Call it before
// privileges are dropped if only root may read the keys.
//
// Where the settings name authorities, clients are asked for a certificate of
// theirs; nobody has verified what they show.
func (e *Env) ServerTLS(t TLS) (*tls.Config, error) {
	if !t.Enabled() {
		return nil, nil
	}
	k := &keyring{settings: t}
	if err := k.read(); err != nil {
		return nil, sysexits.With(sysexits.Config, err)
	}
	e.OnHangup("tls", k.read)
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if err := k.look(time.Now()); err != nil {
			e.Log.Warn("certificates have changed but cannot be read", log.KeyCode, string(codeReloadFailed), log.KeyError, err.Error())
		}
		return k.choose(hello.ServerName), nil
	}}
	if t.ClientCA != "" {
		text, err := os.ReadFile(t.ClientCA)
		if err != nil {
			return nil, sysexits.With(sysexits.Config, fmt.Errorf("read authorities: %w", err))
		}
		cfg.ClientCAs = x509.NewCertPool()
		if !cfg.ClientCAs.AppendCertsFromPEM(text) {
			return nil, sysexits.With(sysexits.Config, fmt.Errorf("read authorities %s: no certificate is in it", t.ClientCA))
		}
		cfg.ClientAuth = tls.RequestClientCert
	}
	return cfg, nil
}

// keyring are a server's certificates.
type keyring struct {
	settings TLS
	now      atomic.Pointer[[]*tls.Certificate] // the first is for all names that no other has

	mu     sync.Mutex // guards what follows
	looked time.Time
	marks  []time.Time // when the files were changed that were read last
}

// files are those of the settings, each certificate's and its key's in turn.
func (k *keyring) files() (out [][2]string) {
	key := k.settings.Key
	if key == "" {
		key = k.settings.Certificate
	}
	out = append(out, [2]string{k.settings.Certificate, key})
	for _, f := range k.settings.Further {
		out = append(out, [2]string{f, f})
	}
	return out
}

// read reads the files.
func (k *keyring) read() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	marks, err := k.times()
	if err != nil {
		return err
	}
	return k.load(marks)
}

// times says when the files were changed.
func (k *keyring) times() (marks []time.Time, err error) {
	for _, f := range k.files() {
		for _, name := range f {
			st, err := os.Stat(name)
			if err != nil {
				return nil, fmt.Errorf("look at certificate: %w", err)
			}
			marks = append(marks, st.ModTime())
		}
	}
	return marks, nil
}

// load reads the files, which had the marks before: what changes meanwhile, or
// cannot be read, is read at the next look. The caller has mu.
func (k *keyring) load(marks []time.Time) error {
	var list []*tls.Certificate
	for _, f := range k.files() {
		pair, err := tls.LoadX509KeyPair(f[0], f[1])
		if err != nil {
			return fmt.Errorf("read certificate %s: %w", f[0], err)
		}
		list = append(list, &pair)
	}
	k.now.Store(&list)
	k.marks = marks
	return nil
}

// look reads the files again when they have changed; one looks at a time.
func (k *keyring) look(now time.Time) error {
	if !k.mu.TryLock() {
		return nil
	}
	defer k.mu.Unlock()
	if now.Sub(k.looked) < lookEvery {
		return nil
	}
	k.looked = now
	marks, err := k.times()
	if err != nil || slices.EqualFunc(marks, k.marks, time.Time.Equal) {
		return err
	}
	return k.load(marks)
}

// choose finds the certificate for a name, the first where none is.
func (k *keyring) choose(name string) *tls.Certificate {
	list := *k.now.Load()
	if name = strings.TrimSuffix(name, "."); name != "" {
		for _, c := range list {
			if c.Leaf != nil && c.Leaf.VerifyHostname(name) == nil {
				return c
			}
		}
	}
	return list[0]
}
