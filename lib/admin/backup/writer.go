// SPDX-License-Identifier: AGPL-3.0-or-later

package backup

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Writer adds backups to a repository.
type Writer struct {
	to     target
	seal   seal
	reader *Repository // what was there before; nil for a stream
}

// Create opens or makes a repository to write to. Recipients are those of its
// first backup; none are the ones that it has. ErrBusy, ErrRecipients.
func Create(dir string, recipients []string) (*Writer, error) {
	recipients = slices.Compact(slices.Sorted(slices.Values(recipients)))
	f, err := openFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("open backups in %s: %w", dir, err)
	}
	w := &Writer{to: f}
	if w.reader, err = w.begin(f, dir, recipients); err != nil {
		f.lock.Close()
		return nil, fmt.Errorf("open backups in %s: %w", dir, err)
	}
	return w, nil
}

func (w *Writer) begin(f *folder, dir string, recipients []string) (*Repository, error) {
	r, err := Open(dir, nil)
	switch {
	case errors.Is(err, ErrNone):
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Name() != lockName && e.Name() != tempName {
				return nil, fmt.Errorf("it has %s and is no repository: %w", e.Name(), os.ErrExist)
			}
		}
		if w.seal, err = newSeal(recipients); err != nil {
			return nil, err
		}
		if err := w.format(recipients); err != nil {
			return nil, err
		}
		return Open(dir, nil)
	case err != nil:
		return nil, err
	case len(recipients) > 0 && !slices.Equal(recipients, r.Format.Recipients):
		return nil, ErrRecipients
	}
	if err := f.sweep(r); err != nil {
		return nil, err
	}
	w.seal, err = newSeal(r.Format.Recipients)
	return r, err
}

// sweep removes the dumps of backups that were interrupted.
func (f *folder) sweep(r *Repository) error {
	stores, err := r.Stores()
	if err != nil {
		return err
	}
	for _, store := range stores {
		list, err := r.sequences(store)
		if err != nil {
			return err
		}
		for _, n := range list {
			if f.has(manifestFile(store, n)) {
				continue
			}
			left, err := filepath.Glob(filepath.Join(r.file(storeDir(store)), fmt.Sprintf("%06d%s.*", n, dumpExt)))
			if err != nil {
				return err
			}
			for _, name := range left {
				if err := os.Remove(name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Stream begins a repository that is written as one tar archive.
func Stream(out io.Writer, recipients []string) (*Writer, error) {
	s, err := newSeal(recipients)
	if err != nil {
		return nil, err
	}
	w := &Writer{to: newStream(out), seal: s}
	return w, w.format(recipients)
}

func (w *Writer) format(recipients []string) error {
	err := w.plain(formatName, Format{Format: formatIs, Version: version, Created: time.Now().UTC(), Recipients: recipients})
	return errors.Join(err, w.to.sync())
}

// plain writes a small file that is neither packed nor encrypted.
func (w *Writer) plain(name string, v any) error {
	_, err := w.to.put(name, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
	return err
}

// Close ends the writing.
func (w *Writer) Close() error { return w.to.close() }

// Next is the number of a mailbox's next dump.
func (w *Writer) Next(store mapi.GUID) (int, error) {
	if w.reader == nil {
		return 1, nil
	}
	list, err := w.reader.sequences(store.String())
	if err != nil || len(list) == 0 {
		return 1, err
	}
	return list[len(list)-1] + 1, nil
}

// Last is the last dump of a whole mailbox, on top of which an increment can
// be. False: there is none, or the mailbox was restored since.
func (w *Writer) Last(store mapi.GUID) (Manifest, bool, error) {
	if w.reader == nil || w.to.has(path.Join(storeDir(store.String()), staleName)) {
		return Manifest{}, false, nil
	}
	list, err := w.reader.Manifests(store.String())
	if err != nil {
		return Manifest{}, false, err
	}
	chain, err := Chain(list, time.Time{})
	if errors.Is(err, ErrNone) || errors.Is(err, ErrDamaged) {
		return Manifest{}, false, nil
	}
	if err != nil {
		return Manifest{}, false, err
	}
	return chain[len(chain)-1], true, nil
}

// Dump keeps a dump, which is of no use before its manifest is there.
func (w *Writer) Dump(store mapi.GUID, sequence int, write func(io.Writer) error) (File, error) {
	return w.packed(DumpFile(store, sequence), write)
}

func (w *Writer) packed(name string, write func(io.Writer) error) (File, error) {
	return w.to.put(name+w.seal.ext(), func(out io.Writer) error { return w.seal.write(out, write) })
}

// Has says whether a content is there.
func (w *Writer) Has(id object.BlobID) bool { return w.to.has(BlobFile(id) + w.seal.ext()) }

// Blob keeps a content; mapi.CorruptData where it is not what its name says.
func (w *Writer) Blob(id object.BlobID, write func(io.Writer) error) (int64, error) {
	f, err := w.packed(BlobFile(id), func(out io.Writer) error {
		h := sha256.New()
		if err := write(io.MultiWriter(out, h)); err != nil {
			return err
		}
		if object.BlobID(h.Sum(nil)) != id {
			return fmt.Errorf("content is not what its name says: %w", mapi.CorruptData)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("keep blob %x: %w", id[:], err)
	}
	return f.Size, nil
}

// Commit writes the manifest of a dump whose contents are all there. It is
// durable when it returns.
func (w *Writer) Commit(m *Manifest) error {
	m.Version = version
	err := w.to.sync()
	if err == nil {
		err = w.plain(manifestFile(m.Store, m.Sequence), m)
	}
	if err == nil {
		err = w.to.sync()
	}
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	if f, ok := w.to.(*folder); ok && m.Since == 0 && !m.Part() {
		_ = os.Remove(filepath.Join(f.path, storeDir(m.Store), staleName)) // a full dump is a new beginning
	}
	return nil
}

// Directory keeps who there is.
func (w *Writer) Directory(at time.Time, v any) (File, error) {
	f, err := w.packed(path.Join(directoryName, at.UTC().Format("20060102T150405.000Z")+manifestExt), func(out io.Writer) error {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
	return f, errors.Join(err, w.to.sync())
}
