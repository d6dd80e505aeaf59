// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Stress has clients do random things to the same mailboxes at the same time.
// Between its rounds all hold still, and what every client knows is compared
// with what a client sees that comes anew.
type Stress struct {
	// Connect makes connection n and logs it in. All see the Mailboxes.
	Connect func(tb testing.TB, n int) *Client
	// Mailboxes are there and empty.
	Mailboxes []string
	// Name is what connection n calls one of the Mailboxes; nil where all call
	// it the same.
	Name    func(n int, mailbox string) string
	Clients int
	Steps   int // of a client in a round
	Seed    uint64
	// More tells whether there is to be another round.
	More func(round int) bool
}

// Run runs all rounds. It returns the number of commands.
func (s *Stress) Run(tb testing.TB) (commands int) {
	tb.Helper()
	clients := make([]*stressed, s.Clients)
	for i := range clients {
		clients[i] = s.join(tb, i)
	}
	for round := 0; s.More(round) && !tb.Failed(); round++ {
		var wg sync.WaitGroup
		for _, c := range clients {
			wg.Go(func() {
				for range s.Steps {
					c.step()
				}
			})
		}
		wg.Wait()
		if !tb.Failed() {
			s.compare(tb, clients)
		}
		for i, c := range clients {
			if c.rng.IntN(8) == 0 && !tb.Failed() { // somebody goes, somebody comes
				c.c.Close()
				commands += c.commands
				clients[i] = s.join(tb, i)
			}
		}
	}
	for _, c := range clients {
		commands += c.commands
		c.c.Close()
	}
	return commands
}

// stressed is a client of a stress test.
type stressed struct {
	tb        testing.TB
	s         *Stress
	number    int
	name      string
	c         *Client
	rng       *rand.Rand
	can       map[string]bool
	qresync   bool
	condstore bool
	mailbox   string
	notified  bool // asked for news at any time
	view      *View
	commands  int
	trail     []string // what was said last
}

// trailLength is how many lines an error shows of what was said before it.
const trailLength = 400

func (s *Stress) join(tb testing.TB, i int) *stressed {
	tb.Helper()
	s.Seed++
	c := &stressed{
		tb: tb, s: s, number: i, name: fmt.Sprintf("client %d (seed %d)", i, s.Seed), c: s.Connect(tb, i),
		rng: rand.New(rand.NewPCG(s.Seed, uint64(i))), can: map[string]bool{}, view: NewView(),
	}
	for name := range strings.FieldsSeq(strings.Join(c.c.OK("CAPABILITY"), " ")) {
		c.can[name] = true
	}
	if c.can["QRESYNC"] && c.rng.IntN(2) == 0 {
		c.c.OK("ENABLE QRESYNC")
		c.qresync, c.condstore = true, true
	}
	if c.can["COMPRESS=DEFLATE"] && c.rng.IntN(4) == 0 {
		c.c.OK("COMPRESS DEFLATE")
		c.c.Deflate()
	}
	c.open(s.Mailboxes[c.rng.IntN(len(s.Mailboxes))])
	return c
}

// called is what connection n calls a mailbox, quoted.
func (s *Stress) called(n int, mailbox string) string {
	if s.Name != nil {
		mailbox = s.Name(n, mailbox)
	}
	return Quote(mailbox)
}

// any is the name of a mailbox at random, quoted.
func (c *stressed) any() string { return c.s.called(c.number, c.pick(c.s.Mailboxes...)) }

// own is the name of the mailbox that is selected, quoted.
func (c *stressed) own() string { return c.s.called(c.number, c.mailbox) }

func (c *stressed) errorf(format string, args ...any) {
	c.tb.Helper()
	c.tb.Errorf("%s in %s: %s\n  %s", c.name, c.mailbox, fmt.Sprintf(format, args...), strings.Join(c.trail, "\n  "))
	c.trail = nil
}

// note keeps what was said.
func (c *stressed) note(command string, lines []string) {
	c.trail = append(append(c.trail, "C: "+command), lines...)
	c.trail = c.trail[max(0, len(c.trail)-trailLength):]
}

// do sends a command and takes in what it is told.
func (c *stressed) do(format string, args ...any) *Result {
	c.tb.Helper()
	command := fmt.Sprintf(format, args...)
	c.commands++
	res := c.c.Cmd("%s", SpellCommand(command, Vars{}))
	c.note(command, res.Untagged)
	steady := strings.HasPrefix(command, "FETCH") || strings.HasPrefix(command, "STORE") || strings.HasPrefix(command, "SEARCH")
	if res.Status == "BAD" {
		c.errorf("%s: %s (it knows %d messages)", command, res, len(c.view.UIDs))
	}
	for _, line := range res.Untagged {
		if err := c.view.Take(line, steady); err != nil {
			c.errorf("%s: %v", command, err)
		}
	}
	return res
}

