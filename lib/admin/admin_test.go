// SPDX-License-Identifier: AGPL-3.0-or-later

package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"twiga/lib/admin"
	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// run runs one command line on an engine.
func run(t *testing.T, dial command.Dial, stdin string, args ...string) (stdout string, exit int, err error) {
	t.Helper()
	cmd := admin.Command("twiga-admin", "test", dial)
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), command.ExitCode(err), err
}

// dialer is an engine as the administrator's socket shows it.
func dialer(e *store.Engine) command.Dial {
	return func(string) (object.Service, func() error, error) {
		return e.As(store.Peer{Roles: []object.Role{object.RoleAdmin}, Name: "root"}), func() error { return nil }, nil
	}
}

var (
	guid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	date = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:[0-9.]+Z)?`)
	made = regexp.MustCompile(`[a-zA-Z0-9]{20}`)
	apps = regexp.MustCompile(`([a-z0-9]{4}-){4}[a-z0-9]{4}`)
	size = regexp.MustCompile(`(?m)(size: +)\S+$`)
)

// stable takes out what differs from run to run.
func stable(out string) string {
	out = guid.ReplaceAllString(out, "GUID")
	out = date.ReplaceAllString(out, "DATE")
	out = apps.ReplaceAllString(out, "APP-PASSWORD")
	return made.ReplaceAllString(size.ReplaceAllString(out, "${1}SIZE"), "PASSWORD")
}

// TestScripts runs the scripts of testdata: lines "> words" are commands, with
// what follows "<" as standard input (\n is a line's end); below stands what they print, and last
// "exit N: error" where they fail. UPDATE=1 writes them anew.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			e := storetest.OpenDir(t, t.TempDir(), store.Options{})
			var got strings.Builder
			for line := range strings.Lines(string(want)) {
				if strings.HasPrefix(line, "#") {
					got.WriteString(line)
				}
				if words, ok := strings.CutPrefix(line, "> "); ok {
					got.WriteString(line)
					got.WriteString(enter(t, e, strings.TrimSpace(words)))
				}
			}
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got.String() != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got.String(), want)
			}
		})
	}
}

// stand are words that stand for the GUID of a mailbox.
var stand = map[string]func(*object.Store) bool{
	"ORPHAN":  func(s *object.Store) bool { return s.Orphan },
	"PUBLIC":  func(s *object.Store) bool { return !s.Orphan && s.Kind == object.StorePublic },
	"ARCHIVE": func(s *object.Store) bool { return !s.Orphan && s.Kind == object.StoreArchive },
}

// enter runs one line of a script.
func enter(t *testing.T, e *store.Engine, words string) string {
	t.Helper()
	words, stdin, _ := strings.Cut(words, " < ")
	stdin = strings.ReplaceAll(stdin, `\n`, "\n")
	args := strings.Fields(words)
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "_", " ")
		if is := stand[a]; is != nil {
			for st := range storetest.As(t, e, object.RoleAdmin).ListStores(t.Context(), object.ListStoresRequest{}) {
				if is(&st) {
					args[i] = st.GUID.String()
				}
			}
		}
	}
	out, exit, err := run(t, dialer(e), stdin, args...)
	if exit != 0 {
		out += fmt.Sprintf("exit %d: %v\n", exit, err)
	}
	return stable(out)
}

func TestPasswordsWork(t *testing.T) {
	e := storetest.OpenDir(t, t.TempDir(), store.Options{})
	out, exit, err := run(t, dialer(e), "", "user", "create", "anna", "--generate-password", "--json")
	if exit != 0 {
		t.Fatal(err)
	}
	var users []struct{ Name, Password string }
	if err := json.Unmarshal([]byte(out), &users); err != nil || len(users) != 1 || len(users[0].Password) != 20 {
		t.Fatalf("%s: %v", out, err)
	}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from a file\nsecond line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	logon := func(password string) error {
		_, err := e.As(store.Peer{Roles: []object.Role{object.RoleGateway}, Name: "test"}).Logon(t.Context(),
			object.LogonRequest{Role: object.RoleUser, User: "anna", Password: password})
		return err
	}
	if err := logon(users[0].Password); err != nil {
		t.Errorf("generated password: %v", err)
	}
	if _, exit, err := run(t, dialer(e), "", "user", "passwd", "anna", "--password-file", file); exit != 0 {
		t.Fatal(err)
	}
	if err := logon("from a file"); err != nil {
		t.Errorf("password of a file: %v", err)
	}
	if err := logon(users[0].Password); mapi.CodeOf(err) != mapi.LogonFailed {
		t.Errorf("old password: %v", err)
	}
}

// TestStoreAway: what a script can do about it is to come again.
func TestStoreAway(t *testing.T) {
	dial := func(string) (object.Service, func() error, error) {
		return awayService{}, func() error { return nil }, nil
	}
	if _, exit, err := run(t, dial, "", "user", "list"); exit != 75 {
		t.Errorf("exit %d: %v", exit, err)
	}
}

type awayService struct{ object.Service }

func (awayService) Logon(context.Context, object.LogonRequest) (object.Session, error) {
	return nil, fmt.Errorf("connect: %w", mapi.NetworkError)
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		out, exit, err := run(t, nil, "", "completion", shell)
		if exit != 0 || !strings.Contains(out, "twiga-admin") {
			t.Errorf("%s: exit %d: %v", shell, exit, err)
		}
	}
}

func TestGenerated(t *testing.T) {
	var all []string
	for range 3 {
		out, _, err := run(t, dialer(storetest.OpenDir(t, t.TempDir(), store.Options{})), "", "user", "create", "x", "--generate-password")
		if err != nil {
			t.Fatal(err)
		}
		password := made.FindString(out)
		if password == "" || slices.Contains(all, password) {
			t.Fatalf("password %q again, or none: %s", password, out)
		}
		all = append(all, password)
	}
}
