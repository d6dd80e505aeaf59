// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-smtp"

	"twiga/lib/log"
)

// maxSession bounds a session with a relay that takes bytes ever so slowly.
const maxSession = time.Hour

// quitTime is how long the end of a session may take: what was sent is not
// recorded before.
const quitTime = 5 * time.Second

// perTransaction is how many recipients one transaction has; RFC 5321
// 4.5.3.1.8 has every server take 100.
const perTransaction = 100

// send offers a message to the relay for recipients and records with each what
// became of it.
func (s *Settings) send(ctx context.Context, from string, to []*rcpt, m *outgoing) {
	to = slices.DeleteFunc(slices.Clone(to), func(r *rcpt) bool {
		if !sendable(r.address) {
			r.fail("5.1.3", "not a mail address")
		}
		return r.state != statePending
	})
	if len(to) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, maxSession)
	defer cancel()
	c, err := s.connect(ctx)
	if err != nil {
		log.Warn(ctx, codeRelay, "the relay cannot be used", log.Err(err))
		settleAll(to, notPermanent(err))
		return
	}
	defer func() { _ = c.Close() }()
	for part := range slices.Chunk(to, perTransaction) {
		if err := transaction(c, from, part, m); err != nil {
			settleAll(pendingOf(to), err)
			return
		}
	}
	c.CommandTimeout = quitTime
	_ = c.Quit()
}

// pendingOf are the recipients that nothing was said of yet.
func pendingOf(to []*rcpt) []*rcpt {
	return slices.DeleteFunc(slices.Clone(to), func(r *rcpt) bool { return r.state != statePending || r.text != "" })
}

// notPermanent is a failure before MAIL: whatever the relay says there is about
// us and not about the message, and passes once somebody has seen to it.
func notPermanent(err error) error {
	var reply *smtp.SMTPError
	if errors.As(err, &reply) {
		return fmt.Errorf("%s: %d %s", "relay refuses the session", reply.Code, reply.Message)
	}
	return err
}

// transaction is one mail transaction, RFC 5321 3.3. The error is that of the
// connection, after which no other one is possible.
func transaction(c *smtp.Client, from string, to []*rcpt, m *outgoing) error {
	// A header of other bytes than UTF-8 goes as it always did: RFC 6531 is not about it.
	opts := &smtp.MailOptions{Size: m.size(), UTF8: m.eight && utf8.Valid(m.header) || !isASCII(from)}
	for _, r := range to {
		opts.UTF8 = opts.UTF8 || !isASCII(r.address)
	}
	if ok, _ := c.Extension("SMTPUTF8"); opts.UTF8 && !ok {
		if to = asciiOnly(to); !isASCII(from) {
			for _, r := range to {
				r.fail("5.6.7", "the relay takes no sender with other than ASCII characters")
			}
			return nil
		}
		opts.UTF8 = false
	}
	if len(to) == 0 {
		return nil
	}
	if err := c.Mail(path(from), opts); err != nil {
		return refused(c, to, err)
	}
	var taken []*rcpt
	for _, r := range to {
		err := c.Rcpt(path(r.address), nil)
		switch {
		case err == nil:
			taken = append(taken, r)
		case !isReply(err):
			return err
		default:
			r.settle(tooMany(err))
		}
	}
	if len(taken) == 0 {
		return resetOf(c)
	}
	if err := data(c, m); err != nil {
		return refused(c, taken, err)
	}
	for _, r := range taken {
		r.state, r.status, r.text = stateSent, "2.0.0", "sent"
	}
	return nil
}

// data sends the message itself.
func data(c *smtp.Client, m *outgoing) error {
	w, err := c.Data()
	if err != nil {
		return err
	}
	if err := writeLines(w, m.header); err != nil {
		return err
	}
	if err := writeLines(w, m.body); err != nil {
		return err
	}
	return w.Close()
}

// writeLines writes b with a space in place of every CR that ends no line:
// none may be sent (RFC 5321 2.3.8), since some servers take it for a line's
// end and then see a message's end where there is none. The client makes CRLF
// of a bare LF.
func writeLines(w io.Writer, b []byte) error {
	start, at := 0, 0
	for {
		i := bytes.IndexByte(b[at:], '\r')
		if i < 0 || at+i+1 == len(b) {
			_, err := w.Write(b[start:])
			return err
		}
		if at += i + 1; b[at] == '\n' {
			continue
		}
		if _, err := w.Write(b[start : at-1]); err != nil {
			return err
		}
		if _, err := w.Write([]byte{' '}); err != nil {
			return err
		}
		start = at
	}
}

// refused records a reply for all; the error, if it is none, is given back.
func refused(c *smtp.Client, to []*rcpt, err error) error {
	if !isReply(err) {
		return err
	}
	settleAll(to, err)
	return resetOf(c)
}

// resetOf ends a transaction that came to nothing. Reset has the client greet
// anew, which the connection's end makes needless after the last one.
func resetOf(c *smtp.Client) error { return c.Reset() }

func isReply(err error) bool {
	var reply *smtp.SMTPError
	return errors.As(err, &reply) && reply.Code != 421
}

// tooMany makes a 552 to RCPT a temporary one, RFC 5321 4.5.3.1.10.
func tooMany(err error) error {
	var reply *smtp.SMTPError
	if errors.As(err, &reply) && reply.Code == 552 {
		again := *reply
		again.Code, again.EnhancedCode = 452, smtp.EnhancedCode{4, 5, 3}
		return &again
	}
	return err
}

// asciiOnly fails the recipients that the relay cannot take, and gives the others.
func asciiOnly(to []*rcpt) []*rcpt {
	var rest []*rcpt
	for _, r := range to {
		if isASCII(r.address) {
			rest = append(rest, r)
			continue
		}
		r.fail("5.6.7", "the relay takes no address with other than ASCII characters")
	}
	return rest
}
