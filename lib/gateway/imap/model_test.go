// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"twiga/lib/mapi/object"
	"twiga/lib/proto/imap/imaptest"
)

// model is the mailbox as a client learns it from what it is told: the UID of
// each sequence number, 0 where it was not told yet, and the flags.
type model struct {
	t     *testing.T
	name  string
	c     *imaptest.Client
	uids  []uint32
	flags map[uint32]string
}

var (
	numbered = regexp.MustCompile(`^(\d+) (EXISTS|EXPUNGE|RECENT|FETCH)`)
	fetchUID = regexp.MustCompile(`UID (\d+)`)
	flagList = regexp.MustCompile(`FLAGS \(([^)]*)\)`)
)

// do sends a command and takes in what it is told.
func (m *model) do(format string, args ...any) *imaptest.Result {
	command := fmt.Sprintf(format, args...)
	steady := strings.HasPrefix(command, "FETCH") || strings.HasPrefix(command, "STORE") || strings.HasPrefix(command, "SEARCH")
	res := m.c.Cmd("%s", spell(command))
	if res.Status == "BAD" {
		m.t.Errorf("%s: %s: %s (knows %d messages)", m.name, command, res, len(m.uids))
	}
	for _, line := range res.Untagged {
		m.take(command, line, steady)
	}
	return res
}

func (m *model) take(command, line string, steady bool) {
	match := numbered.FindStringSubmatch(line)
	if match == nil {
		return
	}
	n, _ := strconv.Atoi(match[1])
	switch match[2] {
	case "EXISTS":
		if n < len(m.uids) {
			m.t.Errorf("%s: %s: EXISTS fell from %d to %d", m.name, command, len(m.uids), n)
			return
		}
		m.uids = append(m.uids, make([]uint32, n-len(m.uids))...)
	case "EXPUNGE":
		if steady {
			m.t.Errorf("%s: %s: EXPUNGE where numbers must stay", m.name, command)
		}
		if n < 1 || n > len(m.uids) {
			m.t.Errorf("%s: %s: EXPUNGE %d of %d messages", m.name, command, n, len(m.uids))
			return
		}
		m.uids = slices.Delete(m.uids, n-1, n)
	case "FETCH":
		m.fetched(command, line, n)
	}
}

func (m *model) fetched(command, line string, n int) {
	uid := fetchUID.FindStringSubmatch(line)
	if n < 1 || n > len(m.uids) || uid == nil {
		m.t.Errorf("%s: %s: %q with %d messages", m.name, command, line, len(m.uids))
		return
	}
	u, _ := strconv.ParseUint(uid[1], 10, 32)
	if known := m.uids[n-1]; known != 0 && known != uint32(u) {
		m.t.Errorf("%s: %s: message %d is UID %d, not %d", m.name, command, n, known, u)
	}
	m.uids[n-1] = uint32(u)
	if f := flagList.FindStringSubmatch(line); f != nil {
		names := strings.Fields(strings.ReplaceAll(f[1], `\Recent`, ""))
		slices.Sort(names)
		m.flags[uint32(u)] = strings.Join(names, " ")
	}
}

// open selects the mailbox.
func (m *model) open(mailbox string) {
	m.uids, m.flags = nil, map[uint32]string{}
	m.do("SELECT %s", mailbox)
	m.do("FETCH 1:* (UID FLAGS)")
}

// expect changes the flags as a client does that asks not to be told.
func (m *model) expect(first, last int, sign, flag string) {
	for _, uid := range m.uids[first-1 : last] {
		old, ok := m.flags[uid]
		if !ok {
			continue
		}
		names := slices.DeleteFunc(strings.Fields(old), func(n string) bool { return n == flag || sign == "" })
		if sign != "-" {
			names = append(names, flag)
		}
		slices.Sort(names)
		m.flags[uid] = strings.Join(names, " ")
	}
}

