// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import (
	"context"
	"fmt"
	"strings"
)

// lhlo is LHLO, RFC 2033 4.1: EHLO by another name. It ends a transaction
// (RFC 5321 4.1.4).
func (x *session) lhlo(_ context.Context, arg string) {
	name, _, _ := strings.Cut(arg, " ")
	if name == "" {
		x.wrong(replyDomain)
		return
	}
	x.reset()
	x.env.Helo = name
	lines := []string{x.Host, "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE"}
	if x.MaxSize > 0 {
		lines[len(lines)-1] = fmt.Sprintf("SIZE %d", x.MaxSize)
	}
	for i, l := range lines {
		mark := "-"
		if i == len(lines)-1 {
			mark = " "
		}
		line := "250" + mark + l + "\r\n"
		x.room(len(line))
		_, _ = x.out.WriteString(line)
	}
}

// helo is HELO and EHLO, which an LMTP server must refuse (RFC 2033 4.1).
func (x *session) helo(context.Context, string) { x.wrong(replyNotHere) }
