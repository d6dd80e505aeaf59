// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/stamp"
)

// Versions says where the versions of mailboxes are in shared memory: on which
// board, and in which slot of it.
type Versions struct {
	Board *stamp.Board
	Slot  func(mapi.GUID) (int, bool)
}

// sendStamps tells a watcher where the versions are of those mailboxes that it
// may watch. The frame has the board's path and id, each after its length as a
// uvarint, then GUID and uvarint slot of every mailbox.
func (e *serverEvents) sendStamps(s object.Session, stores []mapi.GUID) error {
	v := e.l.opt.Versions
	watcher, ok := s.(object.Versioned)
	if v == nil || !ok {
		return nil
	}
	l := e.l
	l.writes.Lock()
	defer l.writes.Unlock()
	l.begin()
	for _, text := range []string{v.Board.Path(), v.Board.ID()} {
		l.out = binary.AppendUvarint(l.out, uint64(len(text)))
		l.out = append(l.out, text...)
	}
	for _, g := range append(slices.Clone(stores), object.SharedVersion) {
		if _, ok := watcher.Version(g); !ok || g.IsZero() {
			continue
		}
		if slot, ok := v.Slot(g); ok {
			l.out = append(l.out, g[:]...)
			l.out = binary.AppendUvarint(l.out, uint64(slot))
		}
	}
	return l.flush(frameStamps, 0, nil)
}

// stamps are the versions that a client can see while its connection for
// events is up: the server that counts them is the one that it talks to.
type stamps struct {
	mu    sync.RWMutex
	id    string            // of the board; guarded by mu
	view  *stamp.View       // nil where there is none; guarded by mu
	slots map[mapi.GUID]int // guarded by mu
}

// learn takes a frame. A board that cannot be opened is no error: versions are
// not known then.
func (s *stamps) learn(payload []byte) error {
	path, rest, ok := takeText(payload)
	id, rest, ok2 := takeText(rest)
	if !ok || !ok2 {
		return badStamps()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.view == nil || s.id != id {
		s.close()
		view, err := stamp.Open(path, id)
		if err != nil {
			return nil
		}
		s.view, s.id, s.slots = view, id, map[mapi.GUID]int{}
	}
	for len(rest) > 0 {
		var g mapi.GUID
		if len(rest) < len(g) {
			return badStamps()
		}
		rest = rest[copy(g[:], rest):]
		slot, used := binary.Uvarint(rest)
		if used <= 0 || slot >= stamp.Slots {
			return badStamps()
		}
		s.slots[g], rest = int(slot), rest[used:]
	}
	return nil
}

func badStamps() error { return fmt.Errorf("read stamps: %w", mapi.InvalidParameter) }

func takeText(b []byte) (text string, rest []byte, ok bool) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return "", nil, false
	}
	end := used + int(n)
	return string(b[used:end]), b[end:], true
}

// drop forgets the versions: the connection is gone.
func (s *stamps) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.close()
}

// close wants mu.
func (s *stamps) close() {
	if s.view != nil {
		_ = s.view.Close()
	}
	s.view, s.slots = nil, nil
}

func (s *stamps) version(store mapi.GUID) (uint64, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	slot, ok := s.slots[store]
	if !ok {
		return 0, false
	}
	return s.view.Load(slot), true
}

var _ object.Versioned = (*session)(nil)

// Version implements object.Versioned: it is known while the mailbox is
// watched and the connection is up.
func (s *session) Version(store mapi.GUID) (uint64, bool) {
	if store.IsZero() {
		store = s.principal.Store
	}
	return s.c.events.stamps.version(store)
}
