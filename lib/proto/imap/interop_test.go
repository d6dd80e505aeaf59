// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"strings"
	"testing"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// TestForeignClient lets a client that others wrote read the answers.
func TestForeignClient(t *testing.T) {
	b := newFakeBackend("one", "two", "three")
	exists := make(chan uint32, 4)
	c := imapclient.New(connect(t, startServer(t, plainConfig(b))), &imapclient.Options{
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Mailbox: func(d *imapclient.UnilateralDataMailbox) {
				if d.NumMessages != nil {
					exists <- *d.NumMessages
				}
			},
		},
	})
	defer c.Close()
	check := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	check("login", c.Login("u", "p").Wait())
	list, err := c.List("", "*", nil).Collect()
	check("list", err)
	if len(list) != 3 || list[2].Mailbox != "Über/Tag" {
		t.Errorf("list: %v", list)
	}
	_, err = c.Namespace().Wait()
	check("namespace", err)
	status, err := c.Status("INBOX", &goimap.StatusOptions{NumMessages: true, UIDNext: true}).Wait()
	check("status", err)
	if *status.NumMessages != 3 || status.UIDNext != 4 {
		t.Errorf("status: %+v", status)
	}
	selected, err := c.Select("INBOX", nil).Wait()
	check("select", err)
	if selected.NumMessages != 3 || selected.UIDValidity != 7 {
		t.Errorf("select: %+v", selected)
	}
	whole := &goimap.FetchItemBodySection{Peek: true}
	messages, err := c.Fetch(goimap.UIDSetNum(2), &goimap.FetchOptions{UID: true, Flags: true,
		BodySection: []*goimap.FetchItemBodySection{whole}}).Collect()
	check("fetch", err)
	if len(messages) != 1 || string(messages[0].FindBodySection(whole)) != "two" {
		t.Errorf("fetch: %+v", messages)
	}
	found, err := c.UIDSearch(&goimap.SearchCriteria{}, &goimap.SearchOptions{ReturnAll: true, ReturnCount: true}).Wait()
	check("search", err)
	if found.Count != 3 || found.All.String() != "1:3" {
		t.Errorf("search: %+v", found)
	}
	check("store", c.Store(goimap.SeqSetNum(1), &goimap.StoreFlags{Op: goimap.StoreFlagsAdd,
		Flags: []goimap.Flag{goimap.FlagSeen}}, nil).Close())
	upload := c.Append("Sent Items", 3, nil)
	_, err = upload.Write([]byte("new"))
	check("write message", err)
	check("end message", upload.Close())
	appended, err := upload.Wait()
	check("append", err)
	if appended.UID != 4 {
		t.Errorf("append: %+v", appended)
	}
	moved, err := c.Move(goimap.UIDSetNum(1, 2), "Sent Items").Wait()
	check("move", err)
	if moved.UIDValidity != 8 || !strings.HasPrefix(moved.SourceUIDs.(goimap.UIDSet).String(), "1:2") {
		t.Errorf("move: %+v", moved)
	}
	for len(exists) > 0 {
		<-exists
	}
	idle, err := c.Idle()
	check("idle", err)
	b.deliver("pushed")
	if n := <-exists; n != 3 {
		t.Errorf("idle: %d messages", n)
	}
	check("end idle", idle.Close())
	check("idle", idle.Wait())
	check("logout", c.Logout().Wait())
}
