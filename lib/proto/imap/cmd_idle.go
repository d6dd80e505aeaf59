// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"time"

	"twiga/lib/proto/imap/wire"
)

// maxDone is how long the line that ends IDLE may be.
const maxDone = 64

// runIdle runs IDLE (RFC 2177). The connection's goroutine waits for the client
// itself; Notify makes it come back to poll.
func runIdle(ctx context.Context, c *Conn, _ *noArgs) error {
	if err := c.goAhead("idling"); err != nil {
		return err
	}
	deadline := time.Now().Add(c.srv.cfg.Timeouts.Idle)
	for {
		c.pending.Store(false)
		if err := c.poll(ctx, true); err != nil {
			return err
		}
		c.idling.Store(true)
		err := c.waitInput(time.Until(deadline))
		c.idling.Store(false)
		if err == nil {
			break
		}
		if !errors.Is(err, errWake) {
			return err
		}
	}
	line, err := c.readLine(nil, maxDone)
	switch {
	case errors.Is(err, errLineTooLong):
		return Bye(CodeTooBig, "Expected DONE")
	case err != nil:
		return err
	case !wire.EqualFold(line, "DONE"):
		return Bad("Expected DONE")
	}
	return nil
}
