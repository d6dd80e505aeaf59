// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store/storetest"
)

// TestIdle has two clients see what the other does while they idle.
func TestIdle(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		r := newRig(t, service)
		one, two := r.client(t), r.client(t)
		one.OK("%s", spell("APPEND INBOX "+letter))
		one.OK("SELECT INBOX")
		two.OK("SELECT INBOX")
		tag := one.Idle()
		start := time.Now()
		two.OK("%s", spell("APPEND INBOX "+letter))
		one.Expect("* 2 EXISTS")
		one.Expect("* ... RECENT")
		two.OK(`STORE 1 +FLAGS (\Flagged \Deleted)`)
		one.Expect(`* 1 FETCH (UID 1 FLAGS (\Flagged \Deleted...))`)
		two.OK("EXPUNGE")
		one.Expect("* 1 EXPUNGE")
		if took := time.Since(start); took > time.Second {
			t.Errorf("news took %s", took)
		}
		if res := one.Done(tag); res.Status != "OK" || len(res.Untagged) > 0 {
			t.Errorf("DONE: %+v", res)
		}
	})
}

// TestSelectedMailboxDeleted: who has the mailbox open is told BYE.
func TestSelectedMailboxDeleted(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		r := newRig(t, service)
		one, two := r.client(t), r.client(t)
		one.OK("CREATE box")
		one.OK("SELECT box")
		one.Idle()
		two.OK("DELETE box")
		one.Expect("* BYE [UNAVAILABLE] Mailbox was deleted")
	})
}

// TestAnsweredBeforeBye: what was done is answered, though the mailbox is gone
// in which the client was.
func TestAnsweredBeforeBye(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		r := newRig(t, service)
		one, two := r.client(t), r.client(t)
		one.OK("CREATE box")
		one.OK("SELECT box")
		two.OK("DELETE box")
		if got := one.OK("%s", spell("APPEND INBOX "+letter)); len(got) > 0 {
			t.Errorf("APPEND told %q", got)
		}
		one.Expect("* BYE [UNAVAILABLE] Mailbox was deleted")
	})
}

// TestSelectedMailboxGone: a mailbox that was deleted by way of another gateway,
// of which no event told yet, is not taken for the target of a command.
func TestSelectedMailboxGone(t *testing.T) {
	for _, command := range []string{"COPY 1 INBOX", "MOVE 1 INBOX", "REPLACE 1 INBOX {5+}\r\nA: b\n", `STORE 1 +FLAGS (\Seen)`} {
		store := newMemStore()
		store.quiet = true
		one, two := newRig(t, store).client(t), newRig(t, store).client(t)
		two.OK("CREATE box")
		two.OK("%s", spell("APPEND box "+letter))
		one.OK("SELECT box")
		two.OK("DELETE box")
		if res := one.Cmd("%s", command); res.Status != "BYE" {
			t.Errorf("%s: %s", command, res)
		}
	}
}

// TestStoreAway: while the store is away commands say so; the views are read
// when it is back; sessions that it does not know any more are told BYE.
func TestStoreAway(t *testing.T) {
	store := newMemStore()
	r := newRig(t, store)
	one, two := r.client(t), r.client(t)
	one.OK("%s", spell("APPEND INBOX "+letter))
	for _, c := range []interface {
		OK(string, ...any) []string
	}{one, two} {
		c.OK("SELECT INBOX")
		c.OK("NOOP")
	}
	store.setDown(mapi.NetworkError)
	if res := one.Cmd("STORE 1 +FLAGS (\\Seen)"); !strings.HasPrefix(res.String(), "NO [UNAVAILABLE]") {
		t.Errorf("STORE while the store is away: %s", res)
	}
	if res := one.Cmd("NOOP"); !strings.HasPrefix(res.String(), "NO [UNAVAILABLE]") {
		t.Errorf("NOOP while the store is away: %s", res)
	}
	if res := r.clientTry(t); !strings.HasPrefix(res, "NO [UNAVAILABLE]") {
		t.Errorf("LOGIN while the store is away: %s", res)
	}
	store.setDown(0)
	if lines := one.OK("STORE 1 +FLAGS (\\Seen)"); len(lines) == 0 {
		t.Error("STORE told nothing")
	}
	two.OK("NOOP")
	tag := two.Idle()
	_ = tag
	store.setDown(mapi.EndOfSession)
	two.Expect("* BYE [UNAVAILABLE] ...")
	one.Send("x NOOP\r\n")
	one.Expect("* BYE [UNAVAILABLE] ...")
	store.setDown(0)
	r.client(t).OK("SELECT INBOX")
}

