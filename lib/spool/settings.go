// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"twiga/lib/config"
)

// Settings are what an operator says about sending.
type Settings struct {
	Relay          string        `key:"relay" default:"127.0.0.1:25" doc:"Mail server that takes all mail: host:port."`
	StartTLS       string        `key:"starttls" default:"may" doc:"Encryption on the way to the relay: none; may (where the relay offers it, whoever it is); must (with a valid certificate, or not at all)."`
	RelayCA        string        `key:"relay_ca" doc:"File with the certificates, in PEM form, that the relay's is checked against with must. Empty: the system's."`
	RelayUser      string        `key:"relay_user" doc:"User name for the relay. Empty: no logon. The password goes over an encrypted connection only, unless starttls is none."`
	PasswordFile   string        `key:"relay_password_file" doc:"File whose first line is the password for the relay, read at each logon."`
	Hostname       string        `key:"hostname" doc:"Name that we give in EHLO, and of the sender of reports. Empty: the machine's."`
	Workers        int           `key:"workers" default:"4" doc:"Messages that are sent at a time."`
	Retry          []string      `key:"retry" default:"1m,5m,15m,30m,1h" doc:"Pauses after the first failure, the second and so on; the last one stays." reload:"true"`
	Expire         time.Duration `key:"expire" default:"120h" doc:"Time after which recipients that could not be reached are reported to the sender as failed." reload:"true"`
	ConnectTimeout time.Duration `key:"connect_timeout" default:"30s" doc:"Time to reach the relay."`
	CommandTimeout time.Duration `key:"command_timeout" default:"5m" doc:"Time that the relay gets for a command, and twice that for a message."`
	SpillDir       string        `key:"spill_dir" doc:"Folder for messages too large for memory while they are sent. Empty: the system's for temporary files."`
	SpillLimit     config.Size   `key:"spill_limit" default:"256k" doc:"Bytes of a message that are kept in memory while it is sent."`
}

// Policies of encryption.
const (
	tlsNone = "none"
	tlsMay  = "may"
	tlsMust = "must"
)

// Check implements the check of the configuration.
func (s *Settings) Check() error {
	if _, _, err := net.SplitHostPort(s.Relay); err != nil {
		return fmt.Errorf("key relay: want host:port: %w", err)
	}
	if !slices.Contains([]string{tlsNone, tlsMay, tlsMust}, s.StartTLS) {
		return fmt.Errorf("key starttls: want none, may or must, got %q", s.StartTLS)
	}
	if s.RelayUser != "" && s.PasswordFile == "" {
		return errors.New("key relay_user: set without relay_password_file")
	}
	if s.Workers < 1 {
		return errors.New("key workers: want 1 at least")
	}
	if s.Expire <= 0 || s.ConnectTimeout <= 0 || s.CommandTimeout <= 0 {
		return errors.New("keys expire, connect_timeout, command_timeout: want more than 0s")
	}
	_, err := s.pauses()
	return err
}

// pauses are the times of Retry.
func (s *Settings) pauses() ([]time.Duration, error) {
	if len(s.Retry) == 0 {
		return nil, errors.New("key retry: want one pause at least")
	}
	list := make([]time.Duration, len(s.Retry))
	for i, text := range s.Retry {
		d, err := time.ParseDuration(strings.TrimSpace(text))
		if err != nil || d <= 0 {
			return nil, fmt.Errorf("key retry: want durations like 5m, got %q", text)
		}
		list[i] = d
	}
	return list, nil
}

// pause is how long to wait after a number of failed tries before.
func (s *Settings) pause(attempts int) time.Duration {
	list, err := s.pauses()
	if err != nil {
		return time.Hour // Check refused it before
	}
	return list[min(max(attempts, 0), len(list)-1)]
}
