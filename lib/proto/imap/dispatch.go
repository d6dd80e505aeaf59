// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"twiga/lib/proto/imap/wire"
	"twiga/lib/proto/lines"
)

// maxTag is the longest tag taken; it is kept while its command runs.
const maxTag = 255

// serveCommand reads one command and runs it. An error ends the connection.
func (c *Conn) serveCommand(ctx context.Context) error {
	if err := c.waitCommand(ctx); err != nil {
		return err
	}
	line, err := c.io.ReadLine(c.lineLimit())
	c.lex.Reset(line, (*literals)(c))
	c.code, c.progressAt, c.limitedAt, c.removed = c.code[:0], time.Time{}, 0, false
	c.lex.SetUTF8(c.utf8Names())
	if errors.Is(err, lines.ErrTooLong) {
		return c.tooLong(ctx, line)
	}
	if err != nil {
		return err
	}
	err = c.runCommand(ctx)
	c.io.KeepLine(c.lex.Bytes()) // it may have grown
	return err
}

// tooLong answers a line beyond the limit.
func (c *Conn) tooLong(ctx context.Context, line []byte) error {
	if c.state == stateNotAuthenticated {
		return Bye(CodeTooBig, errLineTooLong.Text)
	}
	c.takeTag()
	tail, err := c.io.SkipLine(line)
	if err != nil {
		return err
	}
	c.lex.Reset(tail, nil)
	return c.answer(ctx, nil, errLineTooLong)
}

// takeTag takes the tag from the command, or leaves "*" in its place. It is not
// ok if no command follows.
func (c *Conn) takeTag() (ok bool) {
	tag, err := c.lex.Tag()
	ok = err == nil && len(tag) <= maxTag && c.lex.SP() == nil
	if ok || err == nil && len(tag) <= maxTag && c.lex.AtEnd() {
		c.tag = append(c.tag[:0], tag...)
	} else {
		c.tag = append(c.tag[:0], '*')
	}
	return ok
}

func (c *Conn) runCommand(ctx context.Context) error {
	if !c.takeTag() {
		return c.answer(ctx, nil, Bad("Expected a tag and a command"))
	}
	cmd, err := find(c.srv.commands, &c.lex)
	switch {
	case err != nil:
		return c.answer(ctx, nil, err)
	case cmd == nil:
		return c.answer(ctx, nil, errUnknownCommand)
	case cmd.states&c.state == 0:
		return c.answer(ctx, cmd, c.wrongState(cmd))
	case cmd.numbered && c.has(FeatureUIDOnly): // RFC 9586 3.2
		return c.answer(ctx, cmd, &Error{Status: StatusBAD, Code: CodeUIDRequired, Text: "Use the UID form of " + cmd.name})
	}
	hook := c.srv.cfg.Hooks.Command
	var start time.Time
	if hook != nil {
		start = time.Now()
	}
	err = c.exec(ctx, cmd)
	if hook != nil {
		hook(cmd.name, time.Since(start), statusOf(err))
	}
	return c.answer(ctx, cmd, err)
}

// errUnknownCommand answers what is no command, or none that the session has.
var errUnknownCommand = Bad("Unknown command")

func (c *Conn) wrongState(cmd *command) *Error {
	text := "Log in first"
	switch {
	case cmd.states == stateNotAuthenticated:
		text = "Logged in already"
	case c.state == stateAuthenticated:
		text = "Select a mailbox first"
	}
	return &Error{Status: StatusBAD, Code: CodeClientBug, Text: text}
}

// exec runs a command. A panic becomes the end of the connection.
func (c *Conn) exec(ctx context.Context, cmd *command) (err error) {
	defer func() {
		c.io.Busy = false
		if p := recover(); p != nil {
			c.io.LogPanic(ctx, "command", p, slog.String("command", cmd.name))
			err = Bye(CodeServerBug, "Internal error")
		}
	}()
	if cmd.bars != nil {
		if err := cmd.bars(c); err != nil {
			return err
		}
	}
	return cmd.exec(ctx, c, &c.lex)
}

func statusOf(err error) Status {
	if err == nil {
		return StatusOK
	}
	var e *Error
	var syntax *wire.SyntaxError
	switch {
	case errors.Is(err, errLogout), errors.Is(err, errAnswered):
		return StatusOK
	case errors.As(err, &e):
		return e.Status
	case errors.As(err, &syntax), errors.Is(err, wire.ErrTooComplex):
		return StatusBAD
	}
	return StatusNO
}

