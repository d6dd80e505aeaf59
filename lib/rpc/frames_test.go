// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func TestUnary(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	s := f.logon(t, object.LogonRequest{Role: object.RoleAdmin, User: "root"})
	if got := s.Whoami(); got.Role != object.RoleAdmin || got.User != "root" {
		t.Errorf("whoami: %+v", got)
	}
	resp, err := s.FolderStates(t.Context(), object.FolderStatesRequest{Folders: []mapi.ID{5, 6}})
	if err != nil || len(resp.Folders) != 2 || resp.Folders[1].Folder != 6 || resp.Folders[0].Change != 1<<40 {
		t.Errorf("folder states: %+v, %v", resp, err)
	}
	_, err = s.FolderStates(t.Context(), object.FolderStatesRequest{Folders: []mapi.ID{404}})
	if !errors.Is(err, mapi.NotFound) || err.Error() != "find folder 0x194: not found" {
		t.Errorf("error of the server: %v", err)
	}
	if _, err = s.GetStore(t.Context(), object.GetStoreRequest{}); !errors.Is(err, mapi.GeneralFailure) {
		t.Errorf("call that panics: %v", err)
	}
	if err := s.Logoff(t.Context()); err != nil {
		t.Errorf("logoff: %v", err)
	}
	if _, err = s.FolderStates(t.Context(), object.FolderStatesRequest{}); !errors.Is(err, mapi.EndOfSession) {
		t.Errorf("call after logoff: %v", err)
	}
	if n := f.server.Sessions(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

func TestLogonFails(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	_, err := f.client.Logon(t.Context(), object.LogonRequest{Role: object.RoleUser, User: "anna", Password: "wrong"})
	if !errors.Is(err, mapi.LogonFailed) {
		t.Errorf("logon: %v", err)
	}
}

func TestStream(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	s := f.logon(t, object.LogonRequest{Role: object.RoleAdmin})
	for _, tc := range []struct {
		name  string
		rows  int
		stop  int // rows after which the consumer has enough; 0: never
		fails bool
	}{
		{name: "empty"},
		{name: "one row", rows: 1},
		{name: "many frames", rows: 50_000},
		{name: "stopped at once", rows: 50_000, stop: 1},
		{name: "stopped late", rows: 50_000, stop: 40_000},
		{name: "stopped at the end", rows: 10, stop: 10},
		{name: "error behind rows", rows: 100, fails: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			req := object.QueryRequest{Limit: tc.rows}
			if tc.fails {
				req.Offset = -1
			}
			n := 0
			var failed error
			for row, err := range s.Query(t.Context(), req) {
				if failed = err; err != nil {
					break
				}
				if n == 7 && row.Text(tag.Subject) != "row 7" {
					t.Errorf("row 7 is %q", row.Text(tag.Subject))
				}
				if n++; n == tc.stop {
					break
				}
			}
			want := tc.rows
			if tc.stop > 0 {
				want = tc.stop
			}
			if n != want || errors.Is(failed, mapi.InvalidParameter) != tc.fails {
				t.Errorf("%d rows, error %v", n, failed)
			}
		})
	}
}

// TestStreamsWait has each row of a slow stream come while the producer waits, however
// many streams the connection had before.
func TestStreamsWait(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	s := f.logon(t, object.LogonRequest{Role: object.RoleAdmin})
	for stream := range 5 {
		n := 0
		for _, err := range s.Query(t.Context(), object.QueryRequest{Limit: stream, Offset: 777}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			f.hub.step <- struct{}{}
		}
		if n != stream {
			t.Errorf("stream %d has %d rows", stream, n)
		}
		for range s.Query(t.Context(), object.QueryRequest{Limit: 1}) { // is over at once
		}
	}
}

func TestStreamOfLargeChunks(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	s := f.logon(t, object.LogonRequest{Role: object.RoleAdmin})
	var got int64
	for c, err := range s.Read(t.Context(), object.ReadRequest{Items: []object.ReadItem{{Length: 5 << 20}, {Length: 100}}}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Data) > 0 && c.Data[len(c.Data)-1] != byte(c.Item) {
			t.Fatal("bytes of another item")
		}
		got += int64(len(c.Data))
	}
	if got != 5<<20+100 {
		t.Errorf("%d bytes", got)
	}
}

