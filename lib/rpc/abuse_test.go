// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"errors"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// A client that begins watches in vain and takes no answers is cut off before
// the answers fill the memory.
func TestSubscribeFlood(t *testing.T) {
	e := &serverEvents{wake: make(chan struct{}, 1), l: &serverLink{door: &door{Server: NewServer(ServerOptions{})}}}
	n := 0
	var err error
	for ; err == nil && n <= maxSubscriptions; n++ {
		err = e.begin(t.Context(), uint64(n), callHeader{}, nil)
	}
	if !errors.Is(err, mapi.NotEnoughResources) || len(e.ended) > maxSubscriptions {
		t.Errorf("%d watches, %d answers wait: %v", n, len(e.ended), err)
	}
}

// A gateway that crashes leaves no goroutine and, after the grace time, no
// session.
func TestCrashedClient(t *testing.T) {
	f := newFixture(t, ServerOptions{Grace: 1})
	first := f.logon(t, object.LogonRequest{Role: object.RoleAdmin}) // warm
	before := runtime.NumGoroutine()
	for range 20 {
		c, err := Dial(DialOptions{Socket: f.socket})
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.Logon(t.Context(), object.LogonRequest{Role: object.RoleAdmin})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range s.Watch(t.Context(), object.WatchRequest{}) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		_ = c.Close() // without logging off
	}
	over := func() bool {
		end(t.Context(), f.server.sessions.sweep(time.Now().Add(time.Second), time.Hour, 1))
		return f.server.Sessions() == 1 && runtime.NumGoroutine() <= before+2
	}
	for deadline := time.Now().Add(10 * time.Second); !over() && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	if !over() || first.Whoami().Role != object.RoleAdmin {
		t.Errorf("%d sessions; %d goroutines, %d before", f.server.Sessions(), runtime.NumGoroutine(), before)
	}
}

// A client that does not take its stream keeps no place from others.
func TestStalledStream(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	startServer(t, socket, ServerOptions{}, Limits{MaxCalls: 1, CallWait: 2 * time.Second})
	c, err := Dial(DialOptions{Socket: socket})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	s, err := c.Logon(t.Context(), object.LogonRequest{Role: object.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range s.Query(t.Context(), object.QueryRequest{Limit: 1_000_000}) {
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Ping(t.Context()); err != nil {
			t.Errorf("ping beside a stalled stream: %v", err)
		}
		break
	}
}

// Who has no session makes the server read nothing large.
func TestSOAPStranger(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	large := strings.Repeat("x", 1<<20)
	for name, tc := range map[string]struct {
		body string
		want mapi.Code
	}{
		"logon":      {"<Logon><Role>8</Role><Program>" + large + "</Program></Logon>", mapi.TooBig},
		"no session": {"<GetStore><User>" + large + "</User></GetStore>", mapi.EndOfSession},
		"header":     {"", mapi.TooBig},
	} {
		header := ""
		if tc.body == "" {
			header = "<s:Header><Request>" + large + "</Request></s:Header>"
		}
		if status, text := f.post(t, envelope(header, tc.body)); status != http.StatusInternalServerError || !strings.Contains(text, tc.want.Name()) {
			t.Errorf("%s: %d %.300s", name, status, text)
		}
	}
	status, text := f.post(t, envelope(f.soapHeader(t), "<FolderStates>"+strings.Repeat("<Folders>5</Folders>", 10_000)+"</FolderStates>"))
	if status != http.StatusOK {
		t.Errorf("with a session: %d %.300s", status, text)
	}
}
