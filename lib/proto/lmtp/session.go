// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
)

// session is the state of one connection.
type session struct {
	*Server
	conn *drainConn
	in   *bufio.Reader
	out  *bufio.Writer

	env    Envelope
	mail   bool     // a transaction is under way
	asked  []string // RCPTs that were read and not answered yet, see rcpt.go
	errors int      // wrong commands since the last message
	ended  bool
}

// command answers one command, whose argument has no space around it.
type command func(x *session, ctx context.Context, arg string)

// commands by their verb; RFC 2033 4 and RFC 5321 4.1.1.
func verbs(verb string) command {
	switch verb {
	case "LHLO":
		return (*session).lhlo
	case "MAIL":
		return (*session).mailFrom
	case "RCPT":
		return (*session).rcptTo
	case "DATA":
		return (*session).data
	case "RSET":
		return (*session).rset
	case "NOOP":
		return (*session).noop
	case "VRFY":
		return (*session).vrfy
	case "QUIT":
		return (*session).quit
	case "HELO", "EHLO":
		return (*session).helo
	}
	return (*session).unknown
}

// errLong is a command line beyond MaxLine.
var errLong = errors.New("line too long")

// run is the session from greeting to end.
func (x *session) run(ctx context.Context) {
	x.greet()
	for !x.ended {
		line, err := x.line(ctx)
		if err != nil && !errors.Is(err, errLong) {
			x.lost(ctx, err)
			break
		}
		if err != nil {
			x.answerAsked(ctx)
			x.wrong(replyLong)
			continue
		}
		verb, arg := split(line)
		if verb != "RCPT" {
			x.answerAsked(ctx)
		}
		verbs(verb)(x, ctx, arg)
	}
	x.flush()
}

// split parts a command line into its verb in capitals and the argument.
func split(line string) (verb, arg string) {
	verb, arg, _ = strings.Cut(strings.TrimRight(line, " \t"), " ")
	return strings.ToUpper(verb), strings.Trim(arg, " \t")
}

// line reads one command line without its end. What was answered is flushed
// before it waits, RFC 2920 3.2.
func (x *session) line(ctx context.Context) (string, error) {
	if !x.buffered() {
		x.answerAsked(ctx)
		x.flush()
	}
	if !x.conn.wait(x.IdleTimeout) {
		return "", net.ErrClosed
	}
	defer x.conn.waited()
	line, err := x.in.ReadSlice('\n')
	if err == nil && len(line) <= MaxLine {
		return string(bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'})), nil
	}
	for n := len(line); errors.Is(err, bufio.ErrBufferFull); n += len(line) {
		if n > maxSkip {
			x.ended = true
			return "", errLong
		}
		line, err = x.in.ReadSlice('\n')
	}
	if err != nil {
		return "", err
	}
	return "", errLong
}

// buffered says whether a whole line was read already.
func (x *session) buffered() bool {
	b, _ := x.in.Peek(x.in.Buffered())
	return bytes.IndexByte(b, '\n') >= 0
}

// lost says goodbye where there is still somebody to hear it.
func (x *session) lost(ctx context.Context, err error) {
	x.answerAsked(ctx)
	var timeout net.Error
	switch {
	case x.conn.isDraining():
		x.reply(replyStopping)
	case errors.As(err, &timeout) && timeout.Timeout():
		x.reply(replyIdle)
	}
}

func (x *session) reply(r Reply) {
	line := append(r.append(x.out.AvailableBuffer()), '\r', '\n')
	x.room(len(line))
	_, _ = x.out.Write(line) // a client that left is seen at the next read
}

// room gives a write that may have to flush its time.
func (x *session) room(n int) {
	if n > x.out.Available() {
		_ = x.conn.SetWriteDeadline(deadline(x.WriteTimeout))
	}
}

func (x *session) flush() {
	if x.out.Buffered() == 0 {
		return
	}
	_ = x.conn.SetWriteDeadline(deadline(x.WriteTimeout))
	if x.out.Flush() != nil {
		x.ended = true
	}
}

// wrong answers a wrong command, and ends the session after too many.
func (x *session) wrong(r Reply) {
	x.reply(r)
	if x.errors++; x.errors >= MaxErrors && !x.ended {
		x.reply(replyErrors)
		x.ended = true
	}
}

// reset forgets the transaction.
func (x *session) reset() {
	x.mail, x.asked = false, nil
	x.env = Envelope{Helo: x.env.Helo, Peer: x.env.Peer}
}

func (x *session) greet() { x.reply(Reply{220, "", x.Host + " LMTP Twiga"}) }
