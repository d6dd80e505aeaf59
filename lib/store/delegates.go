// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// The flags of a delegate as they are kept.
const (
	delegatePrivate = 1 << iota
	delegateOnBehalf
	delegateMeetings
)

func readDelegates(c *sqlite.Conn) (map[mapi.GUID]object.Delegate, error) {
	rows, err := c.Query("SELECT user, flags FROM delegate")
	if err != nil {
		return nil, err
	}
	out := map[mapi.GUID]object.Delegate{}
	for rows.Next() {
		flags := rows.Int(1)
		d := object.Delegate{Private: flags&delegatePrivate != 0, OnBehalf: flags&delegateOnBehalf != 0, Meetings: flags&delegateMeetings != 0}
		copy(d.User[:], rows.Bytes(0))
		out[d.User] = d
	}
	return out, rows.Close()
}

func delegateFlags(d *object.Delegate) (flags uint8) {
	for i, set := range []bool{d.Private, d.OnBehalf, d.Meetings} {
		if set {
			flags |= 1 << i
		}
	}
	return flags
}

// delegate is what somebody is for the mailbox's owner; not ok: nothing.
func (m *mailbox) delegate(user mapi.GUID) (object.Delegate, bool) {
	m.stateMu.RLock()
	defer m.stateMu.RUnlock()
	d, ok := m.acting[user]
	return d, ok
}

// ownerID is the mailbox's owner, kept for an orphan.
func (m *mailbox) ownerID() mapi.GUID {
	m.stateMu.RLock()
	defer m.stateMu.RUnlock()
	return m.owner
}

// GetDelegates implements object.Permissions. Users that are no more are left out.
func (s *session) GetDelegates(ctx context.Context, req object.GetDelegatesRequest) (object.GetDelegatesResponse, error) {
	var out object.GetDelegatesResponse
	m, acc, leave, err := s.mailbox(ctx, actSeeDelegates, req.Store)
	if err != nil {
		return out, err
	}
	defer leave()
	if _, is := m.delegate(s.who.ID); !is && !acc.owns() {
		return out, fmt.Errorf("get delegates of store %s: %w", m.guid, mapi.NoAccess)
	}
	m.stateMu.RLock()
	list := slices.Collect(maps.Values(m.acting))
	m.stateMu.RUnlock()
	for _, d := range list {
		u, err := s.e.dir.ByID(ctx, d.User)
		if mapi.CodeOf(err) == mapi.NotFound {
			continue
		}
		if err != nil {
			return object.GetDelegatesResponse{}, coded(err)
		}
		d.Name = u.Name
		out.Delegates = append(out.Delegates, d)
	}
	slices.SortFunc(out.Delegates, func(a, b object.Delegate) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// SetDelegates implements object.Permissions.
func (s *session) SetDelegates(ctx context.Context, req object.SetDelegatesRequest) (object.Empty, error) {
	m, _, leave, err := s.mailbox(ctx, actDelegates, req.Store)
	if err != nil {
		return object.Empty{}, err
	}
	defer leave()
	if len(req.Delegates) > object.MaxDelegates {
		return object.Empty{}, fmt.Errorf("set delegates: %d of them: %w", len(req.Delegates), mapi.TooBig)
	}
	acting := map[mapi.GUID]object.Delegate{}
	for _, d := range req.Delegates {
		if _, twice := acting[d.User]; twice || d.User == m.ownerID() {
			return object.Empty{}, fmt.Errorf("set delegate %s: twice, or the owner: %w", d.User, mapi.InvalidParameter)
		}
		if _, err := s.e.dir.ByID(ctx, d.User); err != nil {
			return object.Empty{}, fmt.Errorf("set delegate %s: %w", d.User, coded(err))
		}
		d.Name = ""
		acting[d.User] = d
	}
	err = m.update(ctx, func(t *tx) error {
		if err := t.c.Exec("DELETE FROM delegate"); err != nil {
			return err
		}
		for _, d := range acting {
			if err := t.c.Exec("INSERT INTO delegate (user, flags) VALUES (?, ?)", d.User[:], delegateFlags(&d)); err != nil {
				return err
			}
		}
		t.after(func() {
			t.m.stateMu.Lock()
			defer t.m.stateMu.Unlock()
			t.m.acting = acting
		})
		return nil
	})
	if err == nil {
		s.audit(ctx, "set delegates", "store "+m.guid.String())
	}
	return object.Empty{}, err
}
