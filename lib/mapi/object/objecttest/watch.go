// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"context"
	"fmt"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func watchCases() []testCase {
	return []testCase{
		{"events come after the commit, in order", watchOrder},
		{"deliveries are new mail", watchDelivery},
		{"changes of the tree are told", watchHierarchy},
		{"a watch ends with its context", watchCancel},
		{"a watch ends with its session", watchLogoff},
		{"a service watches all mailboxes", watchAll},
		{"events of messages", watchMessages},
		{"events of folders", watchFolders},
		{"events of a transfer to another store", watchAcross},
		{"only the kinds that were asked for", watchKinds},
		{"only the folders that were asked for", watchSome},
		{"who is slow is told to catch up", watchSlow},
		{"who is in other groups is told to catch up", watchGroups},
		{"a message that comes alone is told whole", watchArrivals},
		{"others share more, or less", watchShares},
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
	return k.watchFor(s, object.WatchRequest{Stores: stores})
}

// watchFor begins a watch of some kind.
func (k *kit) watchFor(s object.Session, req object.WatchRequest) *watcher {
	k.Helper()
	ctx, cancel := context.WithCancel(k.Context())
	w := &watcher{k: k, events: make(chan object.Event, 1000), err: make(chan error, 1), stop: cancel}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e, err := range s.Watch(ctx, req) {
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

// is waits for the next event, which is to be this.
func (w *watcher) is(what string, want object.Event) {
	w.k.Helper()
	got := w.next()
	got.Arrived = nil
	equal(w.k, what, got, want)
}

func watchMessages(k *kit) {
	m := k.mailbox()
	to := m.folder(0, "to")
	w := k.watchFor(m.s, object.WatchRequest{Events: object.EventsFine})
	saved := m.fill(m.inbox, 1)[0]
	event := object.Event{Store: m.guid, Folder: m.inbox, Message: saved.ID, Change: saved.Change, Kind: object.EventCreated}
	w.is("a save", event)
	event.Kind, event.Change = object.EventModified, m.setFlags(one(1), object.FlagsAdd, object.FlagSeen).Change
	w.is("a change of flags", event)
	event.Change = m.setSubject(saved.ID, "changed")
	w.is("a change of properties", event)
	n := plain("replaced")
	n.ID = saved.ID
	event.Change = m.save(m.inbox, n)[0].Change
	w.is("a replacement", event)
	m.transfer(m.inbox, to, one(2), false)
	_, items := m.changes(to, 0)
	old := object.OldPlace{Store: m.guid, Folder: m.inbox, Message: saved.ID}
	w.is("a copy", object.Event{Kind: object.EventCopied, Store: m.guid, Folder: to, Message: items[0].ID, Change: items[0].Change, Old: old})
	m.transfer(m.inbox, to, one(2), true)
	_, items = m.changes(to, items[0].Change)
	w.is("a move", object.Event{Kind: object.EventMoved, Store: m.guid, Folder: to, Message: saved.ID, Change: items[0].Change, Old: old})
	_, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: to, UIDs: one(items[0].UID)})
	k.ok(err)
	w.is("a deletion", object.Event{Kind: object.EventDeleted, Store: m.guid, Folder: to, Message: saved.ID, Change: m.state(to).Change})
	resp, err := k.role(object.RoleDelivery).Deliver(k.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: m.guid}}, Message: plain("hello")})
	k.ok(err)
	event = object.Event{Kind: object.EventCreated, Store: m.guid, Folder: m.inbox, Message: resp.Results[0].Saved.ID, Change: resp.Results[0].Saved.Change}
	w.is("a delivery", event)
}

