// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// hasty is a store in which messages vanish between a look at the folder and
// one at their contents.
type hasty struct {
	object.Service
	gone map[mapi.ID]bool
}

// failing is a store that goes away when it has read the first item.
type failing struct{ object.Service }

type failingSession struct{ object.Session }

func (f failing) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s, err := f.Service.Logon(ctx, req)
	return failingSession{s}, err
}

func (s failingSession) Read(ctx context.Context, req object.ReadRequest) iter.Seq2[object.Chunk, error] {
	return func(yield func(object.Chunk, error) bool) {
		for c, err := range s.Session.Read(ctx, req) {
			if c.Item > 0 {
				yield(c, mapi.NetworkError)
				return
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// TestFailsWhileReading: what could not be read is not told to be empty.
func TestFailsWhileReading(t *testing.T) {
	c := newRig(t, failing{newMemStore()}).client(t)
	c.OK("%s", spell("APPEND INBOX "+letter))
	c.OK("SELECT INBOX")
	for _, tt := range []struct{ command, want string }{
		{"FETCH 1 (BODY.PEEK[HEADER.FIELDS (Subject)] BODY.PEEK[TEXT])", "1 FETCH (BODY[HEADER.FIELDS (Subject)] {16}\r\nSubject: one\r\n\r\n)"},
		{"FETCH 1 (BODY.PEEK[TEXT] BODY.PEEK[HEADER])", "1 FETCH (BODY[TEXT] {11}\r\nhello world)"},
	} {
		if res := c.Cmd("%s", tt.command); res.Status != "NO" || len(res.Untagged) != 1 || res.Untagged[0] != tt.want {
			t.Errorf("%s: %q %s", tt.command, res.Untagged, res)
		}
	}
}

type hastySession struct {
	object.Session
	gone map[mapi.ID]bool
}

func (h hasty) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s, err := h.Service.Logon(ctx, req)
	return hastySession{s, h.gone}, err
}

func (s hastySession) Read(ctx context.Context, req object.ReadRequest) iter.Seq2[object.Chunk, error] {
	req.Items = slices.Clone(req.Items)
	for i := range req.Items {
		if s.gone[req.Items[i].Message] {
			req.Items[i].Message = 1 << 40
		}
	}
	return s.Session.Read(ctx, req)
}

// TestGoneWhileReading: of a message that another session has just removed
// nothing is told, not even that it is empty.
func TestGoneWhileReading(t *testing.T) {
	store := newMemStore()
	gone := map[mapi.ID]bool{}
	r := newRig(t, hasty{store, gone})
	c := r.client(t)
	for range 4 {
		c.OK("%s", spell("APPEND INBOX "+letter))
	}
	c.OK("SELECT INBOX")
	for _, f := range store.folders {
		for i, m := range f.messages {
			gone[m.ID] = i%2 == 1
		}
	}
	for _, tt := range []struct{ command, status string }{
		{"FETCH 1:4 BODY.PEEK[]", "NO [EXPUNGEISSUED]"},
		{"UID FETCH 1:4 BODY.PEEK[]", "OK"},
		{"UID FETCH 1:4 (BODY.PEEK[HEADER] BODY.PEEK[TEXT])", "OK"},
		{"UID FETCH 1:4 (BODY.PEEK[2] BODY.PEEK[TEXT])", "OK"},
		{"UID FETCH 1:4 (BODY.PEEK[HEADER.FIELDS (Subject)])", "OK"},
	} {
		res := c.Cmd("%s", tt.command)
		if !strings.HasPrefix(res.String(), tt.status) {
			t.Errorf("%s: %s", tt.command, res)
		}
		if len(res.Untagged) != 2 || !strings.HasPrefix(res.Untagged[0], "1 FETCH") || !strings.HasPrefix(res.Untagged[1], "3 FETCH") {
			t.Errorf("%s: %q", tt.command, res.Untagged)
		}
	}
}

// TestKeywordsOfOthers: a keyword that IMAP cannot spell breaks no response.
func TestKeywordsOfOthers(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		r := newRig(t, service)
		c := r.client(t)
		c.OK("%s", spell("APPEND INBOX (work) "+letter))
		s, err := service.Logon(t.Context(), object.LogonRequest{Role: object.RoleUser, User: "anna@example.test", Password: "secret"})
		if err != nil {
			t.Fatal(err)
		}
		st, err := s.GetStore(t.Context(), object.GetStoreRequest{GUID: s.Whoami().Store})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.SetFlags(t.Context(), object.SetFlagsRequest{
			Store: st.GUID, Folder: st.SpecialFolder(object.KindInbox), UIDs: []mapi.UIDRange{{First: 1, Last: 1}},
			Mode: object.FlagsAdd, Keywords: []string{"two words", "a)b", "grün", `"`},
		})
		if err != nil {
			t.Fatal(err)
		}
		c.OK("SELECT INBOX")
		if got := c.OK("FETCH 1 FLAGS"); len(got) != 1 || !strings.HasPrefix(got[0], "1 FETCH (FLAGS (work") {
			t.Errorf("flags: %q", got)
		}
	})
}
