// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"
)

// mailFrom is MAIL, RFC 5321 4.1.1.2.
func (x *session) mailFrom(_ context.Context, arg string) {
	switch {
	case x.env.Helo == "":
		x.wrong(replyNoHelo)
		return
	case x.mail:
		x.wrong(replyNested)
		return
	}
	rest, ok := cutFold(arg, "FROM:")
	if !ok {
		x.wrong(replySyntaxFrom)
		return
	}
	from, params, ok := takePath(rest, true)
	if !ok || !utf8.ValidString(from) {
		x.wrong(replySyntaxFrom)
		return
	}
	env := Envelope{Helo: x.env.Helo, Peer: x.env.Peer, From: from}
	for _, p := range strings.Fields(params) {
		refused := x.mailParameter(&env, p)
		if refused == replyTooBig {
			x.reply(refused) // a fair question
			return
		}
		if refused.Code != 0 {
			x.wrong(refused)
			return
		}
	}
	x.env, x.mail = env, true
	x.reply(replySender)
}

// mailParameter takes one parameter of MAIL: SIZE (RFC 1870 6), BODY (RFC 6152
// 2) and SMTPUTF8 (RFC 6531 3.4).
func (x *session) mailParameter(env *Envelope, p string) (refused Reply) {
	key, value, _ := strings.Cut(p, "=")
	switch strings.ToUpper(key) {
	case "SIZE":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			return replyBadValue
		}
		if x.MaxSize > 0 && n > x.MaxSize {
			return replyTooBig
		}
		env.Size = n
	case "BODY":
		if v := strings.ToUpper(value); v != "7BIT" && v != "8BITMIME" {
			return replyBadValue
		}
	case "SMTPUTF8":
		if value != "" {
			return replyBadValue
		}
		env.UTF8 = true
	default:
		return replyParameter
	}
	return Reply{}
}
