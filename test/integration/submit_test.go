// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// submit puts a message of user 0 into the Outbox and submits it.
func submit(t *testing.T, s *system, data string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "letter")
	if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := s.tool(password, "storectl", "submit", "--user", login(0), "--password-stdin", file); err != nil {
		t.Fatalf("storectl submit: %v\n%s", err, out)
	}
}

func letter(to, token string) string {
	return "From: <" + login(0) + ">\r\nTo: <" + to + ">\r\nSubject: about " + token + "\r\n\r\nThe text of " + token + ".\r\n"
}

// TestSubmit sends from one user's Outbox to another by way of a real Postfix;
// while Postfix is down the mail waits, whatever restarts.
func TestSubmit(t *testing.T) {
	t.Setenv("TWIGA_SPOOLER_RETRY", "2s")
	p := newPostfix(t)
	s := start(t, 2, "--relay", p.address())
	p.configure("inet:" + s.LMTP)
	p.start()

	submit(t, s, letter(login(1), "first"))
	receiver := dialIMAP(t, s, login(1), "")
	sender := dialIMAP(t, s, login(0), "")
	eventually(t, "the first letter arrives", time.Minute, func() bool { return count(t, receiver, "INBOX") == 1 })
	eventually(t, "the first letter is in Sent Items", time.Minute, func() bool { return count(t, sender, "Sent Items") == 1 })

	p.stop()
	submit(t, s, letter(login(1), "second"))
	eventually(t, "the spooler has tried", time.Minute, func() bool {
		out, err := s.tool("", "admin", "queue", "list", "--json")
		return err == nil && strings.Contains(out, `"attempts": 1`)
	})
	if n := count(t, receiver, "INBOX"); n != 1 {
		t.Fatalf("%d messages arrived while Postfix was down", n)
	}
	s.stop() // what waits is there after a restart
	s.again()
	receiver, sender = dialIMAP(t, s, login(1), ""), dialIMAP(t, s, login(0), "")
	p.start()
	eventually(t, "the second letter arrives", time.Minute, func() bool { return count(t, receiver, "INBOX") == 2 })
	eventually(t, "the second letter is in Sent Items", time.Minute, func() bool { return count(t, sender, "Sent Items") == 2 })
	s.check()
}

// TestRefusedRecipient gives the sender a report, and the good recipient the mail.
func TestRefusedRecipient(t *testing.T) {
	p := newPostfix(t)
	s := start(t, 2, "--relay", p.address())
	p.configure("inet:" + s.LMTP)
	p.start()
	submit(t, s, letter("nobody@example.test>, <"+login(1), "both"))
	receiver, sender := dialIMAP(t, s, login(1), ""), dialIMAP(t, s, login(0), "")
	eventually(t, "the good recipient has it", time.Minute, func() bool { return count(t, receiver, "INBOX") == 1 })
	eventually(t, "the sender has a report", time.Minute, func() bool { return count(t, sender, "INBOX") == 1 })
	sender.OK("SELECT INBOX")
	report := bodies(t, sender)[0].body
	for _, part := range []string{"multipart/report", "message/delivery-status", "nobody@example.test", "Action: failed", "Status: 5."} {
		if !strings.Contains(report, part) {
			t.Errorf("the report has no %q:\n%s", part, report)
		}
	}
	if strings.Contains(report, login(1)) && strings.Contains(report, "Final-Recipient: rfc822; "+login(1)) {
		t.Errorf("the report names the recipient who has the mail:\n%s", report)
	}
	s.check()
}

// TestKillSpooler kills spooler and stored while mail goes out: all of it
// arrives, at most those letters twice that were under way.
func TestKillSpooler(t *testing.T) {
	t.Setenv("TWIGA_SPOOLER_RETRY", "1s")
	const letters = 24
	p := newPostfix(t)
	s := start(t, 2, "--relay", p.address())
	p.configure("inet:" + s.LMTP)
	p.start()
	kills := 0
	for i := range letters {
		submit(t, s, letter(login(1), fmt.Sprintf("letter-%d-x", i)))
		if i%4 != 3 {
			continue
		}
		victim := []string{"spooler", "stored"}[kills%2]
		old := s.PIDs[victim]
		if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		kills++
		eventually(t, victim+" runs again", time.Minute, func() bool { s.again(); return s.PIDs[victim] != old })
	}
	sender, receiver := dialIMAP(t, s, login(0), ""), dialIMAP(t, s, login(1), "")
	eventually(t, "all letters are in Sent Items", time.Minute, func() bool { return count(t, sender, "Sent Items") == letters })
	eventually(t, "all letters arrive", time.Minute, func() bool { return count(t, receiver, "INBOX") >= letters })
	receiver.OK("SELECT INBOX")
	found := map[string]int{}
	for _, m := range bodies(t, receiver) {
		_, rest, _ := strings.Cut(m.body, "The text of ")
		token, _, _ := strings.Cut(rest, ".\r\n")
		found[token]++
	}
	twice := 0
	for i := range letters {
		n := found[fmt.Sprintf("letter-%d-x", i)]
		if n == 0 {
			t.Errorf("letter %d is lost", i)
		}
		twice += max(n-1, 0)
	}
	if twice > 4*kills { // as many are sent at a time
		t.Errorf("%d letters came twice after %d kills", twice, kills)
	}
	t.Logf("%d letters arrived, %d twice after %d kills", letters, twice, kills)
	s.check()
}
