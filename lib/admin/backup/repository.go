// SPDX-License-Identifier: AGPL-3.0-or-later

package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Repository is a repository to be read.
type Repository struct {
	Format     Format
	path       string
	identities []age.Identity
}

// Open opens a repository. ErrNone: there is none. Without identities an
// encrypted one can be listed, and its files compared with their sums.
func Open(dir string, identities []age.Identity) (*Repository, error) {
	r := &Repository{path: dir, identities: identities}
	err := r.small(formatName, &r.Format)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("open backups in %s: %w", dir, ErrNone)
	case err != nil:
		return nil, fmt.Errorf("open backups in %s: %w", dir, err)
	case r.Format.Format != formatIs:
		return nil, fmt.Errorf("open backups in %s: no format: %w", dir, ErrDamaged)
	case r.Format.Version > version:
		return nil, fmt.Errorf("open backups in %s: version %d: %w", dir, r.Format.Version, ErrVersion)
	}
	return r, nil
}

// Unpack makes a repository of a tar archive, in an empty folder.
func Unpack(in io.Reader, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("unpack backup: %w", err)
	}
	defer root.Close()
	for t := tar.NewReader(in); ; {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = unpack(root, t, h)
		}
		if err != nil {
			return fmt.Errorf("unpack backup: %w", err)
		}
	}
}

func unpack(root *os.Root, t *tar.Reader, h *tar.Header) error {
	if h.Typeflag != tar.TypeReg {
		return fmt.Errorf("%s is no file: %w", h.Name, ErrDamaged)
	}
	name := filepath.FromSlash(h.Name)
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, t)
	return errors.Join(err, f.Close())
}

func (r *Repository) file(name string) string { return filepath.Join(r.path, filepath.FromSlash(name)) }

// small reads a file of JSON.
func (r *Repository) small(name string, v any) error {
	f, err := os.Open(r.file(name))
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSmall))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("read %s: %w: %w", name, err, ErrDamaged)
	}
	return nil
}

