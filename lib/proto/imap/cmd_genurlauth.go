// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// URLAuthSession is a [Session] that lets others read messages by URL (URLAUTH,
// RFC 4467; URLAUTH=BINARY, RFC 5524).
type URLAuthSession interface {
	// SignURLs gives the token of each URL, in hexadecimal digits. The URLs are
	// absolute, with an access and without a token, and are to be the user's own
	// (else BAD).
	SignURLs(ctx context.Context, urls []*URL) (tokens []string, err error)
	// ResetURLKeys takes back the tokens for a mailbox, or for all where it is
	// empty.
	ResetURLKeys(ctx context.Context, mailbox string) error
	// FetchURL writes what an authorised URL stands for: without items a string,
	// else the items in parentheses, separated by spaces. It has written nothing
	// if it is not found, for whatever reason, or with an error.
	FetchURL(ctx context.Context, w *ResponseWriter, u *URL, items URLItems) (found bool, err error)
}

// urlCommands are the commands of URLAUTH.
func urlCommands() []*command {
	return []*command{
		define("GENURLAUTH", stateLoggedIn, parseGenURLAuth, runGenURLAuth),
		define("RESETKEY", stateLoggedIn, parseResetKey, runResetKey),
		define("URLFETCH", stateLoggedIn, parseURLFetch, runURLFetch),
	}
}

// urlMechanism is the one mechanism for tokens (RFC 4467 3).
const urlMechanism = "INTERNAL"

// maxURLs is how many URLs a command may name.
const maxURLs = 1000

func (c *Conn) urlAuth() (URLAuthSession, error) {
	if s, ok := c.session.(URLAuthSession); ok {
		return s, nil
	}
	return nil, Bad("Unknown command")
}

func (c *Conn) canURLAuth() bool {
	_, err := c.urlAuth()
	return err == nil
}

type genURLAuthArgs struct{ urls []string }

func parseGenURLAuth(x *wire.Lexer, a *genURLAuthArgs) error {
	for {
		url, err := spURL(x, len(a.urls))
		if err != nil {
			return err
		}
		a.urls = append(a.urls, url)
		if err := x.SP(); err != nil {
			return err
		}
		name, err := x.Atom()
		if err != nil {
			return err
		}
		if !wire.EqualFold(name, urlMechanism) {
			return Bad("Unknown mechanism, INTERNAL is the one there is")
		}
		if rest := *x; rest.End() == nil {
			return nil
		}
	}
}

// spURL takes a space and a URL, the n-th but one of a command.
func spURL(x *wire.Lexer, n int) (string, error) {
	if n >= maxURLs {
		return "", No(CodeLimit, "Too many URLs at once")
	}
	if err := x.SP(); err != nil {
		return "", err
	}
	b, err := x.AString()
	return string(b), err
}

// runGenURLAuth runs GENURLAUTH (RFC 4467 7).
func runGenURLAuth(ctx context.Context, c *Conn, a *genURLAuthArgs) error {
	s, err := c.urlAuth()
	if err != nil {
		return err
	}
	urls := make([]*URL, len(a.urls))
	for i, text := range a.urls {
		u, err := ParseURL(text)
		if err != nil || !u.Absolute || u.Access == "" || u.Mechanism != "" {
			return Bad("Expected an absolute URL with ;URLAUTH= and without a token")
		}
		urls[i] = u
	}
	tokens, err := s.SignURLs(ctx, urls)
	if err != nil {
		return err
	}
	b := append(c.w.Begin(), "* GENURLAUTH"...)
	for i, u := range urls {
		b = append(b, ' ')
		b = wire.AppendString(b, []byte(u.Text+":internal:"+tokens[i]))
	}
	return c.w.End(append(b, "\r\n"...))
}
