// SPDX-License-Identifier: AGPL-3.0-or-later

// Command spooler sends the mail that people submitted to the relay.
package main

import (
	"context"

	"twiga/lib/daemon"
	"twiga/lib/log"
	"twiga/lib/spool"
)

// Config is spooler's configuration.
type Config struct {
	daemon.Common
	daemon.StoreAccess
	spool.Settings
}

func main() {
	daemon.Main(daemon.Program[Config]{
		Name:  "spooler",
		Short: "send submitted mail to the relay",
		Run:   run,
	})
}

func run(ctx context.Context, env *daemon.Env, cfg *Config) error {
	if err := daemon.SetHostname(&cfg.Hostname); err != nil {
		return err
	}
	client, err := env.DialStored(cfg.StoreAccess)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	spooler := spool.New(client, &cfg.Settings, spool.SystemClock{}, env.Metrics)
	daemon.OnReload(env, "spool", func(c *Config) error {
		if err := daemon.SetHostname(&c.Hostname); err != nil {
			return err
		}
		spooler.Reload(&c.Settings)
		return nil
	})
	if err := env.Ready(); err != nil {
		return err
	}
	// What is being sent when the daemon stops gets most of the drain time.
	work, cut := context.WithCancel(log.Into(context.Background(), env.Log))
	defer cut()
	stop := context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(work, cfg.DrainTimeout*4/5)
		defer cancel()
		<-limit.Done()
		cut()
	})
	defer stop()
	spooler.Run(ctx, work)
	return nil
}
