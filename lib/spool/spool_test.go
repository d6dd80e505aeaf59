// SPDX-License-Identifier: AGPL-3.0-or-later

package spool_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

type letter struct {
	from string
	to   []string
	data string
}

const plain = "Subject: hello\r\nFrom: anna@example.test\r\nTo: x@there.test\r\nBcc: secret@there.test,\r\n hidden@there.test\r\n\r\n.text\r\n"

func TestSent(t *testing.T) {
	b := newBench(t)
	b.submit(b.written(plain), "x@there.test", "y@there.test", "secret@there.test", "X@THERE.test")
	got := receive(t, b.relay.arrived)
	if got.from != "anna@example.test" || !slices.Equal(got.to, []string{"x@there.test", "y@there.test", "secret@there.test"}) {
		t.Errorf("envelope %q to %q", got.from, got.to)
	}
	for _, want := range []string{"Subject: hello\r\nFrom: anna@example.test\r\nTo: x@there.test\r\nDate: ", "\r\nMessage-ID: <", "@example.test>\r\n\r\n.text\r\n"} {
		if !strings.Contains(got.data, want) {
			t.Errorf("%q lacks %q", got.data, want)
		}
	}
	if strings.Contains(got.data, "secret") || strings.Contains(got.data, "hidden") {
		t.Errorf("blind recipients are told: %q", got.data)
	}
	if f := receive(t, b.finish); f.Outcome != object.OutcomeSent || len(f.Done) != 3 || len(f.Report) != 0 {
		t.Errorf("record %+v", f)
	}
	if s, _ := b.folder(object.KindSentItems); !slices.Equal(s, []string{"hello"}) {
		t.Errorf("Sent Items: %q", s)
	}
	if s, _ := b.folder(object.KindOutbox); len(s) != 0 {
		t.Errorf("Outbox: %q", s)
	}
}

// TestProperties: a message without MIME is composed.
func TestProperties(t *testing.T) {
	b := newBench(t)
	var m object.NewMessage
	m.Props.Set(tag.Subject, mapi.String("Grüße"))
	m.Props.Set(tag.Body, mapi.String("line one\r\nline two\r\n"))
	m.Props.Set(tag.MessageClass, mapi.String("IPM.Note"))
	var a object.NewAttachment
	a.Props.Set(tag.AttachLongFilename, mapi.String("a.bin"))
	a.Props.Set(tag.AttachMethod, mapi.Int32(1))
	a.Content = []object.Segment{{Inline: []byte("attached"), Size: 8}}
	m.Attachments = []object.NewAttachment{a}
	b.submit(m, "x@there.test", "cc@there.test", "bcc@there.test")
	got := receive(t, b.relay.arrived)
	for _, want := range []string{"From: anna@example.test\r\n", "To: x@there.test\r\n", "Cc: cc@there.test\r\n", "Message-ID: <", "line one", "a.bin", "YXR0YWNoZWQ="} {
		if !strings.Contains(got.data, want) {
			t.Errorf("%q lacks %q", got.data, want)
		}
	}
	if strings.Contains(got.data, "bcc@") || len(got.to) != 3 {
		t.Errorf("to %q: %q", got.to, got.data)
	}
	receive(t, b.finish)
}

// TestRetry: what was refused for now is tried again after the pause, and only that.
func TestRetry(t *testing.T) {
	b := newBench(t)
	b.relay.answer(func() {
		b.relay.rcpt = func(to string) error {
			if to == "slow@there.test" {
				return reply(450, "4.2.1")
			}
			return nil
		}
	})
	b.submit(b.written(plain), "quick@there.test", "slow@there.test")
	if got := receive(t, b.relay.arrived); !slices.Equal(got.to, []string{"quick@there.test"}) {
		t.Errorf("first to %q", got.to)
	}
	f := receive(t, b.finish)
	if f.Outcome != object.OutcomeRetry || !f.Next.Equal(b.clock.Now().Add(time.Minute)) || !slices.Equal(f.Done, []string{"quick@there.test"}) || f.Reason != "450 4.2.1 says the relay" {
		t.Errorf("first record %+v", f)
	}
	b.clock.pass(time.Minute)
	if f = receive(t, b.finish); !f.Next.Equal(b.clock.Now().Add(5 * time.Minute)) {
		t.Errorf("second record %+v", f)
	}
	b.stop() // the queue outlives the spooler
	b.start()
	b.relay.answer(func() { b.relay.rcpt = nil })
	b.clock.pass(5 * time.Minute)
	if got := receive(t, b.relay.arrived); !slices.Equal(got.to, []string{"slow@there.test"}) {
		t.Errorf("last to %q", got.to)
	}
	if f = receive(t, b.finish); f.Outcome != object.OutcomeSent || len(f.Done) != 2 {
		t.Errorf("last record %+v", f)
	}
}

