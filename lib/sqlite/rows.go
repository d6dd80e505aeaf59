// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// Rows are the rows of a query. They are used as
//
//	for rows.Next() { ... }
//	err := rows.Close()
//
// and closed before the same statement runs again on the connection.
type Rows struct {
	r    driver.Rows
	vals []driver.Value
	sql  string
	err  error
	once io.Closer // the statement, where it goes with its rows
}

// Query runs a statement that gives rows.
func (c *Conn) Query(sql string, args ...any) (*Rows, error) {
	if _, err := c.bind(args); err != nil {
		return nil, err
	}
	s, err := c.prepare(sql)
	if err != nil {
		return nil, err
	}
	rows := &s.rows
	if rows.r != nil {
		return nil, fmt.Errorf("run %q: its rows are in use", sql)
	}
	r, err := s.s.QueryContext(context.Background(), c.args)
	if err != nil {
		return nil, fmt.Errorf("run %q: %w", sql, classify(err))
	}
	if rows.vals == nil {
		rows.vals = make([]driver.Value, len(r.Columns()))
	}
	rows.r, rows.sql, rows.err = r, sql, nil
	return rows, nil
}

// QueryOnce is Query for a statement whose text is hardly asked for again:
// nothing of it is kept.
func (c *Conn) QueryOnce(sql string, args ...any) (*Rows, error) {
	if _, err := c.bind(args); err != nil {
		return nil, err
	}
	ds, err := c.c.Prepare(sql)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", sql, classify(err))
	}
	r, err := ds.(*sqlite3.SQLiteStmt).QueryContext(context.Background(), c.args)
	if err != nil {
		ds.Close()
		return nil, fmt.Errorf("run %q: %w", sql, classify(err))
	}
	return &Rows{r: r, vals: make([]driver.Value, len(r.Columns())), sql: sql, once: ds}, nil
}

// Next goes on to the next row, false where there is none or on an error.
func (r *Rows) Next() bool {
	if r.err != nil || r.r == nil {
		return false
	}
	err := r.r.Next(r.vals)
	if err == io.EOF {
		return false
	}
	if err != nil {
		r.err = fmt.Errorf("read rows of %q: %w", r.sql, classify(err))
		return false
	}
	return true
}

// Err is the error that ended Next.
func (r *Rows) Err() error { return r.err }

// Close ends the query and gives the error that Next met. It may be called twice.
func (r *Rows) Close() error {
	if r.r == nil {
		return r.err
	}
	err := r.r.Close()
	r.r = nil
	clear(r.vals)
	if r.once != nil {
		if cerr := r.once.Close(); err == nil {
			err = cerr
		}
	}
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("read rows of %q: %w", r.sql, classify(err))
	}
	return r.err
}

// Int is the number in a column, 0 for NULL.
func (r *Rows) Int(i int) int64 {
	n, _ := r.vals[i].(int64)
	return n
}

// Bytes is the byte string in a column, the caller's to keep; nil for NULL.
func (r *Rows) Bytes(i int) []byte {
	switch v := r.vals[i].(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	}
	return nil
}

// Text is the text in a column, "" for NULL.
func (r *Rows) Text(i int) string {
	switch v := r.vals[i].(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}

// Null says whether a column is NULL.
func (r *Rows) Null(i int) bool { return r.vals[i] == nil }

// Value is what stands in a column: nil, int64, float64, string or []byte,
// the caller's to keep.
func (r *Rows) Value(i int) any {
	switch v := r.vals[i].(type) {
	case nil, int64, float64, string, []byte:
		return v
	case bool: // a column declared so
		if v {
			return int64(1)
		}
		return int64(0)
	}
	return nil
}