// open selects a mailbox, and with QRESYNC the same one by what it knows.
func (c *stressed) open(mailbox string) {
	again := mailbox == c.mailbox && c.qresync && c.view.Highest > 0 && !slices.Contains(c.view.UIDs, 0)
	if again {
		c.resync()
		return
	}
	if c.notified && c.mailbox != "" {
		c.do("UNSELECT") // news of the old mailbox may be under way
	}
	c.mailbox, c.view = mailbox, NewView()
	if c.do("SELECT %s", c.own()).Status != "OK" {
		c.errorf("SELECT failed")
	}
	items := "UID FLAGS"
	if c.condstore {
		items += " MODSEQ"
	}
	c.do("FETCH 1:* (%s)", items)
}

// resync closes the mailbox and opens it by what the client knows of it.
func (c *stressed) resync() {
	old := c.view
	c.do("UNSELECT")
	if slices.Contains(old.UIDs, 0) { // something came at the last moment
		mailbox := c.mailbox
		c.mailbox = ""
		c.open(mailbox)
		return
	}
	command := fmt.Sprintf("SELECT %s (QRESYNC (%d %d))", c.own(), old.Validity, old.Highest)
	c.commands++
	res := c.c.Cmd("%s", command)
	c.note(command, res.Untagged)
	if res.Status != "OK" {
		c.errorf("%s: %s", command, res)
	}
	known := NewView()
	known.UIDs, known.Flags, known.ModSeqs = slices.Clone(old.UIDs), old.Flags, old.ModSeqs
	// What vanished earlier comes off first, whatever the order; then the number
	// of messages tells how many are new; all else is in order.
	earlier := func(line string) bool { return strings.HasPrefix(line, "VANISHED (EARLIER)") }
	exists := func(line string) bool { return strings.HasSuffix(line, " EXISTS") }
	first := slices.IndexFunc(res.Untagged, exists)
	if first < 0 {
		c.errorf("%s: no EXISTS: %q", command, res.Untagged)
		return
	}
	lines := slices.Concat(res.Untagged[first:first+1], res.Untagged[:first], res.Untagged[first+1:])
	for _, line := range lines {
		if earlier(line) {
			c.take(known, command, line)
		}
	}
	for _, line := range lines {
		if !earlier(line) {
			c.take(known, command, line)
		}
	}
	c.view = known
}

func (c *stressed) take(v *View, command, line string) {
	if err := v.Take(line, false); err != nil {
		c.errorf("%s: %s: %v", command, line, err)
	}
}

// compare has every client up to date and compares it with a new one.
func (s *Stress) compare(tb testing.TB, clients []*stressed) {
	tb.Helper()
	truth := map[string]*View{}
	fresh := s.Connect(tb, len(clients))
	defer fresh.Close()
	for _, mailbox := range s.Mailboxes {
		name := s.called(len(clients), mailbox)
		v := NewView()
		for _, line := range slices.Concat(fresh.OK("SELECT %s (CONDSTORE)", name), fresh.OK("FETCH 1:* (UID FLAGS MODSEQ)")) {
			if err := v.Take(line, false); err != nil {
				tb.Errorf("new client in %s: %v", mailbox, err)
			}
		}
		if len(v.UIDs) != len(v.Flags) || slices.Contains(v.UIDs, 0) {
			tb.Errorf("new client in %s: %d messages, %d with flags", mailbox, len(v.UIDs), len(v.Flags))
		}
		truth[mailbox] = v
		unseen := 0
		for _, f := range v.Flags {
			if !strings.Contains(f, `\Seen`) {
				unseen++
			}
		}
		want := fmt.Sprintf("STATUS %s (MESSAGES %d UNSEEN %d)", name, len(v.UIDs), unseen)
		if got := fresh.OK("STATUS %s (MESSAGES UNSEEN)", name); !slices.ContainsFunc(got, func(line string) bool { return MatchResponse(want, line, Vars{}) }) {
			tb.Errorf("got %q, want %q", got, want)
		}
	}
	for _, c := range clients {
		c.do("NOOP")
		if err := c.view.Differ(truth[c.mailbox]); err != nil {
			c.errorf("after NOOP: %v", err)
			continue
		}
		c.do("FETCH 1:* (UID FLAGS)")
		if err := c.view.Differ(truth[c.mailbox]); err != nil || slices.Contains(c.view.UIDs, 0) {
			c.errorf("after FETCH: %v", err)
		}
	}
}
