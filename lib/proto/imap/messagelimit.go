// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "twiga/lib/proto/imap/wire"

// MessageLimit is how many messages one command may be about (RFC 9738 3);
// 0 is any number.
func (c *Conn) MessageLimit() int { return c.srv.cfg.Limits.Messages }

// Limited tells with the answer to the command at hand that it was carried out
// for no message below uid, being about more than [Conn.MessageLimit].
func (c *Conn) Limited(uid uint32) { c.limitedAt = uid }

// ErrMessageLimit answers a command about too many messages that is all or
// nothing (RFC 9738 3.1).
func (c *Conn) ErrMessageLimit() *Error {
	return No(string(c.appendLimit(nil, "MESSAGELIMIT ")), "Too many messages for one command")
}

func (c *Conn) appendLimit(b []byte, name string) []byte {
	return wire.AppendUint(append(b, name...), uint64(c.MessageLimit()))
}

// tellLimited puts the code of Limited into the answer, or before it where that
// has another.
func (c *Conn) tellLimited() error {
	if c.limitedAt == 0 {
		return nil
	}
	code := c.appendLimit(nil, "MESSAGELIMIT ")
	code = wire.AppendUint(append(code, ' '), uint64(c.limitedAt))
	if len(c.code) == 0 {
		c.code = append(c.code, code...)
		return nil
	}
	return c.w.Status(StatusOK, string(code), "Not done for all messages")
}
