// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// rounds is how often the crash test kills.
func rounds() int {
	if os.Getenv("TWIGA_LONG") != "" {
		return 100
	}
	return 10
}

// comeBack is how long a client waits that found a daemon down.
const comeBack = 20 * time.Millisecond

// load is clients that deliver and flag until stop.
type load struct {
	s                  *system
	lmtp, imap         string
	users              int
	ledger             *ledger
	flags              []flagLedger // one a user
	stop               atomic.Bool
	delivered, flagged atomic.Int64 // acknowledged
	wg                 sync.WaitGroup
}

func startLoad(s *system, users, workers int) *load {
	l := &load{s: s, lmtp: s.LMTP, imap: s.IMAP, users: users, ledger: newLedger(), flags: make([]flagLedger, users)}
	for w := range workers {
		l.wg.Go(func() { l.deliver(w) })
	}
	for u := range users {
		l.flags[u].flagged = map[imap.UID]bool{}
		l.wg.Go(func() { l.flag(u) })
	}
	return l
}

// end ends the load and holds the mailboxes against what was acknowledged.
func (l *load) end(t *testing.T) {
	t.Helper()
	l.stop.Store(true)
	l.wg.Wait()
	t.Logf("acknowledged: %d copies delivered, %d flag changes; %d copies without an answer or put off",
		l.delivered.Load(), l.flagged.Load(), len(l.ledger.unknown))
	l.ledger.compare(t, l.s, l.users)
	for u := range l.flags {
		l.flags[u].compare(t, l.s, login(u))
	}
	l.s.check()
}

// progress waits until mail comes in and flags change.
func (l *load) progress(t *testing.T, round, deliveries int) {
	t.Helper()
	delivered, flagged := l.delivered.Load()+int64(deliveries), l.flagged.Load()
	eventually(t, fmt.Sprintf("round %d: mail comes in and flags change", round), time.Minute, func() bool {
		return l.delivered.Load() >= delivered && l.flagged.Load() > flagged
	})
}

// TestKill kills stored, dagent and imapgw at random moments under delivery
// and flag load. What was acknowledged is there once; the check is clean; the
// daemons find each other again.
func TestKill(t *testing.T) {
	const users, workers, burst = 4, 4, 60
	s := start(t, users)
	l := startLoad(s, users, workers)
	kills := map[string]int{}
	victims := []string{"stored", "dagent", "stored", "imapgw"}
	for round := range rounds() {
		l.progress(t, round, rand.IntN(burst))
		s.again()
		victim := victims[round%len(victims)]
		old := s.PIDs[victim]
		if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
			t.Fatalf("round %d: kill %s: %v", round, victim, err)
		}
		kills[victim]++
		eventually(t, fmt.Sprintf("round %d: %s runs again", round, victim), time.Minute, func() bool { s.again(); return s.PIDs[victim] != old })
	}
	l.progress(t, rounds(), 1)
	t.Logf("killed %v", kills)
	l.end(t)
}

// deliver delivers to one user or two, on a new connection when one breaks.
func (l *load) deliver(worker int) {
	var c *lmtpClient
	for n := 0; !l.stop.Load(); n++ {
		if c == nil {
			var err error
			if c, err = connectLMTP(l.lmtp); err != nil {
				c = nil
				time.Sleep(comeBack)
				continue
			}
		}
		if l.deliverOne(c, fmt.Sprintf("w%d-%d-x", worker, n)) != nil {
			_ = c.conn.Close()
			c = nil
		}
	}
	if c != nil {
		_ = c.conn.Close()
	}
}

func (l *load) deliverOne(c *lmtpClient, token string) error {
	first := rand.IntN(l.users)
	to, users := []string{login(first)}, []int{first}
	if rand.IntN(4) == 0 {
		second := (first + 1) % l.users
		to, users = append(to, login(second)), append(users, second)
	}
	replies, err := c.deliver([]byte(crashMail(token)), to...)
	for i, u := range users {
		reply := ""
		if i < len(replies) {
			reply = replies[i]
		}
		switch {
		case strings.HasPrefix(reply, "250") && strings.HasSuffix(reply, "\n"):
			l.ledger.add(copyOf{token, u}, true)
			l.delivered.Add(1)
		case reply == "" || strings.HasPrefix(reply, "4"): // the store may have gone after its commit
			l.ledger.add(copyOf{token, u}, false)
		default:
			panic("delivery refused for good: " + reply)
		}
	}
	return err
}

// flag flags a user's newest message again and again.
func (l *load) flag(user int) {
	for !l.stop.Load() {
		if err := l.flagSession(user); err != nil {
			time.Sleep(comeBack)
		}
	}
}

func (l *load) flagSession(user int) error {
	c, err := imapclient.DialInsecure(l.imap, nil)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.Login(login(user), password).Wait(); err != nil {
		return err
	}
	for n := 0; !l.stop.Load(); n++ {
		box, err := c.Select("INBOX", nil).Wait()
		if err != nil {
			return err
		}
		if box.NumMessages == 0 || box.UIDNext < 2 { // the first message may come while SELECT is answered
			continue
		}
		if err := l.flags[user].flag(c, box.UIDNext-1, n%2 == 0); err != nil {
			return err
		}
		l.flagged.Add(1)
	}
	return nil
}
