// SPDX-License-Identifier: AGPL-3.0-or-later

package scale

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// The two mailboxes that are compared.
var (
	smallShape = shape{folder: 200, others: 6, each: 100}
	largeShape = shape{folder: 200_000, others: 6, each: 100_000}
)

// What is measured, and the aims.
const (
	rounds       = 5   // the mailboxes take turns; the best round counts
	perRound     = 40  // of a step; the round is its median
	maxRatio     = 2.0 // the large mailbox over the small one
	maxScattered = 3.0 // the same where each row lies on pages of its own
	maxMemory    = 300 // MiB
	defaultBox   = 256 // cache.mailboxes
)

// TestLargeMailbox compares a mailbox of a million messages with one of a
// thousand.
func TestLargeMailbox(t *testing.T) {
	wanted(t)
	dir, fresh := dataDir(t, "large")
	if fresh {
		e := storetest.OpenDir(t, dir, store.Options{})
		storetest.AddUser(t, e, "other")
		grow(t, e, "small", smallShape)
		grow(t, e, "large", largeShape)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		complete(t, dir)
	}
	var table report
	opening(t, dir, &table)
	working(t, dir, &table)
	t.Logf("best of %d rounds\n%s", rounds, table.String())
	table.judge(t)
	memory(t, dir)
}

// report is the table of times.
type report struct{ lines []line }

type line struct {
	name         string
	most         float64
	small, large []time.Duration // one of each round
}

func (l *line) ratio() float64 { return float64(slices.Min(l.large)) / float64(slices.Min(l.small)) }

// add takes over the time of a round.
func (r *report) add(name string, most float64, large bool, d time.Duration) {
	i := slices.IndexFunc(r.lines, func(l line) bool { return l.name == name })
	if i < 0 {
		i = len(r.lines)
		r.lines = append(r.lines, line{name: name, most: most})
	}
	of := &r.lines[i].small
	if large {
		of = &r.lines[i].large
	}
	*of = append(*of, d)
}

// String is the table as it stands in bench/README.md.
func (r *report) String() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 1, ' ', 0)
	fmt.Fprintf(w, "| op \t| ms, %d \t| ms, %d \t| ratio \t| worst rounds \t|\n", smallShape.total(), largeShape.total())
	ms := func(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()*1000) }
	for _, l := range r.lines {
		fmt.Fprintf(w, "| %s \t| %s \t| %s \t| %.2f \t| %s, %s \t|\n", l.name, ms(slices.Min(l.small)), ms(slices.Min(l.large)), l.ratio(),
			ms(slices.Max(l.small)), ms(slices.Max(l.large)))
	}
	_ = w.Flush()
	return out.String()
}

// judge fails the test where an aim is missed.
func (r *report) judge(t *testing.T) {
	t.Helper()
	for _, l := range r.lines {
		if l.most > 0 && l.ratio() > l.most {
			t.Errorf("%s: %.2f times as long in the large mailbox, want %.1f at most", l.name, l.ratio(), l.most)
		}
	}
}

// pair are the mailboxes that are compared, by name.
var pair = []struct {
	user  string
	n     int
	large bool
}{{"small", smallShape.folder, false}, {"large", largeShape.folder, true}}

// opening measures a start of stored up to its first answer from a mailbox,
// with the files in the system's memory and without, and the opening of a
// mailbox that made room for another.
func opening(t *testing.T, dir string, table *report) {
	t.Helper()
	for range rounds {
		for _, p := range pair {
			for _, cold := range []bool{false, true} {
				name := "start and list"
				if cold {
					chill(t, dir)
					name = "start and list, from the disk"
				}
				begun := time.Now()
				d := start(t, dir, defaultBox)
				s := d.as(object.RoleIndex)
				store := d.storeOf(p.user)
				glance(t, s, store)
				table.add(name, maxRatio, p.large, time.Since(begun))
				d.stop()
			}
		}
	}
	d := start(t, dir, 1)
	s, other := d.as(object.RoleIndex), d.storeOf("other")
	for range rounds {
		for _, p := range pair {
			store := d.storeOf(p.user)
			var times []time.Duration
			for range perRound / 4 {
				if _, err := s.GetStore(t.Context(), object.GetStoreRequest{GUID: other}); err != nil {
					t.Fatal(err)
				}
				begun := time.Now()
				glance(t, s, store)
				times = append(times, time.Since(begun))
			}
			table.add("open again and list", maxRatio, p.large, median(times))
		}
	}
	d.stop()
}

// storeOf is a user's mailbox.
func (d *daemon) storeOf(user string) mapi.GUID {
	d.t.Helper()
	u, err := d.as(object.RoleAdmin).GetUser(d.t.Context(), object.GetUserRequest{Name: user})
	if err != nil {
		d.t.Fatal(err)
	}
	return u.Store
}

