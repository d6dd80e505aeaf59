// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/object/dump"
	"twiga/lib/sqlite"
	"twiga/lib/store/recipe"
)

// Load implements object.Maintenance. The stream is read whole, into a file,
// and compared with its checksums before anything of it is used. Quotas do not
// count.
func (s *session) Load(ctx context.Context, req object.LoadRequest, stream io.Reader) (object.LoadResponse, error) {
	if err := s.may(actCheck); err != nil {
		return object.LoadResponse{}, err
	}
	if req.Store.IsZero() == (req.Continue || req.Folder != 0) || req.Continue && req.Folder != 0 {
		return object.LoadResponse{}, fmt.Errorf("load dump: store %s, folder %s, continue %v: %w", req.Store, req.Folder, req.Continue, mapi.InvalidParameter)
	}
	f, err := s.e.spool(ctx, stream)
	if err != nil {
		return object.LoadResponse{}, fmt.Errorf("load dump: %w", loadError(err))
	}
	defer f.Close()
	d, err := dump.NewDecoder(f)
	if err != nil {
		return object.LoadResponse{}, fmt.Errorf("load dump: %w", loadError(err))
	}
	var out object.LoadResponse
	switch {
	case req.Store.IsZero():
		out, err = s.e.loadNew(ctx, req.As, d)
	case req.Continue:
		out, err = s.loadOnTop(ctx, req.Store, d)
	default:
		out, err = s.loadBelow(ctx, &req, d)
	}
	if err != nil {
		return object.LoadResponse{}, fmt.Errorf("load dump: %w", loadError(err))
	}
	s.audit(ctx, "load dump", out.Store.String())
	return out, nil
}

// loadError gives the errors of streams their codes.
func loadError(err error) error {
	switch {
	case errors.Is(err, dump.ErrDamaged):
		return fmt.Errorf("%w: %w", err, mapi.CorruptData)
	case errors.Is(err, dump.ErrVersion):
		return fmt.Errorf("%w: %w", err, mapi.Version)
	}
	return coded(err)
}

// spool keeps a stream in a file without a name, and makes sure of its form and
// of the blobs that it names.
func (e *Engine) spool(ctx context.Context, stream io.Reader) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Join(e.path, mailboxesName), tempPrefix+"load-")
	if err != nil {
		return nil, diskError(err)
	}
	_ = os.Remove(f.Name()) // where it fails, the next start removes it
	err = e.verifyDump(ctx, io.TeeReader(stream, fileWriter{f}))
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// fileWriter gives the errors of the disk their codes.
type fileWriter struct{ f *os.File }

func (w fileWriter) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	return n, diskError(err)
}

func (e *Engine) verifyDump(ctx context.Context, r io.Reader) error {
	d, err := dump.NewDecoder(r)
	if err != nil {
		return err
	}
	if d.Header.Schema > uint64(len(migrations)) || d.Header.Schema == 0 {
		return fmt.Errorf("read dump: schema version %d, known up to %d: %w", d.Header.Schema, len(migrations), mapi.Version)
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
		if list, ok := record.(dump.Blobs); ok {
			for _, id := range list {
				if _, err := e.blobs.Touch(ctx, blob.ID(id)); err != nil {
					return err
				}
			}
		}
	}
}

// inserter puts rows of a dump into tables of the same names.
type inserter struct {
	c     *sqlite.Conn
	d     *dump.Decoder
	verb  string
	sql   []string // by number of table, made on first need
	refs  blobRefs
	rec   recipe.Recipe
	out   object.LoadResponse
	guid  mapi.GUID
	batch int // rows since the last commit
}

// insert writes a row as it lies in the dump.
func (l *inserter) insert(r dump.Row) error {
	t := &l.d.Tables[r.Table]
	if err := l.statement(r.Table); err != nil {
		return err
	}
	row := namedRow{t.Columns, r.Values}
	switch t.Name {
	case "folder":
		l.out.Folders++
	case "message":
		l.out.Messages++
	case "mailbox":
		if at := slices.Index(t.Columns, "guid"); at >= 0 {
			r.Values[at] = l.guid[:]
		}
	case "body":
		if l.d.Header.Schema >= sharedSchema {
			if n, err := l.c.Int("SELECT count(*) FROM body WHERE id = ?", row.int("id")); err != nil || n > 0 {
				return err // it came with another message
			}
		}
		_ = eachBlob(&l.rec, row.bytes("recipe"), func(id blob.ID) error { l.refs.add(id, 1); return nil })
	}
	err := l.c.Exec(l.sql[r.Table], r.Values...)
	if err == nil && t.Name == "message" && row.int("body") > 0 {
		err = l.c.Exec("INSERT OR IGNORE INTO shared (body, message) VALUES (?, ?)", row.int("body"), row.int("id"))
	}
	if sqlite.KindOf(err) == sqlite.Constraint {
		err = fmt.Errorf("%w: %w", err, mapi.CorruptData)
	}
	return err
}

// members makes the members of the search folders anew, which follow from their
// items.
func (l *inserter) members() error {
	if err := l.c.Exec("DELETE FROM member"); err != nil {
		return err
	}
	return l.c.Exec("INSERT INTO member (message, folder, uid) SELECT id, folder, uid FROM item WHERE folder IN (SELECT folder FROM search)")
}

// statement makes the statement of a table. Only names that the schema has get
// into it.
func (l *inserter) statement(table int) error {
	for len(l.sql) <= table {
		l.sql = append(l.sql, "")
	}
	if l.sql[table] != "" {
		return nil
	}
	t := &l.d.Tables[table]
	have, err := l.c.Columns(t.Name)
	if err != nil {
		return err
	}
	known := len(have) > 0 && len(t.Columns) > 0 && t.Name != "blob" && t.Name != "member" && t.Name != "shared"
	for _, name := range t.Columns {
		known = known && slices.Contains(have, name)
	}
	if !known {
		return fmt.Errorf("read table %q: no such, or of other columns: %w", t.Name, mapi.CorruptData)
	}
	l.sql[table] = sqlite.InsertStatement(l.verb, t.Name, t.Columns)
	return nil
}

// rows gives all rows of a dump.
func rows(ctx context.Context, d *dump.Decoder, f func(dump.Row) error) error {
	for {
		record, err := d.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if r, ok := record.(dump.Row); ok && err == nil {
			err = f(r)
		}
		if err != nil {
			return err
		}
	}
}
