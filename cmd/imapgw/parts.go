// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"time"

	"twiga/lib/daemon"
	gateway "twiga/lib/gateway/imap"
	"twiga/lib/metric"
	"twiga/lib/proto/imap"
	"twiga/lib/sysexits"
)

// refuse tells a client that there are too many.
func refuse(c net.Conn) {
	_, _ = io.WriteString(c, "* BYE [UNAVAILABLE] Too many connections\r\n") // it is going anyway
}

// door is where clients of one protocol come in.
type door struct {
	name      string
	pop3      bool
	listeners []net.Listener
}

// listen opens all doors, those of protocols that nobody wants without a
// listener.
func (c *Config) listen(env *daemon.Env, certificate *tls.Config) ([]door, error) {
	proxies, err := daemon.ParseNetworks(c.ProxyFrom)
	if err != nil {
		return nil, err
	}
	var doors []door
	for _, d := range []struct {
		name         string
		pop3, secure bool
		addresses    []string
	}{
		{"imap", false, false, c.Imap},
		{"imaps", false, true, c.Imaps},
		{"pop3", true, false, c.Pop3},
		{"pop3s", true, true, c.Pop3s},
	} {
		lns, err := env.Listen(d.name, d.addresses...)
		lns = daemon.Proxied(lns, proxies)
		if err == nil && d.secure {
			lns, err = underTLS(d.name, lns, certificate)
		}
		if err != nil {
			return nil, err
		}
		doors = append(doors, door{d.name, d.pop3, lns})
	}
	return doors, nil
}

// underTLS has connections speak TLS from their start. The settings ask for a
// certificate where they name sockets; those of the service manager come unasked.
func underTLS(name string, lns []net.Listener, certificate *tls.Config) ([]net.Listener, error) {
	if len(lns) > 0 && certificate == nil {
		return nil, sysexits.With(sysexits.Config, fmt.Errorf(
			"listen for %s: the service manager passed a socket, but no certificate is named (tls.certificate)", name))
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

func (m metrics) server() imap.Hooks {
	return imap.Hooks{Command: m.commands, Refused: func() { m.refused("peer") }}
}

func (m metrics) gateway() gateway.Hooks {
	return gateway.Hooks{Login: m.login, Refused: m.refused, View: m.view}
}
