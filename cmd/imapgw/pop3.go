// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"crypto/tls"
	"io"
	"net"
	"time"

	"twiga/lib/daemon"
	gateway "twiga/lib/gateway/pop3"
	"twiga/lib/mapi/object"
	"twiga/lib/metric"
	"twiga/lib/proto/lines"
	"twiga/lib/proto/pop3"
)

// newPOP3 makes the server of POP3.
func (c *Config) newPOP3(env *daemon.Env, store object.Service, certificate *tls.Config, peers *lines.Peers) *pop3.Server {
	seen := newPOP3Metrics(env.Metrics)
	gw := gateway.New(gateway.Config{
		Service: store, LoginDelay: c.Pop3Delay, KeepUnread: c.Pop3Unread,
		Logger: env.Log, Hooks: gateway.Hooks{Login: seen.login, Refused: seen.refused},
	})
	return pop3.New(pop3.Config{
		Backend: gw, TLS: certificate, Peers: peers, PlainLoginFrom: plainLogin(c.PlaintextAuth), NoOpenProofs: c.PlaintextAuth == "never",
		Implementation: "Twiga", LoginDelay: c.Pop3Delay,
		Limits:   pop3.Limits{AuthFailures: c.AuthTries},
		Timeouts: lines.Timeouts{Login: c.LoginTime, Idle: c.Pop3Idle, AuthDelay: c.AuthDelay},
		Logger:   env.Log, Hooks: pop3.Hooks{Command: seen.command, Refused: func() { seen.refused("peer") }},
	})
}

// refusePOP3 tells a client that there are too many.
func refusePOP3(c net.Conn) {
	_, _ = io.WriteString(c, "-ERR [SYS/TEMP] Too many connections\r\n") // it is going anyway
}

// pop3Metrics are the numbers of POP3.
type pop3Metrics struct {
	command func(name string, took time.Duration, ok bool)
	login   func(ok bool)
	refused func(reason string)
}

func newPOP3Metrics(r *metric.Registry) pop3Metrics {
	seconds := r.HistogramVec("twiga_pop3_command_seconds", "Time that commands took, until their answer was written.", "command")
	failed := r.CounterVec("twiga_pop3_failed_total", "Commands that were answered -ERR.", "command")
	logins := r.CounterVec("twiga_pop3_logins_total", "Logins, by outcome.", "outcome")
	refused := r.CounterVec("twiga_pop3_refused_total", "Connections and logins over a limit.", "limit")
	return pop3Metrics{
		command: func(name string, took time.Duration, ok bool) {
			seconds.WithLabelValues(name).Observe(took.Seconds())
			if !ok {
				failed.WithLabelValues(name).Inc()
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
	}
}
