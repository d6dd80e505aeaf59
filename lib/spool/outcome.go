// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/emersion/go-smtp"
)

// state is what became of one recipient in a try.
type state uint8

const (
	statePending state = iota // to be tried again
	stateSent
	stateFailed
)

// rcpt is a recipient in a try.
type rcpt struct {
	address string
	state   state
	status  string // RFC 3463, "5.1.1"
	text    string // what the relay said, or what happened
	relay   bool   // text is the relay's
}

// maxText bounds what is kept of a relay's words.
const maxText = 500

// settle records what the relay, or the way to it, made of a recipient.
func (r *rcpt) settle(err error) {
	r.state, r.status, r.text, r.relay = statePending, "4.4.2", oneLine(err.Error()), false
	var reply *smtp.SMTPError
	if !errors.As(err, &reply) {
		return
	}
	r.relay = true
	r.status = fmt.Sprintf("%d.0.0", reply.Code/100)
	if c := reply.EnhancedCode; c[0] > 0 {
		r.status = fmt.Sprintf("%d.%d.%d", c[0], c[1], c[2])
		r.text = fmt.Sprintf("%d %s %s", reply.Code, r.status, reply.Message)
	} else {
		r.text = fmt.Sprintf("%d %s", reply.Code, reply.Message)
	}
	r.text = oneLine(r.text)
	if reply.Code/100 == 5 {
		r.state = stateFailed
	}
}

// fail records a failure that is ours to say.
func (r *rcpt) fail(status, text string) {
	r.state, r.status, r.text, r.relay = stateFailed, status, oneLine(text), false
}

// oneLine makes text fit for a header field, a log and a terminal.
func oneLine(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || unicode.IsControl(r) }), " ")
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	return text
}

// settleAll records the same of several.
func settleAll(list []*rcpt, err error) {
	for _, r := range list {
		r.settle(err)
	}
}
