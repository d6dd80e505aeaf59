// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"twiga/lib/conv/mime/mimetest"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/proto/lines/linestest"
	proto "twiga/lib/proto/pop3"
	"twiga/lib/proto/pop3/pop3test"
	"twiga/lib/rpc"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

const letter = "From: a@example.test\r\nSubject: one\r\n\r\nfirst line\r\n.dot\r\nlast line\r\n"

func TestMaildrop(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		r := newRig(t, service)
		r.save(t, letter, strings.Replace(letter, "one", "two", 1))
		saved := r.saveProps(t, "three", "text\r\n.dot\r\n")
		c := r.client(t)
		var n, size int64
		_, err := fmt.Sscan(c.OK("STAT"), &n, &size)
		must(t, "STAT", err)
		list, uidl := c.Multi("LIST"), c.Multi("UIDL")
		if n != 3 || len(list) != 3 || len(uidl) != 3 {
			t.Fatalf("%d messages, LIST %q, UIDL %q", n, list, uidl)
		}
		for i := range list {
			body := c.Get("RETR " + strconv.Itoa(i+1))
			size -= int64(len(body))
			if want := fmt.Sprintf("%d %d", i+1, len(body)); list[i] != want {
				t.Errorf("LIST has %q, RETR gives %q", list[i], want)
			}
			if i < 2 && body != strings.Replace(letter, "one", []string{"one", "two"}[i], 1) {
				t.Errorf("RETR %d: %q", i+1, body)
			}
			if i == 2 && (!strings.Contains(body, "Subject: three\r\n") || !strings.Contains(body, "\r\n.dot\r\n")) {
				t.Errorf("RETR %d: %q", i+1, body)
			}
			if got := c.OK("UIDL " + strconv.Itoa(i+1)); got != uidl[i] {
				t.Errorf("UIDL %d: %q, in the list %q", i+1, got, uidl[i])
			}
		}
		if size != 0 {
			t.Errorf("STAT is %d octets off", size)
		}
		if got := c.Get("TOP 1 1"); got != "From: a@example.test\r\nSubject: one\r\n\r\nfirst line\r\n" {
			t.Errorf("TOP 1 1: %q", got)
		}
		if got := c.Get("TOP 3 0"); !strings.HasSuffix(got, "\r\n\r\n") || strings.Contains(got, "dot") {
			t.Errorf("TOP 3 0: %q", got)
		}
		c.OK("QUIT")
		if flags := r.flags(t); len(flags) != 3 || flags[saved.UID]&object.FlagSeen == 0 {
			t.Errorf("after QUIT: %v", flags)
		}
		again := r.client(t)
		if got := again.Multi("UIDL"); !slices.Equal(got, uidl) {
			t.Errorf("UIDL %q, before %q", got, uidl)
		}
		if got := again.Multi("LIST"); !slices.Equal(got, list) {
			t.Errorf("LIST %q, before %q", got, list)
		}
	})
}

