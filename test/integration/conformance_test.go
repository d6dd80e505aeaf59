// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"fmt"
	"sync/atomic"
	"testing"

	"twiga/lib/proto/imap/imaptest"
)

// conformance are the scripts of what commands and extensions have to do.
const conformance = "../../testdata/imap/conformance"

// TestConformance plays the scripts on the daemons.
func TestConformance(t *testing.T) {
	s := start(t, 1)
	var scripts atomic.Int32
	peer := imaptest.Peer{
		Name:    "twiga",
		Connect: func(tb testing.TB) *imaptest.Client { return imaptest.Dial(tb, "tcp", s.IMAP) },
		Users: func(tb testing.TB, names []string) map[string]imaptest.Account {
			n := scripts.Add(1)
			accounts := map[string]imaptest.Account{}
			for _, who := range names {
				user := fmt.Sprintf("%s%d@example.test", who, n)
				if out, err := s.tool(password+"\n", "admin", "user", "create", user, "--password-stdin"); err != nil {
					tb.Fatalf("admin user add: %v\n%s", err, out)
				}
				accounts[who] = imaptest.Account{User: user, Password: password}
			}
			return accounts
		},
	}
	t.Run("scripts", func(t *testing.T) { imaptest.RunFolder(t, conformance, peer) }) // ends when all of them have
	s.check()
}

// TestConformanceOfDovecot plays the same scripts on Dovecot: where it does
// otherwise, the script says why.
func TestConformanceOfDovecot(t *testing.T) {
	d := startDovecot(t)
	var scripts atomic.Int32
	imaptest.RunFolder(t, conformance, imaptest.Peer{
		Name:    "dovecot",
		Foreign: true,
		Connect: func(tb testing.TB) *imaptest.Client { return imaptest.Dial(tb, "tcp", d.IMAP) },
		Users: func(_ testing.TB, names []string) map[string]imaptest.Account {
			n := scripts.Add(1)
			accounts := map[string]imaptest.Account{}
			for _, who := range names {
				accounts[who] = imaptest.Account{User: fmt.Sprintf("%s%d@example.test", who, n), Password: password}
			}
			return accounts
		},
	})
}
