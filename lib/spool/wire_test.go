// SPDX-License-Identifier: AGPL-3.0-or-later

package spool_test

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// TestLineEnds: no CR and no LF goes out that is not of a line's end.
func TestLineEnds(t *testing.T) {
	tests := []struct{ name, message, want string }{
		{"bare CR around a dot", "Subject: a\r\n\r\nx\r.\r\ny\r.\rz\r\n", "\r\n\r\nx .\r\ny . z\r\n"},
		{"bare LF around a dot", "Subject: a\r\n\r\nx\n.\ny\n.\r\nz\r\n", "\r\n\r\nx\r\n.\r\ny\r\n.\r\nz\r\n"},
		{"CR CRLF", "Subject: a\r\n\r\nx\r\r\n.\r\n", "\r\n\r\nx \r\n.\r\n"},
		{"CR in a field", "Subject: a\rX: b\r\n\r\nx\r\n", "Subject: a X: b\r\n"},
		{"CR at the end", "Subject: a\r\n\r\nx\r", "\r\n\r\nx\r\n"},
		{"only CR", "Subject: a\rBcc: secret@there.test\rX: y\r\rx\r", "Subject: a\r\nX: y\r\n"},
		{"no end", "Subject: a\r\n\r\nx", "\r\n\r\nx\r\n"},
	}
	b := newBench(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b.submit(b.written(tt.message), "x@there.test")
			got := receive(t, b.relay.arrived).data
			receive(t, b.finish)
			if !strings.Contains(got, tt.want) || strings.Contains(got, "secret") {
				t.Errorf("sent %q, want %q in it", got, tt.want)
			}
			if left := strings.ReplaceAll(got, "\r\n", ""); strings.ContainsAny(left, "\r\n") {
				t.Errorf("sent %q with a CR or LF by itself", got)
			}
		})
	}
}

var messageID = regexp.MustCompile(`\r\nMessage-ID: <\S+@example\.test>\r\n`)

// TestSameMessageID: every try of a message without an id gives it the same,
// another message gets another.
func TestSameMessageID(t *testing.T) {
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
	first := messageID.FindString(receive(t, b.relay.arrived).data)
	receive(t, b.finish)
	b.relay.answer(func() { b.relay.rcpt = nil })
	b.stop()
	b.start()
	b.clock.pass(time.Minute)
	second := messageID.FindString(receive(t, b.relay.arrived).data)
	receive(t, b.finish)
	b.submit(b.written(plain), "x@there.test")
	other := messageID.FindString(receive(t, b.relay.arrived).data)
	receive(t, b.finish)
	if first == "" || first != second || first == other {
		t.Errorf("ids %q, %q; of another message %q", first, second, other)
	}
}

// TestAddressWithLineBreak: a settled address stays settled however it is written.
func TestAddressWithLineBreak(t *testing.T) {
	b := newBench(t)
	b.relay.answer(func() { b.relay.rcpt = func(string) error { return reply(450, "4.2.1") } })
	b.submit(b.written(plain), "non\nsense", "slow@there.test")
	if f := receive(t, b.finish); len(f.Report) != 1 {
		t.Errorf("first record %+v", f)
	}
	b.clock.pass(time.Minute)
	if f := receive(t, b.finish); len(f.Report) != 0 {
		t.Errorf("reported again: %+v", f)
	}
}

// full is a store that takes no uploads for a while.
type full struct {
	object.Service
	fail *error
}

type fullSession struct {
	object.Session
	fail *error
}

func (f full) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s, err := f.Service.Logon(ctx, req)
	return fullSession{s, f.fail}, err
}

func (f fullSession) Upload(ctx context.Context, req object.UploadRequest, content io.Reader) (object.BlobID, error) {
	if *f.fail != nil {
		return object.BlobID{}, *f.fail
	}
	return f.Session.Upload(ctx, req, content)
}

// TestLongReport: a report on very many recipients is made. Where it cannot be
// made yet, nobody who has the message gets it twice.
func TestLongReport(t *testing.T) {
	var fail error
	b := newBench(t, func(b *bench) {
		b.wrap = func(s object.Service) object.Service { return full{s, &fail} }
	})
	b.relay.answer(func() {
		fail = fmt.Errorf("upload: %w", mapi.NotEnoughDisk)
		b.relay.rcpt = func(to string) error {
			if strings.HasPrefix(to, "no") {
				return reply(550, "5.1.1")
			}
			return nil
		}
	})
	to := []string{"x@there.test"}
	for i := range 2000 {
		to = append(to, fmt.Sprintf("no%d@there.test", i))
	}
	b.submit(b.written(plain), to...)
	if got := receive(t, b.relay.arrived); !slices.Equal(got.to, to[:1]) {
		t.Errorf("sent to %q", got.to)
	}
	f := receive(t, b.finish)
	if f.Outcome != object.OutcomeRetry || !slices.Equal(f.Done, to[:1]) || !strings.Contains(f.Reason, "upload") {
		t.Errorf("first record: outcome %d, done %.100q, reason %q", f.Outcome, f.Done, f.Reason)
	}
	b.relay.answer(func() { fail = nil })
	b.clock.pass(time.Minute)
	if f = receive(t, b.finish); f.Outcome != object.OutcomeSent || len(f.Report) != 1 || len(f.Done) != len(to) {
		t.Errorf("last record: outcome %d, %d reports, %d done", f.Outcome, len(f.Report), len(f.Done))
	}
	if len(b.relay.arrived) != 0 {
		t.Errorf("sent again to %q", receive(t, b.relay.arrived).to)
	}
	if _, contents := b.folder(object.KindInbox); len(contents) != 1 || strings.Count(contents[0], "\r\nFinal-Recipient:") != len(to)-1 {
		t.Errorf("%d reports", len(contents))
	}
}

// TestReportRefused: a message leaves the queue though the store takes no report on it.
func TestReportRefused(t *testing.T) {
	for _, code := range []mapi.Code{mapi.QuotaExceeded, mapi.TooBig, mapi.InvalidParameter} {
		t.Run(code.Error(), func(t *testing.T) {
			b := newBench(t, func(b *bench) {
				b.wrap = func(s object.Service) object.Service { return noReports{s, code} }
			})
			b.submit(b.written(plain), "nonsense")
			if f := receive(t, b.finish); f.Outcome != object.OutcomeSent || len(f.Report) != 0 {
				t.Errorf("record %+v", f)
			}
		})
	}
}

// noReports is a store that takes no reports.
type noReports struct {
	object.Service
	code mapi.Code
}

type noReportsSession struct {
	object.Session
	code mapi.Code
}

func (n noReports) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s, err := n.Service.Logon(ctx, req)
	return noReportsSession{s, n.code}, err
}

func (n noReportsSession) FinishSubmit(ctx context.Context, req object.FinishSubmitRequest) (object.Empty, error) {
	if len(req.Report) > 0 {
		return object.Empty{}, fmt.Errorf("finish: %w", n.code)
	}
	return n.Session.FinishSubmit(ctx, req)
}

// TestWordsOfRelay: whatever the relay says is text on one line.
func TestWordsOfRelay(t *testing.T) {
	b := newBench(t)
	b.relay.answer(func() {
		b.relay.rcpt = func(string) error {
			return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "verf\xfcgbar \u009b2J\x1b[2J\x07"}
		}
	})
	b.submit(b.written(plain), "x@there.test")
	if f := receive(t, b.finish); f.Reason != "450 4.2.1 verf\uFFFDgbar 2J [2J" {
		t.Errorf("reason %q", f.Reason)
	}
}