func watchFolders(k *kit) {
	m := k.mailbox()
	other := m.folder(0, "other")
	since, _ := m.tree(0, 0)
	w := k.watchFor(m.s, object.WatchRequest{Events: object.EventsFine})
	change := func() (c mapi.Change) {
		k.Helper()
		_, items := m.tree(since, 0)
		since = items[len(items)-1].Change
		return since
	}
	id := m.folder(0, "a")
	event := object.Event{Kind: object.EventCreated, Store: m.guid, Folder: id, Change: change()}
	w.is("a new folder", event)
	k.ok(m.move(id, 0, "b"))
	event.Kind, event.Change = object.EventModified, change()
	w.is("a new name", event)
	_, err := m.s.SetFolderProps(k.Context(), object.SetFolderPropsRequest{Store: m.guid, Folder: id, Set: mapi.Props{{Tag: tag.Comment, Value: mapi.String("x")}}})
	k.ok(err)
	event.Change = change()
	w.is("a change of properties", event)
	k.ok(m.move(id, other, ""))
	event.Kind, event.Change, event.Old = object.EventMoved, change(), object.OldPlace{Store: m.guid, Folder: m.store.SpecialFolder(object.KindRoot)}
	w.is("a move", event)
	_, err = m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: id})
	k.ok(err)
	w.is("a deletion", object.Event{Kind: object.EventDeleted, Store: m.guid, Folder: id, Change: change()})
}

func watchAcross(k *kit) {
	archive := k.role(object.RoleArchive)
	m, to := k.mailbox(), k.mailbox()
	saved := m.fill(m.inbox, 1)[0]
	from, there := k.watchFor(m.s, object.WatchRequest{Events: object.EventsFine}), k.watchFor(to.s, object.WatchRequest{Events: object.EventsFine})
	req := object.TransferRequest{Store: m.guid, Folder: m.inbox, UIDs: one(1), ToStore: to.guid, ToFolder: to.inbox}
	for _, kind := range []object.EventKind{object.EventCopied, object.EventMoved} {
		req.Move = kind == object.EventMoved
		_, err := archive.Transfer(k.Context(), req)
		k.ok(err)
		e := there.next()
		if e.Kind != kind || e.Folder != to.inbox || e.Old != (object.OldPlace{Store: m.guid, Folder: m.inbox, Message: saved.ID}) {
			k.Errorf("event %+v, want kind %d from the other store", e, kind)
		}
	}
	if e := from.next(); e.Kind != object.EventDeleted || e.Message != saved.ID {
		k.Errorf("where it was moved from: %+v", e)
	}
}

func watchKinds(k *kit) {
	m := k.mailbox()
	w := k.watchFor(m.s, object.WatchRequest{Events: object.Mask(object.EventDeleted)})
	coarse := k.watch(m.s)
	saved := m.fill(m.inbox, 1)[0]
	_, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: one(1)})
	k.ok(err)
	w.is("the only event", object.Event{Kind: object.EventDeleted, Store: m.guid, Folder: m.inbox, Message: saved.ID, Change: m.state(m.inbox).Change})
	for last := m.state(m.inbox).Change; ; {
		e := coarse.next()
		if equal(k, "the kind unasked", e.Kind, object.EventContents); e.Change == last {
			return
		}
	}
}

func watchSome(k *kit) {
	m := k.mailbox()
	a, b := m.folder(0, "a"), m.folder(0, "b")
	w := k.watchFor(m.s, object.WatchRequest{Folders: []mapi.ID{a}, Events: object.Mask(object.EventContents, object.EventMoved, object.EventHierarchy)})
	m.fill(b, 1)
	m.transfer(b, m.inbox, everything(), true)
	k.ok(m.move(b, 0, "c"))
	saved := m.fill(a, 1)[0]
	w.is("the first event", object.Event{Kind: object.EventContents, Store: m.guid, Folder: a, Change: saved.Change})
	m.transfer(a, b, everything(), true)
	w.is("the contents", object.Event{Kind: object.EventContents, Store: m.guid, Folder: a, Change: m.state(a).Change})
	if e := w.next(); e.Kind != object.EventMoved || e.Folder != b || e.Old.Folder != a {
		k.Errorf("what was moved away: %+v", e)
	}
	list := make([]mapi.ID, object.MaxWatchedFolders+1)
	_, err := collect(m.s.Watch(k.Context(), object.WatchRequest{Folders: list}))
	k.fails(err, mapi.InvalidParameter)
}

