// SPDX-License-Identifier: AGPL-3.0-or-later

package redo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Restorer writes to files what the log has of them, in the order in which it was
// written first. It may be there already.
type Restorer interface {
	// Restore writes to a file what was, unless it is gone or has become another since.
	Restore(name string, data []byte) error
	// Finish brings all files to the disk.
	Finish() error
}

// recovered is what was found of the segments.
type recovered struct {
	epoch   uint64 // the highest
	records int
}

// replay reads the segments of a folder and restores what they tell of.
func replay(dir string, r Restorer) (recovered, error) {
	var segments [2][]byte
	for i := range segments {
		b, err := os.ReadFile(segmentPath(dir, i))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return recovered{}, err
		}
		segments[i] = b
	}
	if epochOf(segments[0]) > epochOf(segments[1]) {
		segments[0], segments[1] = segments[1], segments[0]
	}
	out := recovered{epoch: epochOf(segments[1])}
	if out.epoch == 0 {
		return out, nil
	}
	if epochOf(segments[0]) != out.epoch-1 {
		segments[0] = nil // void
	}
	for _, s := range segments {
		n, err := replaySegment(s, r)
		if err != nil {
			return out, err
		}
		out.records += n
	}
	if out.records == 0 {
		return out, nil
	}
	return out, r.Finish()
}

// replaySegment restores what one segment tells of, up to its first batch that is
// not whole: nobody was told that this one is on the disk.
func replaySegment(segment []byte, r Restorer) (records int, err error) {
	epoch := epochOf(segment)
	if epoch == 0 {
		return 0, nil
	}
	at := blockSize
	for number := uint32(0); ; number++ {
		b, next := batch(segment, at, epoch, number)
		if b == nil {
			return records, nil
		}
		for len(b) > 0 {
			name, data, rest, ok := record(b)
			if !ok {
				return records, fmt.Errorf("record in batch %d of epoch %d is malformed", number, epoch)
			}
			if err := r.Restore(name, data); err != nil {
				return records, fmt.Errorf("restore %d bytes of %s: %w", len(data), name, err)
			}
			b = rest
			records++
		}
		at = next
	}
}

func segmentPath(dir string, i int) string { return filepath.Join(dir, fmt.Sprint(i)) }
