// SPDX-License-Identifier: AGPL-3.0-or-later

package admin_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

type sessionRow struct {
	ID            uint64
	User, Program string
}

func TestSessions(t *testing.T) {
	e := storetest.Open(t)
	anna, bert := storetest.Logon(t, e, "anna"), storetest.Logon(t, e, "bert")
	list := func(args ...string) (rows []sessionRow) {
		t.Helper()
		out, exit, err := run(t, dialer(e), "", append([]string{"sessions", "list", "--json"}, args...)...)
		if exit != 0 {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(out), &rows); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		return rows
	}
	if rows := list("--program", "test"); len(rows) < 2 {
		t.Fatalf("sessions of the program: %v", rows)
	}
	rows := list("--user", "anna")
	if len(rows) != 1 || rows[0].User != "anna@example.test" {
		t.Fatalf("sessions of anna: %v", rows)
	}
	tests := []struct {
		name, want string
		exit       int
		args       []string
	}{
		{"nothing", "numbers are wanted", 64, nil},
		{"both", "numbers are wanted", 64, []string{"1", "--user", "anna"}},
		{"no number", "a number is wanted", 64, []string{"x"}},
		{"nobody's", "not found", 67, []string{"99999"}},
		{"no such user", "not found", 67, []string{"--user", "nobody"}},
		{"a number", "1 sessions ended", 0, []string{fmt.Sprint(rows[0].ID)}},
		{"ended already", "not found", 67, []string{fmt.Sprint(rows[0].ID)}},
		{"all of a user", "[]", 0, []string{"--user", "anna", "--json"}},
		{"of another", "1 sessions ended", 0, []string{"--user", "bert"}},
		{"not one's own", "0 sessions ended", 0, []string{"--program", "admin"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, exit, err := run(t, dialer(e), "", append([]string{"sessions", "kick"}, tt.args...)...)
			if err != nil {
				out += err.Error()
			}
			if exit != tt.exit || !strings.Contains(out, tt.want) {
				t.Errorf("exit %d: %s", exit, out)
			}
		})
	}
	for _, s := range []object.Session{anna, bert} {
		if _, err := s.GetStore(t.Context(), object.GetStoreRequest{}); mapi.CodeOf(err) != mapi.EndOfSession {
			t.Errorf("session goes on: %v", err)
		}
	}
	if out, exit, err := run(t, dialer(e), "", "sessions", "list"); exit != 0 || !strings.Contains(out, "admin") {
		t.Errorf("%s: %v", out, err)
	}
}

func TestStats(t *testing.T) {
	values := func() iter.Seq2[string, float64] {
		return func(yield func(string, float64) bool) {
			_ = yield("twiga_rpc_calls_total", 1e6) && yield("twiga_build", 0.5)
		}
	}
	e := storetest.OpenDir(t, t.TempDir(), store.Options{Statistics: values})
	for _, tt := range []struct {
		args []string
		want string
		exit int
	}{
		{nil, "NAME                   VALUE\ntwiga_build            0.5\ntwiga_rpc_calls_total  1000000\n", 0},
		{[]string{"rpc"}, "NAME                   VALUE\ntwiga_rpc_calls_total  1000000\n", 0},
		{[]string{"*build", "--json"}, "[\n  {\n    \"name\": \"twiga_build\",\n    \"value\": 0.5\n  }\n]\n", 0},
		{[]string{"a", "b"}, "", 64},
	} {
		out, exit, err := run(t, dialer(e), "", append([]string{"stats", "show"}, tt.args...)...)
		if out != tt.want || exit != tt.exit {
			t.Errorf("%v: exit %d, %v\n%s", tt.args, exit, err, out)
		}
	}
}

func TestTopOnce(t *testing.T) {
	e := storetest.Open(t)
	out, exit, err := run(t, dialer(e), "", "top", "--once", "--json")
	var look struct {
		Seconds  float64
		Sessions []sessionRow
	}
	if exit != 0 || json.Unmarshal([]byte(out), &look) != nil || len(look.Sessions) == 0 {
		t.Fatalf("%s: %v", out, err)
	}
	if out, _, err := run(t, dialer(e), "", "top", "--once", "--sort", "calls"); err != nil || !strings.Contains(out, "since they began") {
		t.Errorf("%s: %v", out, err)
	}
	for _, bad := range [][]string{{"--sort", "name"}, {"--interval", "1ms"}} {
		if _, exit, err := run(t, dialer(e), "", append([]string{"top", "--once"}, bad...)...); exit != 64 {
			t.Errorf("%v: exit %d: %v", bad, exit, err)
		}
	}
}
