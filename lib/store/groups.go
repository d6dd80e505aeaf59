// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"iter"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// CreateGroup implements object.Directory.
func (s *session) CreateGroup(ctx context.Context, req object.CreateGroupRequest) (directory.Group, error) {
	if err := s.may(actUsers); err != nil {
		return directory.Group{}, err
	}
	g, err := s.e.dir.CreateGroup(ctx, req.Group)
	return g, s.audited(ctx, coded(err), "create group", g.Name)
}

// GetGroup implements object.Directory.
func (s *session) GetGroup(ctx context.Context, req object.GetGroupRequest) (directory.Group, error) {
	if err := s.may(actUsers); err != nil {
		return directory.Group{}, err
	}
	g, err := s.e.dir.Group(ctx, req.Name)
	return g, coded(err)
}

// ListGroups implements object.Directory.
func (s *session) ListGroups(ctx context.Context, req object.ListGroupsRequest) iter.Seq2[directory.Group, error] {
	if err := s.may(actUsers); err != nil {
		return failing[directory.Group](err)
	}
	if req.Member == "" {
		return s.e.dir.Groups(ctx)
	}
	return func(yield func(directory.Group, error) bool) {
		ids, err := s.e.groupsOf(ctx, req.Member)
		if err != nil {
			yield(directory.Group{}, err)
			return
		}
		for _, id := range ids {
			g, err := s.e.groupByID(ctx, id)
			if mapi.CodeOf(err) == mapi.NotFound {
				continue // deleted meanwhile
			}
			if !yield(g, coded(err)) || err != nil {
				return
			}
		}
	}
}

// failing is a stream that is an error.
func failing[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) { yield(*new(T), err) }
}

func (e *Engine) groupsOf(ctx context.Context, name string) ([]mapi.GUID, error) {
	entry, err := e.dir.Find(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("find groups of %q: %w", name, coded(err))
	}
	ids, err := e.dir.GroupsOf(ctx, entry.ID)
	return ids, coded(err)
}

func (e *Engine) groupByID(ctx context.Context, id mapi.GUID) (directory.Group, error) {
	entry, err := e.dir.Entry(ctx, id)
	if err != nil {
		return directory.Group{}, err
	}
	return e.dir.Group(ctx, entry.Name)
}

// SetGroup implements object.Directory.
func (s *session) SetGroup(ctx context.Context, req object.SetGroupRequest) (directory.Group, error) {
	if err := s.may(actUsers); err != nil {
		return directory.Group{}, err
	}
	g, err := s.e.dir.ChangeGroup(ctx, req.Name, req.Changes)
	s.e.regroup(ctx)
	return g, s.audited(ctx, coded(err), "change group", g.Name)
}

// DeleteGroup implements object.Directory.
func (s *session) DeleteGroup(ctx context.Context, req object.DeleteGroupRequest) (object.Empty, error) {
	if err := s.may(actUsers); err != nil {
		return object.Empty{}, err
	}
	err := s.e.dir.DeleteGroup(ctx, req.Name)
	s.e.regroup(ctx)
	return object.Empty{}, s.audited(ctx, coded(err), "delete group", req.Name)
}

// ChangeMembers implements object.Directory.
func (s *session) ChangeMembers(ctx context.Context, req object.ChangeMembersRequest) (directory.Group, error) {
	if err := s.may(actUsers); err != nil {
		return directory.Group{}, err
	}
	add, err := s.e.entryIDs(ctx, req.Add)
	if err != nil {
		return directory.Group{}, err
	}
	remove, err := s.e.entryIDs(ctx, req.Remove)
	if err != nil {
		return directory.Group{}, err
	}
	g, err := s.e.dir.ChangeMembers(ctx, req.Group, add, remove)
	s.e.regroup(ctx)
	return g, s.audited(ctx, coded(err), "change members of group", g.Name)
}

// entryIDs finds entries by their names or addresses.
func (e *Engine) entryIDs(ctx context.Context, names []string) ([]mapi.GUID, error) {
	out := make([]mapi.GUID, len(names))
	for i, name := range names {
		entry, err := e.dir.Find(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("find member %q: %w", name, coded(err))
		}
		out[i] = entry.ID
	}
	return out, nil
}
