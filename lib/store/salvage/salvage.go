// SPDX-License-Identifier: AGPL-3.0-or-later

// Package salvage reads the rows of an SQLite database that is damaged, page by
// page: whatever page can be read gives its rows, whatever cannot is passed
// over (sqlite.org/fileformat2.html). Nothing is written.
package salvage

import (
	"encoding/binary"
	"fmt"
	"os"
)

// Measures of the file format; the databases have pages of this size.
const (
	pageSize   = 4096
	headerSize = 100 // of the file, before the first page's own
	maxPayload = 1 << 30
	maxDepth   = 64 // levels of a tree
)

// The types of page, 1.6.
const (
	interiorIndex = 0x02
	interiorTable = 0x05
	leafIndex     = 0x0a
	leafTable     = 0x0d
)

// File is a damaged database and what its log has.
type File struct {
	f      *os.File
	wal    *os.File         // nil where there is none
	inWAL  map[uint32]int64 // pages whose latest state is in the log, and where
	pages  uint32
	seen   map[uint32]bool // pages of trees that were walked, or that are free
	header []byte
}

// Open opens the database of a path. Nobody may write it.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open damaged database: %w", err)
	}
	s := &File{f: f, inWAL: map[uint32]int64{}, seen: map[uint32]bool{}}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open damaged database: %w", err)
	}
	s.pages = uint32(min(st.Size()/pageSize, 1<<31))
	s.openWAL(path + "-wal")
	s.header = append([]byte(nil), s.page(1)...)
	if len(s.header) >= headerSize {
		s.walkFree(binary.BigEndian.Uint32(s.header[32:]))
	}
	return s, nil
}

// Close closes the files.
func (s *File) Close() {
	s.f.Close()
	if s.wal != nil {
		s.wal.Close()
	}
}

// Version is the schema's version as the header has it.
func (s *File) Version() int64 {
	if len(s.header) < headerSize {
		return 0
	}
	return int64(int32(binary.BigEndian.Uint32(s.header[60:])))
}

// page reads a page; nil where it is not there.
func (s *File) page(n uint32) []byte {
	if n == 0 || n > s.pages {
		return nil
	}
	b := make([]byte, pageSize)
	src, at := s.f, int64(n-1)*pageSize
	if off, ok := s.inWAL[n]; ok {
		src, at = s.wal, off
	}
	if _, err := src.ReadAt(b, at); err != nil {
		return nil
	}
	return b
}

// walkFree notes the pages of the list of free ones, 1.5.
func (s *File) walkFree(trunk uint32) {
	for trunk != 0 && !s.seen[trunk] {
		b := s.page(trunk)
		if b == nil {
			return
		}
		s.seen[trunk] = true
		n := binary.BigEndian.Uint32(b[4:])
		if n > pageSize/4-2 {
			return
		}
		for i := range n {
			s.seen[binary.BigEndian.Uint32(b[8+4*i:])] = true
		}
		trunk = binary.BigEndian.Uint32(b)
	}
}

// Row is a row as it lies there: the columns in the order of the record, those
// of the key first where the table has no rowid. Values are nil, int64,
// float64, string or []byte.
type Row struct {
	ID      int64 // the rowid
	Keyed   bool  // the table has no rowid
	Columns []any
}

// Tables are the tables that the schema names, with the page where each begins.
func (s *File) Tables() map[string]uint32 {
	out := map[string]uint32{}
	s.Rows(1, func(r Row) bool {
		if len(r.Columns) == 5 {
			kind, _ := r.Columns[0].(string)
			name, _ := r.Columns[1].(string)
			root, _ := r.Columns[3].(int64)
			if root > 1 && root <= int64(s.pages) {
				if kind == "table" {
					out[name] = uint32(root)
				} else {
					s.skip(uint32(root), 0)
				}
			}
		}
		return true
	})
	return out
}

// Rows gives the rows of the tree that begins at a page; false ends it.
func (s *File) Rows(root uint32, f func(Row) bool) { s.walk(root, 0, f) }

func (s *File) walk(n uint32, depth int, f func(Row) bool) bool {
	b := s.page(n)
	if b == nil || s.seen[n] || depth > maxDepth {
		return true
	}
	p, ok := parsePage(b, n == 1)
	if !ok {
		return true
	}
	s.seen[n] = true
	for _, at := range p.cells {
		if child := p.child(at); child != 0 && !s.walk(child, depth+1, f) {
			return false
		}
		if r, ok := s.cell(p, at); ok && !f(r) {
			return false
		}
	}
	return p.right == 0 || s.walk(p.right, depth+1, f)
}

// skip notes the pages of an index, so that nobody takes them for a table's.
func (s *File) skip(n uint32, depth int) {
	b := s.page(n)
	if b == nil || s.seen[n] || depth > maxDepth {
		return
	}
	p, ok := parsePage(b, n == 1)
	if !ok {
		return
	}
	s.seen[n] = true
	for _, at := range p.cells {
		if child := p.child(at); child != 0 {
			s.skip(child, depth+1)
		}
	}
	if p.right != 0 {
		s.skip(p.right, depth+1)
	}
}

// Orphans gives the rows of pages that no tree led to, after the trees were
// walked: what stood above them is damaged. Whose they are is not known.
func (s *File) Orphans(f func(Row) bool) {
	for n := uint32(1); n <= s.pages; n++ {
		if s.seen[n] {
			continue
		}
		b := s.page(n)
		if b == nil {
			continue
		}
		p, ok := parsePage(b, n == 1)
		if !ok {
			continue
		}
		for _, at := range p.cells {
			if r, ok := s.cell(p, at); ok && !f(r) {
				return
			}
		}
	}
}
