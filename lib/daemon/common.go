// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"twiga/lib/log"
)

// Common holds the settings of every daemon. Embed it in the daemon's struct.
type Common struct {
	Log Log `key:"log" doc:"What the daemon tells about itself, on standard error."`

	MetricsListen string `key:"metrics_listen" doc:"Where /metrics and /healthz are served: unix:/path or a loopback address with a port. Empty: nowhere."`

	User  string `key:"user" doc:"User to become once the sockets are bound, when started by root. Empty: stay."`
	Group string `key:"group" doc:"Group to become with the user. Empty: the user's own."`

	DrainTimeout time.Duration `key:"drain_timeout" default:"30s" doc:"Time that running work gets to finish when the daemon is stopped."`

	PIDFile string `key:"pid_file" doc:"File that holds the process id from the moment the daemon is ready until it ends. Empty: none."`
}

// Log is the table of the log's settings.
type Log struct {
	Level  string `key:"level" default:"info" reload:"true" doc:"Least level that is written: error, warn, info or debug."`
	Format string `key:"format" default:"text" doc:"Form of the lines: text or json."`
}

// TLS is the table of a server's certificate.
type TLS struct {
	Certificate string `key:"certificate" doc:"File with the certificate and its chain in PEM form, read again on reload. Empty: no TLS."`
	Key         string `key:"key" doc:"File with the private key in PEM form, read again on reload. Empty: it stands in the certificate's file."`

	Further  []string `key:"further" doc:"More such files, each with its key, for other names: the name that a client asks for chooses. What none has gets the first."`
	ClientCA string   `key:"client_ca" doc:"File with authorities in PEM form, a certificate of which clients are asked for. stored checks what they show, see its logon.client_ca. Empty: clients are not asked."`
}

// Enabled reports whether there is a certificate.
func (t TLS) Enabled() bool { return t.Certificate != "" }

// Check implements the check of the configuration.
func (t *TLS) Check() error {
	if t.Certificate == "" && (len(t.Further) > 0 || t.ClientCA != "") {
		return fmt.Errorf("tls further, client_ca: no certificate is named")
	}
	if t.Certificate == "" && t.Key != "" {
		return fmt.Errorf("tls key %s: no certificate is named", t.Key)
	}
	return nil
}

func (c *Common) common() *Common { return c }

// Check implements the check of the configuration.
func (c *Common) Check() error {
	if _, err := log.ParseLevel(c.Log.Level); err != nil {
		return fmt.Errorf("key log.level: %w", err)
	}
	if !slices.Contains(log.Formats, c.Log.Format) {
		return fmt.Errorf("key log.format: want one of %s, got %q", strings.Join(log.Formats, ", "), c.Log.Format)
	}
	if c.Group != "" && c.User == "" {
		return fmt.Errorf("key group: set without user")
	}
	if c.DrainTimeout <= 0 {
		return fmt.Errorf("key drain_timeout: want more than 0s")
	}
	return c.checkMetrics()
}

// checkMetrics keeps the metrics inside the machine: they have no access
// control of their own.
func (c *Common) checkMetrics() error {
	if c.MetricsListen == "" {
		return nil
	}
	a, err := ParseAddress(c.MetricsListen)
	if err != nil {
		return fmt.Errorf("key metrics_listen: %w", err)
	}
	if a.Network != "tcp" {
		return nil
	}
	host, _, _ := strings.Cut(a.Address, ":")
	if ap, err := netip.ParseAddrPort(a.Address); host != "localhost" && (err != nil || !ap.Addr().IsLoopback()) {
		return fmt.Errorf("key metrics_listen: %s is not a loopback address", a.Address)
	}
	return nil
}
