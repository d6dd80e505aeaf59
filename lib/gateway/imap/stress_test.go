// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"testing"

	"twiga/lib/mapi/object"
	"twiga/lib/proto/imap/imaptest"
)

// TestStress has clients of every kind do random things to two mailboxes. The
// daemons get more of it (test/integration).
func TestStress(t *testing.T) {
	rounds := 4
	if testing.Short() {
		rounds = 1
	}
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stress(t, open(t), rounds)
		})
	}
}

func stress(t *testing.T, service object.Service, rounds int) {
	r := newRig(t, service)
	first := r.client(t)
	first.OK("CREATE other")
	s := imaptest.Stress{
		Connect:   func(tb testing.TB, _ int) *imaptest.Client { return r.client(tb) },
		Mailboxes: []string{"INBOX", "other"},
		Clients:   6,
		Steps:     30,
		More:      func(round int) bool { return round < rounds },
	}
	t.Logf("%d commands", s.Run(t))
}
