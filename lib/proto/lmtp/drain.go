// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import (
	"net"
	"sync"
	"time"
)

// drainConn is a connection whose wait for the next command can be cut short
// from outside, while a message under way is left alone.
type drainConn struct {
	net.Conn

	mu       sync.Mutex // guards waiting and draining, and the read deadline
	waiting  bool       // for a command
	draining bool
}

// wait begins a wait for a command; false when the session shall end.
func (c *drainConn) wait(limit time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining {
		return false
	}
	c.waiting = true
	return c.SetReadDeadline(deadline(limit)) == nil
}

// waited ends the wait.
func (c *drainConn) waited() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = false
}

// drain has the session end at the next wait, and the present one end now.
func (c *drainConn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	if c.waiting {
		_ = c.SetReadDeadline(time.Unix(1, 0))
	}
}

// isDraining tells why a wait ended.
func (c *drainConn) isDraining() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.draining
}

// deadline is the moment a wait ends; the zero time is never.
func deadline(limit time.Duration) time.Time {
	if limit <= 0 {
		return time.Time{}
	}
	return time.Now().Add(limit)
}
