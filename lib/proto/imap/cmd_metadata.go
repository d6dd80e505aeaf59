// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"math"
	"slices"
	"strings"

	"twiga/lib/proto/imap/wire"
)

// Bounds of annotations (RFC 5464 4.2.1 and 4.3).
const (
	MaxMetadataValue = 64 << 10 // octets of a value
	MaxMetadataName  = 255      // octets of a name
)

// MetadataSession is what a [Session] may be beside: annotations of mailboxes
// and, with the empty name, of the server (RFC 5464).
type MetadataSession interface {
	// Metadata gives the entries that have one of the names or lie below it, by
	// name. A private entry is the user's own; a shared one is there for all
	// who may see the mailbox.
	Metadata(ctx context.Context, mailbox string, names []string) ([]MetadataEntry, error)
	// SetMetadata sets entries, and removes those without a value: all or none.
	// NO [METADATA TOOMANY]: there would be too many; NO [NOPERM].
	SetMetadata(ctx context.Context, mailbox string, entries []MetadataEntry) error
}

// MetadataEntry is an annotation.
type MetadataEntry struct {
	Name  string // in small letters, "/private/comment"
	Value []byte // nil for none
}

// MetadataLister is a [MetadataSession] that reads the annotations of many
// mailboxes at once (RFC 9590).
type MetadataLister interface {
	// ListMetadata is Metadata for each of the mailboxes: nil for one that is not
	// there, or whose annotations are not for the user.
	ListMetadata(ctx context.Context, mailboxes, names []string) ([][]MetadataEntry, error)
}

func metadataCommands() []*command {
	return []*command{
		define("GETMETADATA", stateLoggedIn, parseGetMetadata, runGetMetadata),
		define("SETMETADATA", stateLoggedIn, parseSetMetadata, runSetMetadata),
	}
}

func (c *Conn) hasMetadata() bool { _, ok := c.session.(MetadataSession); return ok }

// metadata is the session's part, if it has one.
func (c *Conn) metadata() (MetadataSession, error) {
	if s, ok := c.session.(MetadataSession); ok {
		return s, nil
	}
	return nil, errUnknownCommand
}

// metadataOptions say how much GETMETADATA is to tell (RFC 5464 4.2).
type metadataOptions struct {
	maxSize uint64 // octets of a value, beyond which it is left out
	depth   int    // levels below the names asked for
}

// plainMetadata are the options that no option means.
var plainMetadata = metadataOptions{maxSize: math.MaxUint64}

type getMetadataArgs struct {
	mailbox string
	names   []string
	opts    metadataOptions
}

// parseGetMetadata parses GETMETADATA; as others do it takes the options
// behind the mailbox, too.
func parseGetMetadata(x *wire.Lexer, a *getMetadataArgs) (err error) {
	a.opts = plainMetadata
	if err := x.SP(); err != nil {
		return err
	}
	if x.Peek() == '(' {
		if err := a.opts.parse(x); err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
	}
	if a.mailbox, err = metadataMailbox(x); err != nil {
		return err
	}
	if err := x.SP(); err != nil {
		return err
	}
	a.names, err = parseMetadataNames(x)
	return err
}

func (o *metadataOptions) parse(x *wire.Lexer) error {
	return x.List(func() (err error) {
		word, err := x.Keyword()
		if err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
		switch upper(word) {
		case "MAXSIZE":
			o.maxSize, err = x.Number(math.MaxUint32)
		case "DEPTH":
			switch {
			case x.TryWord("0"):
				o.depth = 0
			case x.TryWord("1"):
				o.depth = 1
			case x.TryWord("INFINITY"):
				o.depth = math.MaxInt
			default:
				err = Bad("Expected 0, 1 or infinity as DEPTH")
			}
		default:
			err = Bad("Unknown option of GETMETADATA")
		}
		return err
	})
}

// metadataMailbox takes the name of a mailbox, or "" for the server.
func metadataMailbox(x *wire.Lexer) (string, error) {
	b, err := x.AString()
	if err != nil || len(b) == 0 {
		return "", err
	}
	return mailboxName(x, b)
}

func parseMetadataNames(x *wire.Lexer) (names []string, err error) {
	one := func() error {
		name, err := metadataName(x, true)
		names = append(names, name)
		return err
	}
	if x.Peek() != '(' {
		return names, one()
	}
	if err = x.List(one); err == nil && len(names) == 0 {
		err = Bad("No entry is named")
	}
	return names, err
}

