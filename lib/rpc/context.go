// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"errors"
	"sync"
	"syscall"

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
