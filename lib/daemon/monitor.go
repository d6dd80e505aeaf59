// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"twiga/lib/log"
)

// Bounds of the monitor page's HTTP server.
const (
	monitorTimeout   = time.Minute
	monitorMaxHeader = 8 << 10
)

// Monitor serves /metrics and /healthz, for daemons that show them on a
// listener of their own as well.
func (e *Env) Monitor() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", e.Metrics.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		errs := e.health.run(r.Context())
		if len(errs) == 0 {
			_, _ = io.WriteString(w, "ok\n")
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		for _, err := range errs {
			_, _ = fmt.Fprintln(w, err)
		}
	})
	return mux
}

// profiled is the monitor with the profiles of the running program (pprof(1)) under /debug/pprof/.
// They are served on metrics_listen only, which stays inside the machine.
func (e *Env) profiled() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", e.Monitor())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// startMonitor serves the monitor page where the settings say, and returns how
// to end it.
func (e *Env) startMonitor(ctx context.Context) (stop func(), err error) {
	spec := e.settings.MetricsListen
	if spec == "" {
		return func() {}, nil
	}
	lns, err := e.Listen("metrics", spec)
	if err != nil {
		return nil, err
	}
	srv := &http.Server{
		Handler: e.profiled(), ReadTimeout: monitorTimeout, WriteTimeout: monitorTimeout,
		MaxHeaderBytes: monitorMaxHeader,
		BaseContext:    func(net.Listener) context.Context { return ctx },
	}
	done := make(chan struct{}, len(lns))
	for _, ln := range lns {
		go func() {
			defer func() { done <- struct{}{} }()
			if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
				log.Error(ctx, codeAccept, "serve metrics", log.Err(err))
			}
		}()
	}
	return func() {
		_ = srv.Close()
		for range lns {
			<-done
		}
	}, nil
}