// glance is what a client does first: the tree's special folders, the state of
// the Inbox, its newest messages.
func glance(t *testing.T, s object.Session, guid mapi.GUID) {
	t.Helper()
	st, err := s.GetStore(t.Context(), object.GetStoreRequest{GUID: guid})
	if err != nil {
		t.Fatal(err)
	}
	inbox := st.SpecialFolder(object.KindInbox)
	if _, err := s.FolderStates(t.Context(), object.FolderStatesRequest{Store: guid, Folders: []mapi.ID{inbox}}); err != nil {
		t.Fatal(err)
	}
	err = counted(s.Query(t.Context(), object.QueryRequest{Store: guid, Table: object.TableContents, Folder: inbox,
		Columns: shown, Sort: newest, Limit: page}), page)
	if err != nil {
		t.Fatal(err)
	}
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// working measures the steps on both mailboxes, in turns.
func working(t *testing.T, dir string, table *report) {
	t.Helper()
	warm(t, dir)
	d := start(t, dir, defaultBox)
	ctx, cancel := context.WithCancel(t.Context())
	defer d.stop()
	defer cancel()
	boxes := make([]*box, len(pair))
	for i, p := range pair {
		boxes[i] = d.open(p.user, p.n)
		boxes[i].follow(ctx, t)
	}
	for range rounds {
		for _, st := range steps {
			for i, p := range pair {
				var times []time.Duration
				for range perRound {
					took, err := st.do(ctx, boxes[i])
					if err != nil {
						t.Fatalf("%s: %s: %v", p.user, st.name, err)
					}
					times = append(times, took)
				}
				table.add(st.name, st.most, p.large, median(times))
			}
		}
	}
	d.judge("all of this")
}

// follow begins to watch.
func (b *box) follow(ctx context.Context, t *testing.T) {
	t.Helper()
	started := make(chan struct{})
	b.events = make(chan time.Time, 1<<16)
	go func() {
		if err := b.watch(ctx, started); err != nil {
			t.Errorf("watch: %v", err)
		}
	}()
	<-started
}

// judge fails the test where stored took more memory than it may, and tells
// what it took.
func (d *daemon) judge(what string) {
	d.t.Helper()
	now, peak := d.memory()
	d.t.Logf("| %s | %.0f | %.0f |", what, peak, now)
	if peak > maxMemory {
		d.t.Errorf("%s: %.0f MiB of memory, want %d at most", what, peak, maxMemory)
	}
	d.forget()
}

// wide are steps whose work is that of the folder; what counts is the memory.
var wide = []struct {
	name string
	do   func(context.Context, *box) error
}{
	{"folder states", func(ctx context.Context, b *box) error {
		_, err := b.s.FolderStates(ctx, object.FolderStatesRequest{Folders: []mapi.ID{b.inbox}})
		return err
	}},
	{"first sync of 200,000", func(ctx context.Context, b *box) error { return b.sync(ctx, 0, b.n) }},
	{"200,000 rows by date", func(ctx context.Context, b *box) error {
		return b.list(ctx, object.QueryRequest{Folder: b.inbox, Sort: newest}, b.n)
	}},
	{"newest 50 by subject", func(ctx context.Context, b *box) error {
		return b.list(ctx, object.QueryRequest{Folder: b.inbox, Sort: mapi.SortOrder{{Tag: tag.Subject}}, Limit: page}, page)
	}},
	{"categories by sender", func(ctx context.Context, b *box) error {
		return b.list(ctx, object.QueryRequest{Folder: b.inbox, Sort: mapi.SortOrder{{Tag: tag.SenderName}, newest[0]}, Categories: 1, Limit: page}, page)
	}},
	{"search of subjects", func(ctx context.Context, b *box) error {
		return b.list(ctx, object.QueryRequest{Folder: b.inbox, Where: mapi.Content{Match: mapi.Substring, Tag: tag.Subject, Value: mapi.String("123456")}}, 1)
	}},
	{"flag 200,000 in one call", func(ctx context.Context, b *box) error {
		_, err := b.s.SetFlags(ctx, object.SetFlagsRequest{Folder: b.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 1 << 31}},
			Mode: object.FlagsAdd, Flags: object.FlagAnswered})
		return err
	}},
	{"unflag 200,000 in one call", func(ctx context.Context, b *box) error {
		_, err := b.s.SetFlags(ctx, object.SetFlagsRequest{Folder: b.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 1 << 31}},
			Mode: object.FlagsRemove, Flags: object.FlagAnswered})
		return err
	}},
	{"move 100,000 there and back", func(ctx context.Context, b *box) error {
		req := object.TransferRequest{Folder: b.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: mapi.UID(b.n / 2)}},
			ToFolder: b.store.SpecialFolder(object.KindArchive), Move: true}
		_, err := b.s.Transfer(ctx, req)
		if err == nil {
			req.Folder, req.ToFolder, req.UIDs = req.ToFolder, req.Folder, []mapi.UIDRange{{First: 1, Last: 1 << 31}}
			_, err = b.s.Transfer(ctx, req)
		}
		return err
	}},
}

// memory tells how much memory stored takes after each step. It changes the
// UIDs of the Inbox, so it comes last.
func memory(t *testing.T, dir string) {
	t.Helper()
	copied := filepath.Join(dir, "..", "wide")
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(copied) }()
	d := start(t, copied, defaultBox)
	defer d.stop()
	b := d.open("large", largeShape.folder)
	t.Log("| after | MiB, peak | MiB |")
	d.judge("opening")
	for _, w := range wide {
		begun := time.Now()
		if err := w.do(t.Context(), b); err != nil {
			t.Fatalf("%s: %v", w.name, err)
		}
		d.judge(fmt.Sprintf("%s (%.1f s)", w.name, time.Since(begun).Seconds()))
	}
}
