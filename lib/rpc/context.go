// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"time"

	"twiga/lib/log"
)

// requestContext carries the request id of a call. What that costs is paid by
// the calls that log: most never ask.
type requestContext struct {
	context.Context
	id   string
	once sync.Once
	with context.Context
}

// Value implements context.Context.
func (c *requestContext) Value(key any) any {
	if _, own := key.(*int); own {
		return c.Context.Value(key) // package context looks for its own kind
	}
	c.once.Do(func() { c.with = log.WithRequest(c.Context, log.CleanRequestID(c.id)) })
	return c.with.Value(key)
}

// isReset says whether the peer went away.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// timeoutContext ends after a time, as context.WithTimeout has it. The timer is set
// when somebody waits for the end: most calls are over before anybody does, and a
// timer that a sleeping process sets wakes a thread of it.
type timeoutContext struct {
	context.Context
	deadline time.Time

	mu     sync.Mutex // guards what follows
	timed  context.Context
	cancel context.CancelFunc
	err    error // where nobody waits
}

// Deadline implements context.Context.
func (c *timeoutContext) Deadline() (time.Time, bool) {
	if d, ok := c.Context.Deadline(); ok && d.Before(c.deadline) {
		return d, true
	}
	return c.deadline, true
}

// Done implements context.Context.
func (c *timeoutContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timed == nil {
		c.timed, c.cancel = context.WithDeadline(c.Context, c.deadline)
		if c.err != nil {
			c.cancel()
		}
	}
	return c.timed.Done()
}

// Err implements context.Context.
func (c *timeoutContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
	case c.timed != nil:
		return c.timed.Err()
	case c.Context.Err() != nil:
		c.err = c.Context.Err()
	case !time.Now().Before(c.deadline):
		c.err = context.DeadlineExceeded
	}
	return c.err
}

// Value implements context.Context.
func (c *timeoutContext) Value(key any) any {
	if _, own := key.(*int); own { // see requestContext
		c.mu.Lock()
		timed := c.timed
		c.mu.Unlock()
		if timed != nil {
			return timed.Value(key)
		}
	}
	return c.Context.Value(key)
}

// end lets go of the timer.
func (c *timeoutContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.timed != nil:
		c.cancel()
	case c.err == nil:
		c.err = context.Canceled
	}
}
