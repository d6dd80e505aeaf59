// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"slices"
	"testing"
	"time"

	"twiga/lib/mapi"
)

// TestRecent: a message is recent until a session was told so that may tell, and
// what nobody knows of is (RFC 3501 2.3.2).
func TestRecent(t *testing.T) {
	service := newMemStore()
	r := newRig(t, service)
	c := r.client(t)
	arrive := func() { c.OK("%s", spell("APPEND box "+letter)) }
	status := func(want string) {
		t.Helper()
		if got := c.OK("STATUS box (RECENT)"); !slices.Equal(got, []string{"STATUS box (RECENT " + want + ")"}) {
			t.Errorf("%q, want %s", got, want)
		}
	}
	open := func(command, want string) {
		t.Helper()
		if got := c.OK("%s box", command); !slices.Contains(got, want+" RECENT") {
			t.Errorf("%s: %q, want %s", command, got, want)
		}
	}
	found := func(want string) {
		t.Helper()
		if got := c.OK("SEARCH RECENT"); !slices.Equal(got, []string{"SEARCH" + want}) {
			t.Errorf("found %q, want %s", got, want)
		}
	}
	c.OK("CREATE box")
	arrive()
	arrive()
	status("2")
	open("EXAMINE", "2")
	found(" 1 2")
	c.OK("UNSELECT")
	open("SELECT", "2")
	found(" 1 2")
	c.OK("UNSELECT")
	status("0")
	open("SELECT", "0")
	found("")
	c.OK("UNSELECT")

	arrive()
	r.gw.sweep(time.Now().Add(time.Hour)) // the view goes
	status("1")
	open("SELECT", "1")
	found(" 3")
	c.OK("UNSELECT")

	again := newRig(t, service) // another gateway knows nothing
	c = again.client(t)
	status("3")
	open("SELECT", "3")
}

// TestClaimsBounded: what was told of some folder is forgotten rather than kept of
// any number.
func TestClaimsBounded(t *testing.T) {
	var c claims
	for i := range maxClaims + 10 {
		c.set(claim{folder: mapi.ID(i)}, 7)
	}
	last := claim{folder: maxClaims + 9}
	c.set(last, 8)
	if n := len(c.next); n != maxClaims || c.of(last) != 8 || c.of(claim{uidValidity: 1}) != 1 {
		t.Errorf("%d folders, %d, %d", n, c.of(last), c.of(claim{uidValidity: 1}))
	}
}
