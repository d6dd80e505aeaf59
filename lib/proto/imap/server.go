// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

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

	// TLS, if set, is offered by STARTTLS. A listener for implicit TLS is
	// wrapped by the caller ([tls.NewListener]).
	TLS *tls.Config
	// PlainLogin allows passwords on connections without TLS. Otherwise
	// LOGINDISABLED is told on them.
	PlainLogin bool
	// PlainLoginFrom, if set, allows it for some clients, such as those on the
	// same machine.
	PlainLoginFrom func(client net.Addr) bool
	// NoOpenProofs refuses mechanisms that show no secret (SCRAM), too, on
	// connections without TLS.
	NoOpenProofs bool
	// NoUnauthenticate has no UNAUTHENTICATE, for proxies that know users by
	// their connection (RFC 8437 8).
	NoUnauthenticate bool

	// ServerID are the field-value pairs answered to ID (RFC 2971), in order.
	ServerID []string
	// DecodeText, if set, turns the text of a SEARCH in a charset other than
	// US-ASCII and UTF-8 into UTF-8. It is not ok for a charset that it does
	// not know.
	DecodeText func(charset, text string) (utf8 string, ok bool)
	// Delim is the hierarchy delimiter told by LIST "" "" (default "/").
	Delim byte

	Limits   Limits
	Timeouts lines.Timeouts // defaults: Idle 30 min, KeepAlive 10 min
	Progress time.Duration  // between two responses that tell how far a command is (default 10 s, RFC 9585 3)
	Peers    *lines.Peers   // counts connections by address; nil for none

	Logger *slog.Logger // default: nothing is logged
	Hooks  Hooks
}

// Limits bound what a client may send. A field that is zero takes the default.
type Limits struct {
	LineBeforeLogin    int   // octets of a command line (default 8 KiB)
	LiteralBeforeLogin int64 // octets of a literal (default 4 KiB)
	Command            int   // octets of a command after login, literals included but not APPEND's (default 2 MiB)
	Append             int64 // octets of a message (default 128 MiB)
	Skip               int64 // octets of a refused LITERAL+ that are read away; beyond, the connection ends (default 1 MiB)
	Bad                int   // BAD answers in a row until BYE (default 20)
	AuthFailures       int   // failed logins until BYE (default 5)
	Messages           int   // messages that one command may be about (RFC 9738); 0 has no limit
}

// Hooks are told what happens, for metrics; each may be nil. They are called
// from the connections' goroutines and must not block.
type Hooks struct {
	// Command is called after each command that was known, by its name in
	// capitals, with the status it was answered.
	Command func(name string, took time.Duration, status Status)
	// Refused is called for each connection over the limit of Peers.
	Refused func()
}

func (l *Limits) setDefaults() {
	l.LineBeforeLogin = cmp.Or(l.LineBeforeLogin, 8<<10)
	l.LiteralBeforeLogin = cmp.Or(l.LiteralBeforeLogin, 4<<10)
	l.Command = cmp.Or(l.Command, 2<<20)
	l.Append = cmp.Or(l.Append, 128<<20)
	l.Skip = cmp.Or(l.Skip, 1<<20)
	l.Bad = cmp.Or(l.Bad, 20)
	l.AuthFailures = cmp.Or(l.AuthFailures, 5)
}

// usual are the timeouts where none is set: clients may wait long (RFC 3501 5.4).
var usual = lines.Timeouts{Idle: 30 * time.Minute, KeepAlive: 10 * time.Minute, Probe: time.Minute}

// outputFlush is the size beyond which output is written at the next row.
const outputFlush = 64 << 10

// sizes are those of the buffers of a connection at work.
var sizes = lines.Sizes{Input: 16 << 10, Flush: outputFlush, Direct: 40 << 10, Keep: 160 << 10}

// Server serves IMAP on the connections that it is given.
type Server struct {
	cfg      Config
	commands map[string]*command
	lines    *lines.Server
	policy   sasl.Policy
}

// New returns a server that serves nothing yet.
func New(cfg Config) *Server {
	cfg.Limits.setDefaults()
	cfg.Delim = cmp.Or(cfg.Delim, '/')
	cfg.Progress = cmp.Or(cfg.Progress, 10*time.Second)
	return &Server{
		cfg:      cfg,
		commands: commandTable(),
		lines: lines.NewServer(lines.Config{
			Name: "imap", TLS: cfg.TLS, Peers: cfg.Peers, Refused: cfg.Hooks.Refused, Timeouts: cfg.Timeouts.Or(usual), Sizes: sizes,
			Logger: cfg.Logger, PanicCode: codePanic,
		}),
		policy: sasl.Policy{Plain: cfg.PlainLogin, PlainFrom: cfg.PlainLoginFrom, NoOpenProofs: cfg.NoOpenProofs, TLS: cfg.TLS},
	}
}

// ServeConn serves one connection and returns when it has ended. The end of ctx
// ends it without a word to the client.
func (s *Server) ServeConn(ctx context.Context, nc net.Conn) { newConn(s, nc).io.Serve(ctx) }

// Shutdown ends the server in good order: waiting clients are told BYE, running
// commands are let finish, but not wait for long for the rest of a message. When
// ctx ends first, what is left is cut off. It returns when no connection is left.
func (s *Server) Shutdown(ctx context.Context) error { return s.lines.Shutdown(ctx) }