// TestExact gets back all of the corpus, pipelined, byte for byte.
func TestExact(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		r := newRig(t, service)
		bodies := []string{
			"", "no header", "A: b\n\nbare LF\n.\n..\n", "A: b\r\n\r\n.\r\n", "Subject: gr\xc3\xbc\xc3\x9fe\r\n\r\n\x00\xff\r\n",
			"A: b\r\n\r\n" + strings.Repeat("0123456789abcdef\r\n", 200_000),
		}
		for _, m := range mimetest.Corpus() {
			bodies = append(bodies, string(m.Data))
		}
		r.save(t, bodies...)
		c := r.client(t)
		list := c.Multi("LIST")
		var all strings.Builder
		for i := range bodies {
			fmt.Fprintf(&all, "RETR %d\r\nTOP %d 3\r\n", i+1, i+1)
		}
		go c.TrySend(all.String())
		for i, want := range bodies {
			if want != "" && !strings.HasSuffix(want, "\r\n") {
				want += "\r\n"
			}
			if list[i] != fmt.Sprintf("%d %d", i+1, len(want)) {
				t.Errorf("LIST has %q, RETR gives %d octets", list[i], len(want))
			}
			c.Expect(fmt.Sprintf("+OK %d octets", len(want)))
			got := c.Body()
			if got != want {
				t.Fatalf("RETR %d: %d octets, want %d", i+1, len(got), len(want))
			}
			c.Expect("+OK Top ...")
			if top := c.Body(); !begins(got, top) {
				t.Errorf("TOP %d: %q", i+1, top)
			}
		}
		for _, command := range []string{"RETR %d", "TOP %d 2"} { // one by one, so that they are read ahead
			for i, want := range bodies {
				if want != "" && !strings.HasSuffix(want, "\r\n") {
					want += "\r\n"
				}
				got := c.Get(fmt.Sprintf(command, i+1))
				if !begins(want, got) || command == "RETR %d" && got != want {
					t.Fatalf("%s %d: %d octets, the message has %d", command, i+1, len(got), len(want))
				}
			}
		}
		c.OK("QUIT")
		if n := r.gw.ahead.Load(); n != 0 {
			t.Errorf("%d octets are still held", n)
		}
		c = r.client(t)
		if i := slices.Index(bodies, bodies[5]) + 1; strings.Count(c.Get(fmt.Sprintf("TOP %d 50000", i)), "\n") != 50002 {
			t.Error("TOP of many lines is short")
		}
	})
}

// begins says whether TOP gave the beginning of a message; its last line has CRLF
// also where the message has LF alone.
func begins(whole, top string) bool {
	cut, ok := strings.CutSuffix(top, "\n\r\n")
	return strings.HasPrefix(whole, top) || ok && strings.HasPrefix(whole, cut+"\n")
}

// TestDeletion removes at QUIT and only there, in one call.
func TestDeletion(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		r := newRig(t, service)
		r.save(t, letter, letter, letter, letter, letter)
		lost := r.client(t)
		lost.OK("DELE 1")
		lost.OK("RETR 2")
		lost.Close()
		reset := r.relogin(t)
		reset.OK("DELE 1")
		reset.OK("RSET")
		reset.OK("QUIT")
		if flags := r.flags(t); len(flags) != 5 {
			t.Fatalf("left: %v", flags)
		}
		c := r.client(t)
		for _, n := range []string{"1", "2", "4"} {
			c.OK("DELE " + n)
		}
		c.Get("RETR 3")
		r.remove(t, 2) // another session was faster
		r.save(t, letter)
		c.OK("QUIT")
		flags := r.flags(t)
		if got := slices.Sorted(maps.Keys(flags)); !slices.Equal(got, []mapi.UID{3, 5, 6}) {
			t.Errorf("left: %v", got)
		}
		if flags[3]&object.FlagSeen == 0 || flags[5]&object.FlagSeen != 0 {
			t.Errorf("flags: %v", flags)
		}
	})
}

// relogin logs in as soon as a lost connection has given the maildrop free.
func (r *rig) relogin(t *testing.T) *pop3test.Client {
	t.Helper()
	deadline := time.Now().Add(linestest.Patience)
	c := pop3test.Dial(t, "tcp", r.address)
	c.Expect("+OK ...")
	for {
		c.OK("USER " + user)
		c.Send("PASS " + storetest.Password + "\r\n")
		line := c.ReadLine()
		if strings.HasPrefix(line, "+OK") {
			return c
		}
		if !strings.HasPrefix(line, "-ERR [IN-USE]") || time.Now().After(deadline) {
			t.Fatalf("login: %q", line)
		}
	}
}

func (r *rig) remove(t *testing.T, uid mapi.UID) {
	t.Helper()
	_, err := r.owner.DeleteMessages(t.Context(), object.DeleteMessagesRequest{
		Store: r.guid, Folder: r.inbox, UIDs: []mapi.UIDRange{{First: uid, Last: uid}}, Soft: true,
	})
	must(t, "delete", err)
}

