// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// command is a row of the table of commands.
type command struct {
	name   string
	states state
	// steady tells that sequence numbers may not change before the tagged
	// response: FETCH, STORE and SEARCH without UID (RFC 3501 7.4.1).
	steady bool
	// numbered tells that the command names messages by sequence numbers
	// (RFC 9586 3.2).
	numbered bool
	// bars, if set, refuses the command before its arguments are asked for.
	bars func(*Conn) error
	// parse only parses, for fuzzing the grammar.
	parse func(x *wire.Lexer) error
	exec  func(ctx context.Context, c *Conn, x *wire.Lexer) error
}

// define makes a command of the function that parses its arguments, from behind
// its name to the end of the command, and the function that runs it.
func define[A any](name string, states state, parse func(*wire.Lexer, *A) error,
	run func(context.Context, *Conn, *A) error,
) *command {
	whole := func(x *wire.Lexer, a *A) error {
		if err := parse(x, a); err != nil {
			return err
		}
		return x.End()
	}
	return defineOpen(name, states, whole, run)
}

// defineOpen makes a command that reads the last of its input while it runs.
func defineOpen[A any](name string, states state, parse func(*wire.Lexer, *A) error,
	run func(context.Context, *Conn, *A) error,
) *command {
	return &command{
		name:   name,
		states: states,
		parse:  func(x *wire.Lexer) error { return parse(x, new(A)) },
		exec: func(ctx context.Context, c *Conn, x *wire.Lexer) error {
			a := new(A)
			if err := parse(x, a); err != nil {
				return err
			}
			return run(ctx, c, a)
		},
	}
}

func (cmd *command) keepNumbers() *command {
	cmd.steady = true
	return cmd.byNumber()
}

func (cmd *command) byNumber() *command {
	cmd.numbered = true
	return cmd
}

func (cmd *command) barred(bars func(*Conn) error) *command {
	cmd.bars = bars
	return cmd
}

// noArgs are the arguments of a command that has none.
type noArgs struct{}

func parseNone(*wire.Lexer, *noArgs) error { return nil }

// commandTable returns all commands by name; those that follow UID stand with
// it, "UID FETCH".
func commandTable() map[string]*command {
	table := map[string]*command{}
	for _, list := range [][]*command{
		connectionCommands(), mailboxCommands(), messageCommands(),
		searchCommands(), quotaCommands(), metadataCommands(), appendCommands(), urlCommands(), accessCommands(),
	} {
		for _, cmd := range list {
			table[cmd.name] = cmd
		}
	}
	return table
}

// connectionCommands are those of any state and those before login (RFC 3501
// 6.1, 6.2).
func connectionCommands() []*command {
	return []*command{
		define("CAPABILITY", stateAny, parseNone, runCapability),
		define("NOOP", stateAny, parseNone, runNoop),
		define("LOGOUT", stateAny, parseNone, runLogout),
		define("ID", stateAny, parseID, runID),
		define("LANGUAGE", stateAny, parseLanguage, runLanguage),
		define("STARTTLS", stateNotAuthenticated, parseNone, runStartTLS),
		define("AUTHENTICATE", stateNotAuthenticated, parseAuthenticate, runAuthenticate),
		define("LOGIN", stateNotAuthenticated, parseLogin, runLogin).barred((*Conn).barsLogin),
	}
}

// mailboxCommands are those from login on (RFC 3501 6.3).
func mailboxCommands() []*command {
	return []*command{
		define("ENABLE", stateLoggedIn, parseEnable, runEnable),
		define("SELECT", stateLoggedIn, parseSelect, runSelect),
		define("EXAMINE", stateLoggedIn, parseExamine, runSelect),
		define("CREATE", stateLoggedIn, parseCreate, runCreate),
		define("DELETE", stateLoggedIn, parseMailbox, runDelete),
		define("RENAME", stateLoggedIn, parseRename, runRename),
		define("SUBSCRIBE", stateLoggedIn, parseMailbox, runSubscribe),
		define("UNSUBSCRIBE", stateLoggedIn, parseMailbox, runUnsubscribe),
		define("LIST", stateLoggedIn, parseList, runList),
		define("LSUB", stateLoggedIn, parseLSub, runList),
		define("NAMESPACE", stateLoggedIn, parseNone, runNamespace),
		define("STATUS", stateLoggedIn, parseStatus, runStatus),
		define("IDLE", stateLoggedIn, parseNone, runIdle),
		define("UNAUTHENTICATE", stateLoggedIn, parseNone, runUnauthenticate),
		define("NOTIFY", stateLoggedIn, parseNotify, runNotify),
		define("COMPRESS", stateLoggedIn, parseCompress, runCompress),
	}
}

// messageCommands are those in a selected mailbox (RFC 3501 6.4).
func messageCommands() []*command {
	return []*command{
		define("CHECK", stateSelected, parseNone, runNoop),
		define("CLOSE", stateSelected, parseNone, runClose),
		define("UNSELECT", stateSelected, parseNone, runUnselect),
		define("UIDBATCHES", stateSelected, parseUIDBatches, runUIDBatches),
		define("EXPUNGE", stateSelected, parseNone, runExpunge),
		define("UID EXPUNGE", stateSelected, parseUIDExpunge, runUIDExpunge),
		define("FETCH", stateSelected, parseFetch, runFetch).keepNumbers(),
		define("UID FETCH", stateSelected, parseUIDFetch, runFetch),
		define("STORE", stateSelected, parseStore, runStore).keepNumbers(),
		define("UID STORE", stateSelected, parseUIDStore, runStore),
		define("COPY", stateSelected, parseCopy, runCopy).byNumber(),
		define("UID COPY", stateSelected, parseUIDCopy, runCopy),
		define("MOVE", stateSelected, parseCopy, runMove).byNumber(),
		define("UID MOVE", stateSelected, parseUIDCopy, runMove),
	}
}

// find takes the name of a command from x and returns its row, or nil.
func find(table map[string]*command, x *wire.Lexer) (*command, error) {
	var name [16]byte
	n := 0
	for {
		word, err := x.Atom()
		if err != nil {
			return nil, err
		}
		if n+len(word) > len(name) {
			return nil, nil
		}
		for _, ch := range word {
			name[n] = wire.Upper(ch)
			n++
		}
		if string(name[:n]) != "UID" {
			break
		}
		if err := x.SP(); err != nil {
			return nil, err
		}
		name[n] = ' '
		n++
	}
	cmd := table[string(name[:n])]
	if cmd == nil || x.AtEnd() || x.Peek() == ' ' {
		return cmd, nil
	}
	return nil, x.SP()
}
