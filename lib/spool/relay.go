// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// connect opens a session with the relay as the settings say.
func (s *Settings) connect(ctx context.Context) (*smtp.Client, error) {
	c, err := s.hello(ctx)
	if err != nil {
		return nil, err
	}
	if s.RelayUser == "" {
		return c, nil
	}
	if _, encrypted := c.TLSConnectionState(); !encrypted && s.StartTLS != tlsNone {
		_ = c.Close()
		return nil, fmt.Errorf("log on to relay %s: the connection is not encrypted, and the password is not sent in the clear", s.Relay)
	}
	if err := s.auth(c); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("log on to relay %s: %w", s.Relay, err)
	}
	return c, nil
}

// hello connects and greets, encrypted where the policy says so. The client
// library encrypts from a connection's start only, so that finding out what the
// relay offers takes a connection of its own.
func (s *Settings) hello(ctx context.Context) (*smtp.Client, error) {
	if s.StartTLS == tlsMust {
		return s.encrypted(ctx)
	}
	c, err := s.plain(ctx)
	if err != nil || s.StartTLS == tlsNone {
		return c, err
	}
	if offered, _ := c.Extension("STARTTLS"); !offered {
		return c, nil
	}
	if e, err := s.encrypted(ctx); err == nil {
		_ = c.Quit()
		return e, nil
	}
	return c, nil // RFC 7435: better in the clear than not at all
}

// dial makes a connection that ends with ctx.
func (s *Settings) dial(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{Timeout: s.ConnectTimeout}
	conn, err := d.DialContext(ctx, "tcp", s.Relay)
	if err != nil {
		return nil, fmt.Errorf("connect to relay %s: %w", s.Relay, err)
	}
	return newTied(ctx, conn), nil
}

// tied is a connection that is closed when a context ends.
type tied struct {
	net.Conn
	stop func() bool
}

func newTied(ctx context.Context, c net.Conn) *tied {
	return &tied{c, context.AfterFunc(ctx, func() { _ = c.Close() })}
}

// Close implements net.Conn.
func (t *tied) Close() error {
	t.stop()
	return t.Conn.Close()
}

func (s *Settings) plain(ctx context.Context) (*smtp.Client, error) {
	conn, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	return s.greet(smtp.NewClient(conn))
}

func (s *Settings) encrypted(ctx context.Context) (*smtp.Client, error) {
	cfg, err := s.tlsConfig()
	if err != nil {
		return nil, err
	}
	conn, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	c, err := smtp.NewClientStartTLS(conn, cfg)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("encrypt connection to relay %s: %w", s.Relay, err)
	}
	return s.greet(c)
}

func (s *Settings) greet(c *smtp.Client) (*smtp.Client, error) {
	c.CommandTimeout, c.SubmissionTimeout = s.CommandTimeout, 2*s.CommandTimeout
	if err := c.Hello(s.Hostname); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("greet relay %s: %w", s.Relay, err)
	}
	return c, nil
}

func (s *Settings) tlsConfig() (*tls.Config, error) {
	host, _, err := net.SplitHostPort(s.Relay)
	if err != nil {
		return nil, fmt.Errorf("read address of relay: %w", err)
	}
	cfg := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: s.StartTLS != tlsMust} // RFC 7435: unverified is better than plain
	if s.RelayCA == "" || s.StartTLS != tlsMust {
		return cfg, nil
	}
	pem, err := os.ReadFile(s.RelayCA)
	if err != nil {
		return nil, fmt.Errorf("read certificates for relay: %w", err)
	}
	cfg.RootCAs = x509.NewCertPool()
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read certificates for relay: none in %s", s.RelayCA)
	}
	return cfg, nil
}

func (s *Settings) auth(c *smtp.Client) error {
	f, err := os.Open(s.PasswordFile)
	if err != nil {
		return err
	}
	defer f.Close()
	line, err := bufio.NewReader(f).ReadString('\n')
	password := strings.TrimRight(line, "\r\n")
	if password == "" {
		return errors.Join(errors.New("no password in the file"), err)
	}
	if !c.SupportsAuth(sasl.Plain) && c.SupportsAuth(sasl.Login) {
		return c.Auth(sasl.NewLoginClient(s.RelayUser, password))
	}
	return c.Auth(sasl.NewPlainClient("", s.RelayUser, password))
}