// TestOthersAtWork: what another session removes is answered -ERR, what it
// adds is not seen.
func TestOthersAtWork(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		r := newRig(t, service, func(c *Config) { c.KeepUnread = true })
		r.save(t, letter, letter, letter)
		gone := r.saveProps(t, "gone", "text")
		c := r.client(t)
		c.Get("TOP 1 0")
		c.Get("TOP 2 0") // and the third with it
		r.remove(t, 3)
		c.Send("TOP 3 0\r\n")
		c.Expect("-ERR Message was removed by another session")
		r.remove(t, 2)
		r.remove(t, gone.UID)
		r.save(t, letter)
		if got := c.OK("STAT"); !strings.HasPrefix(got, "4 ") {
			t.Errorf("STAT: %q", got)
		}
		c.Send("RETR 1\r\nRETR 2\r\nTOP 2 0\r\nRETR 4\r\nRETR 1\r\n")
		c.Expect("+OK ...")
		c.Body()
		for range 3 {
			c.Expect("-ERR Message was removed by another session")
		}
		c.Expect("+OK ...")
		c.Body()
		c.OK("QUIT")
		for uid, f := range r.flags(t) {
			if f&object.FlagSeen != 0 {
				t.Errorf("message %d is marked as read", uid)
			}
		}
	})
}

// twoGateways are two on one store, as in two processes: each has an RPC client
// of its own.
func twoGateways(t *testing.T, service object.Service, change ...func(*Config)) (one, two *rig, crash func()) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	t.Cleanup(serveRPC(t, socket, service))
	var clients [2]*rpc.Client
	for i := range clients {
		var err error
		clients[i], err = rpc.Dial(rpc.DialOptions{Socket: socket})
		must(t, "dial", err)
		t.Cleanup(func() { _ = clients[i].Close() })
	}
	return newRig(t, clients[0], change...), newRig(t, clients[1], change...), func() { _ = clients[0].Close() }
}

// TestLock: a maildrop has one session, of whichever gateway.
func TestLock(t *testing.T) {
	one, two, _ := twoGateways(t, openEngine(t))
	for name, second := range map[string]*rig{"one gateway": one, "two gateways": two} {
		t.Run(name, func(t *testing.T) {
			n := 0
			pop3test.Run(t, `
		1< +OK ...
		1> USER anna
		1< +OK ...
		1> PASS wrong
		1< -ERR [AUTH] ...
		1> USER nobody
		1< +OK ...
		1> PASS secret
		1< -ERR [AUTH] ...
		1> AUTH PLAIN YmVydABhbm5hAHNlY3JldA==
		1< -ERR [AUTH] Acting for another user is not possible
		1> USER anna
		1< +OK ...
		1> PASS secret
		1< +OK 0 messages (0 octets)
		2< +OK ...
		2> USER anna@example.test
		2< +OK ...
		2> PASS secret
		2< -ERR [IN-USE] ...
		2> USER bert
		2< +OK ...
		2> PASS secret
		2< +OK 0 messages (0 octets)
		1> QUIT
		1< +OK ...
		1!
		3< +OK ...
		3> USER anna
		3< +OK ...
		3> PASS secret
		3< +OK ...
		3> QUIT
		3< +OK ...
		2> QUIT
		2< +OK ...`, func() *pop3test.Client {
				n++
				if n == 2 {
					return pop3test.Dial(t, "tcp", second.address)
				}
				return pop3test.Dial(t, "tcp", one.address)
			})
		})
	}
}

// TestLockOfTheGone: what held a maildrop gives it free when it goes, however
// that happens.
func TestLockOfTheGone(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, e *store.Engine, c *pop3test.Client, crash func()){
		"the connection is lost": func(_ *testing.T, _ *store.Engine, c *pop3test.Client, _ func()) { c.Close() },
		"the gateway crashes":    func(_ *testing.T, _ *store.Engine, _ *pop3test.Client, crash func()) { crash() },
		"an administrator ends the session": func(t *testing.T, e *store.Engine, _ *pop3test.Client, _ func()) {
			_, err := storetest.As(t, e, object.RoleAdmin).SetPassword(t.Context(), object.SetPasswordRequest{Name: user, New: storetest.Password})
			must(t, "set password", err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, store.Options{})
			one, two, crash := twoGateways(t, e.As(gatewayPeer))
			c := one.client(t)
			leave(t, e, c, crash)
			two.relogin(t)
		})
	}
}

