// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"twiga/lib/blob"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
	"twiga/lib/store/recipe"
)

// sweepLoop sweeps now and then until the engine closes.
func (e *Engine) sweepLoop(ctx context.Context) {
	wait := time.NewTimer(firstSweep)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		s, err := e.SweepBlobs(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Warn(ctx, codeSweep, "remove contents that nothing refers to", log.Err(err))
		case s.Removed > 0:
			log.Info(ctx, codeSweep, "contents that nothing refers to are removed",
				slog.Int("removed", s.Removed), slog.Int("kept", s.Seen-s.Removed), slog.Int64("bytes", s.Bytes))
		}
		wait.Reset(max(e.opt.BlobGrace, firstSweep))
	}
}

// SweepBlobs removes the blobs that no message of any mailbox refers to and
// that were not touched for the grace time. It reads every recipe and keeps
// the ids in memory; a mailbox that cannot be read ends it before anything is
// removed. Messages saved meanwhile touch their blobs.
func (e *Engine) SweepBlobs(ctx context.Context) (blob.Swept, error) {
	marked := time.Now()
	list, err := e.guids()
	if err != nil {
		return blob.Swept{}, err
	}
	used := map[blob.ID]struct{}{}
	for _, guid := range list {
		if err := e.markBlobs(ctx, guid, used); err != nil {
			return blob.Swept{}, fmt.Errorf("sweep blobs: read store %s: %w", guid, err)
		}
	}
	s, err := e.blobs.Sweep(ctx, marked, func(id blob.ID) bool { _, ok := used[id]; return ok })
	return s, coded(err)
}

func (e *Engine) markBlobs(ctx context.Context, guid mapi.GUID, used map[blob.ID]struct{}) error {
	m, err := e.acquire(guid)
	if mapi.CodeOf(err) == mapi.NotFound {
		return nil // removed meanwhile
	}
	if err != nil {
		return err
	}
	defer e.leave(m)
	return m.view(ctx, func(c *sqlite.Conn) error {
		rows, err := c.Query("SELECT recipe FROM body")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := eachBlob(rows.Bytes(0), func(id blob.ID) error { used[id] = struct{}{}; return nil })
			if err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// eachBlob gives the blobs of all recipes of a body.
func eachBlob(body []byte, f func(blob.ID) error) error {
	u := unpacker{b: body}
	var r recipe.Recipe
	for len(u.b) > 0 {
		b := u.bytes(u.uvarint())
		if u.bad {
			return errPacked
		}
		if len(b) == 0 {
			continue
		}
		if err := r.Decode(b); err != nil {
			return err
		}
		for id := range r.Blobs {
			if err := f(id); err != nil {
				return err
			}
		}
	}
	return nil
}
