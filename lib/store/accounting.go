// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// account is what is known of a session's use.
type account struct {
	id      uint64
	program string
	peer    string
	since   time.Time
	last    atomic.Int64 // Unix nanoseconds of the end of the last call
	calls   atomic.Int64
	busy    atomic.Int64 // nanoseconds
	cpu     atomic.Int64 // nanoseconds
}

// Account implements object.Accounted.
func (s *session) Account(took, cpu time.Duration) {
	s.account.last.Store(time.Now().UnixNano())
	s.account.calls.Add(1)
	s.account.busy.Add(int64(took))
	s.account.cpu.Add(int64(cpu))
}

// openSessions are those of the engine, by number. A user's end when the user
// is disabled, deleted, gets another mailbox, password, name, kind, other
// services or another level, or an app password is revoked: whoever holds one
// was let in on terms that are over.
type openSessions struct {
	mu       sync.Mutex
	last     uint64                              // guarded by mu
	all      map[uint64]*session                 // guarded by mu
	byUser   map[mapi.GUID]map[*session]struct{} // guarded by mu
	places   map[place]int                       // sessions of clients; guarded by mu
	solitude                                     // guarded by mu
}

// place is a user, or an address, for which sessions are counted.
type place struct {
	user    mapi.GUID
	address netip.Prefix
}

// admit counts a session of a client of some service; the places are to be given
// back when it ends. SessionLimit: there are too many.
func (l *openSessions) admit(user mapi.GUID, req *object.LogonRequest, users, addresses int) ([]place, error) {
	if req.Service == "" {
		return nil, nil
	}
	counted := []place{{user: user}}
	limits := []int{users}
	if a := addressOf(req.Peer); a.IsValid() {
		counted, limits = append(counted, place{address: a}), append(limits, addresses)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, p := range counted {
		if limits[i] > 0 && l.places[p] >= limits[i] {
			return nil, fmt.Errorf("%d are open: %w", l.places[p], mapi.SessionLimit)
		}
	}
	if l.places == nil {
		l.places = map[place]int{}
	}
	for _, p := range counted {
		l.places[p]++
	}
	return counted, nil
}

func (l *openSessions) add(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all, l.byUser = map[uint64]*session{}, map[mapi.GUID]map[*session]struct{}{}
	}
	l.last++
	s.account.id = l.last
	l.all[s.account.id] = s
	if s.who.ID.IsZero() {
		return
	}
	if l.byUser[s.who.ID] == nil {
		l.byUser[s.who.ID] = map[*session]struct{}{}
	}
	l.byUser[s.who.ID][s] = struct{}{}
}

func (l *openSessions) remove(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, there := l.all[s.account.id]; !there {
		return
	}
	for _, p := range s.places {
		if l.places[p]--; l.places[p] == 0 {
			delete(l.places, p)
		}
	}
	if l.alone[s.alone] == s {
		delete(l.alone, s.alone)
	}
	delete(l.all, s.account.id)
	delete(l.byUser[s.who.ID], s)
	if len(l.byUser[s.who.ID]) == 0 {
		delete(l.byUser, s.who.ID)
	}
}

// end ends the sessions of a user, but not the one that asks for it.
func (l *openSessions) end(user mapi.GUID, asks *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.byUser[user] {
		if s != asks {
			s.end()
		}
	}
}

// find gives the session of a number, nil where there is none.
func (l *openSessions) find(id uint64) *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all[id]
}

// list gives all sessions, the oldest first.
func (l *openSessions) list() []*session {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]*session, 0, len(l.all))
	for _, s := range l.all {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *session) int { return cmp.Compare(a.account.id, b.account.id) })
	return out
}

// sessionRows are the rows of TableSessions.
func (s *session) sessionRows(context.Context, *object.QueryRequest) ([]mapi.Props, error) {
	if err := s.may(actSessions); err != nil {
		return nil, err
	}
	var out []mapi.Props
	for _, o := range s.e.sessions.list() {
		if o.ended() {
			continue
		}
		a := &o.account
		var p mapi.Props
		p.Set(tag.TwigaSessionID, mapi.Int64(int64(a.id)))
		p.Set(tag.TwigaRole, mapi.String(o.who.Role.String()))
		p.Set(tag.DisplayName, mapi.String(o.who.User))
		p.Set(tag.TwigaProgram, mapi.String(a.program))
		p.Set(tag.TwigaPeer, mapi.String(a.peer))
		p.Set(tag.CreationTime, mapi.Time(a.since))
		if last := a.last.Load(); last != 0 {
			p.Set(tag.LastModificationTime, mapi.Time(time.Unix(0, last)))
		}
		p.Set(tag.TwigaCalls, mapi.Int64(a.calls.Load()))
		p.Set(tag.TwigaBusyTime, mapi.Int64(time.Duration(a.busy.Load()).Microseconds()))
		p.Set(tag.TwigaCPUTime, mapi.Int64(time.Duration(a.cpu.Load()).Microseconds()))
		out = append(out, p)
	}
	return out, nil
}

// statisticRows are the rows of TableStatistics.
func (s *session) statisticRows(context.Context, *object.QueryRequest) ([]mapi.Props, error) {
	if err := s.may(actStatistics); err != nil {
		return nil, err
	}
	if s.e.opt.Statistics == nil {
		return nil, nil
	}
	var out []mapi.Props
	for name, value := range s.e.opt.Statistics() {
		var p mapi.Props
		p.Set(tag.DisplayName, mapi.String(name))
		p.Set(tag.TwigaValue, mapi.Float64(value))
		out = append(out, p)
	}
	return out, nil
}

// KickSession implements object.Maintenance.
func (s *session) KickSession(ctx context.Context, req object.KickSessionRequest) (object.Empty, error) {
	if err := s.may(actSessions); err != nil {
		return object.Empty{}, err
	}
	o := s.e.sessions.find(req.ID)
	if o == nil || o.ended() {
		return object.Empty{}, fmt.Errorf("end session %d: %w", req.ID, mapi.NotFound)
	}
	log.Info(ctx, codeKicked, "session ended by an administrator", slog.String("actor", s.actor), log.User(o.who.User), slog.String("program", o.account.program), slog.String("peer", o.account.peer))
	o.end()
	return object.Empty{}, nil
}
