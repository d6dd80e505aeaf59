// SPDX-License-Identifier: AGPL-3.0-or-later

// Package daemon is the skeleton that every daemon hangs its parts on.
//
// A main names the program, its configuration struct and a Run that builds the
// parts; flags, configuration, logs, metrics, sockets, signals, privileges and
// the drain are here:
//
//	func main() {
//		daemon.Main(daemon.Program[Config]{
//			Name:  "dagent",
//			Short: "deliver mail that arrives by LMTP",
//			Run:   run,
//		})
//	}
//
//	func run(ctx context.Context, env *daemon.Env, cfg *Config) error {
//		lns, err := env.Listen("lmtp", cfg.Listen...)
//		if err != nil {
//			return err
//		}
//		... build the parts ...
//		if err := env.Ready(); err != nil { // drops privileges, tells systemd
//			return err
//		}
//		return env.Serve(ctx, lns, daemon.ServeOptions{Name: "lmtp"}, handle)
//	}
//
// Run's context ends with the first SIGTERM or SIGINT: Run then stops taking
// work, finishes what it has and returns. A program that has not returned when
// the drain_timeout is over, or gets a second signal, is ended. SIGHUP reads
// the configuration again, see [OnReload].
package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"twiga/lib/config"
	"twiga/lib/log"
	"twiga/lib/sysexits"
)

// version is set by the linker (-X twiga/lib/daemon.version=...).
var version string

// Version is the version of the running program.
func Version() string {
	if version != "" {
		return version
	}
	if bi, ok := debug.ReadBuildInfo(); ok && bi.Main.Version != "" {
		return bi.Main.Version
	}
	return "unknown"
}

// Program describes a daemon whose configuration is a T, a struct that embeds
// [Common].
type Program[T any] struct {
	Name  string // "dagent": names the file, the environment and the metrics
	Short string // one line for the help text
	Long  string // more for the help text; optional
	// Run builds the parts and serves until ctx ends.
	Run func(ctx context.Context, env *Env, cfg *T) error
	// Once, if set, is called in place of Run when there are arguments, which
	// env.Args holds: it does one job in the foreground with the caller's
	// privileges. Arguments names them for the usage line.
	Once      func(ctx context.Context, env *Env, cfg *T) error
	Arguments string
	// Flags adds flags that are no settings; optional.
	Flags func(*pflag.FlagSet)
}

// Main runs the program with the process's arguments and exits.
func Main[T any](p Program[T]) {
	os.Exit(p.Execute(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// Execute runs the program and returns its exit code. It catches the
// process's signals while it runs.
func (p Program[T]) Execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cmd := p.Command()
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	if err != nil {
		priority := ""
		if stderr == io.Writer(os.Stderr) && log.InJournal() {
			priority = "<3>"
		}
		text := strings.ReplaceAll(err.Error(), "\n", "\n"+priority+"  ")
		_, _ = fmt.Fprintf(stderr, "%stwiga-%s: %s\n", priority, p.Name, text)
	}
	return sysexits.Code(err)
}

// action is what the command line asked for instead of running.
type action struct {
	file                string
	dump, check, sample bool
}

// Command is the program's command line, for Execute and for the tests that
// compare it with the manual.
func (p Program[T]) Command() *cobra.Command {
	var do action
	use := "twiga-" + p.Name
	if p.Arguments != "" {
		use += " " + p.Arguments
	}
	cmd := &cobra.Command{
		Use: use, Short: p.Short, Long: p.Long, Version: Version(),
		SilenceUsage: true, SilenceErrors: true, DisableAutoGenTag: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if p.Once == nil && len(args) > 0 {
				return sysexits.With(sysexits.Usage, fmt.Errorf("unexpected argument %q", args[0]))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.start(cmd, args, do) },
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return sysexits.With(sysexits.Usage, err) })
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVarP(&do.file, "config", "c", "", "configuration file (default "+config.Path(p.Name)+")")
	f.BoolVar(&do.dump, "dump-config", false, "print the effective configuration and exit")
	f.BoolVar(&do.check, "check-config", false, "check the configuration and exit")
	f.BoolVar(&do.sample, "sample-config", false, "print a configuration file with all defaults and exit")
	if p.Flags != nil {
		p.Flags(f)
	}
	config.AddFlags[T](f)
	return cmd
}

// start does what the command line asks for.
func (p Program[T]) start(cmd *cobra.Command, args []string, do action) error {
	if do.sample {
		_, err := io.WriteString(cmd.OutOrStdout(), config.Sample[T](p.Name))
		return err
	}
	load := func() (*T, error) {
		return config.Load[T](p.Name, config.Options{File: do.file, Flags: cmd.Flags()})
	}
	cfg, err := load()
	switch {
	case err != nil && len(args) > 0 && !do.dump && !do.check:
		return sysexits.With(sysexits.TempFail, err) // the job is not lost for it
	case err != nil:
		return sysexits.With(sysexits.Config, err)
	case do.dump:
		_, err = io.WriteString(cmd.OutOrStdout(), config.Dump(p.Name, cfg))
		return err
	case do.check:
		return nil
	}
	common, ok := any(cfg).(interface{ common() *Common })
	if !ok {
		return sysexits.With(sysexits.Software, errors.New("start: configuration struct does not embed daemon.Common"))
	}
	env := newEnv(p.Name, common.common(), cmd.ErrOrStderr())
	env.Args = args
	if len(args) > 0 {
		return p.Once(env.logged(cmd.Context()), env, cfg)
	}
	keepHeap()
	r := &reloader[T]{env: env, load: load, current: cfg}
	env.hangup, env.reloads = r.hangup, &r.parts
	return env.live(cmd.Context(), func(ctx context.Context) error { return p.Run(ctx, env, cfg) })
}
