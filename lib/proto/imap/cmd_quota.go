// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"math"

	"twiga/lib/proto/imap/wire"
)

// QuotaStorage is the resource of RFC 9208 5.1: units of 1,024 octets.
const QuotaStorage = "STORAGE"

// QuotaSession is what a [Session] may be beside: limits of mailboxes.
type QuotaSession interface {
	// QuotaRoots are the names of the limits that hold for a mailbox, as far as
	// the client may see them.
	QuotaRoots(ctx context.Context, mailbox string) ([]string, error)
	// Quota tells the limits of a root. One that there is not is NO
	// [NONEXISTENT], one that the client may not see NO [NOPERM].
	Quota(ctx context.Context, root string) ([]QuotaResource, error)
	// SetQuota replaces them; what is not named has no limit. Who may not is
	// answered NO [NOPERM].
	SetQuota(ctx context.Context, root string, limits []QuotaResource) error
}

// QuotaResource is a limit and what is used of it, in the resource's units.
type QuotaResource struct {
	Name         string // in capitals
	Usage, Limit uint64
}

func quotaCommands() []*command {
	return []*command{
		define("GETQUOTA", stateLoggedIn, parseQuotaRoot, runGetQuota),
		define("GETQUOTAROOT", stateLoggedIn, parseMailbox, runGetQuotaRoot),
		define("SETQUOTA", stateLoggedIn, parseSetQuota, runSetQuota),
	}
}

func (c *Conn) hasQuota() bool { _, ok := c.session.(QuotaSession); return ok }

// quota is the session's part, if it has one.
func (c *Conn) quota() (QuotaSession, error) {
	if s, ok := c.session.(QuotaSession); ok {
		return s, nil
	}
	return nil, errUnknownCommand
}

type quotaArgs struct {
	root   string
	limits []QuotaResource
}

func parseQuotaRoot(x *wire.Lexer, a *quotaArgs) error {
	if err := x.SP(); err != nil {
		return err
	}
	b, err := x.AString()
	a.root = string(b)
	return err
}

func parseSetQuota(x *wire.Lexer, a *quotaArgs) error {
	if err := parseQuotaRoot(x, a); err != nil {
		return err
	}
	if err := x.SP(); err != nil {
		return err
	}
	return x.List(func() error {
		name, err := x.Atom()
		if err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
		r := QuotaResource{Name: upper(name)}
		r.Limit, err = x.Number(math.MaxInt64)
		a.limits = append(a.limits, r)
		return err
	})
}

// runGetQuota runs GETQUOTA (RFC 9208 4.1.1).
func runGetQuota(ctx context.Context, c *Conn, a *quotaArgs) error {
	s, err := c.quota()
	if err != nil {
		return err
	}
	return c.tellQuota(ctx, s, a.root)
}

// runGetQuotaRoot runs GETQUOTAROOT (RFC 9208 4.1.2).
func runGetQuotaRoot(ctx context.Context, c *Conn, a *mailboxArgs) error {
	s, err := c.quota()
	if err != nil {
		return err
	}
	roots, err := s.QuotaRoots(ctx, a.mailbox)
	if err != nil {
		return err
	}
	b := c.appendMailbox(append(c.w.Begin(), "* QUOTAROOT "...), a.mailbox)
	for _, root := range roots {
		b = wire.AppendAString(append(b, ' '), root)
	}
	if err := c.w.End(append(b, "\r\n"...)); err != nil {
		return err
	}
	for _, root := range roots {
		if err := c.tellQuota(ctx, s, root); err != nil {
			return err
		}
	}
	return nil
}

// runSetQuota runs SETQUOTA (RFC 9208 4.1.3). Who may set a limit, but not see
// what is used of it, is told nothing.
func runSetQuota(ctx context.Context, c *Conn, a *quotaArgs) error {
	s, err := c.quota()
	if err != nil {
		return err
	}
	if err := s.SetQuota(ctx, a.root, a.limits); err != nil {
		return err
	}
	var hidden *Error
	if err := c.tellQuota(ctx, s, a.root); err != nil && !errors.As(err, &hidden) {
		return err
	}
	return nil
}

// tellQuota writes a QUOTA response (RFC 9208 4.2.1).
func (c *Conn) tellQuota(ctx context.Context, s QuotaSession, root string) error {
	list, err := s.Quota(ctx, root)
	if err != nil {
		return err
	}
	b := wire.AppendAString(append(c.w.Begin(), "* QUOTA "...), root)
	sep := " ("
	for _, r := range list {
		b = append(append(b, sep...), r.Name...)
		b = wire.AppendUint(append(b, ' '), r.Usage)
		b = wire.AppendUint(append(b, ' '), r.Limit)
		sep = " "
	}
	if len(list) == 0 {
		b = append(b, " ("...)
	}
	return c.w.End(append(b, ")\r\n"...))
}
