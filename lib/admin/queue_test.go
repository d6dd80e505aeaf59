// SPDX-License-Identifier: AGPL-3.0-or-later

package admin_test

import (
	"encoding/json"
	"strings"
	"testing"

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
