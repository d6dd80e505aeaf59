// SPDX-License-Identifier: AGPL-3.0-or-later

package login

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi/object"
	"twiga/lib/proto/sasl"
)

// kindsAge is how long it is taken for true what the store said of the kinds of
// credentials; kindsWait bounds the question.
const (
	kindsAge  = time.Minute
	kindsWait = time.Second
)

// Config says whom a Door lets in, and who is told.
type Config struct {
	Service object.Service
	Program string // told to the store at logon: "imapgw"
	Use     string // what users use, of directory.Services: "imap"
	Logger  *slog.Logger
	Codes   Codes
	Judged  func(ok bool) // is told that credentials were judged, for metrics; optional
}

// Codes are those of the log lines, which each gateway's manual explains.
type Codes struct {
	Login   log.Code // logged in
	Failed  log.Code // wrong user or credentials
	Limit   log.Code // too many sessions, or too many failures before
	InUse   log.Code // another session is alone; of gateways that ask for it
	NoStore log.Code // the store does not answer
}

// Door is a gateway's way to log clients on.
type Door struct {
	cfg Config

	mu    sync.Mutex // guards what follows
	kinds object.LogonKinds
	until time.Time // when the store is asked again
}

// New makes a Door. Until the store has been asked, it takes passwords.
func New(cfg Config) *Door {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Door{cfg: cfg, kinds: object.LogonKinds{Passwords: true}}
}

// logonKinds are those that the store said last. One asks at a time; who comes
// meanwhile is answered with what is known.
func (d *Door) logonKinds() object.LogonKinds {
	d.mu.Lock()
	now := time.Now()
	if now.Before(d.until) {
		defer d.mu.Unlock()
		return d.kinds
	}
	d.until = now.Add(kindsAge)
	d.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), kindsWait)
	defer cancel()
	k, err := d.cfg.Service.GetLogonKinds(ctx, object.GetLogonKindsRequest{})
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.until = time.Time{} // a logon will tell what is wrong
		return d.kinds
	}
	d.kinds = k
	return k
}

func (d *Door) offers() (kinds sasl.Kinds) {
	k := d.logonKinds()
	for _, row := range [...]struct {
		kind  sasl.Kinds
		there bool
	}{
		{sasl.Passwords, k.Passwords}, {sasl.Proofs, k.Proofs}, {sasl.Tokens, k.Tokens}, {sasl.Certificates, k.Certificates},
	} {
		if row.there {
			kinds |= row.kind
		}
	}
	return kinds
}

// Line writes a log line about a connection: the peer is the first thing that
// who blocks attackers looks for. Request may be empty.
func Line(ctx context.Context, l *slog.Logger, level slog.Level, code log.Code, peer, request, msg string, attrs ...slog.Attr) {
	if l == nil || !l.Enabled(ctx, level) {
		return
	}
	head := []slog.Attr{slog.String(log.KeyCode, string(code)), slog.String("peer", peer)}
	if request != "" {
		head = append(head, slog.String(log.KeyRequest, request))
	}
	l.LogAttrs(ctx, level, msg, append(head, attrs...)...)
}
