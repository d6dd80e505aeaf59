// SPDX-License-Identifier: AGPL-3.0-or-later

// Command imapgw serves the mailboxes of stored to mail clients by IMAP and
// POP3.
package main

import (
	"context"

	"golang.org/x/sync/errgroup"

	"twiga/lib/daemon"
	gateway "twiga/lib/gateway/imap"
	"twiga/lib/proto/imap"
	"twiga/lib/proto/lines"
)

func main() {
	daemon.Main(daemon.Program[Config]{Name: "imapgw", Short: "serve mailboxes to mail clients by IMAP and POP3", Run: run})
}

func run(ctx context.Context, env *daemon.Env, cfg *Config) error {
	certificate, err := env.ServerTLS(cfg.TLS)
	if err != nil {
		return err
	}
	doors, err := cfg.listen(env, certificate)
	if err != nil {
		return err
	}
	client, err := env.DialStored(cfg.StoreAccess)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	seen := newMetrics(env.Metrics)
	peers := lines.NewPeers(cfg.MaxPeerConnections)
	gw := gateway.New(cfg.gateway(env, client, seen))
	defer gw.Close()
	server := imap.New(cfg.server(env, gw, certificate, peers, seen))
	maildrops := cfg.newPOP3(env, client, certificate, peers)
	if err := env.Ready(); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, shutdown := range []func(context.Context) error{server.Shutdown, maildrops.Shutdown} {
		g.Go(func() error { // say goodbye to those who wait; running commands finish
			<-ctx.Done()
			return shutdown(context.WithoutCancel(ctx))
		})
	}
	for _, d := range doors {
		serve, o := server.ServeConn, daemon.ServeOptions{Name: d.name, MaxConns: cfg.MaxConnections, Refuse: refuse}
		if d.pop3 {
			serve, o.Refuse = maildrops.ServeConn, refusePOP3
		}
		g.Go(func() error { return env.Serve(ctx, d.listeners, o, serve) })
	}
	return g.Wait()
}
