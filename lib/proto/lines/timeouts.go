// SPDX-License-Identifier: AGPL-3.0-or-later

package lines

import (
	"cmp"
	"time"
)

// Timeouts bound how long a client may take. A field that is zero takes the
// default, which is the protocol's where none stands here.
type Timeouts struct {
	Login   time.Duration // from connecting to being logged in (default 60 s)
	Idle    time.Duration // between commands after login
	Command time.Duration // for a command line once begun, and for each piece of a literal (default 60 s)
	Write   time.Duration // for each piece of output (default 60 s)
	Finish  time.Duration // after the server's end, for what a running command still reads (default 3 s)
	Hurry   time.Duration // and for each piece of output then (default 5 s)
	// KeepAlive is the silence after which TCP probes the client, Probe the time
	// between two probes; after four without an answer the client is gone.
	KeepAlive time.Duration
	Probe     time.Duration
	// AuthDelay is how long the answer to a failed login is held back (default
	// none).
	AuthDelay time.Duration
}

// keepAliveProbes is how many probes go without an answer.
const keepAliveProbes = 4

// Or fills in the fields that are zero, from a protocol's defaults and then from
// those of all.
func (t Timeouts) Or(protocol Timeouts) Timeouts {
	const usual, finish, hurry = 60 * time.Second, 3 * time.Second, 5 * time.Second
	return Timeouts{
		Login:     cmp.Or(t.Login, protocol.Login, usual),
		Idle:      cmp.Or(t.Idle, protocol.Idle),
		Command:   cmp.Or(t.Command, protocol.Command, usual),
		Write:     cmp.Or(t.Write, protocol.Write, usual),
		Finish:    cmp.Or(t.Finish, protocol.Finish, finish),
		Hurry:     cmp.Or(t.Hurry, protocol.Hurry, hurry),
		KeepAlive: cmp.Or(t.KeepAlive, protocol.KeepAlive),
		Probe:     cmp.Or(t.Probe, protocol.Probe),
		AuthDelay: cmp.Or(t.AuthDelay, protocol.AuthDelay),
	}
}
