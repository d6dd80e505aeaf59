// SPDX-License-Identifier: AGPL-3.0-or-later

// Command imapgw serves the mailboxes of stored to mail clients by IMAP.
package main

import (
	"context"
	"net"

	"golang.org/x/sync/errgroup"

	"twiga/lib/daemon"
	gateway "twiga/lib/gateway/imap"
	"twiga/lib/proto/imap"
)

func main() {
	daemon.Main(daemon.Program[Config]{Name: "imapgw", Short: "serve mailboxes to mail clients by IMAP", Run: run})
}

func run(ctx context.Context, env *daemon.Env, cfg *Config) error {
	plain, err := env.Listen("imap", cfg.Imap...)
	if err != nil {
		return err
	}
	secure, err := env.Listen("imaps", cfg.Imaps...)
	if err != nil {
		return err
	}
	certificate, err := env.ServerTLS(cfg.TLS)
	if err != nil {
		return err
	}
	if secure, err = underTLS(secure, certificate); err != nil {
		return err
	}
	client, err := env.DialStored(cfg.StoreAccess)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	seen := newMetrics(env.Metrics)
	gw := gateway.New(cfg.gateway(env, client, seen))
	defer gw.Close()
	server := imap.New(cfg.server(env, gw, certificate, seen))
	if err := env.Ready(); err != nil {
		return err
	}
	handle := func(ctx context.Context, c net.Conn) { server.ServeConn(ctx, c) }
	options := daemon.ServeOptions{MaxConns: cfg.MaxConnections, Refuse: refuse}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { // say goodbye to those who wait; running commands finish
		<-ctx.Done()
		return server.Shutdown(context.WithoutCancel(ctx))
	})
	for name, listeners := range map[string][]net.Listener{"imap": plain, "imaps": secure} {
		o := options
		o.Name = name
		g.Go(func() error { return env.Serve(ctx, listeners, o, handle) })
	}
	return g.Wait()
}
