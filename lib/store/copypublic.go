// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// CopyToPublic implements object.Stores. The folders lie under the new one as
// they lie under the top of the orphan. Where it fails on the way, what was
// copied stays.
func (s *session) CopyToPublic(ctx context.Context, req object.CopyToPublicRequest) iter.Seq2[object.Progress, error] {
	return func(yield func(object.Progress, error) bool) {
		err := s.copyToPublic(ctx, &req, func(p object.Progress) bool { return yield(p, nil) })
		if err != nil && !errors.Is(err, errStopped) {
			yield(object.Progress{}, fmt.Errorf("copy store %s: %w", req.GUID, coded(err)))
		}
		_ = s.audited(ctx, err, "copy store to public", req.GUID.String())
	}
}

func (s *session) copyToPublic(ctx context.Context, req *object.CopyToPublicRequest, tell func(object.Progress) bool) error {
	if err := s.may(actStores); err != nil {
		return err
	}
	if err := s.orphan(ctx, req.GUID); err != nil {
		return err
	}
	public := s.e.publicGUID()
	if public.IsZero() {
		return fmt.Errorf("find public store: there is none: %w", mapi.NotFound)
	}
	to, _, leaveTo, err := s.mailbox(ctx, actStores, public)
	if err != nil {
		return err
	}
	defer leaveTo()
	from, _, leaveFrom, err := s.mailbox(ctx, actStores, req.GUID)
	if err != nil {
		return err
	}
	defer leaveFrom()
	limits, err := to.quota(ctx)
	if err != nil {
		return err
	}
	name, err := s.copyName(ctx, req.Name, from)
	if err != nil {
		return err
	}
	c := folderCopy{m: from, to: to, limits: limits, yield: tell, req: &object.CopyFolderRequest{
		Store: from.guid, Folder: from.specialID(object.KindRoot), ToStore: to.guid, ToParent: to.specialID(object.KindRoot),
		Name: name, Subfolders: true,
	}}
	return c.run(ctx)
}

// copyName is the name of the folder that an orphan is copied to.
func (s *session) copyName(ctx context.Context, name string, from *mailbox) (string, error) {
	if name != "" {
		return name, nil
	}
	_, owner := from.identity()
	u, err := s.e.dir.ByID(ctx, owner)
	switch {
	case err == nil:
		return u.Name, nil
	case mapi.CodeOf(err) == mapi.NotFound:
		return from.guid.String(), nil
	}
	return "", err
}
