// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twiga/lib/admin/command"
	"twiga/lib/admin/storectl"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
	"twiga/lib/sysexits"
)

// online reaches an engine as the administrator's socket shows it.
func online(e *store.Engine) storectl.Reach {
	return storectl.Reach{Dial: func(string) (object.Service, func() error, error) {
		peer := store.Peer{Roles: []object.Role{object.RoleAdmin, object.RoleGateway}, Name: "root"}
		return e.As(peer), func() error { return nil }, nil
	}}
}

// offline finds no stored, and opens the engine as the files.
func offline(e *store.Engine) storectl.Reach {
	r := online(e)
	dial := r.Dial
	return storectl.Reach{
		Dial: func(string) (object.Service, func() error, error) {
			return awayService{}, func() error { return nil }, nil
		},
		Open: func(context.Context, string) (object.Service, func() error, error) { return dial("") },
	}
}

type awayService struct{ object.Service }

func (awayService) Logon(context.Context, object.LogonRequest) (object.Session, error) {
	return nil, fmt.Errorf("connect: %w", mapi.NetworkError)
}

func run(t *testing.T, reach storectl.Reach, stdin string, args ...string) (out, notes string, exit int) {
	t.Helper()
	cmd := storectl.Command("twiga-storectl", "test", reach)
	var o, n bytes.Buffer
	cmd.SetOut(&o)
	cmd.SetErr(&n)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	if err != nil {
		fmt.Fprintln(&n, err)
	}
	return o.String(), n.String(), command.ExitCode(err)
}

func TestCheck(t *testing.T) {
	e := storetest.Open(t)
	tests := []struct {
		name  string
		reach storectl.Reach
		args  string
		exit  int
		out   string
		notes string
	}{
		{"all", online(e), "check", 0, "2 mailboxes checked by stored: 0 problems, 0 left\n", ""},
		{"repair and read", online(e), "check --all --repair --blobs", 0, "2 mailboxes", ""},
		{"one", online(e), "check --user anna", 0, "1 mailboxes", ""},
		{"nobody", online(e), "check --user nobody", sysexits.NoUser, "", "not found"},
		{"bad guid", online(e), "check --store x", sysexits.Usage, "", "guid"},
		{"both", online(e), "check --all --user anna", sysexits.Usage, "", "only one"},
		{"stored is down", offline(e), "check --json", 0, `"mode": "files"`, "stored does not answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, notes, exit := run(t, tt.reach, "", strings.Fields(tt.args)...)
			if exit != tt.exit || !strings.Contains(out, tt.out) || !strings.Contains(notes, tt.notes) {
				t.Errorf("exit %d\n%s\n%s", exit, out, notes)
			}
		})
	}
}

func TestSubmitAndDump(t *testing.T) {
	e := storetest.Open(t)
	file := filepath.Join(t.TempDir(), "mail")
	const mail = "From: anna@example.test\nTo: bert@example.test\nBcc: carl@example.test\nSubject: hello\n\ntext\n"
	if err := os.WriteFile(file, []byte(mail), 0o600); err != nil {
		t.Fatal(err)
	}
	out, notes, exit := run(t, online(e), storetest.Password+"\n", "submit", "--user", "anna", "--password-stdin", "--json", file)
	var got struct{ Message string }
	if err := json.Unmarshal([]byte(out), &got); err != nil || exit != 0 {
		t.Fatalf("exit %d: %v\n%s\n%s", exit, err, out, notes)
	}
	var queue []object.QueueEntry
	for q, err := range storetest.As(t, e, object.RoleSpool).Outgoing(t.Context(), object.OutgoingRequest{}) {
		if err != nil {
			t.Fatal(err)
		}
		queue = append(queue, q)
	}
	if len(queue) != 1 || queue[0].Message.String() != got.Message || queue[0].Address != "anna@example.test" {
		t.Errorf("queue %+v", queue)
	}
	out, notes, exit = run(t, online(e), "", "dump", "--user", "anna", got.Message, "--json")
	var d struct {
		Properties map[string]any
		Recipients []map[string]any
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || exit != 0 || d.Properties[tag.Name(tag.Subject)] != "hello" || len(d.Recipients) != 2 {
		t.Errorf("exit %d: %v\n%s\n%s", exit, err, out, notes)
	}
	out, notes, exit = run(t, online(e), "", "dump", "--user", "anna", got.Message)
	if exit != 0 || !strings.Contains(out, "Subject") || !strings.Contains(out, "recipient 2") {
		t.Errorf("exit %d\n%s\n%s", exit, out, notes)
	}
}

func TestSubmitRefused(t *testing.T) {
	e := storetest.Open(t)
	tests := []struct {
		name, stdin string
		args        []string
		exit        int
	}{
		{"wrong password", "x\n\nSubject: a\n", []string{"--user", "anna", "--password-stdin", "-"}, sysexits.NoPerm},
		{"no recipients", storetest.Password + "\nSubject: a\n\nx\n", []string{"--user", "anna", "--password-stdin", "-"}, sysexits.DataErr},
		{"recipients of the command line", storetest.Password + "\nSubject: a\n\nx\n", []string{"--user", "anna", "--password-stdin", "--to", "bert@example.test", "-"}, 0},
		{"no file", storetest.Password + "\n", []string{"--user", "anna", "--password-stdin", "/nonexistent"}, sysexits.NoInput},
		{"no user", "", []string{"-"}, sysexits.Usage},
		{"no message", "", []string{"--user", "anna"}, sysexits.Usage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if out, notes, exit := run(t, online(e), tt.stdin, append([]string{"submit"}, tt.args...)...); exit != tt.exit {
				t.Errorf("exit %d, want %d\n%s\n%s", exit, tt.exit, out, notes)
			}
		})
	}
	s := storetest.Logon(t, e, "anna")
	st, err := s.GetStore(t.Context(), object.GetStoreRequest{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range s.Query(t.Context(), object.QueryRequest{Store: st.GUID, Table: object.TableContents, Folder: st.SpecialFolder(object.KindOutbox), Columns: []mapi.PropTag{tag.Mid}}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d messages in the Outbox, want the one that was submitted", n)
	}
}
