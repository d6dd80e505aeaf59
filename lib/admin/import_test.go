// SPDX-License-Identifier: AGPL-3.0-or-later

package admin_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
	"twiga/lib/sysexits"
)

// TestExportImport wants a directory to be the same when it was exported and
// imported elsewhere, and the import to find nothing to do the second time.
func TestExportImport(t *testing.T) {
	from := dialer(storetest.OpenDir(t, t.TempDir(), store.Options{}))
	const people = `kind,name,full_name,aliases,admin,disabled,hidden,quota_warn,quota_hard,services_off,send_as,department,auto_accept,capacity,mailing,security,members,filter,address
user,anna,"Berg, ""Anna""
the second",a1;a2,users,no,yes,1M,none,imap;web,sales;bert,Sales,,,,,,,
user,bert,,,,yes,,,,,,Sales,,,,,,,bert@other.test
room,lab,Labor,,,,,,,,anna,,yes,12,,,,,
shared,info,,,,,,,,,,,,,,,,,
contact,partner,Partner,,,,yes,,,,,Outside,,,,,,,p@outside.test
group,sales team,,,,,,,,,anna,,,,no,yes,anna;partner;sales,,
group,sales,Sales,vertrieb,,,,,,,,,,,,,bert;p@outside.test,,
dynamic-group,dyn,,,,,,,,,,,,,,,,department=S*;kind=user;kind=room,
`
	if out, exit, err := run(t, from, people, "user", "import", "-"); exit != 0 {
		t.Fatalf("%s%v", out, err)
	}
	for _, form := range [][]string{nil, {"--json"}} {
		export := append([]string{"user", "export"}, form...)
		want, _, err := run(t, from, "", export...)
		if err != nil {
			t.Fatal(err)
		}
		to := dialer(storetest.OpenDir(t, t.TempDir(), store.Options{}))
		for i, summary := range []string{"8 created, 0 updated, 0 unchanged, 0 failed\n", "0 created, 0 updated, 8 unchanged, 0 failed\n"} {
			if out, _, err := run(t, to, want, "user", "import", "-", "--update"); out != summary || err != nil {
				t.Errorf("%v, time %d: %s%v", form, i+1, out, err)
			}
		}
		if got, _, err := run(t, to, "", export...); got != want || err != nil {
			t.Errorf("%v: exported\n%s\nthen\n%s%v", form, want, got, err)
		}
	}
}

// TestImportReport wants generated passwords in the report and nowhere else.
func TestImportReport(t *testing.T) {
	e := storetest.Open(t) // with anna
	report := filepath.Join(t.TempDir(), "report.csv")
	out, exit, err := run(t, dialer(e), "name,password\nanna,\ngus,\nhal,from the file\n,\n", "user", "import", "-", "--generate-passwords", "--report", report)
	if exit != sysexits.DataErr || made.MatchString(out) {
		t.Fatalf("said %q, exit %d (%v)", out, exit, err)
	}
	info, err := os.Stat(report)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("report %v, %v", info, err)
	}
	file, err := os.Open(report)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("report %q, %v", rows, err)
	}
	for i, want := range []string{"line name result", "2 anna unchanged", "3 gus created", "4 hal created", "5  failed"} {
		if got := strings.Join([]string{rows[i][0], rows[i][2], rows[i][3]}, " "); got != want {
			t.Errorf("row %d is %q, want %q", i, got, want)
		}
	}
	for user, password := range map[string]string{"gus": rows[2][5], "hal": "from the file"} {
		_, err := e.As(store.Peer{Roles: []object.Role{object.RoleGateway}, Name: "test"}).Logon(t.Context(),
			object.LogonRequest{Role: object.RoleUser, User: user, Password: password})
		if err != nil {
			t.Errorf("log on as %s: %v", user, err)
		}
	}
	if _, exit, err = run(t, dialer(e), "name\nivo\n", "user", "import", "-", "--report", report); exit != sysexits.CantCreat {
		t.Errorf("report over the old one: exit %d (%v)", exit, err)
	}
}

// breaking is a store that goes away after some users.
type breaking struct {
	object.Service
	left int
}

type breakingSession struct {
	object.Session
	left *int
}

func (b breaking) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s, err := b.Service.Logon(ctx, req)
	return breakingSession{s, &b.left}, err
}

func (b breakingSession) CreateUser(ctx context.Context, req object.CreateUserRequest) (directory.User, error) {
	if *b.left--; *b.left < 0 {
		return directory.User{}, fmt.Errorf("create user: %w", mapi.NetworkError)
	}
	return b.Session.CreateUser(ctx, req)
}

// TestImportEndsEarly wants what was done to be told when the store goes away,
// and to be all right when the import is run again.
func TestImportEndsEarly(t *testing.T) {
	dial := dialer(storetest.OpenDir(t, t.TempDir(), store.Options{}))
	away := command.Dial(func(address string) (object.Service, func() error, error) {
		s, end, err := dial(address)
		return breaking{s, 2}, end, err
	})
	const people = "name\na\nb\nc\nd\n"
	out, exit, err := run(t, away, people, "user", "import", "-", "--generate-passwords", "--json")
	if exit != sysexits.TempFail {
		t.Errorf("exit %d: %v", exit, err)
	}
	var sum struct {
		Created int
		Rows    []struct{ Password string }
	}
	if err := json.Unmarshal([]byte(out), &sum); err != nil || sum.Created != 2 || len(sum.Rows) != 2 || sum.Rows[1].Password == "" {
		t.Errorf("%s: %v", out, err)
	}
	if out, _, err := run(t, dial, people, "user", "import", "-"); out != "2 created, 0 updated, 2 unchanged, 0 failed\n" {
		t.Errorf("%s%v", out, err)
	}
}

func TestCompleteNames(t *testing.T) {
	dial := dialer(storetest.Open(t)) // with anna and bert
	for _, args := range [][]string{{"group", "create", "sales"}, {"user", "create", "lab", "--kind", "room"}} {
		if out, _, err := run(t, dial, "", args...); err != nil {
			t.Fatal(out, err)
		}
	}
	for _, tt := range []struct{ line, want string }{
		{"user show A", "anna@example.test"},
		{"user show anna b", ""},
		{"group member add ", "anna@example.test bert@example.test lab@example.test sales"},
		{"group show ", "sales"},
		{"resource set ", "lab@example.test"},
		{"contact show ", ""},
		{"user feature anna --off imap,p", "imap,pop3"},
		{"user create x --kind r", "room"},
		{"group list --with b", "bert@example.test"},
	} {
		t.Run(tt.line, func(t *testing.T) {
			out, _, err := run(t, dial, "", append([]string{"__complete"}, strings.Split(tt.line, " ")...)...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for line := range strings.Lines(out) {
				if !strings.HasPrefix(line, ":") && !strings.HasPrefix(line, "Completion ended") {
					got = append(got, strings.TrimSpace(line))
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("offered %q, want %q", got, tt.want)
			}
		})
	}
}
