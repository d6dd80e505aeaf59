// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"twiga/lib/log"
	"twiga/lib/sysexits"
)

// safeBuffer collects log lines of many goroutines.
type safeBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// serving runs Serve until the test ends and gives its address and its log.
func serving(t *testing.T, o ServeOptions, drain time.Duration, handle Handler) (addr string, out *safeBuffer, stop func() error, env *Env) {
	t.Helper()
	out = new(safeBuffer)
	env = newEnv("test", &Common{DrainTimeout: drain}, out)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(env.logged(t.Context()))
	done := make(chan error, 1)
	go func() { done <- env.Serve(ctx, []net.Listener{ln}, o, handle) }()
	var once sync.Once
	stop = func() (err error) {
		once.Do(func() {
			cancel()
			err = <-done
		})
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return ln.Addr().String(), out, stop, env
}

func connect(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return c
}

func readAll(t *testing.T, c net.Conn) string {
	t.Helper()
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestServeLimit(t *testing.T) {
	greet := func(_ context.Context, c net.Conn) {
		_, _ = io.WriteString(c, "+")
		_, _ = io.Copy(io.Discard, c)
	}
	o := ServeOptions{Name: "x", MaxConns: 1, Refuse: func(c net.Conn) { _, _ = io.WriteString(c, "421 busy\r\n") }}
	addr, out, _, env := serving(t, o, time.Second, greet)
	first := connect(t, addr)
	if _, err := io.ReadFull(first, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := readAll(t, connect(t, addr)); got != "421 busy\r\n" {
			t.Errorf("got %q", got)
		}
	}
	if n := strings.Count(out.String(), "too many connections"); n != 1 {
		t.Errorf("%d lines about it", n)
	}
	w := httptest.NewRecorder()
	env.Monitor().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{`twiga_connections{protocol="x"} 1`, `twiga_connections_refused_total{protocol="x"} 3`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestServePanic(t *testing.T) {
	addr, out, _, _ := serving(t, ServeOptions{Name: "x"}, time.Second, func(ctx context.Context, c net.Conn) {
		b := make([]byte, 1)
		if _, err := io.ReadFull(c, b); err != nil || b[0] == 'p' {
			panic("own goal")
		}
		if log.RequestID(ctx) != "" {
			_, _ = c.Write(b)
		}
	})
	c := connect(t, addr)
	_, _ = io.WriteString(c, "p")
	if got := readAll(t, c); got != "" {
		t.Errorf("got %q", got)
	}
	c = connect(t, addr)
	_, _ = io.WriteString(c, "k")
	if got := readAll(t, c); got != "k" {
		t.Errorf("the daemon is dead: %q", got)
	}
	if got := out.String(); !strings.Contains(got, "own goal") || !strings.Contains(got, "serve_test.go") || !strings.Contains(got, "request=") {
		t.Errorf("log %s", got)
	}
}

func TestServeDrain(t *testing.T) {
	entered := make(chan struct{}, 1)
	t.Run("running work finishes", func(t *testing.T) {
		addr, _, stop, _ := serving(t, ServeOptions{}, patience, func(ctx context.Context, c net.Conn) {
			entered <- struct{}{}
			<-Draining(ctx)
			if ctx.Err() == nil {
				_, _ = io.WriteString(c, "bye")
			}
		})
		c := connect(t, addr)
		<-entered
		if err := stop(); err != nil {
			t.Error(err)
		}
		if got := readAll(t, c); got != "bye" {
			t.Errorf("got %q", got)
		}
		if _, err := net.Dial("tcp", addr); err == nil {
			t.Error("still listening")
		}
	})
	t.Run("the rest is cut", func(t *testing.T) {
		addr, out, stop, _ := serving(t, ServeOptions{}, time.Millisecond, func(ctx context.Context, c net.Conn) {
			entered <- struct{}{}
			_, _ = io.Copy(io.Discard, c)
			<-ctx.Done()
		})
		connect(t, addr)
		<-entered
		if err := stop(); err != nil {
			t.Error(err)
		}
		if !strings.Contains(out.String(), "cut connections") {
			t.Error("not logged")
		}
	})
}

// certificate writes a self-signed pair for name into one file.
func certificate(t *testing.T, file, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &tmpl, &tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	kder, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	both := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: kder})...)
	if err := os.WriteFile(file, both, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestServerTLS(t *testing.T) {
	env := newEnv("test", &Common{}, io.Discard)
	if c, err := env.ServerTLS(TLS{}); c != nil || err != nil {
		t.Errorf("got %v, %v", c, err)
	}
	if _, err := env.ServerTLS(TLS{Certificate: "/nonexistent"}); sysexits.Code(err) != sysexits.Config {
		t.Errorf("got %v", err)
	}
	file := filepath.Join(t.TempDir(), "pem")
	certificate(t, file, "one.example.test")
	cfg, err := env.ServerTLS(TLS{Certificate: file})
	if err != nil {
		t.Fatal(err)
	}
	name := func(newest uint16) (string, error) {
		a, b := net.Pipe()
		defer func() { _ = a.Close() }()
		go func() { _ = tls.Server(b, cfg).Handshake(); _ = b.Close() }()
		c := tls.Client(a, &tls.Config{InsecureSkipVerify: true, MaxVersion: newest})
		if err := c.Handshake(); err != nil {
			return "", err
		}
		return c.ConnectionState().PeerCertificates[0].DNSNames[0], nil
	}
	if got, err := name(0); err != nil || got != "one.example.test" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := name(tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 is taken")
	}
	reread := (*env.reloads)[0].apply
	certificate(t, file, "two.example.test")
	if err := reread(nil); err != nil {
		t.Fatal(err)
	}
	if got, err := name(0); err != nil || got != "two.example.test" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := os.WriteFile(file, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if reread(nil) == nil {
		t.Error("a broken file passed")
	}
	if got, err := name(0); err != nil || got != "two.example.test" {
		t.Errorf("the old certificate is gone: %q, %v", got, err)
	}
}
