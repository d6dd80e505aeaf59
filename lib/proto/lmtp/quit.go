// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import "context"

// quit is QUIT, RFC 5321 4.1.1.10.
func (x *session) quit(_ context.Context, arg string) {
	if arg != "" {
		x.wrong(replyNoArgument)
		return
	}
	x.reply(replyBye)
	x.ended = true
}
