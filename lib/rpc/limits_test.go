// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// blocking asks for a folder whose state does not come until the hub is told.
var blocking = object.FolderStatesRequest{Folders: []mapi.ID{777}}

// The reserved listener answers when all workers of the other are busy.
func TestReservedListener(t *testing.T) {
	dir := t.TempDir()
	hub := newFakeHub()
	server := NewServer(ServerOptions{Service: func(p Peer) object.Service { return &fakeStore{peer: p, hub: hub} }})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	serve := func(name string, l Limits) *Client {
		socket := filepath.Join(dir, name)
		ln, err := net.Listen("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		go func() { done <- server.Serve(ctx, ln, l) }()
		c, err := Dial(DialOptions{Socket: socket, Wait: 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	main := serve("store", Limits{MaxCalls: 1, MaxConns: 3, CallWait: 5 * time.Millisecond})
	reserved := serve("admin", Limits{})
	s, err := main.Logon(t.Context(), object.LogonRequest{Role: object.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	finished := make(chan error, 1)
	go func() {
		_, err := s.FolderStates(context.Background(), blocking)
		finished <- err
	}()
	<-hub.blocked
	if err := main.Ping(t.Context()); !errors.Is(err, mapi.Busy) {
		t.Errorf("ping while the only worker is busy: %v", err)
	}
	if err := reserved.Ping(t.Context()); err != nil {
		t.Errorf("ping on the reserved listener: %v", err)
	}
	var conns []net.Conn
	for range 3 {
		c, err := net.Dial("unix", filepath.Join(dir, "store"))
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	full, err := Dial(DialOptions{Socket: filepath.Join(dir, "store"), Wait: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := full.Ping(t.Context()); !errors.Is(err, mapi.Busy) {
		t.Errorf("ping above the number of connections: %v", err)
	}
	for _, c := range conns {
		_ = c.Close()
	}
	close(hub.block)
	if err := <-finished; err != nil {
		t.Errorf("the call that ran: %v", err)
	}
	cancel()
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// A server that stops lets the call finish that runs, and begins no other.
func TestDrain(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	s := f.logon(t, object.LogonRequest{Role: object.RoleAdmin})
	finished := make(chan error, 1)
	go func() {
		_, err := s.FolderStates(context.Background(), blocking)
		finished <- err
	}()
	<-f.hub.blocked
	stopped := make(chan struct{})
	go func() {
		f.stop()
		close(stopped)
	}()
	select {
	case err := <-finished:
		t.Errorf("the call ended by %v before the server let it", err)
	case <-stopped:
		t.Error("the server stopped before the call")
	default:
	}
	close(f.hub.block)
	if err := <-finished; err != nil {
		t.Errorf("the call that ran: %v", err)
	}
	<-stopped
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.FolderStates(ctx, object.FolderStatesRequest{}); err == nil {
		t.Error("a call after the end succeeds")
	}
}

// The caller's patience and request id travel with the call.
func TestContextTravels(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	s := f.logon(t, object.LogonRequest{Role: object.RoleAdmin})
	ctx, cancel := context.WithTimeout(log.WithRequest(t.Context(), "REQUEST7"), time.Hour)
	defer cancel()
	finished := make(chan error, 1)
	go func() {
		_, err := s.FolderStates(ctx, blocking)
		finished <- err
	}()
	there := <-f.hub.blocked
	if id := log.RequestID(there); id != "REQUEST7" {
		t.Errorf("request id %q", id)
	}
	if d, ok := there.Deadline(); !ok || time.Until(d) > time.Hour || time.Until(d) < 50*time.Minute {
		t.Errorf("deadline %v, %v", d, ok)
	}
	cancel()
	if err := <-finished; !errors.Is(err, context.Canceled) {
		t.Errorf("call that was cancelled: %v", err)
	}
	close(f.hub.block)
	if _, err := s.FolderStates(t.Context(), object.FolderStatesRequest{}); err != nil {
		t.Errorf("next call: %v", err)
	}
}

func TestNoServer(t *testing.T) {
	c, err := Dial(DialOptions{Socket: filepath.Join(t.TempDir(), "none"), Wait: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Logon(t.Context(), object.LogonRequest{Role: object.RoleAdmin}); !errors.Is(err, mapi.NetworkError) {
		t.Errorf("logon: %v", err)
	}
	_ = c.Close()
	if err := c.Ping(t.Context()); !errors.Is(err, mapi.NetworkError) {
		t.Errorf("ping of a closed client: %v", err)
	}
}

func TestSessions(t *testing.T) {
	table := newSessions(3)
	peer := Peer{Known: true, UID: 7}
	ctx := t.Context()
	c := table.connect(clientID{1})
	add := func(c *client) *liveSession {
		l, err := table.add(&fakeSession{ended: make(chan struct{})}, &object.LogonRequest{}, peer, c)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	framed, busy, plain := add(c), add(c), add(nil)
	if _, err := table.add(&fakeSession{}, &object.LogonRequest{}, peer, nil); !errors.Is(err, mapi.NotEnoughResources) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := table.use(framed.id, Peer{Known: true, UID: 8}); !errors.Is(err, mapi.EndOfSession) {
		t.Errorf("use by another user: %v", err)
	}
	if _, err := table.use(busy.id, peer); err != nil {
		t.Fatal(err)
	}
	sweep := func(after time.Duration) []*liveSession {
		ended := table.sweep(time.Now().Add(after), time.Hour, time.Minute)
		end(ctx, ended)
		return ended
	}
	if got := sweep(30 * time.Minute); len(got) != 0 {
		t.Errorf("%d sessions ended too early", len(got))
	}
	if got := sweep(2 * time.Hour); !slices.Equal(got, []*liveSession{plain}) {
		t.Errorf("idle sessions: %v", got)
	}
	table.disconnect(c)
	if table.connect(clientID{1}) != c {
		t.Error("a client that comes back is another")
	}
	if got := sweep(2 * time.Minute); len(got) != 0 {
		t.Errorf("%d sessions of a client that came back ended", len(got))
	}
	table.disconnect(c)
	if got := sweep(2 * time.Minute); !slices.Equal(got, []*liveSession{framed}) {
		t.Errorf("sessions of a client that is gone: %v", got)
	}
	busy.done()
	if got := sweep(2 * time.Minute); !slices.Equal(got, []*liveSession{busy}) {
		t.Errorf("the busy session, later: %v", got)
	}
	sweep(3 * time.Minute)
	if len(table.clients) != 0 || table.count() != 0 {
		t.Errorf("%d clients and %d sessions are left", len(table.clients), table.count())
	}
}

func TestRoles(t *testing.T) {
	r, err := ParseRoles(map[string][]string{"gateway": {"4711", "root"}, "delivery": {"4711"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		peer Peer
		want []object.Role
	}{
		"root":             {Peer{Known: true}, allRoles},
		"own user":         {Peer{Known: true, UID: uint32(os.Getuid())}, allRoles},
		"a user of two":    {Peer{Known: true, UID: 4711}, []object.Role{object.RoleDelivery, object.RoleGateway}},
		"somebody else":    {Peer{Known: true, UID: 4712}, nil},
		"nobody knows who": {Peer{}, nil},
	} {
		got := r.Of(tc.peer)
		slices.Sort(got)
		want := slices.Sorted(slices.Values(tc.want))
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	for name, bad := range map[string]map[string][]string{
		"unknown role": {"janitor": {"0"}}, "role of nobody": {"user": {"0"}}, "unknown user": {"admin": {"no-such-user-here"}},
	} {
		if _, err := ParseRoles(bad); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// A watcher that is too slow gets EventCatchUp in place of what it missed.
func TestSlowWatcher(t *testing.T) {
	sub := &subscription{wake: make(chan struct{}, 1)}
	sub.push(object.Event{Kind: object.EventStarted})
	for i := range maxWaitingEvents + 3 {
		sub.push(object.Event{Kind: object.EventContents, Change: mapi.Change(i)})
	}
	var kinds []object.EventKind
	for {
		e, ok, _ := sub.take()
		if !ok {
			break
		}
		kinds = append(kinds, e.Kind)
	}
	if kinds[0] != object.EventCatchUp || len(kinds) > maxWaitingEvents {
		t.Errorf("client's events: %v", kinds)
	}
	e := &serverEvents{wake: make(chan struct{}, 1), lagging: map[uint64]struct{}{}}
	for range maxQueuedEvents + 10 {
		e.push(1, object.Event{})
	}
	e.push(2, object.Event{})
	if len(e.queue) != maxQueuedEvents || len(e.lagging) != 2 {
		t.Errorf("server's queue: %d events, %d watches behind", len(e.queue), len(e.lagging))
	}
}

// accountedSession notes what its calls took.
type accountedSession struct {
	fakeSession
	calls     int
	took, cpu time.Duration
}

func (s *accountedSession) Account(took, cpu time.Duration) {
	s.calls++
	s.took += took
	s.cpu += cpu
}

func TestCallsAreAccounted(t *testing.T) {
	s := &accountedSession{}
	live := &liveSession{session: s, account: accountOf(s)}
	for range 3 * meteredEvery {
		live.running.Add(1)
		m := live.measure()
		for range 1000 {
			_ = bytes.Repeat([]byte{1}, 10)
		}
		m.done()
	}
	if s.calls != 3*meteredEvery || s.took <= 0 || s.cpu <= 0 {
		t.Errorf("%d calls, %v, cpu %v", s.calls, s.took, s.cpu)
	}
	if live.running.Load() != 0 {
		t.Error("the session is still in use")
	}
}
