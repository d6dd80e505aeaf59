// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"twiga/lib/conv/mime/mimetest"
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store/storetest"
)

// TestExactBytes: whatever DATA brings lies in the mailbox behind the trace.
func TestExactBytes(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			e := storetest.Open(t)
			s := open(t, listen(t, network, asDelivery(e), settings())())
			var sent [][]byte
			for _, m := range mimetest.Corpus() {
				data := bytes.Clone(m.Data)
				if len(data) > 0 && !bytes.HasSuffix(data, []byte("\r\n")) {
					data = append(data, "\r\n"...) // LMTP can carry no other
				}
				s.say("MAIL FROM:<>", "RCPT TO:<anna>", "DATA")
				s.expect(250, 250, 354)
				stuffed := bytes.ReplaceAll(append([]byte("\r\n"), data...), []byte("\r\n."), []byte("\r\n.."))[2:]
				s.c.W.Write(stuffed)
				s.say(".")
				s.want("250 2.1.5 <anna> ok")
				sent = append(sent, data)
			}
			got := inbox(t, e, "anna")
			if len(got) != len(sent) {
				t.Fatalf("%d messages in the mailbox, %d sent", len(got), len(sent))
			}
			for i := range sent {
				if bytes.HasPrefix(sent[i], []byte(" ")) || bytes.HasPrefix(sent[i], []byte("\t")) {
					sent[i] = append([]byte("\r\n"), sent[i]...) // else it would continue our last field
				}
				if !bytes.Equal(afterTrace(t, got[i]), sent[i]) {
					t.Errorf("message %d: sent %.300q\ngot %.300q", i, sent[i], got[i])
				}
			}
		})
	}
}

func TestReplies(t *testing.T) {
	for _, tt := range []struct {
		policy     string
		rcpt, data []string
	}{
		{"temporary", []string{"250 2.1.5", "550 5.1.1", "250 2.1.5", "452 4.2.2", "250 2.1.5"}, []string{"250 2.1.5 <anna>", "250 2.1.5 <bert@example.test>", "250 2.1.5 <ANNA@example.test>"}},
		{"permanent", []string{"250 2.1.5", "550 5.1.1", "250 2.1.5", "552 5.2.2", "250 2.1.5"}, []string{"250 2.1.5 <anna>", "250 2.1.5 <bert@example.test>", "250 2.1.5 <ANNA@example.test>"}},
	} {
		t.Run(tt.policy, func(t *testing.T) {
			e := storetest.Open(t)
			storetest.AddUser(t, e, "full")
			set := settings()
			set.OverQuota = tt.policy
			s := open(t, listen(t, "tcp", asDelivery(e), set)())
			s.say("MAIL FROM:<>", "RCPT TO:<full>", "DATA", "Subject: fill", "", "x", ".")
			s.expect(250, 250, 354, 250)
			quota := directory.Quota{Hard: 1}
			_, err := storetest.As(t, e, object.RoleAdmin).SetUser(t.Context(), object.SetUserRequest{Name: "full", Changes: directory.Changes{Quota: &quota}})
			if err != nil {
				t.Fatal(err)
			}
			s.say("MAIL FROM:<sender@elsewhere.test>", "RCPT TO:<anna>", "RCPT TO:<nobody@example.test>", "RCPT TO:<bert@example.test>",
				"RCPT TO:<full>", "RCPT TO:<ANNA@example.test>", "DATA", "Subject: hello", "", "text", ".")
			s.want("250 2.1.0")
			s.want(tt.rcpt...)
			s.want("354")
			s.want(tt.data...)
			for _, user := range []string{"anna", "bert"} {
				if got := inbox(t, e, user); len(got) != 1 {
					t.Errorf("%s has %d messages, want 1", user, len(got))
				}
			}
		})
	}
}

func TestTrace(t *testing.T) {
	e := storetest.Open(t)
	connect := listen(t, "tcp", asDelivery(e), settings())
	s := open(t, connect())
	s.say("LHLO evil\x0bname(x)", "MAIL FROM:<\"a b\"@elsewhere.test> SMTPUTF8", "RCPT TO:<anna>", "DATA", "Subject: one", "", ".")
	s.expect(250, 250, 250, 354, 250)
	s.say("MAIL FROM:<>", "RCPT TO:<anna>", "RCPT TO:<bert>", "DATA", "Subject: two", "", ".")
	s.expect(250, 250, 250, 354, 250, 250)
	got := inbox(t, e, "anna")
	first, second := string(got[0]), string(got[1])
	for _, want := range []string{
		"Return-Path: <\"a b\"@elsewhere.test>\r\nReceived: from evil?name?x? ([127.0.0.1])\r\n\tby mx.example.test (Twiga) with UTF8LMTP id ",
		"\r\n\tfor <anna>;\r\n\t", "\r\nSubject: one\r\n\r\n",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("%q lacks %q", first, want)
		}
	}
	if !strings.HasPrefix(second, "Return-Path: <>\r\n") || strings.Contains(second, "for <") {
		t.Errorf("trace of a message for two: %q", second)
	}
	if other := inbox(t, e, "bert"); !bytes.Equal(other[0], got[1]) {
		t.Errorf("copies differ: %q, %q", other[0], got[1])
	}
}

func TestTooBig(t *testing.T) {
	e := storetest.Open(t)
	set := settings()
	set.MaxMessageSize = 1000
	s := open(t, listen(t, "tcp", asDelivery(e), set)())
	s.say("MAIL FROM:<> SIZE=1001")
	s.want("552 5.3.4")
	s.say("MAIL FROM:<>", "RCPT TO:<anna>", "RCPT TO:<bert>", "DATA", strings.Repeat("x", 300000), ".", "NOOP")
	s.want("250", "250", "250", "354", "552 5.3.4", "552 5.3.4", "250")
	if got := inbox(t, e, "anna"); len(got) != 0 {
		t.Errorf("%d messages delivered", len(got))
	}
}

