// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"time"

	"twiga/lib/proto/lines"
)

// command is a row of the table of commands.
type command struct {
	name   string
	states state
	// parse only parses, for fuzzing the grammar.
	parse func(args []byte) error
	exec  func(ctx context.Context, c *Conn, args []byte) error
}

// define makes a command of the function that parses its arguments, which are
// all that follows its name and a space, and the function that runs it. args is
// nil where nothing follows.
func define[A any](name string, states state, parse func([]byte, *A) error, run func(context.Context, *Conn, *A) error) *command {
	return &command{
		name:   name,
		states: states,
		parse:  func(args []byte) error { return parse(args, new(A)) },
		exec: func(ctx context.Context, c *Conn, args []byte) error {
			a := new(A)
			if err := parse(args, a); err != nil {
				return err
			}
			return run(ctx, c, a)
		},
	}
}

// commandTable returns all commands by name.
func commandTable() map[string]*command {
	list := []*command{
		// Any state.
		define("CAPA", stateAny, parseNone, runCapa),
		define("NOOP", stateAny, parseNone, runNoop),
		define("QUIT", stateAny, parseNone, runQuit),
		define("LANG", stateAny, parseLang, runLang),

		// Authorization (RFC 1939 4).
		define("STLS", stateAuthorization, parseNone, runSTLS),
		define("USER", stateAuthorization, parseUser, runUser),
		define("PASS", stateAuthorization, parsePass, runPass),
		define("AUTH", stateAuthorization, parseAuth, runAuth),
		define("UTF8", stateAuthorization, parseNone, runUTF8),

		// Transaction (RFC 1939 5).
		define("STAT", stateTransaction, parseNone, runStat),
		define("LIST", stateTransaction, parseMaybeMessage, runList),
		define("UIDL", stateTransaction, parseMaybeMessage, runUidl),
		define("RETR", stateTransaction, parseMessage, runRetr),
		define("TOP", stateTransaction, parseTop, runTop),
		define("DELE", stateTransaction, parseMessage, runDele),
		define("RSET", stateTransaction, parseNone, runRset),
	}
	table := make(map[string]*command, len(list))
	for _, cmd := range list {
		table[cmd.name] = cmd
	}
	return table
}

// find splits a line into a command and its arguments. cmd is nil where there
// is no such command.
func find(table map[string]*command, line []byte) (cmd *command, args []byte) {
	name, rest, more := bytes.Cut(line, []byte{' '})
	var upper [4]byte
	if len(name) > len(upper) {
		return nil, nil
	}
	for i, ch := range name {
		if ch >= 'a' && ch <= 'z' {
			ch -= 'a' - 'A'
		}
		upper[i] = ch
	}
	if more {
		args = rest
	}
	return table[string(upper[:len(name)])], args
}

// serveCommand reads one command and runs it. An error ends the connection.
func (c *Conn) serveCommand(ctx context.Context) error {
	if err := c.io.Wait(c.io.NextBy(), false); err != nil {
		return err
	}
	line, err := c.readLine()
	var tooLong *Error
	switch {
	case errors.As(err, &tooLong):
		return c.answer(ctx, nil, err)
	case err != nil:
		return err
	}
	cmd, args := find(c.srv.commands, line)
	switch {
	case cmd == nil:
		return c.answer(ctx, nil, Bad("Unknown command"))
	case cmd.states&c.state == 0 && c.state == stateAuthorization:
		return c.answer(ctx, cmd, Bad("Log in first"))
	case cmd.states&c.state == 0:
		return c.answer(ctx, cmd, Bad("Not allowed after login"))
	}
	hook := c.srv.cfg.Hooks.Command
	if hook == nil {
		return c.answer(ctx, cmd, c.exec(ctx, cmd, args))
	}
	start := time.Now()
	c.w.others = c.w.others[:0]
	err = c.exec(ctx, cmd, args)
	took := time.Since(start) / time.Duration(1+len(c.w.others))
	hook(cmd.name, took, err == nil || errors.Is(err, errQuit))
	for _, o := range c.w.others {
		hook(o.name, took, o.ok)
	}
	return c.answer(ctx, cmd, err)
}

// exec runs a command. A panic becomes the end of the connection.
func (c *Conn) exec(ctx context.Context, cmd *command, args []byte) (err error) {
	defer func() {
		c.io.Busy = false
		if p := recover(); p != nil {
			c.io.LogPanic(ctx, "command", p, slog.String("command", cmd.name))
			err = Bye(CodeTemporary, "Internal error")
			if c.w.open {
				err = c.io.Break(err)
			}
		}
	}()
	return cmd.exec(ctx, c, args)
}

// errAnswered is the failure of a command that wrote its answer.
var errAnswered = errors.New("command was answered")

// answer writes what is due after a command that failed; one that succeeded has
// written its answer. An error it returns ends the connection.
func (c *Conn) answer(ctx context.Context, cmd *command, err error) error {
	var e *Error
	switch {
	case c.io.Broken() != nil:
		return c.io.Broken()
	case err == nil, errors.Is(err, errAnswered):
		c.bad = 0
		return nil
	case errors.Is(err, errQuit):
		return err
	case errors.As(err, &e) && e.end:
		return e
	case errors.As(err, &e):
	case c.io.Dead() != nil:
		return c.io.Dead()
	case ctx.Err() != nil:
		return err
	default:
		e = c.internal(ctx, cmd, err)
	}
	if err := c.w.fail(e); err != nil {
		return err
	}
	return c.countFailure(e)
}

// internal logs a failure that is not the client's, and gives the answer to it.
func (c *Conn) internal(ctx context.Context, cmd *command, err error) *Error {
	c.io.Log(ctx, slog.LevelError, codeCommand, "command failed", slog.String("command", cmd.name), lines.Failure(err))
	return ErrTemporary
}

// countFailure ends connections of clients that send garbage or guess
// passwords.
func (c *Conn) countFailure(e *Error) error {
	if c.state == stateAuthorization && c.failures >= c.srv.cfg.Limits.AuthFailures {
		return Bye(CodeAuth, "Too many failed logins")
	}
	if !e.bad {
		c.bad = 0
		return nil
	}
	if c.bad++; c.bad < c.srv.cfg.Limits.Bad {
		return nil
	}
	return Bye("", "Too many bad commands")
}
