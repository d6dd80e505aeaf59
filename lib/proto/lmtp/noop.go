// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import "context"

// noop is NOOP, RFC 5321 4.1.1.9; its argument is ignored.
func (x *session) noop(context.Context, string) { x.reply(replyOK) }

// unknown is every verb that is none.
func (x *session) unknown(context.Context, string) { x.wrong(replyUnknown) }
