// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"slices"
	"testing"
)

// TestExpungeSeesMarksOfOthers: what was marked by way of another gateway just
// now is removed, though no event told of it.
func TestExpungeSeesMarksOfOthers(t *testing.T) {
	store := newMemStore()
	store.quiet = true
	one, two := newRig(t, store).client(t), newRig(t, store).client(t)
	for range 4 {
		one.OK("%s", spell("APPEND INBOX "+letter))
	}
	one.OK("SELECT INBOX")
	two.OK("SELECT INBOX")
	two.OK(`STORE 2:3 +FLAGS.SILENT (\Deleted)`)
	if got := one.OK("UID EXPUNGE 3:4"); !slices.Contains(got, "3 EXPUNGE") || len(got) != 2 {
		t.Errorf("UID EXPUNGE told %q", got)
	}
	two.OK(`STORE 2 -FLAGS.SILENT (\Deleted)`)
	if got := one.OK("EXPUNGE"); slices.Contains(got, "2 EXPUNGE") {
		t.Errorf("EXPUNGE told %q", got)
	}
	two.OK(`STORE 1 +FLAGS.SILENT (\Deleted)`)
	one.OK("CLOSE")
	if got := two.OK("EXPUNGE"); !slices.Contains(got, "1 EXPUNGE") {
		t.Errorf("EXPUNGE after CLOSE told %q", got)
	}
}

// TestExpungeOfNothing: where nothing is marked the store is not asked to look
// through the whole folder.
func TestExpungeOfNothing(t *testing.T) {
	store := newMemStore()
	c := newRig(t, store).client(t)
	c.OK("%s", spell("APPEND INBOX "+letter))
	for _, command := range []string{"SELECT INBOX", "EXPUNGE", "UID EXPUNGE 1:*", "CLOSE"} {
		c.OK("%s", command)
	}
	store.mu.Lock()
	defer store.mu.Unlock()
	if n := store.calls["DeleteMessages"]; n != 0 {
		t.Errorf("%d calls of DeleteMessages", n)
	}
}

// TestManyNewMessages: however many come, they come by EXISTS alone.
func TestManyNewMessages(t *testing.T) {
	c := newRig(t, newMemStore()).client(t)
	for range 40 {
		c.OK("%s", spell("APPEND INBOX "+letter))
	}
	c.OK("SELECT INBOX")
	for n := 40; n < 2*maxLog; n *= 2 {
		if got := c.OK("COPY 1:* INBOX"); len(got) != 2 {
			t.Fatalf("%d lines for %d new messages: %.200q", len(got), n, got)
		}
	}
}