// step does something at random.
func (m *model) step(rng *rand.Rand) {
	n := len(m.uids)
	flag := []string{`\Seen`, `\Flagged`, `\Deleted`, `\Answered`, "alpha", "beta"}[rng.IntN(6)]
	sign := []string{"+", "-", ""}[rng.IntN(3)]
	silent := []string{"", ".SILENT"}[rng.IntN(2)]
	switch k := rng.IntN(14); {
	case k < 3:
		m.do("APPEND INBOX (%s) %s", flag, letter)
	case n == 0:
		m.do("NOOP")
	case k < 7:
		first := 1 + rng.IntN(n)
		last := first + rng.IntN(min(4, n-first+1))
		if silent != "" {
			m.expect(first, last, sign, flag)
		}
		m.do("STORE %d:%d %sFLAGS%s (%s)", first, last, sign, silent, flag)
	case k < 8:
		m.do("UID STORE 1:* %sFLAGS (%s)", sign, flag)
	case k < 9:
		m.do("EXPUNGE")
	case k < 10:
		m.do("FETCH %d (UID FLAGS)", 1+rng.IntN(n))
	case k < 11:
		m.do("COPY %d INBOX", 1+rng.IntN(n))
	case k < 12:
		m.do("MOVE %d away", 1+rng.IntN(n))
	case k < 13:
		m.do("SEARCH SEEN")
	default:
		m.do("NOOP")
	}
}

// settle makes the client up to date and compares it with another that looks
// at the mailbox anew.
func (m *model) settle(fresh *model) {
	m.do("NOOP")
	known, flags := slices.Clone(m.uids), m.flags
	for _, uid := range known {
		if got, ok := flags[uid]; ok && got != fresh.flags[uid] {
			m.t.Errorf("%s: UID %d has flags %q for the client, %q in truth", m.name, uid, got, fresh.flags[uid])
		}
	}
	if len(known) != len(fresh.uids) {
		m.t.Errorf("%s: knows %d messages of %d", m.name, len(known), len(fresh.uids))
		return
	}
	for i, uid := range known {
		if uid != 0 && uid != fresh.uids[i] {
			m.t.Errorf("%s: message %d is UID %d for the client, %d in truth", m.name, i+1, uid, fresh.uids[i])
		}
	}
	m.do("FETCH 1:* (UID FLAGS)")
}

// TestViews lets clients do random things at the same time, without and with
// events from the store. No client may see a number that is not right, and all
// see the same in the end.
func TestViews(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		r := newRig(t, service)
		first := r.client(t)
		first.OK("CREATE away")
		const clients, steps = 4, 60
		for round := range uint64(6) {
			if m, ok := service.(*memStore); ok {
				m.mu.Lock()
				m.quiet = round%2 == 1 // then only NOOP sees what others do
				m.mu.Unlock()
			}
			models := make([]*model, clients)
			var wg sync.WaitGroup
			for i := range models {
				models[i] = &model{t: t, name: fmt.Sprintf("round %d client %d", round, i), c: r.client(t)}
				models[i].open("INBOX")
				rng := rand.New(rand.NewPCG(round, uint64(i)))
				wg.Go(func() {
					for range steps {
						models[i].step(rng)
					}
				})
			}
			wg.Wait()
			fresh := &model{t: t, name: "fresh", c: r.client(t)}
			fresh.open("INBOX")
			for _, m := range models {
				m.settle(fresh)
				m.c.Close()
			}
			if t.Failed() {
				return
			}
		}
	})
}

// TestLongLogs has a client miss more than the log of the view holds.
func TestLongLogs(t *testing.T) {
	store := newMemStore()
	r := newRig(t, store)
	c := r.client(t)
	for range 40 {
		c.OK("%s", spell("APPEND INBOX "+letter))
	}
	slow := &model{t: t, name: "slow", c: r.client(t)}
	slow.open("INBOX")
	quick := &model{t: t, name: "quick", c: r.client(t)}
	quick.open("INBOX")
	for i := range 300 { // beyond what the log of the view holds
		quick.do("STORE 1:* %sFLAGS.SILENT (\\Flagged)", []string{"+", "-"}[i%2])
	}
	quick.do("STORE 3,7 +FLAGS.SILENT (\\Deleted)")
	quick.do("EXPUNGE")
	slow.do("FETCH 1 (UID)")
	if len(slow.uids) != 40 {
		t.Errorf("FETCH by number told of removals: %d messages", len(slow.uids))
	}
	for range 2 {
		quick.do("APPEND INBOX %s", letter)
		quick.do("STORE 1 +FLAGS (alpha)")
		slow.do("FETCH 1 (UID)")
	}
	if got := slow.flags[slow.uids[0]]; len(slow.uids) != 42 || got != `\Flagged alpha` && got != "alpha" {
		t.Errorf("knows %d messages while removals wait, and flags %q", len(slow.uids), got)
	}
	slow.do("NOOP")
	fresh := &model{t: t, name: "fresh", c: r.client(t)}
	fresh.open("INBOX")
	slow.settle(fresh)
}