// answer writes what is due after a command: news of the mailbox and the tagged
// response. An error it returns ends the connection.
func (c *Conn) answer(ctx context.Context, cmd *command, err error) error {
	c.pushed = false
	switch {
	case c.io.Broken() != nil:
		return c.io.Broken()
	case err == nil:
		return c.answerOK(ctx, cmd)
	case errors.Is(err, errAnswered):
		return nil
	case errors.Is(err, errLogout):
		_ = c.answerOK(ctx, cmd)
		return err
	}
	reply, end := c.replyOf(ctx, cmd, err)
	if end != nil {
		return end
	}
	if err := c.resync(); err != nil {
		return err
	}
	if reply.Status != StatusBAD {
		if err := c.poll(ctx, cmd == nil || !cmd.steady); err != nil {
			return err
		}
	}
	b := append(c.w.Begin(), c.tag...)
	b = append(b, ' ')
	if err := c.w.End(appendStatus(b, reply.Status, reply.Code, c.translate(reply.Text))); err != nil {
		return err
	}
	return c.countFailure(reply.Status)
}

// answerOK answers a command that was carried out; also where the mailbox is
// lost meanwhile, lest the client carries it out again when it is back.
func (c *Conn) answerOK(ctx context.Context, cmd *command) error {
	end := c.poll(ctx, !cmd.steady)
	var bye *Error
	if end != nil && !errors.As(end, &bye) {
		return end
	}
	if end == nil {
		c.tellRemoved()
	}
	if err := c.tellLimited(); err != nil {
		return err
	}
	c.bad = 0
	b := append(c.w.Begin(), c.tag...)
	b = append(b, " OK "...)
	if len(c.code) > 0 {
		b = append(b, '[')
		b = append(b, c.code...)
		b = append(b, "] "...)
	}
	b = append(b, cmd.name...)
	b = append(append(b, ' '), c.translate("completed")...)
	if err := c.w.End(append(b, "\r\n"...)); err != nil {
		return err
	}
	return end
}

// poll writes what is new in the selected mailbox, if there is one, and in
// others that the client wants to know of. Trouble with that is not the fault of
// the command it follows.
func (c *Conn) poll(ctx context.Context, allowExpunge bool) error {
	if allowExpunge {
		c.io.ForgetWake()
	}
	var err error
	if c.state == stateSelected && c.tellsSelected() {
		err = c.session.Poll(ctx, &c.w, allowExpunge)
	}
	if err == nil {
		err = c.pollMailboxes(ctx)
	}
	if err == nil {
		return nil
	}
	var e *Error
	if c.io.Broken() != nil || ctx.Err() != nil || errors.As(err, &e) && e.Status == StatusBYE {
		return err
	}
	c.io.Log(ctx, slog.LevelWarn, codePoll, "mailbox poll failed", lines.Failure(err))
	return nil
}

// replyOf turns the failure of a command into its tagged response or into the
// end of the connection.
func (c *Conn) replyOf(ctx context.Context, cmd *command, err error) (reply *Error, end error) {
	name := "command"
	if cmd != nil {
		name = cmd.name
	}
	var e *Error
	var syntax *wire.SyntaxError
	switch {
	case errors.As(err, &e) && e.Status == StatusBYE:
		return nil, e
	case errors.As(err, &e):
		return e, nil
	case errors.As(err, &syntax):
		return Bad("Syntax error in " + name + ": " + syntax.Error()), nil
	case errors.Is(err, wire.ErrTooComplex):
		return &Error{Status: StatusBAD, Code: CodeTooBig, Text: "Command has too many parts"}, nil
	case c.io.Dead() != nil:
		return nil, c.io.Dead()
	case c.io.Broken() != nil, ctx.Err() != nil:
		return nil, err
	}
	c.io.Log(ctx, slog.LevelError, codeCommand, "command failed", slog.String("command", name), lines.Failure(err))
	return No(CodeServerBug, "Internal error, try again later"), nil
}

// countFailure ends connections of clients that send garbage or guess
// passwords.
func (c *Conn) countFailure(status Status) error {
	if c.state == stateNotAuthenticated && c.failures >= c.srv.cfg.Limits.AuthFailures {
		return Bye(CodeAuthenticationFailed, "Too many failed logins")
	}
	if status != StatusBAD {
		c.bad = 0
		return nil
	}
	if c.bad++; c.bad < c.srv.cfg.Limits.Bad {
		return nil
	}
	return Bye(CodeClientBug, fmt.Sprintf("Too many bad commands (%d)", c.bad))
}

// answerNow sends the OK of the command at hand, behind which output goes another way.
func (c *Conn) answerNow(text string) error {
	b := append(c.w.Begin(), c.tag...)
	b = append(append(b, " OK "...), text...)
	if err := c.w.End(append(b, "\r\n"...)); err != nil {
		return err
	}
	return c.w.Flush()
}