// TestProperties: what people see of a message is read from it.
func TestProperties(t *testing.T) {
	e := storetest.Open(t)
	s := open(t, listen(t, "tcp", asDelivery(e), settings())())
	s.say("MAIL FROM:<a@b.test>", "RCPT TO:<anna>", "DATA", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", "From: Karl <karl@b.test>", "To: anna@example.test", "", "x", ".")
	s.expect(250, 250, 354, 250)
	user := storetest.Logon(t, e, "anna")
	st, _ := user.GetStore(t.Context(), object.GetStoreRequest{})
	q := object.QueryRequest{Store: st.GUID, Table: object.TableContents, Folder: st.SpecialFolder(object.KindInbox), Columns: []mapi.PropTag{tag.Subject, tag.TwigaEnvelope}}
	for row, err := range user.Query(t.Context(), q) {
		if err != nil || row.Text(tag.Subject) != "Grüße" || !bytes.Contains(row.Bytes(tag.TwigaEnvelope), []byte("karl")) {
			t.Errorf("row %q, %v", row, err)
		}
	}
}

// TestClientLibrary speaks through a client that others wrote.
func TestClientLibrary(t *testing.T) {
	e := storetest.Open(t)
	c := smtp.NewClientLMTP(listen(t, "unix", asDelivery(e), settings())())
	defer c.Close()
	big := strings.Repeat("0123456789abcdef", 1<<16) + "\r\n"
	if err := c.Mail("x@y.test", &smtp.MailOptions{UTF8: true, Size: 5}); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"anna@example.test", "bert@example.test"} {
		if err := c.Rcpt(to, nil); err != nil {
			t.Fatal(err)
		}
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, big)
	if resp, err := w.CloseWithLMTPResponse(); err != nil || len(resp) != 2 {
		t.Fatalf("%v, %v", resp, err)
	}
	if got := inbox(t, e, "bert"); len(got) != 1 || string(afterTrace(t, got[0])) != big {
		t.Errorf("a long line did not come through")
	}
	if err := c.Quit(); err != nil {
		t.Error(err)
	}
}

// away is a store that cannot be reached, then one that ended its sessions.
type away struct {
	object.Service
	fail error
}

func (a *away) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	if a.fail != nil {
		return nil, a.fail
	}
	return a.Service.Logon(ctx, req)
}

func TestStoreAway(t *testing.T) {
	e := storetest.Open(t)
	service := &away{Service: asDelivery(e), fail: fmt.Errorf("connect: %w", mapi.NetworkError)}
	s := open(t, listen(t, "tcp", service, settings())())
	s.say("MAIL FROM:<>", "RCPT TO:<anna>", "DATA")
	s.want("250", "451 4.3.0", "503")
	service.fail = nil
	s.say("RSET", "MAIL FROM:<>", "RCPT TO:<anna>", "DATA", "x", ".")
	s.expect(250, 250, 250, 354, 250)
}

func TestSpillTrouble(t *testing.T) {
	e := storetest.Open(t)
	set := settings()
	set.SpillDir = filepath.Join(t.TempDir(), "missing")
	s := open(t, listen(t, "tcp", asDelivery(e), set)())
	s.say("MAIL FROM:<>", "RCPT TO:<anna>", "DATA", strings.Repeat("x", 300000), ".", "NOOP")
	s.want("250", "250", "354", "452 4.3.1", "250")
}

// TestCutOff: a client that leaves within a message delivers nothing.
func TestCutOff(t *testing.T) {
	e := storetest.Open(t)
	connect := listen(t, "tcp", asDelivery(e), settings())
	c := connect()
	s := open(t, c)
	s.say("MAIL FROM:<>", "RCPT TO:<anna>", "DATA", "half a mess")
	s.expect(250, 250, 354)
	c.(*net.TCPConn).CloseWrite()
	if _, err := s.c.ReadLine(); !errors.Is(err, io.EOF) {
		t.Errorf("the server did not hang up: %v", err)
	}
	if got := inbox(t, e, "anna"); len(got) != 0 {
		t.Errorf("%d messages delivered", len(got))
	}
}

// picky is a store that takes no message with properties, but for the search key.
type picky struct{ object.Service }

type pickySession struct{ object.Session }

func (p picky) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s, err := p.Service.Logon(ctx, req)
	return pickySession{s}, err
}

func (p pickySession) Deliver(ctx context.Context, req object.DeliverRequest) (object.DeliverResponse, error) {
	if len(req.Message.Props) > 1 {
		return object.DeliverResponse{}, fmt.Errorf("save: %w", mapi.InvalidParameter)
	}
	return p.Session.Deliver(ctx, req)
}

// TestAnyForm: a message that the store does not take with its properties is
// delivered all the same.
func TestAnyForm(t *testing.T) {
	e := storetest.Open(t)
	s := open(t, listen(t, "tcp", picky{asDelivery(e)}, settings())())
	s.say("MAIL FROM:<>", "RCPT TO:<anna>", "DATA", "Subject: x", "", "y", ".")
	s.expect(250, 250, 354, 250)
	if got := inbox(t, e, "anna"); len(got) != 1 || string(afterTrace(t, got[0])) != "Subject: x\r\n\r\ny\r\n" {
		t.Errorf("got %q", got)
	}
}
