// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import (
	"context"
	"unicode/utf8"
)

// maxAsked bounds how many recipients are asked for together.
const maxAsked = 1000

// rcptTo is RCPT, RFC 5321 4.1.1.3. A good one is answered when the next
// command is another one, or when the session waits, so that the handler sees
// pipelined recipients together.
func (x *session) rcptTo(ctx context.Context, arg string) {
	refused := replySyntaxTo
	switch {
	case !x.mail:
		refused = replyNeedMail
	case x.MaxRecipients > 0 && len(x.env.To)+len(x.asked) >= x.MaxRecipients:
		refused = replyManyRcpts
	default:
		rest, _ := cutFold(arg, "TO:")
		to, params, ok := takePath(rest, false)
		if ok && utf8.ValidString(to) {
			if params == "" {
				x.asked = append(x.asked, to)
				if len(x.asked) >= maxAsked {
					x.answerAsked(ctx)
				}
				return
			}
			refused = replyParameter
		}
	}
	x.answerAsked(ctx)
	if refused.Code == replyManyRcpts.Code {
		x.reply(refused) // RFC 5321 4.5.3.1.10: the rest of them is for another transaction
		return
	}
	x.wrong(refused)
}

// answerAsked answers the RCPTs that wait for it.
func (x *session) answerAsked(ctx context.Context) {
	if len(x.asked) == 0 {
		return
	}
	asked := x.asked
	x.asked = nil
	replies := x.Handler.Recipients(ctx, &x.env, asked)
	for i, to := range asked {
		r := replyTrouble
		if i < len(replies) {
			r = replies[i]
		}
		if r.OK() {
			x.env.To = append(x.env.To, to)
		}
		x.reply(r)
	}
}
