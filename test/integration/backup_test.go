// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// storectl runs twiga-storectl, which has to succeed.
func (s *system) storectl(args ...string) string {
	s.t.Helper()
	out, err := s.tool("", append([]string{"storectl"}, args...)...)
	if err != nil {
		s.t.Fatalf("storectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// texts are the messages in an Inbox.
func texts(t *testing.T, s *system, name string) []string {
	t.Helper()
	c := dialIMAP(t, s, name, "INBOX")
	defer c.Close()
	var out []string
	for _, m := range bodies(t, c) {
		out = append(out, fmt.Sprintf("%+v", m))
	}
	return out
}

// TestBackup backs a system up while mail comes in, loses it, and restores it
// into another.
func TestBackup(t *testing.T) {
	s := start(t, 2)
	dir := filepath.Join(t.TempDir(), "backups")
	deliver := func(from, to int) error {
		c, err := connectLMTP(s.LMTP)
		if err != nil {
			return err
		}
		for n := from; n < to; n++ {
			big := simple(fmt.Sprint("backup-", n)) + strings.Repeat(fmt.Sprintf("%04d a line of a long text\r\n", n), 20<<10/16)
			if _, err := c.deliver([]byte(big), login(n%2)); err != nil {
				return err
			}
		}
		return nil
	}
	done := make(chan error, 1)
	go func() { done <- deliver(0, 60) }()
	for range 3 {
		s.storectl("backup", "--incremental", dir)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	s.storectl("backup", "--incremental", dir)
	s.storectl("verify", dir)
	var want [2][]string
	for u := range want {
		if want[u] = texts(t, s, login(u)); len(want[u]) < 30 {
			t.Fatalf("%s has %d messages", login(u), len(want[u]))
		}
	}
	s.check()

	fresh := start(t, 2)
	fresh.storectl("restore", "--all", "--replace", dir)
	for u := range want {
		if got := texts(t, fresh, login(u)); !slices.Equal(got, want[u]) {
			t.Errorf("%s has %d messages, had %d", login(u), len(got), len(want[u]))
		}
	}
	if out := fresh.storectl("restore", "--all", dir); strings.Contains(out, "restored, ") {
		t.Errorf("twice: %s", out)
	}
	c := dialLMTP(t, fresh.LMTP)
	c.mustDeliver(t, []byte(simple("afterwards")), login(0))
	if got := texts(t, fresh, login(0)); len(got) != len(want[0])+1 {
		t.Errorf("after one more there are %d messages", len(got))
	}
	fresh.check()
}
