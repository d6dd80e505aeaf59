// SPDX-License-Identifier: AGPL-3.0-or-later

package scale

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

const (
	nodeMailboxes = 10_000
	workers       = 16 // at a time
)

// TestManyMailboxes delivers to ten thousand mailboxes in turn and lists them:
// what stored keeps open follows from cache.mailboxes.
func TestManyMailboxes(t *testing.T) {
	wanted(t)
	dir, fresh := dataDir(t, "node")
	if fresh {
		people(t, dir, nodeMailboxes)
		complete(t, dir)
	}
	t.Run("housekeeping", func(t *testing.T) { housekeeping(t, dir) })
	t.Log("| cache.mailboxes | start ms | MiB at start | files at start | mailboxes/s | MiB, peak | files, peak | MiB at rest | files at rest |")
	for _, mailboxes := range []int{64, 256, 1024} {
		t.Run(fmt.Sprint(mailboxes), func(t *testing.T) { round(t, dir, mailboxes) })
	}
}

// What an open mailbox may take, and a node at rest.
const (
	memoryEach = 0.5  // MiB, of a small mailbox
	memoryRest = 80   // MiB of the node,
	stateEach  = 0.06 // and of an open mailbox without files
	filesEach  = 6    // the database and its log, of one connection that writes and two that read
	filesRest  = 32   // beside those at the start: the connections of the clients
)

// round starts stored, works with each mailbox, and waits until it is at rest.
func round(t *testing.T, dir string, mailboxes int) {
	d := start(t, dir, mailboxes)
	defer d.stop()
	was, _ := d.memory()
	files := d.files()
	to := d.mailboxes()
	d.forget()
	begun := time.Now()
	most := d.workAll(to)
	rate := float64(len(to)) / time.Since(begun).Seconds()
	_, peak := d.memory()
	rest, now, memory := files, was, memoryRest+stateEach*float64(mailboxes)
	for until := time.Now().Add(time.Minute); time.Now().Before(until); <-time.After(time.Second) {
		now, _ = d.memory()
		if rest = d.files(); rest <= files+filesRest && now <= memory {
			break
		}
	}
	t.Logf("| %d | %d | %.0f | %d | %.0f | %.0f | %d | %.0f | %d |", mailboxes, d.took.Milliseconds(), was, files, rate, peak, most, now, rest)
	open := mailboxes*5/4 + workers
	if limit := memory + memoryEach*float64(open); peak > limit {
		t.Errorf("%.0f MiB of memory, want %.0f at most", peak, limit)
	}
	if limit := files + filesRest + filesEach*open; most > limit {
		t.Errorf("%d files open, want %d at most", most, limit)
	}
	if now > memory || rest > files+filesRest {
		t.Errorf("at rest %.0f MiB of memory and %d files, want %.0f and %d at most", now, rest, memory, files+filesRest)
	}
}

// housekeeping measures what an engine does at its start and now and then for
// all mailboxes, and that those that are used stay open meanwhile.
func housekeeping(t *testing.T, dir string) {
	begun := time.Now()
	e := storetest.OpenDir(t, dir, store.Options{})
	t.Logf("start: %d ms", time.Since(begun).Milliseconds())
	for _, act := range []struct {
		name string
		do   func() error
	}{
		{"purge of old deletions", func() error { e.PurgeOld(t.Context(), time.Now()); return nil }},
		{"first sweep of contents", func() error { _, err := e.SweepBlobs(t.Context()); return err }},
		{"second sweep of contents", func() error { _, err := e.SweepBlobs(t.Context()); return err }},
	} {
		begun := time.Now()
		if err := act.do(); err != nil {
			t.Fatalf("%s: %v", act.name, err)
		}
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d ms, %d files open then", act.name, time.Since(begun).Milliseconds(), len(list))
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// mailboxes lists all users' mailboxes.
func (d *daemon) mailboxes() []object.DeliverTo {
	d.t.Helper()
	var to []object.DeliverTo
	for u, err := range d.as(object.RoleAdmin).ListUsers(d.t.Context(), object.ListUsersRequest{}) {
		if err != nil {
			d.t.Fatal(err)
		}
		to = append(to, object.DeliverTo{Store: u.Store})
	}
	if len(to) != nodeMailboxes {
		d.t.Fatalf("%d mailboxes, want %d", len(to), nodeMailboxes)
	}
	return to
}

// workAll delivers a mail to each mailbox and lists its Inbox, and tells how
// many files were open at most.
func (d *daemon) workAll(to []object.DeliverTo) (most int) {
	d.t.Helper()
	delivery, index := d.as(object.RoleDelivery), d.as(object.RoleIndex)
	var wg sync.WaitGroup
	next := make(chan object.DeliverTo)
	for range workers {
		wg.Go(func() {
			for one := range next {
				r, err := delivery.Deliver(d.t.Context(), object.DeliverRequest{To: []object.DeliverTo{one}, Message: message(1)})
				if err == nil && r.Results[0].Code != 0 {
					err = r.Results[0].Code
				}
				if err == nil {
					err = counted(index.Query(d.t.Context(), object.QueryRequest{Store: one.Store, Table: object.TableContents,
						Folder: inboxOf(d, index, one.Store), Columns: shown, Sort: newest, Limit: page}), 1)
				}
				if err != nil {
					d.t.Error(err)
				}
			}
		})
	}
	for i, one := range to {
		next <- one
		if i%20 == 0 {
			most = max(most, d.files())
		}
	}
	close(next)
	wg.Wait()
	return max(most, d.files())
}

func inboxOf(d *daemon, s object.Session, guid mapi.GUID) mapi.ID {
	st, err := s.GetStore(d.t.Context(), object.GetStoreRequest{GUID: guid})
	if err != nil {
		d.t.Error(err)
	}
	return st.SpecialFolder(object.KindInbox)
}
