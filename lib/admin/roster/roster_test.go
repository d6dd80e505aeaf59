// SPDX-License-Identifier: AGPL-3.0-or-later

package roster

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func columns() []string { return []string{"name", "full_name", "members", "hidden"} }

// text is a list for comparing.
func text(rows []Row) string {
	var b strings.Builder
	for i := range rows {
		r := &rows[i]
		fmt.Fprintf(&b, "%d:", r.Line)
		if r.Err != nil {
			fmt.Fprintf(&b, " %v", r.Err)
		}
		for _, c := range columns() {
			if r.Has(c) {
				fmt.Fprintf(&b, " %s=%s", c, r.Text(c))
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestRead(t *testing.T) {
	for _, tt := range []struct{ name, in, want, err string }{
		{"plain", "name,full_name\nanna,Anna Berg\nbert,\n", "2: name=anna full_name=Anna Berg\n3: name=bert full_name=\n", ""},
		{"a byte order mark and other words of the header", "\ufeffName,Full Name\r\nanna,A\r\n", "2: name=anna full_name=A\n", ""},
		{"semicolons", "name;full-name\nanna;Berg, Anna\n", "2: name=anna full_name=Berg, Anna\n", ""},
		{"tabs", "name\tmembers\nsales\ta;b\n", "2: name=sales members=a;b\n", ""},
		{"lines in a cell", "name,full_name\n\"anna\",\"A\nB\"\nbert,C\n", "2: name=anna full_name=A\nB\n4: name=bert full_name=C\n", ""},
		{"too few cells", "name,full_name\nanna\nbert,B\n", "2: it has 1 cells, the first line 2\n3: name=bert full_name=B\n", ""},
		{"a bad quote", "name,full_name\nan\"na,A\nbert,B\n", "2: bare \" in non-quoted-field\n3: name=bert full_name=B\n", ""},
		{"empty lines", "name\n\nanna\n\n", "3: name=anna\n", ""},
		{"no such column", "name,shoe\n", "", `there is no column "shoe"`},
		{"a column twice", "name,Name\n", "", "comes twice"},
		{"nothing", "", "", "empty"},
		{"not UTF-8", "name\n\xff\n", "", "UTF-8"},
		{"JSON", "[\n {\"name\":\"anna\", \"hidden\":true, \"full_name\":null},\n\n {\"name\":\"sales\",\"members\":[\"a\",\"b\"]}\n]",
			"2: name=anna hidden=true\n4: name=sales members=a;b\n", ""},
		{"JSON with what is no row", "[1,\n{\"name\":{}},\n{\"shoe\":1},\n{\"members\":[1]},{\"name\":7}]",
			"1: want an object\n2: name: want a text, a number, true, false or a list of texts\n3: there is no column \"shoe\"\n4: members: want a list of texts\n4: name=7\n", ""},
		{"JSON that ends early", "[{\"name\":\"anna\"}", "", "EOF"},
		{"JSON that is none", "[{\"name\":\"anna\"},\n nope]", "", "line 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows, err := Read([]byte(tt.in), columns())
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				return
			}
			if got := text(rows); err != nil || got != tt.want {
				t.Errorf("got\n%swant\n%s%v", got, tt.want, err)
			}
		})
	}
}

func TestCells(t *testing.T) {
	var r Row
	r.Set("members", " a; b ;;c")
	if got := r.List("members"); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("list %q", got)
	}
	r.Set("members", []string{"a;b", " "})
	if got := r.List("members"); !slices.Equal(got, []string{"a;b"}) {
		t.Errorf("list that came as one %q", got)
	}
	for text, want := range map[string]string{"": "true", "Yes": "true", "off": "false", "1": "true", "maybe": "error"} {
		r.Set("hidden", text)
		b, err := r.Bool("hidden", true)
		if got := fmt.Sprint(b); err == nil && got != want || (err != nil) != (want == "error") {
			t.Errorf("%q is %s, %v", text, got, err)
		}
	}
}

func TestWriteJSON(t *testing.T) {
	rows := make([]Row, 2)
	rows[0].Set("hidden", true)
	rows[0].Set("members", []string{"a&b", "c"})
	rows[0].Set("name", "sales")
	for _, tt := range []struct {
		name string
		rows []Row
		want string
	}{
		{"none", nil, "[\n]\n"},
		{"an empty one", rows[1:], "[\n  {\n    }\n]\n"},
		{"two", rows, "[\n  {\n    \"name\": \"sales\",\n    \"members\": [\"a&b\",\"c\"],\n    \"hidden\": true\n  },\n  {\n    }\n]\n"},
	} {
		var b bytes.Buffer
		if err := WriteJSON(&b, columns(), tt.rows); err != nil || b.String() != tt.want {
			t.Errorf("%s: wrote %q, want %q, %v", tt.name, b.String(), tt.want, err)
		}
	}
}

// FuzzRead wants what was read to be the same when it was written and read again.
func FuzzRead(f *testing.F) {
	f.Add([]byte("name,full_name\nanna,\"A\nB\"\nbad\n"))
	f.Add([]byte("[{\"name\":\"a\",\"members\":[\"x\",\"y\"]},{\"hidden\":false}]"))
	f.Add([]byte("name;members\na;\"b;c\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := Read(data, columns())
		if err != nil {
			return
		}
		rows = slices.DeleteFunc(rows, func(r Row) bool { return r.Err != nil })
		var b bytes.Buffer
		if err := WriteJSON(&b, columns(), rows); err != nil {
			t.Fatal(err)
		}
		again, err := Read(b.Bytes(), columns())
		if err != nil || len(again) != len(rows) {
			t.Fatalf("%d rows became %d: %v", len(rows), len(again), err)
		}
		for i := range rows {
			for _, c := range columns() {
				if rows[i].Has(c) != again[i].Has(c) || rows[i].Text(c) != again[i].Text(c) || !slices.Equal(rows[i].List(c), again[i].List(c)) {
					t.Errorf("row %d, %s: %q became %q", i, c, rows[i].Text(c), again[i].Text(c))
				}
			}
		}
		b.Reset()
		if err := WriteCSV(&b, columns(), rows); err != nil {
			t.Fatal(err)
		}
		if again, err = Read(b.Bytes(), columns()); err != nil || len(again) != len(rows) {
			t.Fatalf("%d rows became %d in CSV: %v", len(rows), len(again), err)
		}
	})
}
