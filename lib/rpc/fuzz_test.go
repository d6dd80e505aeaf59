// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"io"
	"net"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// FuzzFrame gives the server's framing any bytes: it answers or hangs up.
func FuzzFrame(f *testing.F) {
	hub := newFakeHub()
	close(hub.block)
	go func() { // folder 777 waits for nobody here
		for range hub.blocked {
		}
	}()
	s := NewServer(ServerOptions{MaxFrame: 1 << 20, Service: func(p Peer) object.Service { return &fakeStore{peer: p, hub: hub} }, LogonDelay: 1, Stall: time.Second})
	live, err := s.sessions.add(&fakeSession{store: &fakeStore{hub: hub}, ended: make(chan struct{})}, &object.LogonRequest{}, Peer{}, nil)
	if err != nil {
		f.Fatal(err)
	}
	live.id = sessionID{1}
	s.sessions.byID[live.id] = live
	call := func(op *operation, id sessionID, req any) []byte {
		l := &link{}
		l.begin()
		l.out = (&callHeader{session: id, timeout: time.Second, request: "r"}).append(l.out)
		l.out = op.request.Append(l.out, req)
		var sink sinkConn
		l.conn = &sink
		if err := l.send(frameCall, 0, op.number, nil); err != nil {
			f.Fatal(err)
		}
		return sink.b
	}
	f.Add(call(opPing.operation, sessionID{}, &object.Empty{}))
	f.Add(call(opLogon.operation, sessionID{}, &object.LogonRequest{Role: object.RoleAdmin}))
	f.Add(call(opFolderStates.operation, sessionID{1}, &object.FolderStatesRequest{Folders: []mapi.ID{1}}))
	f.Add(call(opQuery.operation, sessionID{1}, &object.QueryRequest{Limit: 3, Where: mapi.And{}}))
	f.Add(append(call(opUpload.operation, sessionID{1}, &object.UploadRequest{}), 1, 0, 0, 0, byte(frameData), flagLast, 0, 0, 'x'))
	f.Add([]byte{0, 0, 0, 0, byte(frameCancel), 0, 0, 0, 1, 0, 0, 0, byte(frameUnsubscribe), 0, 0, 0, 5})
	f.Add(append([]byte{16, 0, 0, 0, byte(frameLeave), 0, 0, 0}, make([]byte, 16)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := &door{Server: s, calls: newGate(10, time.Second), links: map[*serverLink]struct{}{}}
		ours, theirs := net.Pipe()
		done := make(chan struct{})
		go func() {
			d.serveLink(t.Context(), theirs, nil, Peer{}, clientID{})
			close(done)
		}()
		go func() { _, _ = io.Copy(io.Discard, ours) }()
		_, _ = ours.Write(b)
		_ = ours.Close()
		<-done
	})
}

// sinkConn keeps what is written.
type sinkConn struct {
	net.Conn
	b []byte
}

func (s *sinkConn) Write(b []byte) (int, error) {
	s.b = append(s.b, b...)
	return len(b), nil
}

// FuzzAnswer gives the client's framing any bytes.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, byte(frameResult), flagLast, 0, 0})
	f.Add([]byte{4, 0, 0, 0, byte(frameFailure), flagLast, 0, 0, 0x0f, 1, 4, 0x80})
	f.Add([]byte{0, 0, 0, 0, byte(frameBye), 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, op := range []*operation{opFolderStates.operation, opQuery.operation} {
			ours, theirs := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, theirs) }()
			go func() {
				_, _ = theirs.Write(b)
				_ = theirs.Close()
			}()
			l := &clientLink{link: newLink(ours, nil, 1<<20), left: new(left)}
			if op.kind == kindStream {
				_, _ = l.each(t.Context(), op, sessionID{}, op.newRequest(), op.newResult(), func() bool { return true })
			} else {
				_ = l.roundTrip(t.Context(), op, sessionID{}, op.newRequest(), op.newResult())
			}
			_ = ours.Close()
		}
	})
}
