// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import "context"

// rset is RSET, RFC 5321 4.1.1.5.
func (x *session) rset(_ context.Context, arg string) {
	if arg != "" {
		x.wrong(replyNoArgument)
		return
	}
	x.reset()
	x.reply(replyOK)
}
