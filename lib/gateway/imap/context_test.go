// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"twiga/lib/mapi/object"
	"twiga/lib/proto/imap/imaptest"
)

// keptResult is a result as a client keeps it by what it is told.
type keptResult struct {
	command string // without RETURN
	uids    []uint32
}

// apply does what an ESEARCH response says (RFC 5267 4.3.2).
func (k *keptResult) apply(t *testing.T, line string) {
	t.Helper()
	for line != "" {
		var what string
		what, line, _ = strings.Cut(strings.TrimSpace(line), " (")
		pairs, rest, ok := strings.Cut(line, ")")
		words := strings.Fields(pairs)
		if line = rest; !ok || len(words)%2 != 0 {
			t.Fatalf("bad update %q", line)
		}
		for i := 0; i < len(words); i += 2 {
			at, err := strconv.Atoi(words[i])
			must(t, "place", err)
			k.change(t, what == "ADDTO", at, uidsOf(t, words[i+1]))
		}
	}
}

func (k *keptResult) change(t *testing.T, add bool, at int, uids []uint32) {
	t.Helper()
	for i, uid := range uids {
		where := at - 1 + i
		if at == 0 {
			where, _ = slices.BinarySearch(k.uids, uid)
		} else if !add {
			where = at - 1
		}
		if add {
			k.uids = slices.Insert(k.uids, where, uid)
			continue
		}
		if where >= len(k.uids) || k.uids[where] != uid {
			t.Fatalf("%s: %d is to be removed at %d of %v", k.command, uid, where+1, k.uids)
		}
		k.uids = slices.Delete(k.uids, where, where+1)
	}
}

// uidsOf are the numbers of a set, in its order.
func uidsOf(t *testing.T, set string) (out []uint32) {
	t.Helper()
	for r := range strings.SplitSeq(set, ",") {
		a, b, ok := strings.Cut(r, ":")
		if !ok {
			b = a
		}
		first, err := strconv.ParseUint(a, 10, 32)
		must(t, "set", err)
		last, err := strconv.ParseUint(b, 10, 32)
		must(t, "set", err)
		for n := first; n <= last; n++ {
			out = append(out, uint32(n))
		}
	}
	return out
}

// TestContextsStayRight has two clients change a mailbox at random. What one of
// them makes of the updates it is told is what it would find anew.
func TestContextsStayRight(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		r := newRig(t, service)
		one, two := r.client(t), r.client(t)
		random := rand.New(rand.NewPCG(1, 2))
		one.OK("CREATE box")
		add := func(c *imaptest.Client) []string {
			return c.OK("%s", spell(fmt.Sprintf("APPEND box «Subject: s%d⏎⏎x⏎»", random.IntN(9))))
		}
		for range 5 {
			add(one)
		}
		one.OK("SELECT box")
		two.OK("SELECT box")
		results := map[string]*keptResult{}
		for i, command := range []string{
			"UID SEARCH%s UNSEEN", "UID SEARCH%s OR SUBJECT s1 KEYWORD work", "UID SEARCH%s NOT DELETED UID 3:*",
			"UID SORT%s (SUBJECT) UTF-8 ALL", "UID SORT%s (REVERSE SUBJECT ARRIVAL) UTF-8 NOT SEEN",
		} {
			k := &keptResult{command: command}
			results[fmt.Sprintf("c%d", i)] = k
			one.Send(fmt.Sprintf("c%d "+command+"\r\n", i, " RETURN (UPDATE ALL)"))
			line := one.ReadLine()
			if _, all, ok := strings.Cut(line, " ALL "); ok {
				k.uids = uidsOf(t, all)
			}
			one.Expect(fmt.Sprintf("c%d OK ...", i))
		}
		learn := func(lines []string) {
			for _, line := range lines {
				if tag, rest, ok := strings.Cut(strings.TrimPrefix(line, `ESEARCH (TAG "`), `") UID `); ok {
					results[tag].apply(t, rest)
				}
			}
		}
		for step := range 150 {
			c := one
			if random.IntN(2) == 0 {
				c = two
			}
			var lines []string
			sign := []string{"+", "-"}[random.IntN(2)]
			switch random.IntN(6) {
			case 0:
				lines = add(c)
			case 1:
				lines = c.OK("EXPUNGE")
			case 2:
				lines = c.OK("NOOP")
			default:
				flag := []string{`\Seen`, `\Deleted`, "work", "new" + strconv.Itoa(step)}[random.IntN(4)]
				lines = c.OK("UID STORE %d %sFLAGS (%s)", 1+random.IntN(20+step/4), sign, flag)
			}
			if c == one {
				learn(lines)
			}
			if step%10 != 0 {
				continue
			}
			learn(one.OK("NOOP"))
			for _, k := range results {
				lines := one.OK("%s", fmt.Sprintf(k.command, ""))
				got := strings.Fields(lines[0])[1:]
				if want := strings.Trim(fmt.Sprint(k.uids), "[]"); strings.Join(got, " ") != want {
					t.Fatalf("step %d: %s finds %v, the client has %s", step, k.command, got, want)
				}
			}
		}
	})
}
