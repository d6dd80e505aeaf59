// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import "strings"

// Tables lists the tables of the database by name.
func (c *Conn) Tables() ([]string, error) {
	rows, err := c.Query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		out = append(out, rows.Text(0))
	}
	return out, rows.Close()
}

// Columns lists the columns of a table in their order; none where there is no
// such table.
func (c *Conn) Columns(table string) ([]string, error) {
	rows, err := c.Query("SELECT name FROM pragma_table_info(?)", table)
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		out = append(out, rows.Text(0))
	}
	return out, rows.Close()
}

// InsertStatement is the statement that puts a row into a table. The names are
// such as Tables and Columns give.
func InsertStatement(verb, table string, columns []string) string {
	return verb + " INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")"
}
