// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"twiga/lib/blob"
	"twiga/lib/store/recipe"
)

// sameContent says whether two messages of the same sizes have the same
// content: the bytes of the MIME, and without any all properties. What cannot
// be read is like nothing else.
func (e *Engine) sameContent(ctx context.Context, a, b *prepared) (bool, error) {
	if a.item.content < 0 {
		return bytes.Equal(a.bag, b.bag) && bytes.Equal(a.recipients, b.recipients) &&
			bytes.Equal(a.attachments, b.attachments) && bytes.Equal(a.body, b.body), nil
	}
	if bytes.Equal(a.body, b.body) {
		return true, nil
	}
	one, err := e.contentHash(ctx, a.body)
	if err != nil || one == nil {
		return false, err
	}
	two, err := e.contentHash(ctx, b.body)
	return err == nil && bytes.Equal(one, two), err
}

// contentHash is the hash of a message's MIME, nil where it cannot be read.
func (e *Engine) contentHash(ctx context.Context, body []byte) ([]byte, error) {
	part, err := bodyPart(body, 0)
	if part == nil || err != nil {
		return nil, ctx.Err()
	}
	var r recipe.Recipe
	if err := r.Decode(part); err != nil {
		return nil, ctx.Err()
	}
	comp := e.composer()
	defer comp.Close()
	comp.Start(&r, 0, -1)
	h := sha256.New()
	_, err = io.Copy(h, comp.Reader(ctx))
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, blob.ErrNotFound), errors.Is(err, blob.ErrDamaged), errors.Is(err, recipe.ErrDamaged):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return h.Sum(nil), nil
}
