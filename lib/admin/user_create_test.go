// SPDX-License-Identifier: AGPL-3.0-or-later

package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store/storetest"
	"twiga/lib/sysexits"
)

// late is a store where somebody else makes the user between question and order.
type late struct{ object.Service }

type lateSession struct {
	object.Session
	asked *bool
}

func (l late) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s, err := l.Service.Logon(ctx, req)
	return lateSession{s, new(bool)}, err
}

func (l lateSession) GetUser(ctx context.Context, req object.GetUserRequest) (directory.User, error) {
	if !*l.asked {
		*l.asked = true
		return directory.User{}, fmt.Errorf("get user: %w", mapi.NotFound)
	}
	return l.Session.GetUser(ctx, req)
}

// TestCreateAtOnce: of two that make a user if it does not exist, both succeed.
// An address that is somebody else's stays an error.
func TestCreateAtOnce(t *testing.T) {
	dial := dialer(storetest.Open(t)) // with anna
	behind := command.Dial(func(address string) (object.Service, func() error, error) {
		s, end, err := dial(address)
		return late{s}, end, err
	})
	tests := []struct {
		name string
		args []string
		exit int
		want string
	}{
		{"the user", []string{"anna"}, 0, "user anna@example.test exists, nothing was changed\n"},
		{"the address", []string{"other", "--address", "anna@example.test"}, sysexits.CantCreat, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, exit, err := run(t, behind, "secret\n", append([]string{"user", "create", "--if-not-exists", "--password-stdin"}, tt.args...)...)
			if out != tt.want || exit != tt.exit {
				t.Errorf("said %q, exit %d (%v), want %q, %d", out, exit, err, tt.want, tt.exit)
			}
		})
	}
}

// TestCreatedBeforeFailure: passwords that were made are told although another
// user could not be.
func TestCreatedBeforeFailure(t *testing.T) {
	dial := dialer(storetest.Open(t)) // with anna
	for _, flags := range [][]string{nil, {"--json"}} {
		t.Run(strings.Join(flags, ""), func(t *testing.T) {
			first := fmt.Sprintf("first%d", len(flags))
			out, exit, err := run(t, dial, "", append([]string{"user", "create", first, "anna", "--generate-password"}, flags...)...)
			if exit != sysexits.CantCreat || !strings.Contains(out, first) || !made.MatchString(out) {
				t.Errorf("said %q, exit %d (%v)", out, exit, err)
			}
			if len(flags) > 0 && !json.Valid([]byte(out)) {
				t.Errorf("%q is no JSON", out)
			}
		})
	}
}

// TestPrintable: what is in a name makes no rows and commands no terminal.
func TestPrintable(t *testing.T) {
	dial := dialer(storetest.Open(t))
	if _, exit, err := run(t, dial, "secret\r\n", "user", "create", "x", "--password-stdin", "--full-name", "A\tB\nC\x1b[2J"); exit != 0 {
		t.Fatal(err)
	}
	for _, verb := range [][]string{{"list"}, {"show", "x"}} {
		out, _, err := run(t, dial, "", append([]string{"user"}, verb...)...)
		if err != nil || !strings.Contains(out, "A?B?C?[2J\n") {
			t.Errorf("%s: %q, %v", verb[0], out, err)
		}
	}
}
