// SPDX-License-Identifier: AGPL-3.0-or-later

package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"
)

// Sweep implements Store: the sweep of a mark and sweep. The caller marks
// first, then sweeps; what was put or touched less than the grace time before
// the marks, or since, stays.
func (d *Dir) Sweep(ctx context.Context, s Sweeping) (Swept, error) {
	var out Swept
	before := s.Marked.Add(-d.grace)
	for info, err := range d.All(ctx) {
		if err != nil {
			return out, fmt.Errorf("sweep blobs: %w", err)
		}
		out.Seen++
		out.SeenBytes += info.OnDisk
		if s.Keep(info.ID) {
			continue
		}
		gone := info.Touched.Before(before)
		if gone && !s.DryRun {
			if gone, err = d.remove(info.ID, before); err != nil {
				return out, fmt.Errorf("sweep blob %s: %w", info.ID, err)
			}
		}
		if !gone {
			out.Young++
			continue
		}
		out.Removed++
		out.Bytes += info.OnDisk
	}
	return out, nil
}

// remove takes a file away unless somebody touched it meanwhile.
func (d *Dir) remove(id ID, before time.Time) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := os.Stat(d.file(id))
	if err != nil || !st.ModTime().Before(before) {
		return false, ignoreMissing(err)
	}
	d.files.forget(id)
	return true, ignoreMissing(os.Remove(d.file(id)))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// All lists the blobs in no order. Size is not filled in.
func (d *Dir) All(ctx context.Context) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for first := range 256 {
			prefix := fmt.Sprintf("%02x", first)
			entries, err := os.ReadDir(filepath.Join(d.path, prefix))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Info{}, err)
				return
			}
			for _, e := range entries {
				id, ok := ParseID(prefix + e.Name())
				if !ok {
					continue
				}
				st, err := e.Info()
				if err != nil {
					continue // gone meanwhile
				}
				if !yield(Info{ID: id, OnDisk: st.Size(), Touched: st.ModTime()}, nil) {
					return
				}
			}
		}
	}
}
