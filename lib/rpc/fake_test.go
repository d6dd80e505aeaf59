// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// fakeStore answers what the tests of the transport ask; the engine's own
// behaviour is tested elsewhere.
type fakeStore struct {
	object.Service
	peer Peer
	hub  *fakeHub
}

// fakeHub makes events.
type fakeHub struct {
	block    chan struct{}        // FolderStates of folder 777 waits for it
	step     chan struct{}        // Query from row 777 on waits for one behind each row
	blocked  chan context.Context // and tells that it does
	mu       sync.Mutex           // guards watchers
	watchers map[chan object.Event]struct{}
}

func newFakeHub() *fakeHub {
	return &fakeHub{block: make(chan struct{}), step: make(chan struct{}), blocked: make(chan context.Context), watchers: map[chan object.Event]struct{}{}}
}

func (h *fakeHub) publish(e object.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.watchers {
		c <- e
	}
}

func (f *fakeStore) Logon(_ context.Context, req object.LogonRequest) (object.Session, error) {
	if req.Role == object.RoleUser && req.Password != "secret" {
		return nil, fmt.Errorf("log on %s: %w", req.User, mapi.LogonFailed)
	}
	return &fakeSession{store: f, principal: object.Principal{Role: req.Role, User: req.User}, ended: make(chan struct{})}, nil
}

// fakeSession has the calls that the tests use; others panic, which is a test too.
type fakeSession struct {
	object.Session
	store     *fakeStore
	principal object.Principal
	ended     chan struct{}
}

func (s *fakeSession) Whoami() object.Principal { return s.principal }

func (s *fakeSession) Logoff(context.Context) error {
	close(s.ended)
	return nil
}

func (s *fakeSession) FolderStates(ctx context.Context, req object.FolderStatesRequest) (object.FolderStatesResponse, error) {
	var resp object.FolderStatesResponse
	for _, id := range req.Folders {
		if id == 777 {
			s.store.hub.blocked <- ctx
			<-s.store.hub.block
		}
		if id == 404 {
			return resp, fmt.Errorf("find folder %s: %w", id, mapi.NotFound)
		}
		resp.Folders = append(resp.Folders, object.FolderState{Folder: id, UIDValidity: 7, UIDNext: 100, Messages: 99, Change: 1 << 40})
	}
	return resp, nil
}

func (s *fakeSession) SetFlags(_ context.Context, req object.SetFlagsRequest) (object.SetFlagsResponse, error) {
	resp := object.SetFlagsResponse{Change: 12}
	for _, r := range req.UIDs {
		for uid := r.First; uid <= r.Last; uid++ {
			resp.Items = append(resp.Items, object.FlagState{UID: uid, Flags: req.Flags, Keywords: req.Keywords, Changed: true})
		}
	}
	return resp, nil
}

func (s *fakeSession) Query(_ context.Context, req object.QueryRequest) iter.Seq2[wire.Bag, error] {
	return func(yield func(wire.Bag, error) bool) {
		var bag wire.Bag
		for i := range req.Limit {
			bag = wire.AppendBag(bag[:0], mapi.Props{{Tag: tag.Subject, Value: mapi.String(fmt.Sprintf("row %d", i))}})
			if !yield(bag, nil) {
				return
			}
			if req.Offset == 777 {
				<-s.store.hub.step
			}
		}
		if req.Offset < 0 {
			yield(nil, fmt.Errorf("query: %w", mapi.InvalidParameter))
		}
	}
}

func (s *fakeSession) Read(ctx context.Context, req object.ReadRequest) iter.Seq2[object.Chunk, error] {
	return func(yield func(object.Chunk, error) bool) {
		for i, item := range req.Items {
			for left := item.Length; left > 0 && ctx.Err() == nil; left -= 256 << 10 {
				data := bytes.Repeat([]byte{byte(i)}, int(min(left, 256<<10)))
				if !yield(object.Chunk{Item: i, Data: data}, nil) {
					return
				}
			}
		}
	}
}

func (s *fakeSession) Upload(_ context.Context, req object.UploadRequest, content io.Reader) (object.BlobID, error) {
	if req.Size == 13 {
		return object.BlobID{}, fmt.Errorf("keep blob: %w", mapi.StoreFull)
	}
	h := sha256.New()
	if _, err := io.Copy(h, content); err != nil {
		return object.BlobID{}, err
	}
	return object.BlobID(h.Sum(nil)), nil
}

func (s *fakeSession) SaveMessages(_ context.Context, req object.SaveMessagesRequest) (object.SaveMessagesResponse, error) {
	var resp object.SaveMessagesResponse
	for _, m := range req.Messages {
		size := 0
		for _, seg := range m.Content {
			size += len(seg.Inline)
		}
		resp.Saved = append(resp.Saved, object.SavedMessage{ID: mapi.ID(size), UID: mapi.UID(len(m.Props))})
	}
	return resp, nil
}

func (s *fakeSession) Watch(ctx context.Context, req object.WatchRequest) iter.Seq2[object.Event, error] {
	return func(yield func(object.Event, error) bool) {
		events := make(chan object.Event)
		h := s.store.hub
		h.mu.Lock()
		h.watchers[events] = struct{}{}
		h.mu.Unlock()
		defer func() {
			go func() { // let publishers go on
				for range events {
				}
			}()
			h.mu.Lock()
			delete(h.watchers, events)
			close(events)
			h.mu.Unlock()
		}()
		if !yield(object.Event{Kind: object.EventStarted}, nil) {
			return
		}
		for {
			select {
			case e := <-events:
				if !yield(e, nil) {
					return
				}
			case <-s.ended:
				yield(object.Event{}, mapi.EndOfSession)
				return
			case <-ctx.Done():
				yield(object.Event{}, ctx.Err())
				return
			}
		}
	}
}

// fixture is a server with a client of it.
type fixture struct {
	server *Server
	client *Client
	hub    *fakeHub
	socket string
	stop   func() // stops the server and waits
}

func startServer(t testing.TB, socket string, o ServerOptions, limits Limits) (*Server, *fakeHub, func()) {
	t.Helper()
	hub := newFakeHub()
	if o.Service == nil {
		o.Service = func(p Peer) object.Service { return &fakeStore{peer: p, hub: hub} }
	}
	if o.LogonDelay == 0 {
		o.LogonDelay = time.Millisecond
	}
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, ln, limits) }()
	var once sync.Once
	stop := func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("serve: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return server, hub, stop
}

func newFixture(t testing.TB, o ServerOptions) *fixture {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	server, hub, stop := startServer(t, socket, o, Limits{})
	client, err := Dial(DialOptions{Socket: socket})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return &fixture{server: server, client: client, hub: hub, socket: socket, stop: stop}
}

func (f *fixture) logon(t testing.TB, req object.LogonRequest) object.Session {
	t.Helper()
	s, err := f.client.Logon(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
