// SPDX-License-Identifier: AGPL-3.0-or-later

// Package command is what the operator's command lines have in common: how
// their verbs are grouped, called and ended.
package command

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// Dial reaches the store at an address of the form unix:/path.
type Dial func(address string) (service object.Service, close func() error, err error)

// Main runs a command line with the process's arguments until it ends or is
// interrupted, tells what went wrong and exits.
func Main(root *cobra.Command) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root.ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", root.Name(), err)
	}
	os.Exit(ExitCode(err))
}

// Root is the command line of the program called name.
func Root(name, version, short string, below ...*cobra.Command) *cobra.Command {
	c := Group(name, short, below...)
	c.Version, c.SilenceUsage, c.SilenceErrors, c.DisableAutoGenTag = version, true, true, true
	c.PersistentFlags().SortFlags = false
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return sysexits.With(sysexits.Usage, err) })
	return c
}

// Group is a command that only has commands.
func Group(name, short string, below ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: name, Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return sysexits.With(sysexits.Usage, fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath()))
			}
			return cmd.Help()
		},
	}
	c.AddCommand(below...)
	return c
}

// Exactly wants n arguments.
func Exactly(n int) cobra.PositionalArgs { return checked(cobra.ExactArgs(n)) }

// AtMost wants n arguments or fewer.
func AtMost(n int) cobra.PositionalArgs { return checked(cobra.MaximumNArgs(n)) }

// AtLeast wants n arguments or more.
func AtLeast(n int) cobra.PositionalArgs { return checked(cobra.MinimumNArgs(n)) }

func checked(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return sysexits.With(sysexits.Usage, check(cmd, args)) }
}