func TestUpload(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	s := f.logon(t, object.LogonRequest{Role: object.RoleAdmin})
	for _, size := range []int{0, 1, uploadFrame, uploadFrame + 1, 3 << 20} {
		content := bytes.Repeat([]byte("x"), size)
		id, err := s.Upload(t.Context(), object.UploadRequest{Size: -1}, bytes.NewReader(content))
		if err != nil || id != sha256.Sum256(content) {
			t.Errorf("upload of %d bytes: %x, %v", size, id, err)
		}
	}
	_, err := s.Upload(t.Context(), object.UploadRequest{Size: 13}, bytes.NewReader(make([]byte, 3<<20)))
	if !errors.Is(err, mapi.StoreFull) {
		t.Errorf("upload that the server refuses: %v", err)
	}
	cause := errors.New("disk trouble")
	_, err = s.Upload(t.Context(), object.UploadRequest{}, failingReader{cause})
	if !errors.Is(err, cause) {
		t.Errorf("upload whose content fails: %v", err)
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

func TestSaveInline(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	s := f.logon(t, object.LogonRequest{Role: object.RoleAdmin})
	resp, err := s.SaveMessages(t.Context(), object.SaveMessagesRequest{Messages: []object.NewMessage{{
		Props:   mapi.Props{{Tag: tag.Subject, Value: mapi.String("hello")}},
		Content: []object.Segment{{Inline: make([]byte, 5<<20), Size: 5 << 20}},
	}}})
	if err != nil || resp.Saved[0].ID != 5<<20 || resp.Saved[0].UID != 1 {
		t.Errorf("save: %+v, %v", resp, err)
	}
}

func TestWatch(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	s := f.logon(t, object.LogonRequest{Role: object.RoleAdmin})
	n := 0
	for e, err := range s.Watch(t.Context(), object.WatchRequest{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 && e.Kind != object.EventStarted || n > 0 && e.Change != mapi.Change(n) {
			t.Fatalf("event %d is %+v", n, e)
		}
		if n++; n == 5 {
			break
		}
		f.hub.publish(object.Event{Kind: object.EventContents, Change: mapi.Change(n)})
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range s.Watch(ctx, object.WatchRequest{}) {
		last = err
		cancel()
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("watch that was cancelled ends with %v", last)
	}
}

// TestRestart takes the server away under a client.
func TestRestart(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	service := f.logon(t, object.LogonRequest{Role: object.RoleSpool})
	user := f.logon(t, object.LogonRequest{Role: object.RoleUser, User: "anna", Password: "secret"})
	watching := make(chan struct{})
	events := make(chan object.Event, 10)
	userEnd := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for e, err := range service.Watch(ctx, object.WatchRequest{}) {
			if err == nil {
				events <- e
			}
		}
		close(watching)
	}()
	go func() {
		for _, err := range user.Watch(ctx, object.WatchRequest{}) {
			if err != nil {
				userEnd <- err
			}
		}
	}()
	if e := <-events; e.Kind != object.EventStarted {
		t.Fatalf("first event %+v", e)
	}
	f.stop()
	_, hub, _ := startServer(t, f.socket, ServerOptions{}, Limits{})
	if e := <-events; e.Kind != object.EventCatchUp {
		t.Fatalf("event after the restart %+v", e)
	}
	hub.publish(object.Event{Kind: object.EventSubmitted})
	if e := <-events; e.Kind != object.EventSubmitted {
		t.Fatalf("event of the new server %+v", e)
	}
	if _, err := service.FolderStates(t.Context(), object.FolderStatesRequest{}); err != nil {
		t.Errorf("service session after the restart: %v", err)
	}
	if _, err := service.Upload(t.Context(), object.UploadRequest{}, bytes.NewReader(nil)); err != nil {
		t.Errorf("upload after the restart: %v", err)
	}
	if _, err := user.FolderStates(t.Context(), object.FolderStatesRequest{}); !errors.Is(err, mapi.EndOfSession) {
		t.Errorf("user session after the restart: %v", err)
	}
	if err := <-userEnd; !errors.Is(err, mapi.EndOfSession) {
		t.Errorf("user's watch after the restart: %v", err)
	}
	cancel()
	<-watching
}
