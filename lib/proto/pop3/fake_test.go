// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"twiga/lib/proto/lines/linestest"
	"twiga/lib/proto/pop3/pop3test"
	"twiga/lib/proto/sasl"
)

// fakeBackend has the maildrop of one user, "u" with password "p".
type fakeBackend struct {
	mu      sync.Mutex // guards the fields that follow
	offers  sasl.Kinds
	bodies  []string
	gone    map[int]bool // messages that another session removed
	deleted []int
	sent    []int
	locked  bool
	closed  int
	batches []int // how many messages each Send was asked for
	fail    error // of Send, at its second message
	update  error
}

func newFakeBackend(bodies ...string) *fakeBackend {
	return &fakeBackend{offers: sasl.Passwords, bodies: bodies, gone: map[int]bool{}}
}

func (b *fakeBackend) NewSession(context.Context, *Conn) (Session, error) {
	return &fakeSession{b: b}, nil
}

type fakeSession struct {
	b    *fakeBackend
	mine bool
}

func (s *fakeSession) Close() {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.closed++
	if s.mine {
		s.b.locked = false
	}
}

func (s *fakeSession) Offers() sasl.Kinds { return s.b.offers }

func (s *fakeSession) Password(_ context.Context, p sasl.Password) error {
	switch {
	case p.User == "panic":
		panic("as told")
	case p.User == "broken":
		return errors.New("no store")
	case p.User != "u" && p.User != "ü" || p.Password != "p" && p.Password != "p q ":
		return fmt.Errorf("check password: %w", ErrAuthenticationFailed)
	}
	return nil
}

func (s *fakeSession) Challenge(context.Context, string) (sasl.Challenge, error) {
	return sasl.Challenge{Salt: []byte("salt"), Iterations: 4096, Nonce: "ours"}, nil
}

func (s *fakeSession) Proof(context.Context, sasl.Proof) ([]byte, error) {
	return []byte("signed"), nil
}

func (s *fakeSession) Token(_ context.Context, t sasl.Token) error {
	if t.Token != "good" {
		return &sasl.TokenError{Status: "invalid_token", Err: ErrAuthenticationFailed}
	}
	return nil
}

func (s *fakeSession) Certificate(context.Context, sasl.Certificate) error { return nil }

func (s *fakeSession) Open(context.Context) (Maildrop, error) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	if s.b.locked {
		return nil, ErrInUse
	}
	s.b.locked, s.mine = true, true
	return s, nil
}

func (s *fakeSession) Owner() string    { return "u" }
func (s *fakeSession) Len() int         { return len(s.b.bodies) }
func (s *fakeSession) Size(i int) int64 { return int64(len(s.b.bodies[i])) }
func (s *fakeSession) AppendID(dst []byte, i int) []byte {
	return fmt.Appendf(dst, "7.%d", i+100)
}

func (s *fakeSession) Send(_ context.Context, w *MessageWriter, want []Want) error {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.batches = append(s.b.batches, len(want))
	for n, x := range want {
		if n == 1 && s.b.fail != nil {
			return s.b.fail
		}
		if s.b.gone[x.Message] {
			if err := w.Fail(ErrMessageGone); err != nil {
				return err
			}
			continue
		}
		body := s.b.bodies[x.Message]
		if err := w.Begin(int64(len(body))); err != nil {
			return err
		}
		if body == "torn" {
			_, _ = w.Write([]byte("to"))
			return errors.New("the rest is missing")
		}
		for i := 0; i < len(body) && !w.Full(); i += 7 { // in pieces, so that lines are torn
			if _, err := w.Write([]byte(body[i:min(i+7, len(body))])); err != nil {
				return err
			}
		}
		if err := w.End(); err != nil {
			return err
		}
	}
	return nil
}

func (s *fakeSession) Update(_ context.Context, deleted, sent []int) error {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	if s.b.update != nil {
		return s.b.update
	}
	s.b.deleted, s.b.sent = slices.Clone(deleted), slices.Clone(sent)
	return nil
}

func (s *fakeSession) Release() {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.locked, s.mine = false, false
}

// startServer gives a server, shut down at the end of the test, and a way to
// connect to it.
func startServer(tb testing.TB, cfg Config) (s *Server, connect func() net.Conn) {
	tb.Helper()
	s = New(cfg)
	address := linestest.Listen(tb, s, nil)
	return s, func() net.Conn { return linestest.Dial(tb, "tcp", address) }
}

func plainConfig(b Backend) Config {
	return Config{Backend: b, PlainLogin: true, Implementation: "Twiga", LoginDelay: 5 * time.Second}
}

// play runs a script against a server.
func play(t *testing.T, cfg Config, script string) {
	t.Helper()
	_, connect := startServer(t, cfg)
	pop3test.Run(t, script, func() *pop3test.Client { return pop3test.New(t, connect()) })
}
