// SPDX-License-Identifier: AGPL-3.0-or-later

package mailfile

import (
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"twiga/lib/mapi"
)

// reader gives the messages of one open file to yield; false where that wants
// no more.
type reader func(f *os.File, folder string, yield func(Message, error) bool) bool

// readTree reads a file, or those of a directory that end in suffix: the
// directories on the way, and for files of many messages the name, are the
// folder.
func readTree(root, suffix string, read reader) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		info, err := os.Stat(root)
		if err != nil {
			yield(Message{}, fmt.Errorf("read %s: %w", root, err))
			return
		}
		if !info.IsDir() {
			readFile(root, "", read, yield)
			return
		}
		stop := false
		_ = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				stop = !yield(Message{}, fmt.Errorf("read %s: %w", name, err))
			case entry.Type().IsRegular() && strings.HasSuffix(strings.ToLower(name), suffix):
				rel, _ := filepath.Rel(root, name) // it is below
				folder := filepath.ToSlash(rel[:len(rel)-len(suffix)])
				if suffix == ".eml" {
					folder = strings.TrimPrefix(filepath.ToSlash(filepath.Dir(rel)), ".")
				}
				stop = !readFile(name, folder, read, yield)
			}
			if stop {
				return fs.SkipAll
			}
			return nil
		})
	}
}

func readFile(name, folder string, read reader, yield func(Message, error) bool) bool {
	f, err := os.Open(name)
	if err != nil {
		return yield(Message{}, fmt.Errorf("read %s: %w", name, err))
	}
	defer f.Close()
	return read(f, folder, yield)
}

// readEML reads a file that is one message.
func readEML(f *os.File, folder string, yield func(Message, error) bool) bool {
	data, err := readAll(f)
	if err != nil {
		return yield(Message{}, err)
	}
	m := Message{Folder: folder, Data: lines(data)}
	if info, err := f.Stat(); err == nil {
		m.Received = info.ModTime()
	}
	return yield(m, nil)
}

// readAll reads a file that is not too large.
func readAll(f *os.File) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(f, MaxMessage+1))
	if err == nil && len(data) > MaxMessage {
		err = mapi.TooBig
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	return data, nil
}

// emlWriter writes one file a message.
type emlWriter struct {
	root, dir string
	n         int
}

// Folder implements Writer.
func (w *emlWriter) Folder(folder string) error {
	w.dir, w.n = filepath.Join(w.root, filepath.FromSlash(safe(folder))), 0
	return os.MkdirAll(w.dir, 0o700)
}

// Put implements Writer.
func (w *emlWriter) Put(m *Message) error {
	w.n++
	name := filepath.Join(w.dir, fmt.Sprintf("%06d.eml", w.n))
	if err := writeNew(name, m.Data); err != nil {
		return err
	}
	return os.Chtimes(name, m.Received, m.Received)
}

// Close implements Writer.
func (w *emlWriter) Close() error { return nil }

// writeNew writes a file that must not be there.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// files writes one file a folder.
type files struct {
	root, suffix string
	f            *os.File
}

// begin makes the file of a folder; it must not be there.
func (w *files) begin(folder string) error {
	if err := w.end(); err != nil {
		return err
	}
	name := filepath.Join(w.root, filepath.FromSlash(safe(folder))+w.suffix)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	w.f = f
	return err
}

func (w *files) end() error {
	if w.f == nil {
		return nil
	}
	err := w.f.Close()
	w.f = nil
	return err
}
