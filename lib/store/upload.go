// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

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
		left, err := s.room(ctx, req.Size)
		if err != nil {
			return object.BlobID{}, err
		}
		content = &roomReader{content, left}
	}
	id, size, err := s.e.blobs.Put(ctx, blob.Want{ID: blob.ID(req.ID), Size: req.Size}, content)
	if err != nil {
		return object.BlobID(id), coded(err)
	}
	if s.who.Role == object.RoleUser {
		s.e.uploads.add(s.who.ID, object.BlobID(id), size)
	}
	return object.BlobID(id), nil
}

// uploadsPerQuota is how many times what a mailbox may hold its user may upload
// while nothing of it is swept away, saved or not.
const uploadsPerQuota = 2

// room says how many bytes the user may upload: what could not be saved is not
// taken either, and what is uploaded to be thrown away has its bounds too.
func (s *session) room(ctx context.Context, size int64) (left int64, err error) {
	m, _, leave, err := s.mailbox(ctx, actUpload, mapi.GUID{})
	if err != nil {
		return 0, err
	}
	defer leave()
	limits, err := m.quota(ctx)
	if err != nil {
		return 0, coded(err)
	}
	if limits.Hard < 0 {
		return math.MaxInt64, nil
	}
	has, recent := m.folder(rootID).size, s.e.uploads.recent(s.who.ID)
	left = min(limits.Hard-has, uploadsPerQuota*min(limits.Hard, math.MaxInt64/uploadsPerQuota)-recent)
	if left < max(size, 0) {
		return 0, fmt.Errorf("upload to store %s: %d bytes, %d more, %d of late, limit %d: %w", m.guid, has, size, recent, limits.Hard, mapi.QuotaExceeded)
	}
	return left, nil
}

// HasBlobs implements object.Streams. Users are told of blobs of theirs only.
func (s *session) HasBlobs(ctx context.Context, req object.HasBlobsRequest) (object.HasBlobsResponse, error) {
	if err := s.may(actUpload); err != nil {
		return object.HasBlobsResponse{}, err
	}
	if len(req.IDs) > object.MaxIDs {
		return object.HasBlobsResponse{}, fmt.Errorf("look for blobs: %d ids: %w", len(req.IDs), mapi.InvalidParameter)
	}
	out := object.HasBlobsResponse{Has: make([]bool, len(req.IDs))}
	for i, id := range req.IDs {
		if !s.knowsBlob(id) {
			continue
		}
		_, err := s.e.blobs.Touch(ctx, blob.ID(id))
		if err != nil && !errors.Is(err, blob.ErrNotFound) {
			return object.HasBlobsResponse{}, coded(err)
		}
		out.Has[i] = err == nil
	}
	return out, nil
}
