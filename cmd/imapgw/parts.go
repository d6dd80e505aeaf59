// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"

	gateway "twiga/lib/gateway/imap"
	"twiga/lib/metric"
	"twiga/lib/proto/imap"
	"twiga/lib/sysexits"
)

// refuse tells a client that there are too many.
func refuse(c net.Conn) {
	_, _ = io.WriteString(c, "* BYE [UNAVAILABLE] Too many connections\r\n") // it is going anyway
}

// underTLS has connections speak TLS from their start. The settings ask for a
// certificate where they name sockets; those of the service manager come unasked.
func underTLS(lns []net.Listener, certificate *tls.Config) ([]net.Listener, error) {
	if len(lns) > 0 && certificate == nil {
		return nil, sysexits.With(sysexits.Config, errors.New(
			"listen for imaps: the service manager passed a socket, but no certificate is named (tls.certificate)"))
	}
	secure := make([]net.Listener, len(lns))
	for i, ln := range lns {
		secure[i] = tls.NewListener(ln, certificate)
	}
	return secure, nil
}

// plainLogin says from where passwords are taken without TLS.
func plainLogin(setting string) func(net.Addr) bool {
	return func(client net.Addr) bool {
		switch setting {
		case "always":
			return true
		case "local":
			t, ok := client.(*net.TCPAddr)
			return !ok || t.IP.IsLoopback() // a unix socket is local
		}
		return false
	}
}

// metrics are the numbers of this daemon.
type metrics struct {
	commands func(name string, took time.Duration, status imap.Status)
	login    func(ok bool)
	refused  func(reason string)
	view     func(what string)
}

func newMetrics(r *metric.Registry) metrics {
	seconds := r.HistogramVec("twiga_imap_command_seconds", "Time that commands took, until their answer was written.", "command")
	failed := r.CounterVec("twiga_imap_failed_total", "Commands that were answered NO or BAD.", "command", "status")
	logins := r.CounterVec("twiga_imap_logins_total", "Logins, by outcome.", "outcome")
	refused := r.CounterVec("twiga_imap_refused_total", "Connections and logins over a limit.", "limit")
	views := r.CounterVec("twiga_imap_views_total", "What became of the cached lists of messages.", "what")
	return metrics{
		commands: func(name string, took time.Duration, status imap.Status) {
			seconds.WithLabelValues(name).Observe(took.Seconds())
			if status != imap.StatusOK {
				failed.WithLabelValues(name, string(status)).Inc()
			}
		},
		login: func(ok bool) {
			outcome := "failed"
			if ok {
				outcome = "ok"
			}
			logins.WithLabelValues(outcome).Inc()
		},
		refused: func(reason string) { refused.WithLabelValues(reason).Inc() },
		view:    func(what string) { views.WithLabelValues(what).Inc() },
	}
}

func (m metrics) server() imap.Hooks { return imap.Hooks{Command: m.commands} }

func (m metrics) gateway() gateway.Hooks {
	return gateway.Hooks{Login: m.login, Refused: m.refused, View: m.view}
}
