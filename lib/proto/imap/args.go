// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "twiga/lib/proto/imap/wire"

// mailboxArgs are the argument of commands that name one mailbox.
type mailboxArgs struct{ mailbox string }

func parseMailbox(x *wire.Lexer, a *mailboxArgs) (err error) {
	a.mailbox, err = spMailbox(x)
	return err
}

// spMailbox takes a space and a mailbox name and returns it in UTF-8, INBOX in
// capitals (RFC 3501 5.1).
func spMailbox(x *wire.Lexer) (string, error) {
	if err := x.SP(); err != nil {
		return "", err
	}
	b, err := x.AString()
	if err != nil {
		return "", err
	}
	if len(b) == 0 {
		return "", No(CodeCannot, "Mailbox name is empty")
	}
	return mailboxName(x, b)
}

func mailboxName(x *wire.Lexer, b []byte) (string, error) {
	if wire.EqualFold(b, inbox) {
		return inbox, nil
	}
	name, err := x.MailboxName(b)
	switch {
	case err == nil:
		return name, nil
	case x.UTF8():
		return "", No(CodeCannot, "Mailbox name is not valid UTF-8")
	}
	return "", No(CodeCannot, "Mailbox name is not valid modified UTF-7")
}

// messageSet says which messages a command is about.
type messageSet struct {
	nums  NumSet
	byUID bool // nums are UIDs
	saved bool // the result that a search saved (RFC 5182)
}

// parse takes a space and a sequence set, or "$".
func (m *messageSet) parse(x *wire.Lexer) (err error) {
	if err := x.SP(); err != nil {
		return err
	}
	if x.Try('$') {
		m.saved = true
		return nil
	}
	m.nums, err = x.NumSet()
	return err
}

// messages gives the set that a command names, and whether it holds UIDs: the
// saved result always does.
func (c *Conn) messages(m *messageSet) (set NumSet, byUID bool) {
	if m.saved {
		return c.saved, true
	}
	return m.nums, m.byUID
}

// systemFlags are the flags that begin with "\", as they are spelt.
var systemFlags = [...]string{FlagSeen, FlagAnswered, FlagFlagged, FlagDeleted, FlagDraft}

// appendFlag takes a flag and appends it, system flags in their one spelling.
// \Recent is passed over: clients copy it from FETCH, and cannot set it
// (RFC 3501 2.3.2).
func appendFlag(x *wire.Lexer, flags []string) ([]string, error) {
	b, err := x.Flag()
	if err != nil {
		return nil, err
	}
	if b[0] != '\\' {
		return append(flags, string(b)), nil
	}
	for _, f := range systemFlags {
		if wire.EqualFold(b, f) {
			return append(flags, f), nil
		}
	}
	if wire.EqualFold(b, FlagRecent) {
		return flags, nil
	}
	return nil, Bad("Unknown system flag")
}

func parseFlagList(x *wire.Lexer) (flags []string, err error) {
	err = x.List(func() (err error) {
		flags, err = appendFlag(x, flags)
		return err
	})
	return flags, err
}

// upper returns b as a string of capitals, for looking words up.
func upper(b []byte) string {
	var scratch [32]byte
	u := scratch[:0]
	for _, c := range b {
		u = append(u, wire.Upper(c))
	}
	return string(u)
}
