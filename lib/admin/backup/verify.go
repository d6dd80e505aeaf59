// SPDX-License-Identifier: AGPL-3.0-or-later

package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/object/dump"
)

// Problem is one thing that is wrong with a repository.
type Problem struct {
	Kind   string `json:"kind"` // stable word: "manifest", "dump", "chain", "blob-missing", "blob-damaged", "directory"
	Object string `json:"object"`
	Text   string `json:"text"`
}

// Verified tells what was looked at.
type Verified struct {
	Stores    int64 `json:"stores"`
	Dumps     int64 `json:"dumps"`
	Blobs     int64 `json:"blobs"`
	Unused    int64 `json:"unused"` // blobs that no dump names
	Leftovers int64 `json:"leftovers"`
	Contents  bool  `json:"contents"` // contents were read; not without the identity of an encrypted repository
}

// Verify looks at everything: sums, chains, that each content that a dump names
// is there and is what its name says. step is called for each file.
func (r *Repository) Verify(ctx context.Context, tell func(Problem), step func()) (Verified, error) {
	v := verifier{r: r, tell: tell, step: step, named: map[object.BlobID]string{}, out: Verified{Contents: r.Readable()}}
	if err := v.run(ctx); err != nil {
		return v.out, fmt.Errorf("verify backups: %w", err)
	}
	return v.out, nil
}

type verifier struct {
	r     *Repository
	tell  func(Problem)
	step  func()
	named map[object.BlobID]string // the first dump that names it
	out   Verified
}

func (v *verifier) problem(kind, object, format string, args ...any) {
	v.tell(Problem{kind, object, fmt.Sprintf(format, args...)})
}

func (v *verifier) run(ctx context.Context) error {
	stores, err := v.r.Stores()
	if err != nil {
		return err
	}
	for _, store := range stores {
		v.out.Stores++
		if err := v.store(ctx, store); err != nil {
			return err
		}
	}
	if err := v.blobs(ctx); err != nil {
		return err
	}
	return v.directories()
}

// store verifies the dumps of a mailbox and their chains.
func (v *verifier) store(ctx context.Context, store string) error {
	list, err := v.r.sequences(store)
	if err != nil {
		return err
	}
	var have []Manifest
	for _, n := range list {
		m, err := v.r.manifest(store, n)
		if errors.Is(err, os.ErrNotExist) {
			v.out.Leftovers++ // of a backup that was interrupted
			continue
		}
		if err != nil {
			v.problem("manifest", fmt.Sprintf("%s/%06d", store, n), "%v", err)
			continue
		}
		have = append(have, m)
	}
	for i := range have {
		m := &have[i]
		if !m.Part() {
			if _, err := Chain(have[:i+1], m.Created); err != nil {
				v.problem("chain", m.Dump.Name, "%v", err)
			}
		}
		if err := v.dump(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) dump(ctx context.Context, m *Manifest) error {
	v.out.Dumps++
	v.step()
	err := v.r.Compare(m)
	if err == nil && v.r.Readable() {
		err = v.r.EachBlob(ctx, m, func(id object.BlobID) error {
			if _, ok := v.named[id]; !ok {
				v.named[id] = m.Dump.Name
			}
			return nil
		})
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		v.problem("dump", m.Dump.Name, "%v", err)
	}
	return nil
}

// EachBlob reads a dump, makes sure that it is that of its manifest, and gives
// the contents that it names; one may come more than once.
func (r *Repository) EachBlob(ctx context.Context, m *Manifest, f func(object.BlobID) error) error {
	in, err := r.OpenDump(m)
	if err != nil {
		return err
	}
	defer in.Close()
	d, err := dump.NewDecoder(in)
	if err != nil {
		return err
	}
	if mapi.GUID(d.Header.Store).String() != m.Store || d.Header.Since != m.Since || d.Header.Change != m.Change {
		return fmt.Errorf("read dump %s: it is not that of its manifest: %w", m.Dump.Name, ErrDamaged)
	}
	for {
		record, err := d.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		list, _ := record.(dump.Blobs)
		for _, id := range list {
			if err := f(id); err != nil {
				return err
			}
		}
	}
}

// blobs reads all contents.
func (v *verifier) blobs(ctx context.Context) error {
	root := v.r.file(blobsName)
	folders, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	seen := map[object.BlobID]bool{}
	for _, dir := range folders {
		entries, err := os.ReadDir(filepath.Join(root, dir.Name()))
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			id, ok := blobOf(dir.Name() + e.Name())
			if !ok {
				v.problem("blob-damaged", path.Join(blobsName, dir.Name(), e.Name()), "no name of a content")
				continue
			}
			seen[id] = true
			v.blob(id)
		}
	}
	v.missing(seen)
	return nil
}

func (v *verifier) blob(id object.BlobID) {
	v.out.Blobs++
	v.step()
	if !v.r.Readable() {
		return
	}
	if _, ok := v.named[id]; !ok {
		v.out.Unused++
	}
	if err := v.r.checkBlob(id); err != nil {
		v.problem("blob-damaged", BlobFile(id), "%v", err)
	}
}

func (v *verifier) missing(seen map[object.BlobID]bool) {
	var gone []object.BlobID
	for id := range v.named {
		if !seen[id] {
			gone = append(gone, id)
		}
	}
	slices.SortFunc(gone, func(a, b object.BlobID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range gone {
		v.problem("blob-missing", BlobFile(id), "named by %s, but not there", v.named[id])
	}
}

// checkBlob compares a content with its name.
func (r *Repository) checkBlob(id object.BlobID) error {
	in, err := r.OpenBlob(id)
	if err != nil {
		return err
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return fmt.Errorf("read blob: %w", err)
	}
	if object.BlobID(h.Sum(nil)) != id {
		return fmt.Errorf("read blob: content is not what its name says: %w", ErrDamaged)
	}
	return nil
}

// blobOf is the content of a file name, the parts put together.
func blobOf(name string) (object.BlobID, bool) {
	var id object.BlobID
	n := 2 * len(id)
	if len(name) < n || name[n:] != packedExt && name[n:] != packedExt+sealedExt {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(name[:n]))
	return id, err == nil
}

func (v *verifier) directories() error {
	names, err := v.r.directories()
	if err != nil || !v.r.Readable() {
		return err
	}
	for _, name := range names {
		v.step()
		var any map[string]any
		if err := v.r.directory(name, &any); err != nil {
			v.problem("directory", path.Join(directoryName, name), "%v", err)
		}
	}
	return nil
}
