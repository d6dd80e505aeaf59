// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"testing"

	"twiga/lib/mapi/object"
	"twiga/lib/rpc"
	"twiga/lib/sysexits"
)

func TestDialStored(t *testing.T) {
	env := newEnv("test", &Common{Log: Log{Level: "info", Format: "text"}}, io.Discard)
	socket := filepath.Join(t.TempDir(), "store.sock")
	access := StoreAccess{StoreSocket: "unix:" + socket}
	for _, bad := range []string{"tcp:127.0.0.1:1", "nowhere"} {
		wrong := StoreAccess{StoreSocket: bad}
		if _, err := env.DialStored(wrong); sysexits.Code(err) != sysexits.Config || wrong.Check() == nil {
			t.Errorf("dial %s: %v", bad, err)
		}
	}
	client, err := env.DialStored(access)
	if err != nil {
		t.Fatalf("dial while nobody listens: %v", err)
	}

	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := rpc.NewServer(rpc.ServerOptions{Service: func(rpc.Peer) object.Service { return nil }})
	serving, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Serve(serving, ln, rpc.Limits{}) }()
	if err := client.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
