// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import "strconv"

// maxReplyText bounds a reply's text: a line has 512 octets at most (RFC 5321 4.5.3.1.5).
const maxReplyText = 480

// Reply is an answer: a code, the enhanced status code that belongs to it
// (RFC 3463, "2.1.5"; "" where none may stand) and words for people.
type Reply struct {
	Code   int
	Status string
	Text   string
}

// OK says whether the reply is a positive one.
func (r Reply) OK() bool { return r.Code/100 == 2 }

// String is the reply as a line without its end.
func (r Reply) String() string { return string(r.append(nil)) }

// append appends the reply in one line without its end.
func (r Reply) append(dst []byte) []byte {
	dst = strconv.AppendInt(dst, int64(r.Code), 10)
	dst = append(dst, ' ')
	if r.Status != "" {
		dst = append(dst, r.Status...)
		dst = append(dst, ' ')
	}
	return appendText(dst, r.Text)
}

// appendText keeps a text in its line: text may hold what a peer said.
func appendText(dst []byte, text string) []byte {
	if len(text) > maxReplyText {
		text = text[:maxReplyText]
	}
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c == 0x7f {
			c = '?'
		}
		dst = append(dst, c)
	}
	return dst
}

// Replies that the session itself gives.
var (
	replyBye        = Reply{221, "2.0.0", "bye"}
	replyOK         = Reply{250, "2.0.0", "ok"}
	replySender     = Reply{250, "2.1.0", "sender ok"}
	replyVerify     = Reply{252, "2.5.0", "ask with RCPT"}
	replyGoAhead    = Reply{354, "", "end data with <CRLF>.<CRLF>"}
	replyStopping   = Reply{421, "4.3.2", "service is shutting down"}
	replyIdle       = Reply{421, "4.4.2", "waited too long"}
	replyBusy       = Reply{421, "4.3.2", "too many connections"}
	replyErrors     = Reply{421, "4.7.0", "too many errors"}
	replyManyRcpts  = Reply{452, "4.5.3", "too many recipients"}
	replyTrouble    = Reply{451, "4.3.0", "trouble here, try again"}
	replyUnknown    = Reply{500, "5.5.2", "command not recognised"}
	replyLong       = Reply{500, "5.5.2", "line too long"}
	replyNoHelo     = Reply{503, "5.5.1", "say LHLO first"}
	replyNotHere    = Reply{500, "5.5.1", "this is LMTP, say LHLO"}
	replyNeedMail   = Reply{503, "5.5.1", "say MAIL first"}
	replyNested     = Reply{503, "5.5.1", "a transaction is under way"}
	replyNoRcpt     = Reply{503, "5.5.1", "no valid recipients"}
	replyNoArgument = Reply{501, "5.5.4", "no argument wanted"}
	replyDomain     = Reply{501, "5.5.4", "domain wanted"}
	replySyntaxFrom = Reply{501, "5.1.7", "MAIL FROM:<address> wanted"}
	replySyntaxTo   = Reply{501, "5.1.3", "RCPT TO:<address> wanted"}
	replyParameter  = Reply{555, "5.5.4", "parameter not supported"}
	replyBadValue   = Reply{501, "5.5.4", "bad value of parameter"}
	replyTooBig     = Reply{552, "5.3.4", "message is too big"}
)
