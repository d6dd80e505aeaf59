// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"context"
	"os"

	"twiga/lib/daemon"
	"twiga/lib/delivery"
	"twiga/lib/sysexits"
)

// once is the delivery of one message from standard input.
type once struct{ sender, folder string }

func (o *once) run(ctx context.Context, env *daemon.Env, cfg *Config) error {
	agent, closeAgent, err := newAgent(env, cfg)
	if err != nil {
		return sysexits.With(sysexits.TempFail, err)
	}
	defer closeAgent()
	return agent.Once(ctx, delivery.Job{Message: os.Stdin, Sender: o.sender, To: env.Args, Folder: o.folder})
}
