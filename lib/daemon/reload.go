// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"twiga/lib/config"
	"twiga/lib/log"
	"twiga/lib/systemd"
)

// part is told of a reload; cfg is the new *T.
type part struct {
	name  string
	apply func(cfg any) error
}

// OnReload has apply called after each SIGHUP with the configuration that is
// in effect from then on: new values of the keys marked reload, old values of
// all others. It is called from one goroutine at a time; an error is logged
// under the part's name, and the other parts go on. Register before Ready.
func OnReload[T any](e *Env, name string, apply func(*T) error) {
	*e.reloads = append(*e.reloads, part{name, func(cfg any) error {
		c, ok := cfg.(*T)
		if !ok {
			return fmt.Errorf("configuration is a %T, not a %T", cfg, c)
		}
		return apply(c)
	}})
}

// OnHangup has reread called after each SIGHUP, for parts that read files of
// their own such as certificates.
func (e *Env) OnHangup(name string, reread func() error) {
	*e.reloads = append(*e.reloads, part{name, func(any) error { return reread() }})
}

// reloader answers SIGHUP.
type reloader[T any] struct {
	env     *Env
	load    func() (*T, error)
	current *T
	parts   []part
}

func (r *reloader[T]) hangup(ctx context.Context) {
	if err := systemd.Reloading(); err != nil {
		log.Warn(ctx, codeNotify, "tell service manager", log.Err(err))
	}
	if err := r.reload(ctx); err != nil {
		log.Error(ctx, codeReloadFailed, "reload failed, the old configuration stays", log.Err(err))
	}
	if err := systemd.Ready("serving"); err != nil {
		log.Warn(ctx, codeNotify, "tell service manager", log.Err(err))
	}
}

func (r *reloader[T]) reload(ctx context.Context) error {
	next, err := r.load()
	if err != nil {
		return err
	}
	merged, changes := config.Merge(r.current, next)
	var applied []string
	for _, c := range changes {
		if c.Reload {
			applied = append(applied, c.Key)
		} else {
			log.Warn(ctx, codeNeedsRestart, "changed key takes effect at the next start", slog.String("key", c.Key))
		}
	}
	r.current = merged
	var errs []error
	if c, ok := any(merged).(interface{ common() *Common }); ok {
		if l, err := log.ParseLevel(c.common().Log.Level); err == nil {
			r.env.level.Set(l)
		}
	}
	for _, p := range r.parts {
		if err := p.apply(merged); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.name, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	log.Info(ctx, codeReloaded, "configuration reloaded", slog.String("changed", strings.Join(applied, " ")))
	return nil
}
