// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"twiga/lib/log"
	"twiga/lib/sysexits"
	"twiga/lib/systemd"
)

// graceAfterDrain is the time between cutting the last connections and ending
// a process that does not return.
const graceAfterDrain = 5 * time.Second

// life is the daemon's way from start to end, which Serve finds in the context.
type life struct {
	draining context.Context // ends when the daemon shall stop
	hard     context.Context // ends when the drain timeout is over
}

type lifeKey struct{}

// Draining is closed when the daemon begins to stop. A connection that waits
// for its client watches it, says goodbye and ends; the connection's own
// context lives on until the drain timeout, so that work under way can finish.
func Draining(ctx context.Context) <-chan struct{} {
	if l, ok := ctx.Value(lifeKey{}).(*life); ok {
		return l.draining.Done()
	}
	return ctx.Done()
}

// live runs the daemon between its first log line and its last.
func (e *Env) live(ctx context.Context, run func(context.Context) error) error {
	passed, err := systemd.Listeners()
	if err != nil {
		return sysexits.With(sysexits.Unavailable, err)
	}
	e.passed = passed
	hard, cut := context.WithCancel(e.logged(ctx))
	defer cut()
	draining, stop := context.WithCancel(hard)
	defer stop()
	e.life = &life{draining: draining, hard: hard}

	page, err := e.startMonitor(hard)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(signals)
	signal.Ignore(syscall.SIGPIPE)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { e.watchSignals(hard, signals, done, stop, cut) })
	wg.Go(func() {
		if err := systemd.Watchdog(draining, func(context.Context) error { return nil }); err != nil {
			log.Warn(hard, codeNotify, "feed watchdog", log.Err(err))
		}
	})
	err = run(context.WithValue(draining, lifeKey{}, e.life))
	for _, name := range slices.Sorted(maps.Keys(e.passed)) {
		log.Warn(hard, codeUnclaimed, "socket of the service manager was never used", slog.String("name", name))
	}
	close(done)
	stop()
	page()
	wg.Wait()
	if f := e.settings.PIDFile; f != "" && e.health.state.Load() != stateStarting {
		_ = os.Remove(f) // whoever reads it finds the process gone as well
	}
	if err != nil {
		return err
	}
	log.Info(hard, codeStopped, "stopped")
	return nil
}

// watchSignals turns signals into the end of contexts until done. A SIGHUP
// before the daemon is ready waits until it is.
func (e *Env) watchSignals(ctx context.Context, signals <-chan os.Signal, done <-chan struct{}, stop, cut func()) {
	var (
		overdue, lost <-chan time.Time
		reload        <-chan struct{} // set while a reload is wanted
		stopping      bool
	)
	for {
		select {
		case <-done:
			return
		case <-reload:
			reload = nil
			e.hangup(ctx)
		case s := <-signals:
			switch {
			case s == syscall.SIGHUP && stopping:
			case s == syscall.SIGHUP:
				reload = e.ready
			case stopping:
				log.Warn(ctx, codeOverdue, "second signal, end at once", slog.String("signal", s.String()))
				exitNow(s)
			default:
				stopping, reload = true, nil
				e.beginStop(ctx, s)
				stop()
				overdue = time.After(e.settings.DrainTimeout)
			}
		case <-overdue:
			log.Warn(ctx, codeOverdue, "drain timeout is over", slog.Duration("after", e.settings.DrainTimeout))
			cut()
			lost = time.After(graceAfterDrain)
		case <-lost:
			log.Error(ctx, codeOverdue, "parts did not return, end at once")
			os.Exit(sysexits.TempFail)
		}
	}
}

func (e *Env) beginStop(ctx context.Context, s os.Signal) {
	e.health.state.Store(stateStopping)
	log.Info(ctx, codeStop, "stop", slog.String("signal", s.String()))
	if err := systemd.Stopping(); err != nil {
		log.Warn(ctx, codeNotify, "tell service manager", log.Err(err))
	}
}

// exitNow ends the process as the shell writes the end by a signal.
func exitNow(s os.Signal) {
	code := 128
	if n, ok := s.(syscall.Signal); ok {
		code += int(n)
	}
	os.Exit(code)
}