// clientTry gives the answer to a login.
func (r *rig) clientTry(t *testing.T) string {
	c := newRaw(t, r)
	return c.Cmd("LOGIN anna@example.test secret").String()
}

// TestWithoutEvents: what another client did is seen by the next poll even if
// the store has no watch.
func TestWithoutEvents(t *testing.T) {
	store := newMemStore()
	r := newRig(t, store)
	one, two := r.client(t), r.client(t)
	store.mu.Lock()
	store.quiet = true
	store.mu.Unlock()
	one.OK("SELECT INBOX")
	two.OK("%s", spell("APPEND INBOX "+letter))
	if lines := one.OK("NOOP"); len(lines) == 0 || lines[0] != "1 EXISTS" {
		t.Errorf("NOOP told %q", lines)
	}
	two.OK("%s", spell("APPEND INBOX "+letter))
	if lines := one.OK("SELECT INBOX"); !strings.Contains(strings.Join(lines, "\n"), "2 EXISTS") {
		t.Errorf("SELECT told %q", lines)
	}
}

// TestLimits refuses the connections that are too many.
func TestLimits(t *testing.T) {
	var refused []string
	r := newRig(t, newMemStore(), func(c *Config) {
		c.UserConns = 2
		c.Hooks.Refused = func(reason string) { refused = append(refused, reason) }
	})
	one := r.client(t)
	r.client(t)
	if res := r.clientTry(t); !strings.HasPrefix(res, "NO [LIMIT]") {
		t.Errorf("third login: %s", res)
	}
	one.OK("LOGOUT")
	one.ExpectClosed()
	for range 100 {
		if res := r.clientTry(t); strings.HasPrefix(res, "OK") {
			return
		}
		time.Sleep(time.Millisecond) // the server has still to notice
	}
	t.Error("no login after a logout")
}

// TestLoginFails answers a wrong user and a wrong password alike.
func TestLoginFails(t *testing.T) {
	r := newRig(t, newMemStore())
	c := newRaw(t, r)
	for _, command := range []string{"LOGIN anna wrong", "AUTHENTICATE PLAIN AGFubmEAd3Jvbmc="} {
		if res := c.Cmd("%s", command); res.String() != "NO [AUTHENTICATIONFAILED] Authentication failed" {
			t.Errorf("%s: %s", command, res)
		}
	}
	if res := c.Cmd("AUTHENTICATE PLAIN Ym9iAGFubmEAc2VjcmV0"); !strings.HasPrefix(res.String(), "NO [AUTHORIZATIONFAILED]") {
		t.Errorf("acting for another: %s", res)
	}
	if res := c.Cmd("AUTHENTICATE PLAIN AGFubmEAc2VjcmV0"); res.Status != "OK" {
		t.Errorf("right password: %s", res)
	}
}

// TestSweep drops what nobody uses and ends the watch.
func TestSweep(t *testing.T) {
	store := newMemStore()
	r := newRig(t, store)
	c := r.client(t)
	c.OK("%s", spell("APPEND INBOX "+letter))
	c.OK("SELECT INBOX")
	if n := r.gw.rows.Load(); n != 1 {
		t.Errorf("%d rows counted", n)
	}
	r.gw.sweep(time.Now().Add(time.Hour))
	c.OK("FETCH 1 UID")
	c.OK("LOGOUT")
	c.ExpectClosed()
	eventually(func() bool {
		r.gw.mu.Lock()
		defer r.gw.mu.Unlock()
		return len(r.gw.users) == 0
	})
	r.gw.sweep(time.Now().Add(time.Hour))
	r.gw.mu.Lock()
	defer r.gw.mu.Unlock()
	if len(r.gw.boxes) != 0 || r.gw.rows.Load() != 0 {
		t.Errorf("%d mailboxes and %d rows left", len(r.gw.boxes), r.gw.rows.Load())
	}
}

