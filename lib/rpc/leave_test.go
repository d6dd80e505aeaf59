// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"errors"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// all are the sessions of the engine that are open.
func (f *fixture) all() (open []*fakeSession) {
	f.server.sessions.mu.RLock()
	defer f.server.sessions.mu.RUnlock()
	for _, l := range f.server.sessions.byID {
		open = append(open, l.session.(*fakeSession))
	}
	return open
}

func TestLeave(t *testing.T) {
	for _, tc := range []struct {
		name  string
		left  int
		after func(t *testing.T, f *fixture, other object.Session)
	}{
		{"the next call tells", 1, func(t *testing.T, _ *fixture, other object.Session) {
			if _, err := other.FolderStates(t.Context(), object.FolderStatesRequest{Folders: []mapi.ID{5}}); err != nil {
				t.Error(err)
			}
		}},
		{"the next calls tell of many", maxLeft + 1, func(t *testing.T, f *fixture, _ object.Session) {
			for range 2 {
				if err := f.client.Ping(t.Context()); err != nil {
					t.Error(err)
				}
			}
		}},
		{"the end of the client tells", maxLeft + 1, func(t *testing.T, f *fixture, _ object.Session) {
			if err := f.client.Close(); err != nil {
				t.Error(err)
			}
		}},
		{"time tells", maxLeft + 1, func(*testing.T, *fixture, object.Session) {}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, ServerOptions{})
			var list []object.Session
			for range tc.left {
				list = append(list, f.logon(t, object.LogonRequest{Role: object.RoleUser, User: "anna", Password: "secret"}))
			}
			open := f.all()
			other := f.logon(t, object.LogonRequest{Role: object.RoleAdmin})
			for _, s := range list {
				object.Leave(s)
				object.Leave(s) // is nothing the second time
			}
			if _, err := list[0].FolderStates(t.Context(), object.FolderStatesRequest{}); !errors.Is(err, mapi.EndOfSession) {
				t.Errorf("call of a session that was left: %v", err)
			}
			if err := list[0].Logoff(t.Context()); !errors.Is(err, mapi.EndOfSession) {
				t.Errorf("logoff of a session that was left: %v", err)
			}
			tc.after(t, f, other)
			for _, s := range open {
				<-s.ended
			}
			if n := f.server.Sessions(); n != 1 {
				t.Errorf("%d sessions are open", n)
			}
		})
	}
}

// TestLeaveWatched: the watches of a session that is left end.
func TestLeaveWatched(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	s := f.logon(t, object.LogonRequest{Role: object.RoleAdmin})
	var ended error
	for e, err := range s.Watch(t.Context(), object.WatchRequest{}) {
		if ended = err; err == nil && e.Kind == object.EventStarted {
			object.Leave(s)
		}
	}
	if !errors.Is(ended, mapi.EndOfSession) {
		t.Errorf("the watch ended with %v", ended)
	}
}

// TestLeaveForeign: nobody ends what another has opened, and broken frames are
// an error.
func TestLeaveForeign(t *testing.T) {
	s := NewServer(ServerOptions{Service: func(p Peer) object.Service { return &fakeStore{peer: p} }})
	owner := Peer{Known: true, UID: 7}
	for _, tc := range []struct {
		name  string
		peer  Peer
		cut   int // bytes of the id that are missing
		stays int
		fails bool
	}{
		{"another user's", Peer{Known: true, UID: 8}, 0, 1, false},
		{"cut short", owner, 1, 1, true},
		{"the own", owner, 0, 0, false},
	} {
		live, err := s.sessions.add(&fakeSession{ended: make(chan struct{})}, &object.LogonRequest{}, owner, nil)
		if err != nil {
			t.Fatal(err)
		}
		l := &serverLink{door: &door{Server: s, calls: newGate(1, time.Second)}, peer: tc.peer}
		err = l.leave(t.Context(), live.id[:len(live.id)-tc.cut])
		if got := s.Sessions(); got != tc.stays || (err != nil) != tc.fails {
			t.Errorf("%s: %d are open, %v", tc.name, got, err)
		}
		s.sessions.remove(live)
	}
}
