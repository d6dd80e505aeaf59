// SPDX-License-Identifier: AGPL-3.0-or-later

// Command tryout runs all daemons in one folder on loopback ports, in the
// foreground or detached, as scripts/run calls it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
)

// options are the command line.
type options struct {
	dir      string
	bin      string
	base     int
	users    int
	password string
	domain   string
	relay    string
	set      []string
	detach   bool
	json     bool
	stop     bool
	server   bool // the detached process itself
}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:           "run",
		Short:         "Run the whole of Twiga in one folder, on loopback",
		Long:          help,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.dir, "dir", "var", "folder of the data, the configuration and the logs")
	f.IntVar(&o.base, "base-port", 2400, "first of the ports")
	f.IntVar(&o.users, "users", 0, "make the users bench and u000, u001 ... (this many) in place of the two demo users")
	f.StringVar(&o.password, "password", "", "password of all users (default random, one for each)")
	f.StringVar(&o.domain, "domain", "example.test", "mail domain of the users")
	f.StringVar(&o.relay, "relay", "127.0.0.1:25", "SMTP server that takes outgoing mail")
	f.StringArrayVar(&o.set, "set", nil, "a setting of a daemon, in place of ours: imapgw:auth_delay=\"1s\" (repeatable)")
	f.BoolVar(&o.detach, "detach", false, "return when the system is ready; it goes on in the background")
	f.BoolVar(&o.json, "json", false, "print one JSON object that tells where everything is")
	f.BoolVar(&o.stop, "stop", false, "end the system that runs in --dir")
	f.StringVar(&o.bin, "bin", "build/bin", "folder of the programs")
	f.BoolVar(&o.server, "serve", false, "")
	_ = f.MarkHidden("serve")
	return cmd
}

const help = `Runs stored, dagent, imapgw and spooler with their data, configuration and logs
in one folder, on ports of the loopback address from --base-port up, as the
user who calls. The same folder started again goes on with its data.

In the foreground Ctrl-C ends the system. With --detach it goes on in the
background until "run --dir DIR --stop".`

func (o *options) run(ctx context.Context) error {
	var err error
	if o.dir, err = filepath.Abs(o.dir); err != nil {
		return err
	}
	if o.bin, err = filepath.Abs(o.bin); err != nil {
		return err
	}
	l := newLayout(o.dir, o.base)
	switch {
	case o.stop:
		return stop(ctx, l)
	case o.detach && !o.server:
		return o.detached(ctx, l)
	}
	return o.serve(ctx, l)
}
