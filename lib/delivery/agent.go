// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"twiga/lib/log"
	"twiga/lib/mapi/object"
	"twiga/lib/metric"
	"twiga/lib/proto/lmtp"
	"twiga/lib/spill"
)

// Agent delivers messages. It is safe for concurrent use.
type Agent struct {
	store    object.Service
	settings atomic.Pointer[Settings]
	pool     *spill.Pool
	now      func() time.Time

	recipients *prometheus.CounterVec
	bytes      prometheus.Counter
	seconds    prometheus.Histogram

	partial partial
	known   known

	mu      sync.Mutex // guards session
	session object.Session
}

// New makes an agent. Settings.Hostname must be set. It logs on to the store
// when it first needs it.
func New(store object.Service, s *Settings, m *metric.Registry) *Agent {
	a := &Agent{
		store: store, pool: spill.NewPool(s.SpillDir, int(s.SpillLimit)), now: time.Now,
		recipients: m.CounterVec("twiga_delivery_recipients_total", "Recipients of delivered, deferred and refused messages.", "result"),
		bytes:      m.Counter("twiga_delivery_bytes_total", "Bytes of messages that were delivered."),
		seconds:    m.Histogram("twiga_delivery_seconds", "Time from a message's end to the answer of the store."),
	}
	a.settings.Store(s)
	return a
}

// Reload puts new settings in force; those of sockets and buffers stay.
func (a *Agent) Reload(s *Settings) { a.settings.Store(s) }

// Serve speaks LMTP with a client until the client leaves, or until draining
// closes and no message is under way.
func (a *Agent) Serve(ctx context.Context, c net.Conn, draining <-chan struct{}) {
	s := a.settings.Load()
	server := lmtp.Server{
		Handler: &client{Agent: a, Settings: s}, Host: s.Hostname,
		MaxSize: int64(s.MaxMessageSize), MaxRecipients: s.MaxRecipients,
		IdleTimeout: s.IdleTimeout, DataTimeout: s.DataTimeout, WriteTimeout: s.IdleTimeout,
	}
	server.Serve(ctx, c, draining)
}

// logon gives the session with the store.
func (a *Agent) logon(ctx context.Context) (object.Session, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.session != nil {
		return a.session, nil
	}
	s, err := a.store.Logon(ctx, object.LogonRequest{Role: object.RoleDelivery, Program: "dagent"})
	if err != nil {
		return nil, fmt.Errorf("log on to store: %w", err)
	}
	a.session = s
	return s, nil
}

// forget gives a session up that the store knows no more.
func (a *Agent) forget(s object.Session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.session == s {
		a.session = nil
	}
}

// Close ends the session with the store.
func (a *Agent) Close(ctx context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.session == nil {
		return
	}
	if err := a.session.Logoff(ctx); err != nil {
		log.Debug(ctx, "log off", log.Err(err))
	}
	a.session = nil
}