// Stores are the GUIDs of the mailboxes that have backups, in order.
func (r *Repository) Stores() ([]string, error) {
	entries, err := os.ReadDir(r.file(storesName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out []string
	for _, e := range entries {
		if g, gerr := mapi.ParseGUID(e.Name()); gerr == nil && g.String() == e.Name() {
			out = append(out, e.Name())
		}
	}
	return out, err
}

// sequences are the numbers of a mailbox's files, in order; those of dumps
// without a manifest, too.
func (r *Repository) sequences(store string) ([]int, error) {
	entries, err := os.ReadDir(r.file(storeDir(store)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out []int
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), ".")
		if n, err := strconv.Atoi(number); err == nil && n > 0 {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), err
}

// Manifests are those of a mailbox, the oldest first. Those that cannot be
// read are left out where others can; Verify tells of them.
func (r *Repository) Manifests(store string) ([]Manifest, error) {
	list, err := r.sequences(store)
	if err != nil {
		return nil, fmt.Errorf("read backups of %s: %w", store, err)
	}
	var out []Manifest
	for _, n := range list {
		m, err := r.manifest(store, n)
		if err == nil {
			out = append(out, m)
		}
	}
	return out, nil
}

func (r *Repository) manifest(store string, sequence int) (Manifest, error) {
	var m Manifest
	err := r.small(manifestFile(store, sequence), &m)
	switch {
	case err != nil:
	case m.Version > version:
		err = fmt.Errorf("version %d: %w", m.Version, ErrVersion)
	case m.Store != store || m.Sequence != sequence || path.Dir(m.Dump.Name) != storeDir(store):
		err = fmt.Errorf("it is of another dump: %w", ErrDamaged)
	}
	if err != nil {
		return m, fmt.Errorf("read manifest %d of %s: %w", sequence, store, err)
	}
	return m, nil
}

// Chain is the full dump and the increments on top of it that give a mailbox
// as it was at a moment; the zero moment is the last. ErrNone: nothing is so
// old. ErrDamaged: something on the way is missing.
func Chain(list []Manifest, at time.Time) ([]Manifest, error) {
	var whole []Manifest
	for _, m := range list {
		if !m.Part() && (at.IsZero() || !m.Created.After(at)) {
			whole = append(whole, m)
		}
	}
	if len(whole) == 0 {
		return nil, ErrNone
	}
	out := whole[len(whole)-1:]
	for n := len(whole) - 2; out[0].Since != 0; n-- {
		if n < 0 {
			return nil, fmt.Errorf("number %d is on top of change %d, which is not there: %w", out[0].Sequence, out[0].Since, ErrDamaged)
		}
		if whole[n].Change == out[0].Since {
			out = append([]Manifest{whole[n]}, out...)
		}
	}
	return slices.Clone(out), nil
}

// OpenDump reads a dump. That it is the one that was written is known at its end:
// reading gives ErrDamaged there if it is not.
func (r *Repository) OpenDump(m *Manifest) (io.ReadCloser, error) {
	f, err := os.Open(r.file(m.Dump.Name))
	if err != nil {
		return nil, fmt.Errorf("read dump: %w", err)
	}
	in, err := unseal(f, m.Dump.Name, r.identities)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("read dump: %w", err)
	}
	return both{in, f}, nil
}

// both closes a reader and the file below it.
type both struct {
	io.ReadCloser
	file *os.File
}

func (b both) Close() error { return errors.Join(b.ReadCloser.Close(), b.file.Close()) }

// Compare compares a dump's file with its manifest. ErrDamaged.
func (r *Repository) Compare(m *Manifest) error {
	f, err := os.Open(r.file(m.Dump.Name))
	if err != nil {
		return fmt.Errorf("read dump: %w: %w", err, ErrDamaged)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return fmt.Errorf("read dump: %w", err)
	}
	if n != m.Dump.Size || hex.EncodeToString(h.Sum(nil)) != m.Dump.SHA256 {
		return fmt.Errorf("read dump %s: it differs from its manifest: %w", m.Dump.Name, ErrDamaged)
	}
	return nil
}

// OpenBlob reads a content.
func (r *Repository) OpenBlob(id object.BlobID) (io.ReadCloser, error) {
	s, err := newSeal(r.Format.Recipients)
	if err != nil {
		return nil, err
	}
	name := BlobFile(id) + s.ext()
	f, err := os.Open(r.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read blob %x: it is missing: %w", id[:], ErrDamaged)
	}
	if err != nil {
		return nil, fmt.Errorf("read blob %x: %w", id[:], err)
	}
	in, err := unseal(f, name, r.identities)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("read blob %x: %w", id[:], err)
	}
	return both{in, f}, nil
}

// Readable says whether contents can be read: the repository is not encrypted
// or there are identities.
func (r *Repository) Readable() bool { return len(r.Format.Recipients) == 0 || len(r.identities) > 0 }

// Stale marks a mailbox as restored: its change numbers went back, and so an
// increment on top of what is there would not be one. The next is full.
func (r *Repository) Stale(store string) error {
	f, err := os.OpenFile(filepath.Join(r.file(storeDir(store)), staleName), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("mark backups of %s: %w", store, err)
	}
	return errors.Join(f.Sync(), f.Close())
}

// LastDirectory reads who there was at a moment. ErrNone.
func (r *Repository) LastDirectory(at time.Time, v any) error {
	names, err := r.directories()
	if err != nil {
		return err
	}
	for _, name := range slices.Backward(names) {
		stamp, _, _ := strings.Cut(name, manifestExt)
		created, err := time.Parse("20060102T150405.000Z", stamp)
		if err != nil || !at.IsZero() && created.After(at) {
			continue
		}
		return r.directory(name, v)
	}
	return fmt.Errorf("read directory: %w", ErrNone)
}

func (r *Repository) directories() ([]string, error) {
	entries, err := os.ReadDir(r.file(directoryName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out, err
}

func (r *Repository) directory(name string, v any) error {
	f, err := os.Open(filepath.Join(r.file(directoryName), name))
	if err != nil {
		return fmt.Errorf("read directory: %w", err)
	}
	defer f.Close()
	in, err := unseal(f, name, r.identities)
	if err != nil {
		return fmt.Errorf("read directory: %w", err)
	}
	defer in.Close()
	if err := json.NewDecoder(in).Decode(v); err != nil {
		return fmt.Errorf("read directory %s: %w: %w", name, err, ErrDamaged)
	}
	return nil
}
