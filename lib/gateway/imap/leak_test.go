// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"net"
	"runtime"
	"testing"
	"time"

	"twiga/lib/proto/imap/imaptest"
)

// TestNothingIsLeftOfClients has a thousand clients come and vanish in all
// states, and looks for what they left behind.
func TestNothingIsLeftOfClients(t *testing.T) {
	store := newMemStore()
	r := newRig(t, store)
	r.client(t).OK("%s", spell("APPEND INBOX "+letter))
	before := runtime.NumGoroutine()
	leave := []string{
		"", "a LOGIN {4}\r\n", "a LOGIN anna@example.test wrong\r\n", "a LOGIN anna@example.test secret\r\n",
		"a LOGIN anna@example.test secret\r\nb SELECT INBOX\r\n",
		"a LOGIN anna@example.test secret\r\nb SELECT INBOX\r\nc IDLE\r\n",
		"a LOGIN anna@example.test secret\r\nb APPEND INBOX {100+}\r\nabc",
		"a LOGIN anna@example.test secret\r\nb NOTIFY SET STATUS (personal (MessageNew MessageExpunge MailboxName))\r\n",
		"a LOGIN anna@example.test secret\r\nb SELECT INBOX\r\nc NOTIFY SET (selected (MessageNew (UID) MessageExpunge))\r\n",
		"a LOGIN anna@example.test secret\r\nb EXAMINE INBOX\r\nc FETCH 1 BODY[]\r\nd SEARCH TEXT x\r\n",
	}
	for i := range 1000 {
		nc, err := net.Dial("tcp", r.address)
		must(t, "dial", err)
		c := imaptest.New(t, nc)
		c.Expect("* OK ...")
		c.Send(leave[i%len(leave)])
		if i%3 == 0 {
			must(t, "linger", nc.(*net.TCPConn).SetLinger(0)) // by RST
		}
		must(t, "close", nc.Close())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	must(t, "shutdown", r.server.Shutdown(ctx))
	r.gw.sweep(time.Now().Add(time.Hour))
	r.gw.mu.Lock()
	if len(r.gw.users)+len(r.gw.boxes) != 0 || r.gw.rows.Load() != 0 {
		t.Errorf("left: users %v, mailboxes %v, %d rows", r.gw.users, r.gw.boxes, r.gw.rows.Load())
	}
	r.gw.mu.Unlock()
	left := func() (sessions, goroutines int) {
		store.mu.Lock()
		defer store.mu.Unlock()
		return len(store.sessions), runtime.NumGoroutine()
	}
	for {
		sessions, goroutines := left()
		if sessions == 0 && goroutines <= before {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("left: %d sessions with the store, %d goroutines of %d", sessions, goroutines, before)
		}
		runtime.Gosched()
	}
}
