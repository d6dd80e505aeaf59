// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"time"

	"twiga/lib/delivery/ingest"
	"twiga/lib/mapi/object"
)

// maxReportHeader bounds what of the message's header goes into a report.
const maxReportHeader = 32 << 10

// newReport makes the report about failed recipients for the owner's Inbox.
func newReport(ctx context.Context, s object.Session, e *object.QueueEntry, settings *Settings, failed []*rcpt, m *outgoing, now time.Time) (object.NewMessage, error) {
	data := appendReport(nil, e, settings, failed, m, now)
	report, err := ingest.Message(ctx, s, data, ingest.Options{Received: now})
	if err != nil {
		return report, fmt.Errorf("make report: %w", err)
	}
	return report, nil
}

// appendReport appends a multipart/report (RFC 6522) with a text for people, a
// delivery status (RFC 3464) and the header of the message.
func appendReport(dst []byte, e *object.QueueEntry, settings *Settings, failed []*rcpt, m *outgoing, now time.Time) []byte {
	b := bytes.NewBuffer(dst)
	id := newMessageID(settings.Hostname)
	boundary := "report-" + id[1:33]
	charset, encoding := "us-ascii", "7bit"
	for _, r := range failed {
		if !isASCII(r.address + r.text) {
			charset, encoding = "utf-8", "8bit"
		}
	}
	w := func(format string, args ...any) { fmt.Fprintf(b, format+"\r\n", args...) }
	w("Return-Path: <>")
	w("Date: %s", now.Format(mailDate))
	w("From: \"Mail delivery\" <mailer-daemon@%s>", settings.Hostname)
	w("To: <%s>", path(e.Address))
	w("Subject: Your message could not be delivered")
	w("Message-ID: %s", id)
	if m.id != "" && len(m.id) < 900 && isASCII(m.id) {
		w("In-Reply-To: %s", oneLine(m.id))
		w("References: %s", oneLine(m.id))
	}
	w("Auto-Submitted: auto-replied")
	w("MIME-Version: 1.0")
	w("Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"%s\"", boundary)
	w("")
	w("--%s\r\nContent-Type: text/plain; charset=%s\r\nContent-Transfer-Encoding: %s\r\n", boundary, charset, encoding)
	w("Your message of %s could not be delivered to:\r\n", e.Submitted.Format(mailDate))
	for _, r := range failed {
		w("  %s\r\n      %s\r\n", oneLine(r.address), r.text)
	}
	w("Nothing more will be done about these recipients. The header of your\r\nmessage follows below.\r\n")
	w("--%s", boundary)
	appendStatus(b, e, settings, failed, charset == "utf-8", now)
	w("\r\n--%s\r\nContent-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: %s\r\n", boundary, headerEncoding(m))
	b.Write(reportHeader(m.header))
	w("\r\n--%s--", boundary)
	return b.Bytes()
}

// appendStatus appends the part for programs, RFC 3464 2, RFC 6533 6 for
// addresses beyond ASCII.
func appendStatus(b *bytes.Buffer, e *object.QueueEntry, settings *Settings, failed []*rcpt, utf8 bool, now time.Time) {
	w := func(format string, args ...any) { fmt.Fprintf(b, format+"\r\n", args...) }
	if utf8 {
		w("Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n")
	} else {
		w("Content-Type: message/delivery-status\r\n")
	}
	w("Reporting-MTA: dns; %s", settings.Hostname)
	w("Arrival-Date: %s", e.Submitted.Format(mailDate))
	host, _, _ := net.SplitHostPort(settings.Relay)
	for _, r := range failed {
		kind := "rfc822"
		if !isASCII(r.address) {
			kind = "utf-8"
		}
		w("")
		w("Final-Recipient: %s; %s", kind, oneLine(r.address))
		w("Action: failed")
		w("Status: %s", r.status)
		if r.relay {
			w("Remote-MTA: dns; %s", host)
			w("Diagnostic-Code: smtp; %s", r.text)
		} else {
			w("Diagnostic-Code: x-twiga; %s", r.text)
		}
		w("Last-Attempt-Date: %s", now.Format(mailDate))
	}
}

// reportHeader is the beginning of a header, whole fields.
func reportHeader(h []byte) []byte {
	if len(h) <= maxReportHeader {
		return h
	}
	at := 0
	for at < len(h) {
		n := fieldEnd(h[at:])
		if at+n > maxReportHeader {
			break
		}
		at += n
	}
	return h[:at]
}

func headerEncoding(m *outgoing) string {
	if m.eight {
		return "8bit"
	}
	return "7bit"
}