// metadataName takes the name of an entry (RFC 5464 3). Where to look may also be
// the top of all private or of all shared ones, which is no entry itself.
func metadataName(x *wire.Lexer, top bool) (string, error) {
	b, err := x.AString()
	if err != nil {
		return "", err
	}
	name := strings.ToLower(string(b))
	rest, ok := strings.CutPrefix(name, "/private/")
	if !ok {
		rest, ok = strings.CutPrefix(name, "/shared/")
	}
	odd := func(r rune) bool { return r < 0x20 || r > 0x7e || r == '*' || r == '%' }
	switch {
	case top && (name == "/private" || name == "/shared"):
	case len(name) > MaxMetadataName:
		return "", Bad("Name of an entry is too long")
	case !ok || rest == "" || strings.Contains(name, "//") || strings.HasSuffix(name, "/") || strings.ContainsFunc(name, odd):
		return "", Bad("An entry's name is not as /private/name or /shared/name")
	}
	return name, nil
}

// runGetMetadata runs GETMETADATA (RFC 5464 4.2).
func runGetMetadata(ctx context.Context, c *Conn, a *getMetadataArgs) error {
	s, err := c.metadata()
	if err != nil {
		return err
	}
	longest, err := c.tellMetadata(ctx, s, a.mailbox, a.names, a.opts)
	if err == nil && longest > 0 {
		c.code = wire.AppendUint(append(c.code, "METADATA LONGENTRIES "...), longest)
	}
	return err
}

// tellMetadata writes a METADATA response with the entries asked for, if there
// are any. It returns the size of the longest value that was left out.
func (c *Conn) tellMetadata(ctx context.Context, s MetadataSession, mailbox string, names []string, o metadataOptions) (longest uint64, err error) {
	found, err := s.Metadata(ctx, mailbox, names)
	if err != nil {
		return 0, err
	}
	return c.tellEntries(mailbox, names, found, o)
}

// tellEntries writes what was found of a mailbox.
func (c *Conn) tellEntries(mailbox string, names []string, found []MetadataEntry, o metadataOptions) (longest uint64, err error) {
	list := slices.DeleteFunc(found, func(e MetadataEntry) bool {
		if !o.wants(names, e.Name) {
			return true
		}
		long := uint64(len(e.Value)) > o.maxSize
		if long {
			longest = max(longest, uint64(len(e.Value)))
		}
		return long
	})
	if o.depth == 0 && longest == 0 { // what is not there is told, too
		for _, name := range names {
			if !slices.ContainsFunc(list, func(e MetadataEntry) bool { return e.Name == name }) {
				list = append(list, MetadataEntry{Name: name})
			}
		}
	}
	if len(list) == 0 {
		return longest, nil
	}
	b := c.appendMailbox(append(c.w.Begin(), "* METADATA "...), mailbox)
	sep := " ("
	for _, e := range list {
		b = wire.AppendAString(append(b, sep...), e.Name)
		b = wire.AppendNString8(append(b, ' '), e.Value)
		sep = " "
	}
	return longest, c.w.End(append(b, ")\r\n"...))
}

// wants says whether an entry is one of those named or near enough below one.
func (o *metadataOptions) wants(names []string, name string) bool {
	for _, n := range names {
		below, ok := strings.CutPrefix(name, n)
		if ok && (below == "" || below[0] == '/' && strings.Count(below, "/") <= o.depth) {
			return true
		}
	}
	return false
}

type setMetadataArgs struct {
	mailbox string
	entries []MetadataEntry
}

func parseSetMetadata(x *wire.Lexer, a *setMetadataArgs) (err error) {
	if err := x.SP(); err != nil {
		return err
	}
	if a.mailbox, err = metadataMailbox(x); err != nil {
		return err
	}
	if err := x.SP(); err != nil {
		return err
	}
	err = x.List(func() error {
		name, err := metadataName(x, false)
		if err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
		value, err := x.NString8()
		if value != nil {
			value = append([]byte{}, value...)
		}
		a.entries = append(a.entries, MetadataEntry{name, value})
		return err
	})
	if err == nil && len(a.entries) == 0 {
		err = Bad("SETMETADATA without entries")
	}
	return err
}

// runSetMetadata runs SETMETADATA (RFC 5464 4.3).
func runSetMetadata(ctx context.Context, c *Conn, a *setMetadataArgs) error {
	s, err := c.metadata()
	if err != nil {
		return err
	}
	for _, e := range a.entries {
		if len(e.Value) > MaxMetadataValue {
			return No("METADATA MAXSIZE 65536", "A value is too long")
		}
	}
	return s.SetMetadata(ctx, a.mailbox, a.entries)
}
