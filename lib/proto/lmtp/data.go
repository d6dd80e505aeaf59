// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import (
	"context"
	"io"
)

// data is DATA, RFC 2033 4.2: one reply for each recipient that was taken, in
// order.
func (x *session) data(ctx context.Context, arg string) {
	switch {
	case arg != "":
		x.wrong(replyNoArgument)
		return
	case !x.mail:
		x.wrong(replyNeedMail)
		return
	case len(x.env.To) == 0:
		x.wrong(replyNoRcpt)
		return
	}
	x.reply(replyGoAhead)
	x.flush()
	message := &dotReader{in: x.in, conn: x.conn, timeout: x.DataTimeout, limit: x.MaxSize}
	replies := x.Handler.Deliver(ctx, &x.env, message)
	n := len(x.env.To)
	_, err := io.Copy(io.Discard, message.unlimited())
	switch {
	case err != nil: // the client left or fell silent within the message
		x.lost(ctx, err)
		x.ended = true
		return
	case message.over:
		replies = repeat(replyTooBig, n)
	case len(replies) != n:
		replies = repeat(replyTrouble, n)
	}
	for _, r := range replies {
		x.reply(r)
	}
	x.errors = 0 // who brings mail may stay
	x.reset()
}

func repeat(r Reply, n int) []Reply {
	list := make([]Reply, n)
	for i := range list {
		list[i] = r
	}
	return list
}
