// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// boxKey names a mailbox as one user sees it: what others see may be more.
type boxKey struct{ store, user mapi.GUID }

// mailbox is what the sessions of one user in one mailbox share.
type mailbox struct {
	gw   *Gateway
	guid mapi.GUID
	user mapi.GUID
	kind object.StoreKind
	own  bool // the user's own: all of it is there, and events tell of all

	// live says that events come; epoch rises whenever some may have been
	// lost, so that views that were checked in an earlier epoch are checked
	// anew.
	live  atomic.Bool
	epoch atomic.Uint64

	treeStale   atomic.Bool   // an event told of a change to the folders
	treeWanted  atomic.Uint64 // of others': the version of the tree that there is (object.SharedStore)
	states      folderStates
	shared      sharings // of the own: what others let the user see
	subscribed  subscriptionsCache
	subscribing sync.Mutex // held while subscriptions to folders of others change

	treeMu      sync.Mutex // guards what follows; held while the tree is read from the store; taken before mu
	tree        *tree
	treeVersion uint64 // 1 + the mailbox's version, or treeWanted, for which the tree is known to be right; 0 for none

	annotating sync.Mutex // held while annotations are changed; nothing else is locked under it

	mu        sync.Mutex // guards the fields that follow
	sessions  map[*session]struct{}
	views     map[mapi.ID]*view
	listeners map[*notifiedBox]struct{}
	cancel    context.CancelFunc // of the watch; nil while there is none
	watchers  uint64             // watches so far
	idleSince time.Time          // when the last session left
}

func newMailbox(g *Gateway, key boxKey, kind object.StoreKind) *mailbox {
	box := &mailbox{gw: g, guid: key.store, user: key.user, kind: kind, sessions: map[*session]struct{}{}, views: map[mapi.ID]*view{}}
	box.epoch.Store(1)
	return box
}

func (m *mailbox) key() boxKey { return boxKey{m.guid, m.user} }

// id is the id of a folder among all that there are (RFC 8474 4): it stays when
// the folder is renamed or moved within its mailbox.
func (m *mailbox) id(folder mapi.ID) string { return fmt.Sprintf("%x-%x", uint64(folder), m.guid[:]) }

// left forgets a session.
func (m *mailbox) left(s *session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, s)
	m.idleSince = time.Now()
}

// openView gives the view of a folder, to be closed by closeView.
func (m *mailbox) openView(folder mapi.ID) *view {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := m.views[folder]
	if v == nil {
		v = newView(m, folder)
		m.views[folder] = v
	}
	v.users++
	return v
}

func (m *mailbox) closeView(v *view) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v.users--
	v.usedLast = time.Now()
	if v.lost.Load() {
		m.dropView(v)
	}
}

// loseView takes out a view whose folder is gone or is another one now.
// Sessions that have it open learn of it at their next poll.
func (m *mailbox) loseView(v *view) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v.lost.Store(true)
	m.dropView(v)
}

// dropView forgets a view. The caller holds mu.
func (m *mailbox) dropView(v *view) {
	if m.views[v.folder] == v {
		delete(m.views, v.folder)
		m.gw.rows.Add(-v.counted.Swap(0))
		v.cache.drop()
	}
}

// viewOf is the view of a folder if there is one.
func (m *mailbox) viewOf(folder mapi.ID) *view {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.views[folder]
}

// notify wakes the sessions that have the view open; nil wakes all.
func (m *mailbox) notify(v *view) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for s := range m.sessions {
		if open := s.view.Load(); open != nil && (v == nil || open == v) {
			s.conn.Notify()
		}
	}
}

// sweep drops views that were not used for a while, ends the watch if nobody
// is there, and says whether the mailbox can be forgotten. The caller holds
// Gateway.mu, so that nobody joins meanwhile.
func (m *mailbox) sweep(now time.Time, idle time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	crowded := m.gw.cached.Load() > m.gw.cfg.Cache*3/4
	for _, v := range m.views {
		switch {
		case crowded && v.users == 0:
			v.cache.drop() // those that are in use have more use for it
		case crowded:
			v.cache.shrink() // a view that has nothing yet finds no room else
		}
		if v.users == 0 && now.Sub(v.usedLast) >= idle {
			m.gw.sawView("drop")
			m.dropView(v)
		}
	}
	if len(m.sessions) > 0 || now.Sub(m.idleSince) < sweepInterval {
		return false
	}
	m.stopWatch()
	return len(m.views) == 0
}
