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

// forgetful is a store that has pruned all tombstones.
type forgetful struct{ object.Service }

type forgetfulSession struct{ object.Session }

func (f forgetful) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s, err := f.Service.Logon(ctx, req)
	return forgetfulSession{s}, err
}

func (s forgetfulSession) Changes(ctx context.Context, req object.ChangesRequest) iter.Seq2[object.ChangeItem, error] {
	if req.Since != 0 {
		return func(yield func(object.ChangeItem, error) bool) { yield(object.ChangeItem{}, mapi.SyncTooOld) }
	}
	return s.Session.Changes(ctx, req)
}

// TestResync: where the store does not know any more what went, the folder is
// read anew, and clients see the same as ever.
func TestResync(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		one, two := newRig(t, forgetful{service}).client(t), newRig(t, service).client(t)
		for range 4 {
			two.OK("%s", spell("APPEND INBOX "+letter))
		}
		one.OK("SELECT INBOX")
		two.OK("SELECT INBOX")
		two.OK(`STORE 2:3 +FLAGS.SILENT (\Deleted)`)
		two.OK("EXPUNGE")
		two.OK(`STORE 2 +FLAGS.SILENT (\Flagged)`)
		two.OK("%s", spell("APPEND INBOX "+letter))
		got := one.OK("NOOP")
		for _, want := range []string{"3 EXPUNGE", "2 EXPUNGE", "3 EXISTS"} {
			if !slices.Contains(got, want) {
				t.Errorf("NOOP told %q, without %q", got, want)
			}
		}
		if got := one.OK("UID SEARCH FLAGGED"); !slices.Contains(got, "SEARCH 4") {
			t.Errorf("UID SEARCH told %q", got)
		}
	})
}

// TestRemovalUnheardOf: a removal that no event told of yet waits, too, where the
// client is told of a later change.
func TestRemovalUnheardOf(t *testing.T) {
	store := newMemStore()
	store.quiet = true
	one, two := newRig(t, store).client(t), newRig(t, store).client(t)
	for range 3 {
		two.OK("%s", spell("APPEND INBOX "+letter))
	}
	one.OK("ENABLE QRESYNC")
	selected := one.OK("SELECT INBOX")
	two.OK("SELECT INBOX")
	two.OK(`STORE 2 +FLAGS.SILENT (\Deleted)`)
	one.OK("NOOP")
	two.OK("EXPUNGE")
	told := one.OK("STORE 1 +FLAGS (\\Flagged)")
	if !slices.ContainsFunc(told, func(s string) bool { return strings.HasPrefix(s, "OK [HIGHESTMODSEQ ") }) {
		t.Errorf("STORE told %q, after %q", told, selected)
	}
	if got := one.OK("NOOP"); !slices.Contains(got, "VANISHED 2") {
		t.Errorf("NOOP told %q", got)
	}
}
