// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// TestPipe delivers as a script or Postfix's pipe(8) does it.
func TestPipe(t *testing.T) {
	s := start(t, 1)
	for _, run := range []struct {
		name string
		args []string
		exit int
	}{
		{"known", []string{login(0)}, 0},
		{"with sender", []string{"--sender", "sender@example.org", "--", login(0)}, 0},
		{"name without domain", []string{"u000"}, 0},
		{"unknown", []string{"nobody@example.test"}, 67},
		{"unknown folder", []string{"--folder", "Inbox/none", login(0)}, 67},
	} {
		args := append([]string{"--store-socket", "unix:" + s.Socket}, run.args...)
		out, err := command(t, strings.ReplaceAll(simple("pipe"), "\r\n", "\n"), s.Bin+"/dagent", args...)
		var exit *exec.ExitError
		switch {
		case err == nil && run.exit == 0:
		case errors.As(err, &exit) && exit.ExitCode() == run.exit:
		default:
			t.Errorf("%s: %v, want exit code %d\n%s", run.name, err, run.exit, out)
		}
	}
	got := bodies(t, dialIMAP(t, s, login(0), "INBOX"))
	if len(got) != 3 {
		t.Fatalf("%d messages", len(got))
	}
	if !strings.HasPrefix(got[1].body, "Return-Path: <sender@example.org>\r\n") || !strings.HasSuffix(got[1].body, simple("pipe")) {
		t.Errorf("it came as %q", got[1].body)
	}
	s.check()
}
