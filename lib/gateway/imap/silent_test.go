// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
	"twiga/lib/proto/imap/imaptest"
)

// slow is a store whose answers to changes of flags are late: others hear of the
// change first.
type slow struct {
	object.Service
	before    func(s object.Session, folder mapi.ID) // is called ahead of the next change
	meanwhile func()
}

type slowSession struct {
	object.Session
	store *slow
}

func (s *slow) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	session, err := s.Service.Logon(ctx, req)
	return slowSession{session, s}, err
}

func (s slowSession) SetFlags(ctx context.Context, req object.SetFlagsRequest) (object.SetFlagsResponse, error) {
	if f := s.store.before; f != nil {
		s.store.before = nil
		f(s.Session, req.Folder)
	}
	res, err := s.Session.SetFlags(ctx, req)
	if f := s.store.meanwhile; f != nil {
		s.store.meanwhile = nil
		f()
	}
	return res, err
}

// TestSilentStore: who stores in silence is told nothing of it, also where
// another connection has heard of the change before; and is told what it cannot
// expect.
func TestSilentStore(t *testing.T) {
	for _, tt := range []struct {
		name            string
		before, command string
		want            []string // patterns
	}{
		{"as expected", "", `STORE 1 +FLAGS.SILENT (\Seen)`, nil},
		{"a keyword", "", `STORE 1 +FLAGS.SILENT (work)`, []string{"FLAGS (... work)"}},
		{"all of them", `STORE 1 +FLAGS (\Flagged)`, `STORE 1 FLAGS.SILENT (\Seen)`, nil},
		{"one goes", `STORE 1 +FLAGS (\Flagged \Seen)`, `STORE 1 -FLAGS.SILENT (\Seen)`, nil},
		{"told", "", `STORE 1 +FLAGS (\Seen)`, []string{`1 FETCH (UID 1 FLAGS (\Seen))`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := &slow{Service: newMemStore()}
			r := newRigOf(t, Config{Service: store}, proto.Config{PlainLogin: true})
			one, two := r.client(t), r.client(t)
			one.OK("%s", spell("APPEND INBOX "+letter))
			for _, c := range []*imaptest.Client{one, two} {
				c.OK("SELECT INBOX")
				c.OK("NOOP")
			}
			if tt.before != "" {
				one.OK("%s", tt.before)
			}
			two.OK("NOOP")
			store.meanwhile = func() { two.OK("NOOP") }
			got := one.OK("%s", tt.command)
			if store.meanwhile != nil {
				t.Fatal("the other connection was not asked")
			}
			for len(got) > 0 && len(tt.want) > 0 && imaptest.MatchResponse(tt.want[0], got[0], imaptest.Vars{}) {
				got, tt.want = got[1:], tt.want[1:]
			}
			if len(got)+len(tt.want) > 0 {
				t.Errorf("%s: got %q, want %q", tt.command, got, tt.want)
			}
			if got := one.OK("NOOP"); len(got) > 0 {
				t.Errorf("afterwards: %q", got)
			}
		})
	}
	t.Run("others changed it, too", func(t *testing.T) {
		store := &slow{Service: newMemStore()}
		r := newRigOf(t, Config{Service: store}, proto.Config{PlainLogin: true})
		one, two := r.client(t), r.client(t)
		one.OK("%s", spell("APPEND INBOX "+letter))
		one.OK("SELECT INBOX")
		two.OK("SELECT INBOX")
		store.meanwhile = func() { two.OK(`STORE 1 +FLAGS.SILENT (\Flagged)`) }
		got := one.OK(`STORE 1 +FLAGS.SILENT (\Seen)`)
		if len(got) != 1 || !imaptest.MatchResponse(`1 FETCH (UID 1 FLAGS (\Seen \Flagged))`, got[0], imaptest.Vars{}) {
			t.Errorf("got %q", got)
		}
	})
}

// TestSilentStoreBehind: what others did before, of which the gateway has not
// heard, is told; what the client expects is not.
func TestSilentStoreBehind(t *testing.T) {
	store := &slow{Service: newMemStore()}
	r := newRigOf(t, Config{Service: store}, proto.Config{PlainLogin: true})
	c := r.client(t)
	for range 3 {
		c.OK("%s", spell("APPEND INBOX "+letter))
	}
	c.OK("SELECT INBOX")
	store.before = func(s object.Session, folder mapi.ID) {
		_, err := s.SetFlags(t.Context(), object.SetFlagsRequest{
			Folder: folder, UIDs: []mapi.UIDRange{{First: 2, Last: 2}}, Mode: object.FlagsAdd, Flags: object.FlagAnswered,
		})
		if err != nil {
			t.Error(err)
		}
	}
	got := append(c.OK(`STORE 1:2 +FLAGS.SILENT (\Seen)`), c.OK("NOOP")...)
	if len(got) != 1 || !imaptest.MatchResponse(`2 FETCH (UID 2 FLAGS (\Answered \Seen))`, got[0], imaptest.Vars{}) {
		t.Errorf("told %q", got)
	}
	got = c.OK("FETCH 1:* (FLAGS)")
	for i, want := range []string{`1 FETCH (FLAGS (\Seen...))`, `2 FETCH (FLAGS (\Answered \Seen...))`, `3 FETCH (FLAGS (...))`} {
		if i >= len(got) || !imaptest.MatchResponse(want, got[i], imaptest.Vars{}) {
			t.Errorf("fetched %q", got)
		}
	}
}