// Somebody who does not take the events gets one that tells so, or all.
func watchSlow(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 3000)
	started, done := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithTimeout(k.Context(), watchPatience)
	defer cancel()
	var deleted int
	var caughtUp bool
	go func() {
		defer close(done)
		for e := range m.s.Watch(ctx, object.WatchRequest{Events: object.Mask(object.EventDeleted)}) {
			switch e.Kind {
			case object.EventStarted:
				started <- struct{}{}
				<-started
			case object.EventCatchUp:
				caughtUp = true
				return
			case object.EventDeleted:
				if deleted++; deleted == 3000 {
					return
				}
			}
		}
	}()
	<-started
	_, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: everything()})
	k.ok(err)
	started <- struct{}{}
	<-done
	if !caughtUp && deleted < 3000 {
		k.Errorf("%d of 3000 deletions were told and nothing else", deleted)
	}
}

// watchGroups: rights may go by groups, so that who watches mailboxes of others
// is told to look again when the groups change, and nobody else.
func watchGroups(k *kit) {
	owner := k.mailbox()
	f, open := owner.folder(0, "shared"), owner.folder(0, "open")
	group, err := k.admin.CreateGroup(k.Context(), object.CreateGroupRequest{Group: directory.Group{Name: "group-" + mapi.NewGUID().String(), Security: true}})
	k.ok(err)
	owner.permit(f, directory.User{ID: group.ID}, rightsReviewer)
	g, other := owner.guest(open, rightsReviewer), owner.guest(open, rightsReviewer)
	watches, others, own := k.watch(g.s, owner.guid), k.watch(other.s, owner.guid), k.watch(g.s)
	for _, req := range []object.ChangeMembersRequest{{Add: []string{g.user.Name}}, {Remove: []string{g.user.Name}}} {
		req.Group = group.Name
		_, err := k.admin.ChangeMembers(k.Context(), req)
		k.ok(err)
		equal(k, "the event", watches.next().Kind, object.EventCatchUp)
	}
	owner.fill(open, 1)
	equal(k, "another guest's event", others.next().Kind, object.EventContents)
	g.fill(g.inbox, 1)
	equal(k, "the event of the own mailbox", own.next().Folder, g.inbox)
}

// watchArrivals: an event has the message that came where that is all that happened to
// the folder, and the watch is that of the mailbox's own user.
func watchArrivals(k *kit) {
	m := k.mailbox()
	shared := m.folder(0, "shared")
	guest := m.guest(shared, rightsReviewer)
	own, others := k.watch(m.s), k.watch(guest.s, m.guid)
	before := m.state(shared).Change
	arrived := func(what string) *object.Arrival {
		k.Helper()
		if e := others.until(object.EventContents); e.Arrived != nil {
			k.Errorf("%s: who is no owner is told %+v", what, e.Arrived)
		}
		return own.until(object.EventContents).Arrived
	}
	for range 3 {
		m.save(shared, object.NewMessage{Flags: object.FlagSeen, Keywords: []string{"one", "two"}, Props: mapi.Props{{Tag: tag.Subject, Value: mapi.String("letter")}}})
		a := arrived("one message")
		_, items := m.changes(shared, before)
		if a == nil || a.Since != before || len(items) != 1 {
			k.Fatalf("a message after change %d is told as %+v, the changes are %+v", before, a, items)
		}
		equal(k, "the message", fmt.Sprintf("%+v", a.Item), fmt.Sprintf("%+v", items[0]))
		before = a.Item.Change
	}
	m.fill(shared, 2)
	equal(k, "two messages", arrived("two messages"), nil)
	m.setFlags(one(1), object.FlagsAdd, object.FlagFlagged) // of the Inbox, which is empty
	_, err := m.s.SetFlags(k.Context(), object.SetFlagsRequest{Folder: shared, UIDs: one(1), Mode: object.FlagsAdd, Flags: object.FlagFlagged})
	k.ok(err)
	equal(k, "a flag", arrived("a flag"), nil)
	m.transfer(shared, m.inbox, one(1), false)
	if a := own.until(object.EventContents).Arrived; a == nil || a.Item.UID != 1 || a.Item.Flags&object.FlagFlagged == 0 {
		k.Errorf("a copy is told as %+v", a)
	}
	m.transfer(shared, m.inbox, one(2), true)
	for range 2 {
		equal(k, "a move", own.until(object.EventContents).Arrived, nil)
	}
}