// TestLoginDelay is counted by the store, over all gateways.
func TestLoginDelay(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	var lines logLines
	var refused []string
	one, two, _ := twoGateways(t, openEngineOf(t, store.Options{Now: func() time.Time { return now }}), func(c *Config) {
		c.LoginDelay, c.Logger = time.Minute, lines.logger()
		c.Hooks.Refused = func(reason string) { refused = append(refused, reason) }
	})
	c := one.client(t)
	if got := c.Multi("CAPA"); !slices.Contains(got, "LOGIN-DELAY 60") {
		t.Errorf("CAPA: %q", got)
	}
	c.OK("QUIT")
	c.ExpectClosed()
	now = now.Add(59 * time.Second)
	for _, r := range []*rig{one, two} {
		early := pop3test.Dial(t, "tcp", r.address)
		early.Expect("+OK ...")
		early.OK("USER anna")
		early.Send("PASS secret\r\n")
		early.Expect("-ERR [LOGIN-DELAY] ...")
		early.OK("QUIT")
		early.ExpectClosed()
	}
	now = now.Add(time.Second)
	two.client(t)
	if !slices.Equal(refused, []string{"delay", "delay"}) {
		t.Errorf("refused: %v", refused)
	}
	if n := strings.Count(lines.String(), "code="+string(codeLimit)+" "); n != 2 {
		t.Errorf("%d lines say so:\n%s", n, lines.String())
	}
}

// TestStoreRestart: a session whose store is gone is told so, and removes
// nothing.
func TestStoreRestart(t *testing.T) {
	service := openEngine(t)
	socket := filepath.Join(t.TempDir(), "s")
	stop := serveRPC(t, socket, service)
	client, err := rpc.Dial(rpc.DialOptions{Socket: socket, Wait: 300 * time.Millisecond})
	must(t, "dial", err)
	defer client.Close()
	var lines logLines
	r := newRig(t, client, func(c *Config) { c.Logger = lines.logger() })
	r.save(t, letter, letter)
	c := r.client(t)
	c.OK("DELE 1")
	stop()
	c.Send("RETR 2\r\n")
	c.Expect("-ERR [SYS/TEMP] ...")
	waiting := pop3test.Dial(t, "tcp", r.address)
	waiting.Expect("+OK ...")
	waiting.OK("USER bert")
	waiting.Send("PASS secret\r\n")
	waiting.Expect("-ERR [SYS/TEMP] ...")
	defer serveRPC(t, socket, service)()
	c.Send("QUIT\r\n")
	c.Expect("-ERR [SYS/TEMP] Messages marked as deleted were not removed")
	c.ExpectClosed()
	again := r.relogin(t)
	if got := again.OK("STAT"); !strings.HasPrefix(got, "2 ") {
		t.Errorf("STAT: %q", got)
	}
	if !strings.Contains(lines.String(), string(codeNoStore)) {
		t.Errorf("log: %s", lines.String())
	}
}

// TestNothingIsLeftOfClients has clients come and vanish in all states.
func TestNothingIsLeftOfClients(t *testing.T) {
	r := newRig(t, openEngine(t))
	r.save(t, letter)
	before := runtime.NumGoroutine()
	login := "USER anna\r\nPASS secret\r\n"
	leave := []string{"", "USER anna\r\nPASS wrong\r\n", login, login + "DELE 1\r\nRETR 1\r\n", login + "RETR 1\r\nQUIT\r\n"}
	for i := range 200 {
		c := pop3test.Dial(t, "tcp", r.address)
		c.Expect("+OK ...")
		c.Send(leave[i%len(leave)])
		c.Close()
	}
	ctx, cancel := context.WithTimeout(t.Context(), linestest.Patience)
	defer cancel()
	must(t, "shutdown", r.server.Shutdown(ctx))
	if n := r.gw.ahead.Load(); n != 0 {
		t.Errorf("%d bytes are read ahead", n)
	}
	for runtime.NumGoroutine() > before {
		if ctx.Err() != nil {
			t.Fatalf("%d goroutines, before %d", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
	if len(r.flags(t)) != 1 {
		t.Error("the message is gone")
	}
	newRig(t, r.service).client(t) // the maildrop is free
}

var _ proto.Backend = (*Gateway)(nil)
