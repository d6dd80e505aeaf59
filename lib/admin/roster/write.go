// SPDX-License-Identifier: AGPL-3.0-or-later

package roster

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
)

// WriteCSV writes a list with these columns; a cell that a row has not is empty.
func WriteCSV(w io.Writer, columns []string, rows []Row) error {
	c := csv.NewWriter(w)
	record := append([]string(nil), columns...)
	if err := c.Write(record); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	for i := range rows {
		for k, column := range columns {
			record[k] = rows[i].Text(column)
		}
		if err := c.Write(record); err != nil {
			return fmt.Errorf("write list: %w", err)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	return nil
}

// WriteJSON writes a list as an array of objects with the cells that each row
// has, in the order of the columns.
func WriteJSON(w io.Writer, columns []string, rows []Row) error {
	var b bytes.Buffer
	b.WriteString("[")
	for i := range rows {
		before := "\n  {\n    "
		if i > 0 {
			before = "," + before
		}
		for _, column := range columns {
			if !rows[i].Has(column) {
				continue
			}
			value, err := plainJSON(rows[i].cells[column].plain)
			if err != nil {
				return fmt.Errorf("write list: %w", err)
			}
			fmt.Fprintf(&b, "%s%q: %s", before, column, value)
			before = ",\n    "
		}
		if len(rows[i].cells) == 0 {
			b.WriteString(before + "}")
			continue
		}
		b.WriteString("\n  }")
	}
	b.WriteString("\n]\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	return nil
}

// plainJSON is a value in one line, with characters as people know them.
func plainJSON(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSpace(b.Bytes()), err
}
