// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"context"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func watchCases() []testCase {
	return []testCase{
		{"events come after the commit, in order", watchOrder},
		{"deliveries are new mail", watchDelivery},
		{"changes of the tree are told", watchHierarchy},
		{"a watch ends with its context", watchCancel},
		{"a watch ends with its session", watchLogoff},
		{"a service watches all mailboxes", watchAll},
	}
}

// watchPatience is how long an event may take before the case fails.
const watchPatience = 20 * time.Second

// watcher collects the events of a watch.
type watcher struct {
	k      *kit
	events chan object.Event
	err    chan error // how it ended
	stop   context.CancelFunc
}

// watch begins a watch and waits until it is in force.
func (k *kit) watch(s object.Session, stores ...mapi.GUID) *watcher {
	k.Helper()
	ctx, cancel := context.WithCancel(k.Context())
	w := &watcher{k: k, events: make(chan object.Event, 1000), err: make(chan error, 1), stop: cancel}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e, err := range s.Watch(ctx, object.WatchRequest{Stores: stores}) {
			if err != nil {
				w.err <- err
				return
			}
			w.events <- e
		}
		w.err <- nil
	}()
	k.Cleanup(func() {
		cancel()
		<-done
	})
	equal(k, "the first event", w.next().Kind, object.EventStarted)
	return w
}

// next waits for an event.
func (w *watcher) next() object.Event {
	w.k.Helper()
	select {
	case e := <-w.events:
		return e
	case err := <-w.err:
		w.k.Fatalf("the watch ended: %v", err)
	case <-time.After(watchPatience):
		w.k.Fatal("no event came")
	}
	return object.Event{}
}

// until waits for an event of the kind.
func (w *watcher) until(kind object.EventKind) object.Event {
	w.k.Helper()
	for {
		if e := w.next(); e.Kind == kind {
			return e
		}
	}
}

func watchOrder(k *kit) {
	m := k.mailbox()
	w := k.watch(m.s, m.guid)
	var last mapi.Change
	for range 5 {
		m.fill(m.inbox, 1)
		want := m.state(m.inbox).Change
		e := w.until(object.EventContents)
		if e.Store != m.guid || e.Folder != m.inbox || e.Change != want || e.Change <= last {
			k.Errorf("event %+v after change %d, want change %d", e, last, want)
		}
		last = e.Change
	}
	m.setFlags(one(1), object.FlagsAdd, object.FlagSeen)
	e := w.until(object.EventContents)
	_, items := m.changes(m.inbox, last)
	if len(items) != 1 || items[0].Change != e.Change {
		k.Errorf("when the event %+v comes the changes are %+v", e, items)
	}
	m.setFlags(one(1), object.FlagsAdd, object.FlagSeen) // no change, no event
	to := m.folder(0, "to")
	w.until(object.EventHierarchy)
	m.transfer(m.inbox, to, one(2), true)
	seen := map[mapi.ID]bool{w.until(object.EventContents).Folder: true, w.until(object.EventContents).Folder: true}
	equal(k, "a move tells of both folders", seen[m.inbox] && seen[to], true)
}

func watchDelivery(k *kit) {
	m := k.mailbox()
	w := k.watch(m.s)
	delivery := k.role(object.RoleDelivery)
	resp, err := delivery.Deliver(k.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: m.guid}}, Message: plain("hello")})
	k.ok(err)
	e := w.until(object.EventNewMail)
	if e.Store != m.guid || e.Folder != m.inbox || e.Message != resp.Results[0].Saved.ID {
		k.Errorf("event %+v of %+v", e, resp.Results[0])
	}
}

func watchHierarchy(k *kit) {
	m := k.mailbox()
	w := k.watch(m.s, m.guid)
	id := m.folder(0, "a")
	equal(k, "the store", w.until(object.EventHierarchy).Store, m.guid)
	k.ok(m.move(id, 0, "b"))
	w.until(object.EventHierarchy)
	_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: id})
	k.ok(err)
	w.until(object.EventHierarchy)
}

// end waits for the end of the watch.
func (w *watcher) end() error {
	w.k.Helper()
	for {
		select {
		case err := <-w.err:
			return err
		case <-w.events:
		case <-time.After(watchPatience):
			w.k.Fatal("the watch does not end")
		}
	}
}

func watchCancel(k *kit) {
	m := k.mailbox()
	w := k.watch(m.s, m.guid)
	w.stop()
	if err := w.end(); err != nil {
		k.fails(err, mapi.Cancel)
	}
	m.fill(m.inbox, 1) // is not in the way of anything
}

func watchLogoff(k *kit) {
	m := k.mailbox()
	w := k.watch(m.s, m.guid)
	k.ok(m.s.Logoff(k.Context()))
	k.fails(w.end(), mapi.EndOfSession)
}

func watchAll(k *kit) {
	first, second := k.mailbox(), k.mailbox()
	w := k.watch(k.role(object.RoleIndex))
	first.fill(first.inbox, 1)
	second.fill(second.inbox, 1)
	seen := map[mapi.GUID]bool{}
	for !seen[first.guid] || !seen[second.guid] {
		seen[w.until(object.EventContents).Store] = true
	}
}
