// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"twiga/lib/conv/mime/mimetest"
	"twiga/lib/mapi/object"
)

// must fails the test on an error.
func must(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// TestForeignClient has a client that others wrote read what we say.
func TestForeignClient(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		r := newRig(t, service)
		exists := make(chan uint32, 100)
		c, err := imapclient.DialInsecure(r.address, &imapclient.Options{
			UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: func(d *imapclient.UnilateralDataMailbox) {
				if d.NumMessages != nil {
					exists <- *d.NumMessages
				}
			}},
		})
		must(t, "dial", err)
		defer c.Close()
		must(t, "login", c.Login("anna", "secret").Wait())
		appendMails(t, c)
		sel, err := c.Select("INBOX", &imap.SelectOptions{CondStore: true}).Wait()
		must(t, "select", err)
		if sel.NumMessages != 3 || sel.UIDNext != 4 || sel.HighestModSeq == 0 {
			t.Errorf("select: %+v", sel)
		}
		readMails(t, c)
		changeMails(t, c)
		boxes, err := c.List("", "*", &imap.ListOptions{ReturnSpecialUse: true, ReturnSubscribed: true}).Collect()
		must(t, "list", err)
		if len(boxes) != 7 {
			t.Errorf("%d mailboxes: %+v", len(boxes), boxes)
		}
		status, err := c.Status("Archiv", &imap.StatusOptions{NumMessages: true, NumUnseen: true, HighestModSeq: true}).Wait()
		must(t, "status", err)
		if *status.NumMessages != 2 {
			t.Errorf("status: %+v", status)
		}
		idle, err := c.Idle()
		must(t, "idle", err)
		for len(exists) > 0 {
			<-exists
		}
		r.client(t).OK("%s", spell("APPEND INBOX "+letter))
		select {
		case n := <-exists:
			if n != 3 {
				t.Errorf("%d messages in IDLE", n)
			}
		case <-time.After(10 * time.Second):
			t.Error("nothing came in IDLE")
		}
		must(t, "end idle", idle.Close())
		must(t, "idle", idle.Wait())
		must(t, "logout", c.Logout().Wait())
	})
}

func appendMails(t *testing.T, c *imapclient.Client) {
	t.Helper()
	for i := range 3 {
		m := fmt.Sprintf("From: =?utf-8?q?J=C3=BCrgen?= <j@example.test>\r\nTo: b@example.test\r\nSubject: number %d\r\n", i) +
			strings.TrimPrefix(mimetest.Mixed("hello", mimetest.Bytes(uint64(i), 3000)), mimetest.Head)
		a := c.Append("INBOX", int64(len(m)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen, "work"}, Time: time.Unix(1e9, 0)})
		_, err := a.Write([]byte(m))
		must(t, "write message", err)
		must(t, "end message", a.Close())
		data, err := a.Wait()
		must(t, "append", err)
		if data.UID != imap.UID(i+1) {
			t.Errorf("append: %+v", data)
		}
	}
}

func readMails(t *testing.T, c *imapclient.Client) {
	t.Helper()
	header := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Subject"}, Peek: true}
	part := &imap.FetchItemBodySection{Part: []int{2}, Peek: true}
	got, err := c.Fetch(imap.SeqSetNum(1, 2, 3), &imap.FetchOptions{
		Flags: true, Envelope: true, InternalDate: true, RFC822Size: true, UID: true, ModSeq: true,
		BodyStructure: &imap.FetchItemBodyStructure{Extended: true}, BodySection: []*imap.FetchItemBodySection{header, part},
	}).Collect()
	must(t, "fetch", err)
	if len(got) != 3 {
		t.Fatalf("%d messages", len(got))
	}
	for i, m := range got {
		if m.Envelope.Subject != fmt.Sprintf("number %d", i) || m.Envelope.From[0].Name != "Jürgen" || m.InternalDate.Unix() != 1e9 ||
			m.ModSeq == 0 || m.UID != imap.UID(i+1) {
			t.Errorf("message %d: %+v %+v", i, m, m.Envelope)
		}
		s, ok := m.BodyStructure.(*imap.BodyStructureMultiPart)
		if !ok || len(s.Children) != 2 {
			t.Errorf("structure of message %d: %+v", i, m.BodyStructure)
		}
		if want := fmt.Sprintf("Subject: number %d\r\n\r\n", i); string(m.FindBodySection(header)) != want {
			t.Errorf("header of message %d: %q", i, m.FindBodySection(header))
		}
		if len(m.FindBodySection(part)) < 4000 {
			t.Errorf("attachment of message %d: %q", i, m.FindBodySection(part))
		}
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: "NUMBER 1"}}},
		&imap.SearchOptions{ReturnAll: true, ReturnCount: true}).Wait()
	must(t, "search", err)
	if found.Count != 1 || found.All.String() != "2" {
		t.Errorf("search: %+v", found)
	}
}

func changeMails(t *testing.T, c *imapclient.Client) {
	t.Helper()
	_, err := c.Store(imap.UIDSetNum(2), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagFlagged}}, nil).Collect()
	must(t, "store", err)
	copied, err := c.Copy(imap.SeqSetNum(2), "Archiv").Wait()
	must(t, "copy", err)
	if copied.SourceUIDs.String() != "2" || copied.DestUIDs.String() != "1" {
		t.Errorf("copy: %+v", copied)
	}
	moved, err := c.Move(imap.UIDSetNum(3), "Archiv").Wait()
	must(t, "move", err)
	if moved.SourceUIDs.String() != "3" || moved.DestUIDs.String() != "2" {
		t.Errorf("move: %+v", moved)
	}
	if n := c.Mailbox().NumMessages; n != 2 {
		t.Errorf("%d messages after the move", n)
	}
}
