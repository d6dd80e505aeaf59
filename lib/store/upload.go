// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"io"

	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Upload implements object.Streams.
func (s *session) Upload(ctx context.Context, req object.UploadRequest, content io.Reader) (object.BlobID, error) {
	if err := s.may(actUpload); err != nil {
		return object.BlobID{}, err
	}
	if s.who.Role == object.RoleUser {
		if err := s.room(ctx, req.Size); err != nil {
			return object.BlobID{}, err
		}
	}
	id, _, err := s.e.blobs.Put(ctx, blob.Want{ID: blob.ID(req.ID), Size: req.Size}, content)
	return object.BlobID(id), coded(err)
}

// room says whether the user's mailbox has room for content: what could not be
// saved is not taken either.
func (s *session) room(ctx context.Context, size int64) error {
	m, leave, err := s.mailbox(ctx, actUpload, mapi.GUID{})
	if err != nil {
		return err
	}
	defer leave()
	limits, err := m.quota(ctx)
	if err != nil {
		return coded(err)
	}
	if has := m.folder(rootID).size; limits.Hard >= 0 && has+max(size, 0) > limits.Hard {
		return fmt.Errorf("upload to store %s: %d bytes, %d more, limit %d: %w", m.guid, has, size, limits.Hard, mapi.QuotaExceeded)
	}
	return nil
}

// HasBlobs implements object.Streams.
func (s *session) HasBlobs(ctx context.Context, req object.HasBlobsRequest) (object.HasBlobsResponse, error) {
	if err := s.may(actUpload); err != nil {
		return object.HasBlobsResponse{}, err
	}
	if len(req.IDs) > object.MaxIDs {
		return object.HasBlobsResponse{}, fmt.Errorf("look for blobs: %d ids: %w", len(req.IDs), mapi.InvalidParameter)
	}
	out := object.HasBlobsResponse{Has: make([]bool, len(req.IDs))}
	for i, id := range req.IDs {
		_, err := s.e.blobs.Touch(ctx, blob.ID(id))
		if err != nil && !errors.Is(err, blob.ErrNotFound) {
			return object.HasBlobsResponse{}, coded(err)
		}
		out.Has[i] = err == nil
	}
	return out, nil
}
