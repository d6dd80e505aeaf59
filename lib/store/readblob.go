// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"

	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// ReadBlob implements object.Maintenance. The content is compared with its name
// on the way: a blob that is damaged ends in CorruptData.
func (s *session) ReadBlob(ctx context.Context, req object.ReadBlobRequest) iter.Seq2[object.Chunk, error] {
	return func(yield func(object.Chunk, error) bool) {
		err := s.may(actDump)
		if err == nil {
			s.auditContents(ctx)
			err = s.e.readBlob(ctx, blob.ID(req.ID), func(c object.Chunk) bool { return yield(c, nil) })
		}
		if err != nil {
			yield(object.Chunk{}, err)
		}
	}
}

func (e *Engine) readBlob(ctx context.Context, id blob.ID, give func(object.Chunk) bool) error {
	r, err := e.blobs.Open(ctx, id)
	if err != nil {
		return lostBlob(err)
	}
	defer r.Close()
	buf := e.takeBuffer()
	defer e.buffers.Put(&buf)
	h := sha256.New()
	c := object.Chunk{Size: r.Size()}
	for at := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.ReadAt(buf[:min(readChunk, r.Size()-at)], at)
		if err != nil && err != io.EOF {
			return lostBlob(err)
		}
		at += int64(n)
		h.Write(buf[:n])
		if at == r.Size() && blob.ID(h.Sum(nil)) != id {
			return fmt.Errorf("read blob %s: content differs from its name: %w", id, mapi.CorruptData)
		}
		if c.Data = buf[:n]; !give(c) || at == r.Size() {
			return nil
		}
		c.Size = 0
	}
}

// lostBlob gives the errors of blobs their codes.
func lostBlob(err error) error {
	if errors.Is(err, blob.ErrDamaged) {
		return fmt.Errorf("%w: %w", err, mapi.CorruptData)
	}
	return coded(err)
}
