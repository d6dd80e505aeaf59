// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"encoding/json"
	"strings"
	"testing"

	"twiga/lib/proto/imap/imaptest"
)

// admin runs twiga-admin, which has to succeed.
func (s *system) admin(stdin string, args ...string) string {
	s.t.Helper()
	out, err := s.tool(stdin, append([]string{"admin"}, args...)...)
	if err != nil {
		s.t.Fatalf("admin %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// mayLogin says whether IMAP lets a user in.
func mayLogin(t *testing.T, s *system, name, password string) bool {
	t.Helper()
	c := imaptest.Dial(t, "tcp", s.IMAP)
	defer c.Close()
	c.Expect("* OK ...")
	return c.Cmd("LOGIN %s %s", imaptest.Quote(name), imaptest.Quote(password)).Status == "OK"
}

// offered is what LMTP replies to one message.
func offered(t *testing.T, s *system, to string) string {
	t.Helper()
	replies, err := dialLMTP(t, s.LMTP).deliver([]byte(simple("offered")), to)
	if err != nil {
		t.Fatal(err)
	}
	return replies[0]
}

// TestUserLife goes with a user from the first day to the last.
func TestUserLife(t *testing.T) {
	s := start(t, 1)
	expect := func(to, want string) {
		t.Helper()
		if reply := offered(t, s, to); !strings.HasPrefix(reply, want) {
			t.Errorf("mail for %s: %q, want %s", to, reply, want)
		}
	}
	const anna = "anna@example.test"
	expect(anna, "550 5.1.1")
	s.admin("first\n", "user", "create", "anna", "--alias", "ann@example.test", "--password-stdin")
	s.admin("other\n", "user", "create", "anna", "--if-not-exists", "--password-stdin")
	expect(anna, "250 2.1.5")
	expect("ann@example.test", "250 2.1.5")
	if !mayLogin(t, s, "anna", "first") || mayLogin(t, s, "anna", "other") {
		t.Error("the first password is not the one that counts")
	}
	s.admin("second\n", "user", "passwd", "anna", "--password-stdin")
	if !mayLogin(t, s, anna, "second") || mayLogin(t, s, anna, "first") {
		t.Error("the second password is not the one that counts")
	}
	s.admin("", "user", "set", "anna", "--quota-hard", "1")
	expect(anna, "452 4.2.2")
	s.admin("", "user", "set", "anna", "--quota-hard", "none", "--disabled")
	expect(anna, "250 2.1.5")
	if mayLogin(t, s, anna, "second") {
		t.Error("a disabled user may log in")
	}
	s.admin("", "user", "delete", "anna")
	expect(anna, "550 5.1.1")
	var orphans []struct{ GUID string }
	out := s.admin("", "store", "list", "--orphans", "--json")
	if err := json.Unmarshal([]byte(out), &orphans); err != nil || len(orphans) != 1 {
		t.Fatalf("orphans are %s, %v", out, err)
	}
	s.admin("third\n", "user", "create", "anna", "--store", orphans[0].GUID, "--password-stdin")
	c := imaptest.Dial(t, "tcp", s.IMAP)
	c.Login("anna", "third")
	if n := count(t, c, "INBOX"); n != 3 {
		t.Errorf("%d messages are in the mailbox that was taken over", n)
	}
	s.check()
}

// TestOverQuota has the operator say that a full mailbox refuses mail for good.
func TestOverQuota(t *testing.T) {
	t.Setenv("TWIGA_DAGENT_OVER_QUOTA", "permanent")
	s := start(t, 1)
	s.admin("", "user", "set", login(0), "--quota-hard", "1")
	if reply := offered(t, s, login(0)); !strings.HasPrefix(reply, "552 5.2.2") {
		t.Errorf("mail for a full mailbox: %q", reply)
	}
}
