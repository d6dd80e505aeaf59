// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"sync"
	"sync/atomic"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/stamp"
)

// versions are the mailboxes' version numbers. A mailbox keeps its number as
// long as the engine lives, so that nobody who looks at it is misled.
type versions struct {
	board *stamp.Board // nil: they lie in this process only

	mu    sync.RWMutex
	slots map[mapi.GUID]version // guarded by mu
}

type version struct {
	n    *atomic.Uint64
	slot int // on the board; -1 for one beyond it
}

func newVersions(board func() (*stamp.Board, error)) (v *versions, err error) {
	v = &versions{slots: map[mapi.GUID]version{}}
	if board != nil {
		v.board, err = board()
	}
	if err == nil { // what is kept by a number of an earlier run must not seem right
		v.of(object.SharedVersion).Store(uint64(time.Now().UnixNano()))
	}
	return v, err
}

// of gives a mailbox its number.
func (v *versions) of(store mapi.GUID) *atomic.Uint64 { return v.get(store).n }

func (v *versions) get(store mapi.GUID) version {
	v.mu.RLock()
	is, known := v.slots[store]
	v.mu.RUnlock()
	if known {
		return is
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if is, known := v.slots[store]; known {
		return is
	}
	is = version{slot: len(v.slots)}
	if v.board == nil || is.slot >= stamp.Slots {
		is = version{n: new(atomic.Uint64), slot: -1}
	} else {
		is.n = v.board.Slot(is.slot)
	}
	v.slots[store] = is
	return is
}

var _ object.Versioned = (*session)(nil)

// Version implements object.Versioned.
func (s *session) Version(store mapi.GUID) (uint64, bool) {
	if store == object.SharedVersion {
		knows := s.may(actShared) == nil || s.may(actDeliver) == nil
		return s.e.versions.of(store).Load(), knows && s.e.ownDir != nil
	}
	guid, err := s.mayIn(actWatch, store)
	if err != nil || s.who.Role == object.RoleUser && guid != s.who.Store {
		return 0, false // how others' mailboxes change is not told as a whole
	}
	return s.e.versions.of(guid).Load(), true
}

// VersionSlot is the place of a mailbox's version on Options.Stamps.
func (e *Engine) VersionSlot(store mapi.GUID) (int, bool) {
	is := e.versions.get(store)
	return is.slot, is.slot >= 0
}
