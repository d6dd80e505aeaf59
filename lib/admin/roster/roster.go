// SPDX-License-Identifier: AGPL-3.0-or-later

// Package roster reads and writes lists of users, groups and contacts, as CSV
// or JSON: rows of named cells. What the cells mean is the caller's.
package roster

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Limits of a list.
const (
	MaxBytes = 64 << 20
	maxRows  = 500_000
)

// Separator stands between the items of a list in one cell.
const Separator = ";"

// Row is one entry of a list.
type Row struct {
	Line  int   // where it begins in the file, from 1
	Err   error // why it cannot be read; then it has no cells
	cells map[string]cell
}

// cell is a text, or the items of a list where it came as one.
type cell struct {
	text  string
	items []string
	list  bool
	plain any // as it is written to JSON
}

// Has says whether the row has a cell, which may be empty.
func (r *Row) Has(column string) bool {
	_, ok := r.cells[column]
	return ok
}

// Text is the cell as a text without spaces around.
func (r *Row) Text(column string) string {
	c := r.cells[column]
	if c.list {
		return strings.Join(c.items, Separator)
	}
	return strings.TrimSpace(c.text)
}

// List are the items of a cell, none of them empty.
func (r *Row) List(column string) []string {
	c := r.cells[column]
	items := c.items
	if !c.list {
		items = strings.Split(c.text, Separator)
	}
	out := []string{}
	for _, item := range items {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// Bool is the cell as a word for yes or no; empty is what an empty one means.
func (r *Row) Bool(column string, empty bool) (bool, error) {
	switch text := r.Text(column); strings.ToLower(text) {
	case "":
		return empty, nil
	case "true", "yes", "1", "on":
		return true, nil
	case "false", "no", "0", "off":
		return false, nil
	default:
		return false, fmt.Errorf("%s: want yes or no, got %q", column, text)
	}
}

// Set gives a row a cell: a string, a bool, an int or a []string.
func (r *Row) Set(column string, value any) {
	if r.cells == nil {
		r.cells = map[string]cell{}
	}
	c := cell{plain: value}
	switch v := value.(type) {
	case []string:
		c.items, c.list = v, true
	case string:
		c.text = v
	case bool:
		c.text = strconv.FormatBool(v)
	case int:
		c.text = strconv.Itoa(v)
	}
	r.cells[column] = c
}

// header folds a column's name and says whether it is one.
func header(name string, columns []string) (string, error) {
	folded := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
	if !slices.Contains(columns, folded) {
		return "", fmt.Errorf("there is no column %q", name)
	}
	return folded, nil
}

var errTooMany = errors.New("too many rows")
