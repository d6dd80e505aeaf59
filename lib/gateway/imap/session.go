// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"twiga/lib/gateway/login"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// storeHandle is a session with the store that an IMAP session and perhaps the
// watch of its mailbox use. The last one logs off.
type storeHandle struct {
	object.Session
	refs atomic.Int32
	dead atomic.Bool // the store does not know it any more
}

func newStoreHandle(s object.Session) *storeHandle {
	h := &storeHandle{Session: s}
	h.refs.Store(1)
	return h
}

// version is the mailbox's, where it can be seen without a trip.
func (h *storeHandle) version(store mapi.GUID) (uint64, bool) {
	if v, ok := h.Session.(object.Versioned); ok {
		return v.Version(store)
	}
	return 0, false
}

func (h *storeHandle) retain() *storeHandle {
	h.refs.Add(1)
	return h
}

// release gives the handle back.
func (h *storeHandle) release() {
	if h.refs.Add(-1) == 0 && !h.dead.Load() {
		object.Leave(h.Session)
	}
}

// session is what one connection does. But for the fields that say otherwise
// it is used by the connection's goroutine only.
type session struct {
	login.Client
	gw   *Gateway
	conn *proto.Conn

	request   string // id of the connection in the logs of all daemons
	user      object.Principal
	store     *storeHandle // nil before login
	box       *mailbox     // the user's own; nil before login
	visited   map[mapi.GUID]*mailbox
	condStore bool
	rev2      bool // the client knows no \Recent (RFC 9051 Appendix E)
	since     time.Time

	notifier       *notifier     // nil without NOTIFY
	notifySelected *proto.Notify // what it says of the selected mailbox; nil without

	selectedName string               // as the client named it
	sel          *selected            // nil while no mailbox is selected
	view         atomic.Pointer[view] // that of sel; read by the watch
}

// Close implements proto.Session.
func (s *session) Close() {
	s.unselect()
	s.stopNotify()
	s.gw.leave(s)
	if s.store != nil {
		s.logout()
		s.store.release()
	}
}

// Enable implements proto.Session, RFC 7162 3.1.
func (s *session) Enable(_ context.Context, w *proto.ResponseWriter, f proto.Feature) error {
	if f == proto.FeatureIMAP4rev2 {
		s.rev2 = true
		if s.sel != nil {
			s.sel.rev2, s.sel.recent = true, nil
		}
	}
	if f != proto.FeatureCondStore {
		return nil
	}
	s.condStore = true
	if s.sel == nil {
		return nil
	}
	return w.HighestModSeq(s.sel.modSeq())
}

// Namespace implements proto.Session, RFC 2342.
func (s *session) Namespace(context.Context) (*proto.NamespaceData, error) {
	d := &proto.NamespaceData{Personal: []proto.Namespace{{Delim: delim}}}
	if root := s.gw.cfg.OtherUsers; root != "" {
		d.Other = []proto.Namespace{{Prefix: root + string(delim), Delim: delim}}
	}
	if root := s.gw.cfg.PublicFolders; root != "" {
		d.Shared = []proto.Namespace{{Prefix: root + string(delim), Delim: delim}}
	}
	return d, nil
}

// sawError remembers that the store does not know the session any more.
func (h *storeHandle) sawError(err error) {
	if errors.Is(err, mapi.EndOfSession) {
		h.dead.Store(true)
	}
}
