// SPDX-License-Identifier: AGPL-3.0-or-later

package scale

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

const (
	domain   = storetest.Domain
	password = storetest.Password
)

// saveBatch is how many messages one call saves while a mailbox is filled.
const saveBatch = 2000

var firstReceived = time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)

// message is a small mail as it comes from the parser, received so many
// minutes after the first.
func message(minute int) object.NewMessage {
	unique := sha256.Sum256(fmt.Append(nil, minute))
	subject := fmt.Sprintf("message %d", minute)
	content := []byte("Subject: " + subject + "\r\nFrom: Anna <anna@example.test>\r\nTo: Bert <bert@example.test>\r\n" +
		"Message-ID: <" + fmt.Sprintf("%x", unique[:12]) + "@example.test>\r\n\r\nThe quick brown giraffe looks over the lazy tree.\r\n")
	var p mapi.Props
	p.Set(tag.Subject, mapi.String(subject))
	p.Set(tag.SenderName, mapi.String(fmt.Sprintf("sender %d", minute%500)))
	p.Set(tag.SenderEmailAddress, mapi.String("anna@example.test"))
	p.Set(tag.InternetMessageId, mapi.String(fmt.Sprintf("<%x@example.test>", unique[:12])))
	p.Set(tag.TwigaEnvelope, mapi.Binary([]byte(strings.Repeat("(\"envelope\" NIL) ", 12))))
	m := object.NewMessage{Props: p, Received: firstReceived.Add(time.Duration(minute) * time.Minute),
		Content:    []object.Segment{{Inline: content, Size: int64(len(content))}},
		Recipients: []mapi.Props{{{Tag: tag.EmailAddress, Value: mapi.String("bert@example.test")}}}}
	if minute%10 == 0 {
		m.Flags = object.FlagSeen
	}
	return m
}

// fill puts n messages into a folder: received in order but for each tenth, or
// in no order at all.
func fill(t *testing.T, s object.Session, folder mapi.ID, n int, scattered bool) {
	t.Helper()
	for i := 0; i < n; i += saveBatch {
		req := object.SaveMessagesRequest{Folder: folder}
		for at := i; at < min(i+saveBatch, n); at++ {
			minute := at
			if scattered || at%10 == 0 {
				minute = at * 7919 % n
			}
			req.Messages = append(req.Messages, message(minute))
		}
		if _, err := s.SaveMessages(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
}

// shape is how a mailbox is filled.
type shape struct {
	folder int // messages in the Inbox, and so many in a folder in no order
	others int // folders beside
	each   int // messages in each of them
}

func (s shape) total() int { return 2*s.folder + s.others*s.each }

// grow makes a mailbox of a shape.
func grow(t *testing.T, e *store.Engine, user string, is shape) {
	t.Helper()
	storetest.AddUser(t, e, user)
	s := storetest.Logon(t, e, user)
	st, err := s.GetStore(t.Context(), object.GetStoreRequest{})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	folders := []object.NewFolder{{Parent: st.SpecialFolder(object.KindRoot), Name: scatteredName}}
	for i := range is.others {
		folders = append(folders, object.NewFolder{Parent: st.SpecialFolder(object.KindRoot), Name: fmt.Sprintf("year %d", i)})
	}
	made, err := s.CreateFolders(t.Context(), object.CreateFoldersRequest{Folders: folders})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s, st.SpecialFolder(object.KindInbox), is.folder, false)
	for i, f := range made.Created {
		if i == 0 {
			fill(t, s, f.ID, is.folder, true)
			continue
		}
		fill(t, s, f.ID, is.each, false)
	}
	t.Logf("%s: %d messages saved, %.0f in a second", user, is.total(), float64(is.total())/time.Since(begun).Seconds())
}

const scatteredName = "scattered"

// makers is how many mailboxes are made at once.
const makers = 8

// people makes many users with empty mailboxes, who have no passwords.
func people(t *testing.T, dir string, n int) {
	t.Helper()
	e := storetest.OpenDir(t, dir, store.Options{})
	admin := storetest.As(t, e, object.RoleAdmin)
	begun := time.Now()
	var wg sync.WaitGroup
	next := make(chan int)
	for range makers {
		wg.Go(func() {
			for i := range next {
				u := directory.User{Name: fmt.Sprintf("u%05d", i)}
				if _, err := admin.CreateUser(t.Context(), object.CreateUserRequest{User: u}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	t.Logf("%d mailboxes made, %.0f in a second", n, float64(n)/time.Since(begun).Seconds())
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}
