// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"twiga/lib/gateway/login"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/pop3"
)

// Config is what a gateway is made of. Only Service is needed.
type Config struct {
	Service object.Service
	Program string // told to the store at logon (default "imapgw")

	LoginDelay time.Duration // least time between two logins of a user; 0 is none
	KeepUnread bool          // messages that were sent are not marked as read

	Locks  Locks            // of the maildrops (default: those of this process)
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
	if c.Locks == nil {
		c.Locks = newLocks()
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
	delay delay
	ahead atomic.Int64 // bytes that all sessions have read ahead
}

// New makes a gateway.
func New(cfg Config) *Gateway {
	cfg.setDefaults()
	return &Gateway{
		cfg: cfg, delay: delay{least: cfg.LoginDelay},
		door: login.New(login.Config{
			Service: cfg.Service, Program: cfg.Program, Use: service, Logger: cfg.Logger, Judged: cfg.Hooks.Login,
			Codes: login.Codes{Login: codeLogin, Failed: codeLoginFailed, Limit: codeLimit, NoStore: codeNoStore},
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

// maxDelayed bounds the logins that are remembered; beyond, those that do not
// matter any more are forgotten, and if need be all.
const maxDelayed = 100_000

// delay keeps when users have last logged in (LOGIN-DELAY, RFC 2449 6.5).
type delay struct {
	least time.Duration

	mu   sync.Mutex // guards last
	last map[mapi.GUID]time.Time
}

// pass says whether a user may log in now, and if so remembers it.
func (d *delay) pass(user mapi.GUID, now time.Time) bool {
	if d.least <= 0 {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if last, ok := d.last[user]; ok && now.Sub(last) < d.least {
		return false
	}
	if len(d.last) >= maxDelayed {
		for u, t := range d.last {
			if now.Sub(t) >= d.least {
				delete(d.last, u)
			}
		}
	}
	if d.last == nil || len(d.last) >= maxDelayed {
		d.last = map[mapi.GUID]time.Time{}
	}
	d.last[user] = now
	return true
}
