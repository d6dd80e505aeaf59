// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import "context"

// vrfy is VRFY, RFC 5321 4.1.1.6. Who is here is told by RCPT, in one place.
func (x *session) vrfy(context.Context, string) { x.reply(replyVerify) }
