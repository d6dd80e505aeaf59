// SPDX-License-Identifier: AGPL-3.0-or-later

package ingest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"twiga/lib/conv/mime"
	"twiga/lib/mapi/object"
)

const (
	uploads = 4        // parts of one message that are uploaded at a time
	askFrom = 32 << 10 // bytes of parts from which it pays to ask first whether they are there
)

// opaque is the recipe that wants no understanding: the bytes as they are.
func opaque(data []byte) []mime.Segment {
	g := mime.Segment{Span: mime.Span{End: len(data)}}
	switch {
	case len(data) == 0:
		return nil
	case len(data) > object.MaxInline:
		g.Kind, g.Size, g.Hash = mime.Blob, int64(len(data)), sha256.Sum256(data)
	}
	return []mime.Segment{g}
}

// fit makes those base64 lines that are too long for the contract's form a blob
// as they stand.
func fit(data []byte, recipe []mime.Segment) {
	for i := range recipe {
		g := &recipe[i]
		if g.Kind == mime.LinesBlob && g.Layout.Line > math.MaxUint16 {
			g.Kind, g.Size, g.Hash = mime.Blob, int64(g.Len()), sha256.Sum256(data[g.Start:g.End])
		}
	}
}

// segments is a recipe in the contract's form.
func segments(data []byte, recipe []mime.Segment) []object.Segment {
	out := make([]object.Segment, 0, len(recipe))
	for _, g := range recipe {
		s := object.Segment{Size: int64(g.Len())}
		switch g.Kind {
		case mime.Inline:
			s.Inline = data[g.Start:g.End:g.End]
		case mime.LinesBlob:
			s.Width, s.LF = uint16(g.Layout.Line), !g.Layout.CRLF
			fallthrough
		default:
			s.Blob = g.Hash
		}
		out = append(out, s)
	}
	return out
}

// uploadMissing uploads the blobs of a recipe that the store has not.
func uploadMissing(ctx context.Context, up object.Streams, data []byte, recipe []mime.Segment) error {
	var (
		ids    []object.BlobID
		places []int // the segment of each of them
		size   int64
	)
	for i := range recipe {
		if id := object.BlobID(recipe[i].Hash); recipe[i].Kind != mime.Inline && !slices.Contains(ids, id) {
			ids, places, size = append(ids, id), append(places, i), size+recipe[i].Size
		}
	}
	if len(ids) == 0 {
		return nil
	}
	has, err := known(ctx, up, ids, size)
	if err != nil {
		return fmt.Errorf("ask for parts of message: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploads)
	for i, id := range ids {
		if i < len(has) && has[i] {
			continue
		}
		g := &recipe[places[i]]
		group.Go(func() error {
			req := object.UploadRequest{ID: id, Size: g.Size}
			if _, err := up.Upload(ctx, req, g.Content(data)); err != nil {
				return fmt.Errorf("upload part of %d bytes: %w", g.Size, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// known says which blobs the store has. It is not asked for few bytes: to send those
// takes less time.
func known(ctx context.Context, up object.Streams, ids []object.BlobID, size int64) ([]bool, error) {
	if size < askFrom {
		return nil, nil
	}
	resp, err := up.HasBlobs(ctx, object.HasBlobsRequest{IDs: ids})
	return resp.Has, err
}
