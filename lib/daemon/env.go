// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"twiga/lib/log"
	"twiga/lib/metric"
	"twiga/lib/sysexits"
	"twiga/lib/systemd"
)

// Env is what a running daemon gets from its skeleton.
type Env struct {
	Name    string           // the program's name, "dagent"
	Args    []string         // arguments of the command line, for Once
	Log     *slog.Logger     // also in the context that Run gets
	Metrics *metric.Registry // shown on metrics_listen

	settings *Common
	level    *slog.LevelVar
	health   health
	passed   map[string][]net.Listener // sockets of the service manager, by name
	dropped  bool                      // privileges are dropped, or need not be
	hangup   func(context.Context)     // what SIGHUP does
	reloads  *[]part                   // who wants to know of a reload
	life     *life
	ready    chan struct{} // closed by Ready
}

func newEnv(name string, c *Common, stderr io.Writer) *Env {
	e := &Env{Name: name, settings: c, level: new(slog.LevelVar), reloads: new([]part), ready: make(chan struct{})}
	if l, err := log.ParseLevel(c.Log.Level); err == nil {
		e.level.Set(l)
	}
	journal := stderr == io.Writer(os.Stderr) && log.InJournal()
	e.Log = log.New(log.Options{Daemon: name, Level: e.level, Format: c.Log.Format, Writer: stderr, Journal: journal})
	e.Metrics = metric.New(name, Version())
	e.hangup = func(context.Context) {}
	return e
}

// logged puts the daemon's logger into ctx.
func (e *Env) logged(ctx context.Context) context.Context { return log.Into(ctx, e.Log) }

// Listen binds every one of specs, see [Address] for their forms. Sockets that
// the service manager passed under this name are taken in place of specs, so
// that a unit with FileDescriptorName=name needs no further setting. On an
// error nothing stays bound.
func (e *Env) Listen(name string, specs ...string) ([]net.Listener, error) {
	if lns := e.passed[name]; len(lns) > 0 {
		delete(e.passed, name)
		for _, ln := range lns {
			e.Log.Info("listen", "as", name, "on", ln.Addr().String(), "from", "systemd")
		}
		return lns, nil
	}
	var lns []net.Listener
	for _, spec := range specs {
		more, err := e.bind(spec)
		if err != nil {
			for _, ln := range lns {
				_ = ln.Close()
			}
			return nil, err
		}
		for _, ln := range more {
			e.Log.Info("listen", "as", name, "on", ln.Addr().String())
		}
		lns = append(lns, more...)
	}
	return lns, nil
}

func (e *Env) bind(spec string) ([]net.Listener, error) {
	a, err := ParseAddress(spec)
	if err != nil {
		return nil, sysexits.With(sysexits.Config, err)
	}
	if lns := e.passed[a.Address]; a.Network == "systemd" && len(lns) > 0 {
		delete(e.passed, a.Address)
		return lns, nil
	}
	ln, err := Listen(context.Background(), a)
	if err != nil {
		return nil, sysexits.With(sysexits.Unavailable, err)
	}
	return []net.Listener{ln}, nil
}

// DropPrivileges becomes the user and group of the settings, when started by
// root. Call it after binding sockets and reading keys, before touching data;
// [Env.Ready] calls it otherwise.
func (e *Env) DropPrivileges() error {
	if e.dropped {
		return nil
	}
	if err := drop(e.settings.User, e.settings.Group); err != nil {
		return sysexits.With(sysexits.OSErr, err)
	}
	e.dropped = true
	return nil
}

// Ready says that the daemon serves from now on: it drops privileges, writes
// the pid file and tells the service manager.
func (e *Env) Ready() error {
	if err := e.DropPrivileges(); err != nil {
		return err
	}
	if f := e.settings.PIDFile; f != "" {
		if err := writePID(f); err != nil {
			return sysexits.With(sysexits.CantCreat, err)
		}
	}
	if e.health.state.CompareAndSwap(stateStarting, stateReady) {
		close(e.ready)
	}
	e.Log.Info("ready", log.KeyCode, string(codeReady), "version", Version(), "pid", os.Getpid())
	return systemd.Ready("serving")
}

// writePID puts the file there whole: whoever sees it can read the number.
func writePID(file string) error {
	tmp := file + ".new"
	if err := os.WriteFile(tmp, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		return fmt.Errorf("write pid file: %w", err)
	}
	if err := os.Rename(tmp, file); err != nil {
		return fmt.Errorf("write pid file: %w", errors.Join(err, os.Remove(tmp)))
	}
	return nil
}

// Health adds a check to /healthz: an error makes the daemon unhealthy under
// the given name, such as "store". Checks are quick and safe for concurrent
// use.
func (e *Env) Health(name string, check func(context.Context) error) {
	e.health.mu.Lock()
	defer e.health.mu.Unlock()
	e.health.checks = append(e.health.checks, namedCheck{name, check})
}

type namedCheck struct {
	name  string
	check func(context.Context) error
}

// health is the state that /healthz shows.
type health struct {
	state atomic.Int32

	mu     sync.Mutex // guards checks
	checks []namedCheck
}

const (
	stateStarting = iota
	stateReady
	stateStopping
)

// run returns what is wrong, nil when nothing is.
func (h *health) run(ctx context.Context) []error {
	switch h.state.Load() {
	case stateStarting:
		return []error{errors.New("starting")}
	case stateStopping:
		return []error{errors.New("stopping")}
	}
	h.mu.Lock()
	checks := h.checks[:len(h.checks):len(h.checks)]
	h.mu.Unlock()
	var errs []error
	for _, c := range checks {
		if err := c.check(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.name, err))
		}
	}
	return errs
}
