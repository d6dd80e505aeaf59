// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"twiga/lib/gateway/login"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
	"twiga/lib/spill"
)

// Config is what a gateway is made of. Only Service is needed.
type Config struct {
	Service object.Service
	Program string // told to the store at logon (default "imapgw")

	ShowAll bool // show folders of other than mail, too

	// What the mailboxes of other users and the public folders stand under;
	// "" shows none. A folder of the user's own by that name is spelled
	// otherwise.
	OtherUsers    string
	PublicFolders string

	Comment      string // what SETMETADATA's /shared/comment of the server says; "" is nothing
	AdminContact string // its /shared/admin, a URI (RFC 5464 6.2.1)

	UserConns int // connections of one user at a time; 0 has no limit

	ViewIdle time.Duration // how long the view of a folder that nobody has open is kept (default 10 min)
	ViewRows int           // messages in all views, beyond which views that nobody has open are dropped (default 4 million)

	Candidates Candidates       // a full-text index for searches; nil for none
	Now        func() time.Time // default time.Now
	Cache      int64            // bytes of messages and of their headers that are kept with the views; 0 is 64 MiB, negative none

	Spill  *spill.Pool  // where APPEND keeps a message until it is saved (default: a pool of its own)
	Logger *slog.Logger // default: nothing is logged
	Hooks  Hooks
}

// Hooks are told what happens, for metrics; each may be nil.
type Hooks struct {
	Login   func(ok bool)       // a password was judged
	Refused func(reason string) // a login was over a limit: "user"
	View    func(what string)   // "hit", "load", "refresh", "drop"
}

func (c *Config) setDefaults() {
	if c.Program == "" {
		c.Program = "imapgw"
	}
	if c.ViewIdle == 0 {
		c.ViewIdle = 10 * time.Minute
	}
	if c.ViewRows == 0 {
		c.ViewRows = 4_000_000
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Cache == 0 {
		c.Cache = 64 << 20
	}
	c.Cache = max(c.Cache, 0)
	if c.Spill == nil {
		c.Spill = spill.NewPool("", 0)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

// sweepInterval is how often what nobody uses is looked for.
const sweepInterval = 10 * time.Second

// Gateway is the backend of an IMAP server on a store. It is safe for
// concurrent use.
type Gateway struct {
	door    *login.Door
	cfg     Config
	rows    atomic.Int64 // in all views
	cached  atomic.Int64 // bytes in their caches
	origins atomic.Uint32
	claims  claims
	quit    chan struct{}
	work    sync.WaitGroup // the sweeper and the watches

	mu    sync.Mutex // guards the fields that follow; taken before mailbox.mu
	boxes map[boxKey]*mailbox
	users map[mapi.GUID]int // connections
}

// New makes a gateway. The caller closes it when no connection is left.
func New(cfg Config) *Gateway {
	cfg.setDefaults()
	g := &Gateway{
		cfg: cfg, quit: make(chan struct{}),
		boxes: map[boxKey]*mailbox{}, users: map[mapi.GUID]int{},
	}
	g.door = login.New(login.Config{
		Service: cfg.Service, Program: cfg.Program, Use: service, Logger: cfg.Logger, Judged: cfg.Hooks.Login,
		Codes: login.Codes{Login: codeLogin, Failed: codeLoginFailed, Limit: codeUserLimit, NoStore: codeNoStore},
	})
	g.work.Go(g.sweeper)
	return g
}

// Close ends the watches and gives everything back.
func (g *Gateway) Close() {
	close(g.quit)
	g.mu.Lock()
	for _, box := range g.boxes {
		box.mu.Lock()
		box.stopWatch()
		box.mu.Unlock()
	}
	g.mu.Unlock()
	g.work.Wait()
}

// NewSession makes the session of a connection.
func (g *Gateway) NewSession(ctx context.Context, conn *proto.Conn) (proto.Session, error) {
	s := &session{gw: g, conn: conn, request: log.RequestID(ctx)}
	s.Client = s.client()
	return s, nil
}

func (g *Gateway) refused(reason string) {
	if h := g.cfg.Hooks.Refused; h != nil {
		h(reason)
	}
}

func (g *Gateway) sawView(what string) {
	if h := g.cfg.Hooks.View; h != nil {
		h(what)
	}
}

// join puts a session that logged in into its mailbox, unless the user has too
// many.
func (g *Gateway) join(s *session, who object.Principal) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if limit := g.cfg.UserConns; limit > 0 && g.users[who.ID] >= limit {
		g.refused("user")
		return false
	}
	g.users[who.ID]++
	s.box, s.user = g.enterLocked(s, boxKey{who.Store, who.ID}, object.StorePrivate, true), who
	return true
}

// enter puts a session that logged in into a mailbox of somebody else.
func (g *Gateway) enter(s *session, key boxKey, kind object.StoreKind) *mailbox {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.enterLocked(s, key, kind, false)
}

// enterLocked wants mu.
func (g *Gateway) enterLocked(s *session, key boxKey, kind object.StoreKind, own bool) *mailbox {
	box := g.boxes[key]
	if box == nil {
		box = newMailbox(g, key, kind)
		box.own = own
		g.boxes[key] = box
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	box.sessions[s] = struct{}{}
	return box
}

// leave forgets a session.
func (g *Gateway) leave(s *session) {
	if s.box == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.users[s.user.ID]--; g.users[s.user.ID] <= 0 {
		delete(g.users, s.user.ID)
	}
	s.box.left(s)
	for _, box := range s.visited {
		box.left(s)
	}
}

// sweeper ends watches that nobody listens to and drops old views.
func (g *Gateway) sweeper() {
	t := time.NewTicker(sweepInterval)
	defer t.Stop()
	for {
		select {
		case <-g.quit:
			return
		case now := <-t.C:
			g.sweep(now)
		}
	}
}

// sweep drops what was not used for ViewIdle and, while there are too many
// rows, what was not used for ever shorter times.
func (g *Gateway) sweep(now time.Time) {
	for idle := g.cfg.ViewIdle; ; idle /= 4 {
		g.sweepOlder(now, idle)
		if g.rows.Load() <= int64(g.cfg.ViewRows) || idle < time.Second {
			return
		}
	}
}

func (g *Gateway) sweepOlder(now time.Time, idle time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for key, box := range g.boxes {
		if box.sweep(now, idle) {
			delete(g.boxes, key)
		}
	}
}
