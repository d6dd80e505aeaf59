// SPDX-License-Identifier: AGPL-3.0-or-later

package admin_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// submit puts a message into a user's outgoing queue.
func submit(t *testing.T, e *store.Engine, user string) {
	t.Helper()
	s := storetest.Logon(t, e, user)
	st, err := s.GetStore(t.Context(), object.GetStoreRequest{})
	if err != nil {
		t.Fatal(err)
	}
	mail := object.NewMessage{Recipients: []mapi.Props{{{Tag: tag.EmailAddress, Value: mapi.String("bert@example.org")}}}}
	r, err := s.SaveMessages(t.Context(), object.SaveMessagesRequest{Folder: st.SpecialFolder(object.KindOutbox), Messages: []object.NewMessage{mail}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Submit(t.Context(), object.SubmitRequest{Message: r.Saved[0].ID}); err != nil {
		t.Fatal(err)
	}
}

func TestQueueList(t *testing.T) {
	e := storetest.Open(t)
	out, exit, err := run(t, dialer(e), "", "queue", "list", "--json")
	if exit != 0 || strings.TrimSpace(out) != "[]" {
		t.Fatalf("empty queue: %s %v", out, err)
	}
	submit(t, e, "anna")
	out, exit, err = run(t, dialer(e), "", "queue", "list", "--json")
	if exit != 0 {
		t.Fatal(err)
	}
	var entries []struct {
		Owner    string
		Attempts int
		Settled  []string
	}
	if err := json.Unmarshal([]byte(out), &entries); err != nil || len(entries) != 1 || entries[0].Owner != "anna@example.test" || entries[0].Settled == nil {
		t.Fatalf("%s: %v", out, err)
	}
	if out, exit, err = run(t, dialer(e), "", "queue", "list"); exit != 0 || !strings.Contains(out, "anna@example.test") {
		t.Fatalf("%s: %v", out, err)
	}
}

// TestQueueEntry shows, tries again and takes out what waits.
func TestQueueEntry(t *testing.T) {
	e := storetest.Open(t)
	submit(t, e, "anna")
	spool := storetest.As(t, e, object.RoleSpool)
	var entry object.QueueEntry
	for q, err := range spool.Outgoing(t.Context(), object.OutgoingRequest{}) {
		if err != nil {
			t.Fatal(err)
		}
		entry = q
	}
	id := entry.Message.String()
	says := func(want string, exit int, args ...string) {
		t.Helper()
		out, got, err := run(t, dialer(e), "", append([]string{"queue"}, args...)...)
		if err != nil {
			out += err.Error()
		}
		if got != exit || !strings.Contains(out, want) {
			t.Errorf("%v: exit %d, %s; want %d, %s", args, got, out, exit, want)
		}
	}
	later := func(done ...string) {
		t.Helper()
		_, err := spool.FinishSubmit(t.Context(), object.FinishSubmitRequest{Store: entry.Store, Message: entry.Message,
			Outcome: object.OutcomeRetry, Next: time.Now().Add(time.Hour), Reason: "host is away", Done: done})
		if err != nil {
			t.Fatal(err)
		}
	}
	says("bert@example.org waits", 0, "show", id)
	says("due already, nothing was changed", 0, "retry", id)
	later()
	says("host is away", 0, "show", id, "--user", "anna")
	says("is due now", 0, "retry", id)
	says(`"attempts": 0`, 0, "show", id, "--json")
	later("bert@example.org")
	says("bert@example.org settled", 0, "show", id)
	says("1 recipients are settled, nothing was changed", 65, "retry", id)
	says("not found", 67, "show", id, "--user", "bert")
	says("not found", 67, "remove", "0xfffff")
	says("a number as queue list shows it", 64, "show", "x")
	says(`"owner": "anna@example.test"`, 0, "remove", id, "--json")
	says("not found", 67, "remove", id)
	submit(t, e, "anna")
	submit(t, e, "bert")
	says("stays in the Outbox", 0, "remove", next(t, spool, "bert@example.test"), "--user", "bert")
	says("anna@example.test", 0, "list")
}

// next is a message of a user in the queue.
func next(t *testing.T, s object.Session, owner string) string {
	t.Helper()
	for q, err := range s.Outgoing(t.Context(), object.OutgoingRequest{}) {
		if err != nil {
			t.Fatal(err)
		}
		if q.Owner == owner {
			return q.Message.String()
		}
	}
	t.Fatalf("%s has nothing in the queue", owner)
	return ""
}
