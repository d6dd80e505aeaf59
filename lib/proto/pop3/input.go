// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"errors"

	"twiga/lib/proto/lines"
)

// errLineTooLong answers a line beyond the limit.
var errLineTooLong = Bad("Command line is too long")

// readLine reads the next line, without its end. One that is too long is read
// to its end, but before login it ends the connection.
func (c *Conn) readLine() ([]byte, error) {
	limit := c.srv.cfg.Limits.Line
	if c.state == stateAuthorization {
		limit = c.srv.cfg.Limits.LineBeforeLogin
	}
	line, err := c.io.ReadLine(limit)
	if !errors.Is(err, lines.ErrTooLong) {
		return line, err
	}
	if c.state == stateAuthorization {
		return nil, Bye("", errLineTooLong.Text)
	}
	if _, err := c.io.SkipLine(nil); err != nil {
		return nil, err
	}
	return nil, errLineTooLong
}
