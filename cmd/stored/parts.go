// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"

	"twiga/lib/daemon"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/rpc"
	"twiga/lib/stamp"
	"twiga/lib/store"
	"twiga/lib/sysexits"
)

// roles says what the users of the system may do, as the settings are now.
type roles struct{ now atomic.Pointer[rpc.Roles] }

// load takes the roles of the settings.
func (r *roles) load(c *Config) error {
	parsed, err := rpc.ParseRoles(c.Roles)
	if err == nil {
		r.now.Store(&parsed)
	}
	return err
}

// openStore opens the mailboxes. Their versions stand on stamps, which is nil
// where the settings want none.
func openStore(ctx context.Context, env *daemon.Env, cfg *Config, trusted *authorities) (engine *store.Engine, stamps *stamp.Board, err error) {
	options := cfg.engine()
	if options.Tokens, err = tokenChecker(&cfg.OIDC); err != nil {
		return nil, nil, err
	}
	if cfg.Logon.ClientCA != "" {
		options.ClientCA = trusted.now.Load
	}
	options.Damaged, options.RedoWrote = damaged(env.Metrics), redoWrote(env.Metrics)
	options.Statistics = env.Metrics.Values
	if cfg.VersionFile != "" {
		options.Stamps = func() (_ *stamp.Board, err error) {
			stamps, err = stamp.Create(cfg.VersionFile, rand.Text())
			return stamps, sysexits.With(sysexits.CantCreat, err)
		}
	}
	engine, err = store.Open(ctx, cfg.DataDir, options)
	switch {
	case err == nil:
		observeRedo(env.Metrics, engine.RedoStats)
		return engine, stamps, nil
	case errors.Is(err, mapi.Busy):
		err = sysexits.With(sysexits.TempFail, err)
	case sysexits.Code(err) == sysexits.Failure:
		err = sysexits.With(sysexits.IOErr, err)
	}
	return nil, nil, err
}

// newServer serves the engine to each peer in its roles.
func newServer(env *daemon.Env, cfg *Config, engine *store.Engine, stamps *stamp.Board, who *roles) *rpc.Server {
	o := cfg.server()
	o.Service = func(p rpc.Peer) object.Service {
		return engine.As(store.Peer{Roles: who.now.Load().Of(p), Name: fmt.Sprintf("uid %d", p.UID), UID: int(p.UID)})
	}
	if stamps != nil {
		o.Versions = &rpc.Versions{Board: stamps, Slot: engine.VersionSlot}
	}
	o.Monitor, o.Observe = env.Monitor(), observe(env.Metrics)
	server := rpc.NewServer(o)
	env.Metrics.GaugeFunc("twiga_sessions", "Open sessions.", func() float64 { return float64(server.Sessions()) })
	return server
}
