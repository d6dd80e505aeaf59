// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"

	"twiga/lib/proto/imap/wire"
	"twiga/lib/proto/lines"
)

// maxDone is how long the line that ends IDLE may be.
const maxDone = 64

// runIdle runs IDLE (RFC 2177). The connection's goroutine waits for the client
// itself; Notify makes it come back to poll.
func runIdle(ctx context.Context, c *Conn, _ *noArgs) error {
	if err := c.goAhead("idling"); err != nil {
		return err
	}
	by := c.io.NextBy()
	for {
		c.io.ForgetWake()
		if err := c.poll(ctx, true); err != nil {
			return err
		}
		err := c.io.Wait(by, true)
		if err == nil {
			break
		}
		if !errors.Is(err, lines.ErrWoken) {
			return err
		}
	}
	line, err := c.io.AppendLine(nil, maxDone)
	switch {
	case errors.Is(err, lines.ErrTooLong):
		return Bye(CodeTooBig, "Expected DONE")
	case err != nil:
		return err
	case !wire.EqualFold(line, "DONE"):
		return Bad("Expected DONE")
	}
	return nil
}
