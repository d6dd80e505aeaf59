// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/rpc"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// engines are the real stores: in process and over the RPC.
var engines = map[string]func(testing.TB) object.Service{
	"engine": func(tb testing.TB) object.Service { return openEngine(tb) },
	"rpc":    func(tb testing.TB) object.Service { return overRPC(tb, openEngine(tb)) },
}

func openEngine(tb testing.TB) object.Service {
	tb.Helper()
	e := storetest.OpenDir(tb, tb.TempDir(), store.Options{})
	_, err := storetest.As(tb, e, object.RoleAdmin).CreateUser(tb.Context(), object.CreateUserRequest{
		User: directory.User{Name: "anna", Language: "de"}, Password: storetest.Password,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return e.As(store.Peer{Roles: []object.Role{object.RoleGateway}, Name: "test"})
}

func overRPC(tb testing.TB, service object.Service) object.Service {
	tb.Helper()
	socket := filepath.Join(tb.TempDir(), "s")
	tb.Cleanup(serveRPC(tb, socket, service))
	client, err := rpc.Dial(rpc.DialOptions{Socket: socket})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = client.Close() })
	return client
}

// serveRPC serves a store on a socket until it is told to stop.
func serveRPC(tb testing.TB, socket string, service object.Service) (stop func()) {
	tb.Helper()
	ln, err := net.Listen("unix", socket)
	if err != nil {
		tb.Fatal(err)
	}
	server := rpc.NewServer(rpc.ServerOptions{Service: func(rpc.Peer) object.Service { return service }, Drain: time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, ln, rpc.Limits{}) }()
	return func() {
		cancel()
		<-done
	}
}

// TestStoreRestart: clients whose session is lost are told BYE, also in IDLE,
// and log in again.
func TestStoreRestart(t *testing.T) {
	service := openEngine(t)
	socket := filepath.Join(t.TempDir(), "s")
	stop := serveRPC(t, socket, service)
	client, err := rpc.Dial(rpc.DialOptions{Socket: socket, Wait: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	r := newRig(t, client)
	idle, busy := r.client(t), r.client(t)
	for _, c := range []*imaptest.Client{idle, busy} {
		c.OK("%s", spell("APPEND INBOX "+letter))
		c.OK("SELECT INBOX")
	}
	idle.OK("NOOP")
	idle.Idle()
	stop()
	if res := busy.Cmd("UID FETCH 1 BODY.PEEK[]"); res.Status != "NO" || !strings.HasPrefix(res.Text, "[UNAVAILABLE]") {
		t.Errorf("FETCH while the store is away: %s", res)
	}
	defer serveRPC(t, socket, service)()
	idle.Expect("* BYE [UNAVAILABLE] ...")
	busy.Send("x NOOP\r\n")
	busy.Expect("* BYE [UNAVAILABLE] ...")
	again := r.client(t)
	lines := again.OK("SELECT INBOX")
	if !slices.Contains(lines, "2 EXISTS") {
		t.Errorf("SELECT told %q", lines)
	}
	tag := again.Idle()
	r.client(t).OK("%s", spell("APPEND INBOX "+letter))
	again.Expect("* 3 EXISTS")
	again.Expect("* ... RECENT")
	again.Done(tag)
}
