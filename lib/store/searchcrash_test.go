// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

const searchCrashDir = "TWIGA_TEST_SEARCH_CRASH_DIR"

// TestSearchCrashChild sets criteria again and again, while mail arrives, until
// it is killed; TestSearchCrash starts it. It says when a filling has begun.
func TestSearchCrashChild(t *testing.T) {
	dir := os.Getenv(searchCrashDir)
	if dir == "" {
		t.Skip("started by TestSearchCrash")
	}
	e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, e)
	id, _ := strconv.ParseUint(os.Getenv("TWIGA_TEST_SEARCH_CRASH_FOLDER"), 10, 64)
	colours := []string{"red", "green", "blue"}
	for n := rand.IntN(3); ; n++ {
		f.find(mapi.ID(id), object.SearchCriteria{Scope: []mapi.ID{f.inbox}, Where: ofSubject(colours[n%3])})
		os.Stdout.WriteString("R\n")
		for f.criteria(mapi.ID(id)).State == object.SearchRunning {
			f.save(f.inbox, text(colours[rand.IntN(3)]))
		}
	}
}

// TestSearchCrash kills a process in the middle of fillings: the next one goes
// on with them, and the search folder holds what it should.
func TestSearchCrash(t *testing.T) {
	rounds := 5
	if testing.Short() {
		rounds = 2
	}
	dir := t.TempDir()
	e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	for range 4 {
		list := make([]object.NewMessage, 500)
		for i := range list {
			list[i] = text([]string{"red", "green", "blue"}[i%3])
		}
		f.save(f.inbox, list...)
	}
	id := f.search(0, "colour")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	middle := 0
	for range rounds {
		searchCrashRound(t, dir, id)
		e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
		if err != nil {
			t.Fatal(err)
		}
		f := newFixture(t, e)
		if f.criteria(id).State == object.SearchRunning {
			middle++
		}
		where := f.filled(id).Criteria.Where
		if got, want := f.holds(id, nil), f.holds(f.inbox, where); len(got) != len(want) || len(got) < 600 {
			t.Errorf("%d found of %d", len(got), len(want))
		}
		f.check()
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d were killed in the middle", middle, rounds)
}

func searchCrashRound(t *testing.T, dir string, folder mapi.ID) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestSearchCrashChild$")
	child.Env = append(os.Environ(), searchCrashDir+"="+dir, fmt.Sprintf("TWIGA_TEST_SEARCH_CRASH_FOLDER=%d", uint64(folder)))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(30*time.Second, func() { child.Process.Kill() }) // where nothing comes
	defer timer.Stop()
	lines := bufio.NewScanner(out)
	after := rand.IntN(4)
	for n := 0; lines.Scan(); n++ {
		if lines.Text() != "R" {
			t.Errorf("child says %q", lines.Text())
		}
		if n == after {
			kill := time.AfterFunc(time.Duration(rand.IntN(40))*time.Millisecond, func() { child.Process.Kill() })
			defer kill.Stop()
		}
	}
	child.Process.Kill()
	child.Wait()
}

// TestSearchBigMove moves folders with more messages than are looked at in the
// transaction.
func TestSearchBigMove(t *testing.T) {
	f := open(t)
	root := f.st.SpecialFolder(object.KindRoot)
	r, err := f.anna.CreateFolders(t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{
		{Parent: root, Name: "scope"}, {Parent: root, Name: "big"}, {Under: 2, Name: "below"}}})
	if err != nil {
		t.Fatal(err)
	}
	scope, big, below := r.Created[0].ID, r.Created[1].ID, r.Created[2].ID
	list := make([]object.NewMessage, 400)
	for i := range list {
		list[i] = text("n")
	}
	f.save(big, list...)
	f.save(below, list...)
	id, outer := f.search(0, "found"), f.search(0, "outer")
	f.find(id, object.SearchCriteria{Scope: []mapi.ID{scope}, Subfolders: true})
	f.filled(id)
	f.find(outer, object.SearchCriteria{Scope: []mapi.ID{id}, Where: isUnread})
	f.filled(outer)
	for _, c := range []struct {
		to   mapi.ID
		want uint32
	}{{scope, 800}, {root, 0}, {scope, 800}} {
		if _, err := f.anna.MoveFolder(t.Context(), object.MoveFolderRequest{Folder: big, Parent: c.to}); err != nil {
			t.Fatal(err)
		}
		f.filled(id)
		f.filled(outer)
		if got := f.state(id).Messages; got != c.want || f.state(outer).Messages != c.want {
			t.Errorf("%d and %d messages, want %d", got, f.state(outer).Messages, c.want)
		}
		f.check()
	}
}

// BenchmarkDeliverSearch delivers into a mailbox with search folders that all
// find what comes, or none of it.
func BenchmarkDeliverSearch(b *testing.B) {
	for _, c := range []struct {
		name  string
		n     int
		where mapi.Restriction
	}{
		{"none", 0, nil},
		{"1 finds", 1, mapi.And{isUnread, ofSubject("message")}},
		{"1 finds not", 1, mapi.And{isUnread, ofSubject("nothing")}},
		{"20 find", 20, mapi.And{isUnread, ofSubject("message")}},
		{"20 find not", 20, mapi.And{isUnread, ofSubject("nothing")}},
		{"20 elsewhere", 20, mapi.Exist{Tag: tag.Subject}},
	} {
		b.Run(c.name, func(b *testing.B) {
			f := open(b)
			scope := f.inbox
			if c.name == "20 elsewhere" {
				scope = f.st.SpecialFolder(object.KindDrafts)
			}
			for i := range c.n {
				id := f.search(0, fmt.Sprint(i))
				f.find(id, object.SearchCriteria{Scope: []mapi.ID{scope}, Where: c.where})
				f.filled(id)
			}
			d := storetest.As(b, f.e, object.RoleDelivery)
			to := []object.DeliverTo{{Store: f.store}}
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				n++
				deliver(b, d, to, small(n))
			}
		})
	}
}
