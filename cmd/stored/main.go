// SPDX-License-Identifier: AGPL-3.0-or-later

// Command stored keeps all mailboxes and serves them to the other daemons.
package main

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"twiga/lib/daemon"
	"twiga/lib/rpc"
	"twiga/lib/sysexits"
)

func main() {
	daemon.Main(daemon.Program[Config]{Name: "stored", Short: "keep all mailboxes and serve them to the other daemons", Run: run})
}

func run(ctx context.Context, env *daemon.Env, cfg *Config) (err error) {
	// A thread that waits for the disk inside SQLite keeps its Go processor until
	// the runtime notices; others are to go on meanwhile.
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0))
	}
	lns, err := env.Listen("store", cfg.Listen...)
	if err != nil {
		return err
	}
	reserved, err := env.Listen("admin", cfg.AdminListen...)
	if err != nil {
		return err
	}
	if err := env.DropPrivileges(); err != nil {
		return err
	}
	var who roles
	if err := who.load(cfg); err != nil {
		return sysexits.With(sysexits.Config, err)
	}
	var trusted authorities
	if err := trusted.load(cfg); err != nil {
		return sysexits.With(sysexits.Config, err)
	}
	engine, stamps, err := openStore(ctx, env, cfg, &trusted)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	server := newServer(env, cfg, engine, stamps, &who)
	defer server.Close(context.WithoutCancel(ctx))
	daemon.OnReload(env, "roles", who.load)
	daemon.OnReload(env, "client_ca", trusted.load)
	if err := env.Ready(); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	serve := func(lns []net.Listener, l rpc.Limits) {
		for _, ln := range lns {
			g.Go(func() error { return server.Serve(ctx, ln, l) })
		}
	}
	serve(lns, rpc.Limits{MaxConns: cfg.RPC.MaxConnections, MaxCalls: cfg.RPC.MaxCalls, CallWait: cfg.RPC.CallWait})
	serve(reserved, rpc.Limits{MaxConns: cfg.RPC.MaxAdminConnections, MaxCalls: cfg.RPC.MaxAdminCalls, CallWait: cfg.RPC.CallWait})
	return g.Wait()
}
