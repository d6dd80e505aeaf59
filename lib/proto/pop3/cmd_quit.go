// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"errors"
	"log/slog"

	"twiga/lib/proto/lines"
)

// runQuit runs QUIT (RFC 1939 4, 6): only here are messages removed. If that
// fails the client is told, and the session ends all the same.
func runQuit(ctx context.Context, c *Conn, _ *noArgs) error {
	if c.state == stateTransaction {
		if err := c.update(ctx); err != nil {
			return err
		}
	}
	if err := c.w.ok("Goodbye"); err != nil {
		return err
	}
	return errQuit
}

// update does what the client has marked, and gives the maildrop free. It fails
// if what was to be removed was not.
func (c *Conn) update(ctx context.Context) error {
	defer c.drop.Release()
	deleted, sent := c.drop.marked()
	if len(deleted)+len(sent) == 0 {
		return nil
	}
	err := c.drop.Update(ctx, deleted, sent)
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) {
		c.io.Log(ctx, slog.LevelError, codeUpdate, "maildrop not updated", slog.Int("deleted", len(deleted)), lines.Failure(err))
		e = ErrTemporary
	}
	if len(deleted) == 0 { // nothing that the client asked for has failed
		return nil
	}
	return Bye(e.Code, "Messages marked as deleted were not removed")
}