// TestFailures: what fails for good is told in one report.
func TestFailures(t *testing.T) {
	tests := []struct {
		name   string
		answer func(*relay)
		to     []string
		want   []string // in the report
		not    string
		sent   bool
	}{
		{"unknown recipient", func(r *relay) {
			r.rcpt = func(to string) error {
				if strings.HasPrefix(to, "no") {
					return reply(550, "5.1.1")
				}
				return nil
			}
		}, []string{"no1@there.test", "x@there.test", "no2@there.test"}, []string{
			"Final-Recipient: rfc822; no1@there.test\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; 127.0.0.1\r\nDiagnostic-Code: smtp; 550 5.1.1 says the relay\r\n",
			"Final-Recipient: rfc822; no2@there.test\r\n", "\r\nSubject: hello\r\n",
			"Return-Path: <>\r\n", "Auto-Submitted: auto-replied\r\n", "To: <anna@example.test>\r\n",
			"Content-Type: multipart/report; report-type=delivery-status;\r\n",
		}, "x@there.test\r\nAction", true},
		{"refused sender", func(r *relay) { r.mail = func(string) error { return reply(553, "5.7.1") } },
			[]string{"x@there.test"}, []string{"Status: 5.7.1\r\n"}, "", false},
		{"refused message", func(r *relay) { r.data = func() error { return reply(554, "5.6.0") } },
			[]string{"x@there.test"}, []string{"Diagnostic-Code: smtp; 554 5.6.0 says the relay\r\n"}, "", false},
		{"no address", func(*relay) {}, []string{"x@there.test", "nonsense"},
			[]string{"Final-Recipient: rfc822; nonsense\r\nAction: failed\r\nStatus: 5.1.3\r\n"}, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			b.relay.answer(func() { tt.answer(b.relay) })
			b.submit(b.written(plain), tt.to...)
			if f := receive(t, b.finish); f.Outcome != object.OutcomeSent || len(f.Report) != 1 {
				t.Fatalf("record %+v", f)
			}
			if sent := len(b.relay.arrived) == 1; sent != tt.sent {
				t.Errorf("sent: %v", sent)
			}
			subjects, contents := b.folder(object.KindInbox)
			if len(subjects) != 1 {
				t.Fatalf("Inbox: %q", subjects)
			}
			for _, want := range tt.want {
				if !strings.Contains(contents[0], want) {
					t.Errorf("%s\nlacks %q", contents[0], want)
				}
			}
			if strings.Contains(contents[0], "secret@") || tt.not != "" && strings.Contains(contents[0], tt.not) {
				t.Errorf("report tells too much:\n%s", contents[0])
			}
		})
	}
}

// TestExpired: a relay that is away is asked again until the time is over.
func TestExpired(t *testing.T) {
	b := newBench(t)
	b.server.Close()
	b.submit(b.written(plain), "x@there.test")
	for i := range 20 {
		f := receive(t, b.finish)
		if f.Outcome == object.OutcomeSent {
			if len(f.Report) != 1 || i < 10 {
				t.Errorf("record %d: %+v", i, f)
			}
			break
		}
		b.clock.pass(f.Next.Sub(b.clock.Now()))
	}
	if _, contents := b.folder(object.KindInbox); len(contents) != 1 || !strings.Contains(contents[0], "Status: 4.4.7\r\n") {
		t.Errorf("Inbox: %q", contents)
	}
}

// TestManyRecipients: many recipients go in several transactions.
func TestManyRecipients(t *testing.T) {
	b := newBench(t)
	var to []string
	for i := range 250 {
		to = append(to, fmt.Sprintf("u%03d@there.test", i))
	}
	b.submit(b.written(plain), to...)
	var got []string
	for range 3 {
		got = append(got, receive(t, b.relay.arrived).to...)
	}
	if !slices.Equal(got, to) {
		t.Errorf("to %q", got)
	}
	receive(t, b.finish)
}

func TestUTF8(t *testing.T) {
	b := newBench(t)
	for i, want := range []bool{true, false} {
		b.submit(b.written([]string{"Subject: Gr\u00fc\u00dfe\r\n\r\nx\r\n", "Subject: Gr\xfc\xdfe\r\n\r\nx\r\n"}[i]), "x@there.test")
		receive(t, b.relay.arrived)
		receive(t, b.finish)
		if got := b.relay.opts[i].UTF8; got != want {
			t.Errorf("header %d: SMTPUTF8 is %v", i, got)
		}
	}
	b.relay.answer(func() { b.relay.opts = nil })
	b.submit(b.written("Subject: Grüße\r\n\r\nx\r\n"), "jörg@there.test")
	if got := receive(t, b.relay.arrived); !slices.Equal(got.to, []string{"jörg@there.test"}) || !b.relay.opts[0].UTF8 {
		t.Errorf("%q %+v", got, b.relay.opts)
	}
	receive(t, b.finish)
	b.server.EnableSMTPUTF8 = false
	b.submit(b.written(plain), "jörg@there.test", "x@there.test")
	if got := receive(t, b.relay.arrived); !slices.Equal(got.to, []string{"x@there.test"}) {
		t.Errorf("%q", got)
	}
	if f := receive(t, b.finish); len(f.Report) != 1 {
		t.Errorf("record %+v", f)
	}
}

// TestReport: a report has the null sender and is not answered by another.
func TestReport(t *testing.T) {
	b := newBench(t)
	b.relay.answer(func() { b.relay.rcpt = func(string) error { return reply(550, "5.1.1") } })
	m := b.written(plain)
	m.Props.Set(tag.MessageClass, mapi.String("REPORT.IPM.Note.IPNRN"))
	b.submit(m, "x@there.test")
	if f := receive(t, b.finish); len(f.Report) != 0 || f.Outcome != object.OutcomeSent {
		t.Errorf("record %+v", f)
	}
}
