// SPDX-License-Identifier: AGPL-3.0-or-later

package roster

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// Read reads a list: JSON where it begins like an array, else CSV (RFC 4180) whose
// first line names the columns, separated by commas, semicolons or tabs. A row
// that cannot be read has Err; what makes the whole list useless is the error.
func Read(data []byte, columns []string) ([]Row, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > MaxBytes:
		return nil, fmt.Errorf("read list: it has more than %d bytes", MaxBytes)
	case !utf8.Valid(data):
		return nil, errors.New("read list: it is not in UTF-8")
	case bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("[")):
		return readJSON(data, columns)
	}
	return readCSV(data, columns)
}

func readCSV(data []byte, columns []string) ([]Row, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	r.Comma = comma(data)
	first, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("read list: it is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	heads := make([]string, len(first))
	for i, name := range first {
		if heads[i], err = header(name, columns); err != nil {
			return nil, fmt.Errorf("read list: line 1: %w", err)
		}
		if slices.Contains(heads[:i], heads[i]) {
			return nil, fmt.Errorf("read list: line 1: column %q comes twice", heads[i])
		}
	}
	var rows []Row
	for {
		row, err := readRecord(r, heads)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if rows = append(rows, row); len(rows) > maxRows {
			return nil, fmt.Errorf("read list: %w", errTooMany)
		}
	}
}

// readRecord reads the next row; the error is the end.
func readRecord(r *csv.Reader, heads []string) (Row, error) {
	record, err := r.Read()
	var bad *csv.ParseError
	switch {
	case errors.As(err, &bad):
		return Row{Line: bad.StartLine, Err: bad.Err}, nil
	case err != nil:
		return Row{}, io.EOF
	}
	line, _ := r.FieldPos(0)
	if len(record) != len(heads) {
		return Row{Line: line, Err: fmt.Errorf("it has %d cells, the first line %d", len(record), len(heads))}, nil
	}
	row := Row{Line: line}
	for i, head := range heads {
		row.Set(head, record[i])
	}
	return row, nil
}

// comma is what separates the columns of the first line.
func comma(data []byte) rune {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	for _, c := range []rune{',', ';', '\t'} {
		if bytes.ContainsRune(line, c) {
			return c
		}
	}
	return ','
}

func readJSON(data []byte, columns []string) ([]Row, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	var rows []Row
	line, counted := 1, 0
	for d.More() {
		begin := int(d.InputOffset())
		begin += len(data[begin:]) - len(bytes.TrimLeft(data[begin:], ", \t\r\n"))
		line += bytes.Count(data[counted:begin], []byte("\n"))
		counted = begin
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, fmt.Errorf("read list: line %d: %w", line, err)
		}
		row := readObject(raw, columns)
		row.Line = line
		if rows = append(rows, row); len(rows) > maxRows {
			return nil, fmt.Errorf("read list: %w", errTooMany)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	return rows, nil
}

// readObject makes a row of an object; null is a cell that is not there.
func readObject(raw json.RawMessage, columns []string) Row {
	var object map[string]any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&object); err != nil || object == nil {
		return Row{Err: errors.New("want an object")}
	}
	var row Row
	for key, value := range object {
		column, err := header(key, columns)
		if err != nil {
			return Row{Err: err}
		}
		if value == nil {
			continue
		}
		plain, err := cellValue(value)
		if err != nil {
			return Row{Err: fmt.Errorf("%s: %w", column, err)}
		}
		row.Set(column, plain)
	}
	return row
}

// cellValue is a value of JSON as Set takes it.
func cellValue(value any) (any, error) {
	switch v := value.(type) {
	case string, bool:
		return v, nil
	case json.Number:
		return v.String(), nil
	case []any:
		list := []string{}
		for _, item := range v {
			s, ok := item.(string)
			if !ok {
				return nil, errors.New("want a list of texts")
			}
			list = append(list, s)
		}
		return list, nil
	}
	return nil, errors.New("want a text, a number, true, false or a list of texts")
}