// eventually waits for what is about to be so.
func eventually(so func() bool) bool {
	for range 5000 {
		if so() {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return false
}

// TestUnheard: of a mailbox that nobody has open any more one event is told,
// and who comes after it sees all that happened.
func TestUnheard(t *testing.T) {
	store := newMemStore()
	r := newRig(t, store)
	c := r.client(t)
	c.OK("SELECT INBOX")
	c.OK("LOGOUT")
	c.ExpectClosed()
	inbox := store.folders[0]
	arrive := func() (watchers int) {
		store.mu.Lock()
		defer store.mu.Unlock()
		m := store.add(inbox, []byte("Subject: x\r\n\r\n"), nil, 0, nil, time.Time{})
		store.tell(object.EventContents, inbox.id, m.Change)
		return len(store.watchers)
	}
	arrived := 0
	if !eventually(func() bool { arrived++; return arrive() == 0 }) {
		t.Error("the watch does not end")
	}
	if lines := strings.Join(r.client(t).OK("SELECT INBOX"), "\n"); !strings.Contains(lines, fmt.Sprintf("%d EXISTS", arrived)) {
		t.Errorf("SELECT after %d arrived told %s", arrived, lines)
	}
}

// TestShowAll shows the folders of other than mail, too.
func TestShowAll(t *testing.T) {
	c := newRig(t, newMemStore(), func(c *Config) { c.ShowAll = true }).client(t)
	lines := strings.Join(c.OK(`LIST "" %%`), "\n")
	for _, name := range []string{"Kalender", "Synchronisierungsprobleme"} {
		if !strings.Contains(lines, name) {
			t.Errorf("LIST lacks %s: %s", name, lines)
		}
	}
	c.OK("SELECT Kalender")
}

// TestViewRows drops the views that nobody has open when there are too many
// rows, and reads them anew.
func TestViewRows(t *testing.T) {
	r := newRig(t, newMemStore(), func(c *Config) { c.ViewRows = 1 })
	c := r.client(t)
	for range 3 {
		c.OK("%s", spell("APPEND INBOX "+letter))
	}
	c.OK("SELECT INBOX")
	c.OK("SELECT Archiv")
	r.gw.sweep(time.Now().Add(time.Minute))
	if n := r.gw.rows.Load(); n != 0 {
		t.Errorf("%d rows left", n)
	}
	if lines := c.OK("SELECT INBOX"); !strings.Contains(strings.Join(lines, "\n"), "3 EXISTS") {
		t.Errorf("SELECT told %q", lines)
	}
}

// TestIdleWithoutTrip: who waits is told of a message that comes alone without a
// question to the store.
func TestIdleWithoutTrip(t *testing.T) {
	o := newOffice(t, func(_ testing.TB, s object.Service) object.Service { return s })
	counting := &countingService{Service: o.engineService()}
	one := newRig(t, counting).client(t)
	one.OK("SELECT INBOX")
	tag := one.Idle()
	deliverer := storetest.As(t, o.engine, object.RoleDelivery)
	store := storetest.Logon(t, o.engine, "anna").Whoami().Store
	var before int64
	for i := range 4 {
		_, err := deliverer.Deliver(t.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: store}}, Message: object.NewMessage{
			Content: []object.Segment{{Inline: []byte("Subject: x\r\n\r\ny\r\n"), Size: 17}}, Keywords: []string{"blue"}}})
		must(t, "deliver", err)
		if i == 0 {
			one.Expect("* FLAGS (... blue)")
		}
		one.Expect(fmt.Sprintf("* %d EXISTS", i+1))
		one.Expect("* ... RECENT")
		if n := counting.calls.Load(); i == 0 { // by now the events come
			before = n
		} else if n != before {
			t.Errorf("message %d took %d calls", i+1, n-before)
		}
	}
	one.Done(tag)
	if lines := one.OK("FETCH 4 FLAGS"); lines[0] != `4 FETCH (FLAGS (blue \Recent))` {
		t.Errorf("the last message is %q", lines)
	}
	if counting.calls.Load() == 0 {
		t.Error("the calls are not counted")
	}
}
