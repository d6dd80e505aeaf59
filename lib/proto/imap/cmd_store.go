// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type storeArgs struct {
	set  messageSet
	opts StoreOptions
}

func parseUIDStore(x *wire.Lexer, a *storeArgs) error {
	a.set.byUID = true
	return parseStore(x, a)
}

func parseStore(x *wire.Lexer, a *storeArgs) (err error) {
	if err = a.set.parse(x); err != nil {
		return err
	}
	if err := x.SP(); err != nil {
		return err
	}
	if x.Peek() == '(' {
		if err := parseStoreModifiers(x, &a.opts); err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
	}
	if err := parseStoreAction(x, &a.opts); err != nil {
		return err
	}
	if err := x.SP(); err != nil {
		return err
	}
	if x.Peek() == '(' {
		a.opts.Flags, err = parseFlagList(x)
		return err
	}
	for {
		if a.opts.Flags, err = appendFlag(x, a.opts.Flags); err != nil || !x.Try(' ') {
			return err
		}
	}
}

// parseStoreModifiers takes the modifiers of RFC 4466; UNCHANGEDSINCE is RFC
// 7162 3.1.3.
func parseStoreModifiers(x *wire.Lexer, o *StoreOptions) error {
	return x.List(func() error {
		if !x.TryWord("UNCHANGEDSINCE") {
			return Bad("Unknown modifier of STORE")
		}
		if err := x.SP(); err != nil {
			return err
		}
		var err error
		o.HasUnchangedSince = true
		o.UnchangedSince, err = x.ModSeq()
		return err
	})
}

func parseStoreAction(x *wire.Lexer, o *StoreOptions) error {
	switch {
	case x.Try('+'):
		o.Action = StoreAdd
	case x.Try('-'):
		o.Action = StoreRemove
	}
	name, err := x.Keyword()
	if err != nil {
		return err
	}
	switch upper(name) {
	case "FLAGS":
	case "FLAGS.SILENT":
		o.Silent = true
	default:
		return Bad("Unknown item of STORE")
	}
	return nil
}

// runStore runs STORE (RFC 3501 6.4.6).
func runStore(ctx context.Context, c *Conn, a *storeArgs) error {
	if c.readOnly {
		return ErrReadOnly
	}
	if a.opts.HasUnchangedSince {
		if err := c.enable(ctx, FeatureCondStore); err != nil {
			return err
		}
	}
	var set NumSet
	set, a.opts.ByUID = c.messages(&a.set)
	a.opts.TellNumbers = !a.set.byUID
	if c.pushed {
		// News and command may have crossed: the client cannot tell whether the
		// flags that it was told are those before or after it.
		a.opts.Silent = false
	}
	modified, err := c.session.Store(ctx, &c.w, set, &a.opts)
	if err == nil && len(modified) > 0 {
		c.code = append(c.code, "MODIFIED "...)
		c.code = wire.AppendNumSet(c.code, modified)
	}
	return err
}
