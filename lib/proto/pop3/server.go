// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"time"

	"twiga/lib/proto/lines"
	"twiga/lib/proto/sasl"
)

// Config is what a server is made of. Only Backend is needed.
type Config struct {
	Backend Backend

	// TLS, if set, is offered by STLS. A listener for implicit TLS is wrapped by
	// the caller ([tls.NewListener]).
	TLS *tls.Config
	// PlainLogin allows passwords on connections without TLS.
	PlainLogin bool
	// PlainLoginFrom, if set, allows it for some clients, such as those on the
	// same machine.
	PlainLoginFrom func(client net.Addr) bool
	// NoOpenProofs refuses mechanisms that show no secret (SCRAM), too, on
	// connections on which passwords are not taken.
	NoOpenProofs bool

	// Implementation is told by CAPA (RFC 2449 6.9), where it is not empty.
	Implementation string
	// LoginDelay is told by CAPA (RFC 2449 6.6), where it is not 0; to enforce it
	// is for the backend.
	LoginDelay time.Duration

	Limits   Limits
	Timeouts lines.Timeouts // defaults: Idle 10 min, KeepAlive 1 min
	Peers    *lines.Peers   // counts connections by address; nil for none

	Logger *slog.Logger // default: nothing is logged
	Hooks  Hooks
}

// Limits bound what a client may send. A field that is zero takes the default.
type Limits struct {
	LineBeforeLogin int // octets of a line before login; RFC 5034 4 wants 12288 (default 12304)
	Line            int // octets of a line after login; RFC 2449 4 wants 255 (default 1024)
	Bad             int // malformed commands in a row until the end (default 20)
	AuthFailures    int // failed logins until the end (default 5)
	Batch           int // pipelined RETR and TOP commands that are answered together (default 128)
}

// Hooks are told what happens, for metrics; each may be nil. They are called
// from the connections' goroutines and must not block.
type Hooks struct {
	// Command is called after each command that was known, by its name in
	// capitals. Commands that were answered together share the time.
	Command func(name string, took time.Duration, ok bool)
	// Refused is called for each connection over the limit of Peers.
	Refused func()
}

func (l *Limits) setDefaults() {
	l.LineBeforeLogin = cmp.Or(l.LineBeforeLogin, 12304)
	l.Line = cmp.Or(l.Line, 1024)
	l.Bad = cmp.Or(l.Bad, 20)
	l.AuthFailures = cmp.Or(l.AuthFailures, 5)
	l.Batch = cmp.Or(l.Batch, 128)
}

// usual are the timeouts where none is set (RFC 1939 3). A maildrop does not
// stay locked for long for a client that is gone.
var usual = lines.Timeouts{Idle: 10 * time.Minute, KeepAlive: time.Minute, Probe: 20 * time.Second}

// sizes are those of the buffers of a connection at work.
var sizes = lines.Sizes{Input: 8 << 10, Flush: 32 << 10, Direct: 16 << 10, Keep: 64 << 10}

// Server serves POP3 on the connections that it is given.
type Server struct {
	cfg          Config
	commands     map[string]*command
	capabilities []capability
	lines        *lines.Server
	policy       sasl.Policy
}

// New returns a server that serves nothing yet.
func New(cfg Config) *Server {
	cfg.Limits.setDefaults()
	return &Server{
		cfg:          cfg,
		commands:     commandTable(),
		capabilities: capabilityTable(),
		lines: lines.NewServer(lines.Config{
			Name: "pop3", TLS: cfg.TLS, Peers: cfg.Peers, Refused: cfg.Hooks.Refused, Timeouts: cfg.Timeouts.Or(usual), Sizes: sizes,
			Logger: cfg.Logger, PanicCode: codePanic,
		}),
		policy: sasl.Policy{Plain: cfg.PlainLogin, PlainFrom: cfg.PlainLoginFrom, NoOpenProofs: cfg.NoOpenProofs, TLS: cfg.TLS},
	}
}

// ServeConn serves one connection and returns when it has ended. The end of ctx
// ends it without a word to the client.
func (s *Server) ServeConn(ctx context.Context, nc net.Conn) { newConn(s, nc).io.Serve(ctx) }

// Shutdown ends the server in good order: waiting clients are told, running
// commands are let finish. When ctx ends first, what is left is cut off. It
// returns when no connection is left.
func (s *Server) Shutdown(ctx context.Context) error { return s.lines.Shutdown(ctx) }
