// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"

	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// keptMarks is how many marks are remembered from one collection to the next:
// 8 MiB of them.
const keptMarks = 1 << 20

// mark stands for a blob: the first eight bytes of its id. Two blobs with the
// same mark are both kept as long as one is used.
type mark uint64

func markOf(id *blob.ID) mark { return mark(binary.BigEndian.Uint64(id[:8])) }

// marks are what mailboxes referred to when they were last looked at, so that
// those that did not change since need not be read again.
type marks struct {
	running sync.Mutex // one collection at a time
	of      map[mapi.GUID]markedBox
	kept    int
}

// markedBox are the marks of one mailbox as of a version.
type markedBox struct {
	version uint64
	marks   []mark
}

// CollectBlobs implements object.Maintenance.
func (s *session) CollectBlobs(ctx context.Context, req object.CollectBlobsRequest) (object.CollectBlobsResponse, error) {
	if err := s.may(actCheck); err != nil {
		return object.CollectBlobsResponse{}, err
	}
	w, err := s.e.collectBlobs(ctx, req.DryRun)
	if err == nil && !req.DryRun {
		s.audit(ctx, "collect blobs", "all stores")
	}
	return object.CollectBlobsResponse{Kept: int64(w.Seen - w.Removed), Removed: int64(w.Removed),
		KeptBytes: w.SeenBytes - w.Bytes, RemovedBytes: w.Bytes, Young: int64(w.Young)}, err
}

// SweepBlobs removes the blobs that no message of any mailbox refers to and
// that were not touched for the grace time.
func (e *Engine) SweepBlobs(ctx context.Context) (blob.Swept, error) {
	return e.collectBlobs(ctx, false)
}

// collectBlobs marks what the tables of all mailboxes name, then sweeps. A
// mailbox that cannot be read ends it before anything is removed. Messages that
// are saved meanwhile touch their blobs, dumps renew them, so that the grace
// time keeps both from harm.
func (e *Engine) collectBlobs(ctx context.Context, dry bool) (blob.Swept, error) {
	e.marks.running.Lock()
	defer e.marks.running.Unlock()
	began := time.Now()
	list, err := e.guids()
	if err != nil {
		return blob.Swept{}, err
	}
	var all []mark
	next := map[mapi.GUID]markedBox{}
	e.marks.kept = 0
	for _, guid := range list {
		box, err := e.markBlobs(ctx, guid)
		if err != nil {
			return blob.Swept{}, fmt.Errorf("collect blobs: nothing is removed: read store %s: %w", guid, err)
		}
		all = append(all, box.marks...)
		if e.marks.kept+len(box.marks) <= keptMarks {
			next[guid] = box
			e.marks.kept += len(box.marks)
		}
	}
	e.marks.of = next
	slices.Sort(all)
	all = slices.Compact(all)
	s, err := e.blobs.Sweep(ctx, blob.Sweeping{Marked: began, DryRun: dry, Keep: func(id blob.ID) bool {
		_, used := slices.BinarySearch(all, markOf(&id))
		return used
	}})
	return s, coded(err)
}

// markBlobs gives the marks of one mailbox, none where it is gone. The version
// is taken before the table is read: should it be late, the mailbox is read
// once more than needed.
func (e *Engine) markBlobs(ctx context.Context, guid mapi.GUID) (markedBox, error) {
	now := e.versions.of(guid).Load()
	if box, ok := e.marks.of[guid]; ok && box.version == now {
		return box, ctx.Err()
	}
	m, leave, err := e.visit(guid)
	if mapi.CodeOf(err) == mapi.NotFound {
		return markedBox{}, nil // removed meanwhile
	}
	if err != nil {
		return markedBox{}, err
	}
	defer leave()
	box := markedBox{version: now}
	err = m.view(ctx, func(c *sqlite.Conn) error {
		if list, err := c.QuickCheck("blob"); err != nil || len(list) > 0 {
			return fmt.Errorf("read references: %v: %w", list, orCode(err, mapi.CorruptStore))
		}
		rows, err := c.Query("SELECT id FROM blob")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id blob.ID
			copy(id[:], rows.Bytes(0))
			box.marks = append(box.marks, markOf(&id))
		}
		return rows.Err()
	})
	return box, err
}

func orCode(err error, code mapi.Code) error {
	if err == nil {
		return code
	}
	return err
}
