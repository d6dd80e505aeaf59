// SPDX-License-Identifier: AGPL-3.0-or-later

// Command dagent delivers mail that arrives by LMTP, or once from a pipe.
package main

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"twiga/lib/daemon"
	"twiga/lib/delivery"
	"twiga/lib/proto/lmtp"
)

// Config is dagent's configuration.
type Config struct {
	daemon.Common
	daemon.StoreAccess
	delivery.Settings
}

// logoffTime is how long the end of the session with the store may take.
const logoffTime = 2 * time.Second

func main() {
	var o once
	daemon.Main(daemon.Program[Config]{
		Name:  "dagent",
		Short: "deliver mail into mailboxes",
		Long: "Deliver mail into mailboxes: as a server that speaks LMTP, or, with\n" +
			"recipients named, one message from standard input.",
		Arguments: "[RECIPIENT...]",
		Run:       run,
		Once:      o.run,
		Flags: func(f *pflag.FlagSet) {
			f.StringVarP(&o.sender, "sender", "f", "", "with recipients: envelope sender of the message")
			f.StringVar(&o.folder, "folder", "", "with recipients: path of the folder, such as Inbox/Lists")
		},
	})
}

func run(ctx context.Context, env *daemon.Env, cfg *Config) error {
	agent, closeAgent, err := newAgent(env, cfg)
	if err != nil {
		return err
	}
	defer closeAgent()
	lns, err := env.Listen("lmtp", cfg.Listen...)
	if err != nil {
		return err
	}
	daemon.OnReload(env, "delivery", func(c *Config) error {
		if err := daemon.SetHostname(&c.Hostname); err != nil {
			return err
		}
		agent.Reload(&c.Settings)
		return nil
	})
	if err := env.Ready(); err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { agent.Follow(following) })
	defer work.Wait()
	defer stop()
	serve := daemon.ServeOptions{Name: "lmtp", MaxConns: cfg.MaxConnections, Refuse: lmtp.Refuse}
	return env.Serve(ctx, lns, serve, func(conn context.Context, c net.Conn) {
		agent.Serve(conn, c, daemon.Draining(ctx))
	})
}

// newAgent builds the agent on a connection to the store.
func newAgent(env *daemon.Env, cfg *Config) (*delivery.Agent, func(), error) {
	if err := daemon.SetHostname(&cfg.Hostname); err != nil {
		return nil, nil, err
	}
	client, err := env.DialStored(cfg.StoreAccess)
	if err != nil {
		return nil, nil, err
	}
	agent := delivery.New(client, &cfg.Settings, env.Metrics)
	return agent, func() {
		ctx, cancel := context.WithTimeout(context.Background(), logoffTime)
		defer cancel()
		agent.Close(ctx)
		_ = client.Close()
	}, nil
}
