// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"twiga/lib/conv/mime/mimetest"
)

// copyOf is one message in one mailbox.
type copyOf struct {
	token string
	user  int
}

// ledger is what the senders know: which copies were acknowledged, and those
// whose answer was lost or that were put off, which may be there or not.
type ledger struct {
	mu           sync.Mutex // guards the fields that follow
	acknowledged map[copyOf]bool
	unknown      map[copyOf]bool
}

func newLedger() *ledger {
	return &ledger{acknowledged: map[copyOf]bool{}, unknown: map[copyOf]bool{}}
}

func (l *ledger) add(c copyOf, acknowledged bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if acknowledged {
		l.acknowledged[c] = true
	} else {
		l.unknown[c] = true
	}
}

// crashMail is the message of a token: a small one, or one with an attachment
// that few others or none have, too.
func crashMail(token string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(token))
	switch n := h.Sum32(); n % 16 {
	case 0:
		return "X-Token: " + token + "\r\n" + mimetest.Mixed("one of its own", mimetest.Bytes(uint64(n), 30000))
	case 1:
		return "X-Token: " + token + "\r\n" + mimetest.Mixed("one that is shared", mimetest.Bytes(uint64(n>>4%8), 20000))
	}
	return "X-Token: " + token + "\r\n" + simple(token)
}

// compare reads all mailboxes and holds them against the ledger.
func (l *ledger) compare(t *testing.T, s *system, users int) {
	t.Helper()
	found := map[copyOf]int{}
	for u := range users {
		for _, m := range bodies(t, dialIMAP(t, s, login(u), "INBOX")) {
			_, rest, _ := strings.Cut(m.body, "X-Token: ")
			token, _, _ := strings.Cut(rest, "\r\n")
			if !strings.HasSuffix(m.body, crashMail(token)) {
				t.Errorf("%s, UID %d: not as it was sent: %.2000q", login(u), m.uid, m.body)
			}
			found[copyOf{token, u}]++
		}
	}
	for c := range l.acknowledged {
		if found[c] != 1 {
			t.Errorf("%s for %s: acknowledged, there %d times", c.token, login(c.user), found[c])
		}
	}
	for c, n := range found {
		if !l.acknowledged[c] && (!l.unknown[c] || n != 1) {
			t.Errorf("%s for %s: there %d times, was never acknowledged", c.token, login(c.user), n)
		}
	}
}

// flagLedger is what one client knows of the flags that it alone changes: by
// message, how the last change was acknowledged.
type flagLedger struct{ flagged map[imap.UID]bool }

// flag sets or clears a message's flag.
func (f *flagLedger) flag(c *imapclient.Client, uid imap.UID, set bool) error {
	delete(f.flagged, uid) // while nobody answers it may be either
	op := imap.StoreFlagsDel
	if set {
		op = imap.StoreFlagsAdd
	}
	change := &imap.StoreFlags{Op: op, Flags: []imap.Flag{imap.FlagFlagged}, Silent: true}
	if err := c.Store(imap.UIDSetNum(uid), change, nil).Close(); err != nil {
		return err
	}
	f.flagged[uid] = set
	return nil
}

// compare holds the flags of a mailbox against what its client knows.
func (f *flagLedger) compare(t *testing.T, s *system, name string) {
	t.Helper()
	c := dialIMAP(t, s, name, "INBOX")
	set := map[imap.UID]bool{}
	for _, line := range c.OK("UID FETCH 1:* (FLAGS)") {
		var seq, uid uint32
		if _, err := fmt.Sscanf(line, "%d FETCH (UID %d", &seq, &uid); err != nil {
			t.Fatalf("FETCH: %q: %v", line, err)
		}
		set[imap.UID(uid)] = strings.Contains(line, `\Flagged`)
	}
	for uid, flagged := range f.flagged {
		if is, there := set[uid]; !there || is != flagged {
			t.Errorf("%s, UID %d: flagged %t was acknowledged, it is %t (there: %t)", name, uid, flagged, is, there)
		}
	}
}
