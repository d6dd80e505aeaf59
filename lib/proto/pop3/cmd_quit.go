// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"errors"
	"log/slog"
)

// runQuit runs QUIT (RFC 1939 4, 6): only here are messages removed. If that
// fails the client is told, and the session ends all the same.
func runQuit(ctx context.Context, c *Conn, _ *noArgs) error {
	if c.state == stateTransaction {
		if deleted, sent := c.drop.marked(); len(deleted)+len(sent) > 0 {
			if err := c.drop.Update(ctx, deleted, sent); err != nil {
				return c.notUpdated(ctx, err, len(deleted))
			}
		}
	}
	if err := c.w.ok("Goodbye"); err != nil {
		return err
	}
	return errQuit
}

func (c *Conn) notUpdated(ctx context.Context, err error, deleted int) error {
	var e *Error
	if !errors.As(err, &e) {
		c.log(ctx, slog.LevelError, codeUpdate, "pop3 maildrop not updated", slog.Int("deleted", deleted), errAttr(err))
		e = ErrTemporary
	}
	if deleted == 0 { // nothing that the client asked for has failed
		if err := c.w.ok("Goodbye"); err != nil {
			return err
		}
		return errQuit
	}
	return Bye(e.Code, "Messages marked as deleted were not removed")
}
