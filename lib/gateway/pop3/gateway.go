// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"twiga/lib/gateway/login"
	"twiga/lib/log"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/pop3"
)

// Config is what a gateway is made of. Only Service is needed.
type Config struct {
	Service object.Service
	Program string // told to the store at logon (default "imapgw")

	LoginDelay time.Duration // least time between two logins of a user; 0 is none
	KeepUnread bool          // messages that were sent are not marked as read

	Now    func() time.Time // the clock (default: the system's)
	Logger *slog.Logger     // default: nothing is logged
	Hooks  Hooks
}

// Hooks are told what happens, for metrics; each may be nil.
type Hooks struct {
	Login   func(ok bool)       // credentials were judged
	Refused func(reason string) // a login was over a limit: "in-use", "delay"
}

func (c *Config) setDefaults() {
	if c.Program == "" {
		c.Program = "imapgw"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

// Gateway is the backend of a POP3 server on a store. It is safe for
// concurrent use.
type Gateway struct {
	cfg   Config
	door  *login.Door
	sizes sizes
	ahead atomic.Int64 // bytes that all sessions have read ahead
}

// New makes a gateway.
func New(cfg Config) *Gateway {
	cfg.setDefaults()
	return &Gateway{
		cfg: cfg,
		door: login.New(login.Config{
			Service: cfg.Service, Program: cfg.Program, Use: service, Logger: cfg.Logger, Judged: cfg.Hooks.Login,
			Codes: login.Codes{Login: codeLogin, Failed: codeLoginFailed, Limit: codeLimit, InUse: codeInUse, NoStore: codeNoStore},
		}),
	}
}

// NewSession makes the session of a connection.
func (g *Gateway) NewSession(ctx context.Context, conn *proto.Conn) (proto.Session, error) {
	s := &session{gw: g, conn: conn}
	s.Client = s.client(log.RequestID(ctx))
	return s, nil
}

func (g *Gateway) refused(reason string) {
	if h := g.cfg.Hooks.Refused; h != nil {
		h(reason)
	}
}
