// SPDX-License-Identifier: AGPL-3.0-or-later

package query

import "twiga/lib/mapi"

// Kind is what the values of a column are to SQL.
type Kind uint8

// The kinds of column.
const (
	Number Kind = iota // an integer; of booleans 0 or 1
	Time               // 100 ns since 1601, as an integer
	Text               // a string
	List               // strings, each followed by a line feed
)

// Column says how SQL gives a property of a row.
type Column struct {
	Tag  mapi.PropTag
	Kind Kind
	Expr string // never NULL; of List "" where the property is missing
	Has  string // whether the row has the property; "" is always
	Sort bool   // Expr has the order of the property, the lowest where that is missing
}

// Columns are those of a table. Of properties with the same id they have all
// types, or none, the one first that a tag without a type means.
type Columns []Column

// find is the column that a condition on the tag looks at, as match.Source is
// asked: by the exact tag, else by the id. Nil is not a column.
func (c Columns) find(t mapi.PropTag) *Column {
	var first *Column
	for i := range c {
		switch {
		case c[i].Tag == t:
			return &c[i]
		case first == nil && c[i].Tag.ID() == t.ID():
			first = &c[i]
		}
	}
	return first
}

// Order is the ORDER BY of a sort order; false where SQL does not have it. Of
// rows that are alike the lower tie comes first.
func (c Columns) Order(order mapi.SortOrder, tie string) (string, bool) {
	out := ""
	for _, k := range order {
		col := c.find(k.Tag)
		if col == nil || !col.Sort || IsInstance(k.Tag) {
			return "", false
		}
		out += col.Expr
		if k.Descending {
			out += " DESC"
		}
		out += ", "
	}
	return out + tie, true
}
