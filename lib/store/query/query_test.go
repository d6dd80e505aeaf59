// SPDX-License-Identifier: AGPL-3.0-or-later

package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"twiga/lib/mapi"
	"twiga/lib/mapi/mapitest"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

var columns = Columns{
	{Tag: tag.MessageClass, Kind: Text, Expr: "c"},
	{Tag: tag.ClientSubmitTime, Kind: Time, Expr: "t", Has: "t <> 0", Sort: true},
	{Tag: tag.MessageSize, Kind: Number, Expr: "n", Sort: true},
	{Tag: tag.TwigaKeywords, Kind: List, Expr: "k", Has: "k <> ''"},
}

func TestSplit(t *testing.T) {
	size := mapi.Property{Op: mapi.GT, Tag: tag.MessageSize, Value: mapi.Int32(5)}
	subject := mapi.Exist{Tag: tag.Subject}
	class := mapi.Content{Tag: tag.MessageClass, Match: mapi.Prefix, Value: mapi.String("IPM_")}
	count := mapi.Count{N: 1, Of: size}
	var many mapi.Or
	for range MaxTerms + 1 {
		many = append(many, size)
	}
	const sizeSQL, classSQL = "(n > ?)", `(lower(c) LIKE ? ESCAPE '\' OR octet_length(c) <> length(c))`
	for name, row := range map[string]struct {
		where mapi.Restriction
		sql   string
		args  string
		rest  string
	}{
		"nothing":                  {nil, "", "[]", "all"},
		"a column":                 {size, sizeSQL, "[5]", "all"},
		"a property":               {subject, "", "[]", "Subject exists"},
		"both":                     {mapi.And{size, subject}, sizeSQL, "[5]", "Subject exists"},
		"both within":              {mapi.And{mapi.Comment{Of: mapi.And{subject, size}}}, sizeSQL, "[5]", "Subject exists"},
		"not sure":                 {class, classSQL, `[ipm\_%]`, `MessageClass begins with "IPM_"`},
		"not a column":             {mapi.Not{Of: size}, "NOT ((n > ?))", "[5]", "all"},
		"not what is not sure":     {mapi.Not{Of: class}, "", "[]", `not MessageClass begins with "IPM_"`},
		"or":                       {mapi.Or{size, mapi.Exist{Tag: tag.ClientSubmitTime}}, "((n > ?) OR (t <> 0 AND 1 = 1))", "[5]", "all"},
		"or a property":            {mapi.Or{size, subject}, "", "[]", `(MessageSize > "5" or Subject exists)`},
		"and in or":                {mapi.Or{mapi.And{size, subject}, size}, "(((n > ?)) OR (n > ?))", "[5 5]", `((MessageSize > "5" and Subject exists) or MessageSize > "5")`},
		"no part of or":            {mapi.Or{}, "1 = 0", "[]", "all"},
		"what stands before count": {mapi.And{size, count, size}, sizeSQL, "[5]", `(the first 1 of MessageSize > "5" and MessageSize > "5")`},
		"another class":            {mapi.Property{Op: mapi.NE, Tag: tag.MessageSize, Value: mapi.String("5")}, "1 = 0", "[]", "all"},
		"a float":                  {mapi.Property{Op: mapi.GT, Tag: tag.MessageSize, Value: mapi.Float64(5)}, "", "[]", `MessageSize > "5"`},
		"a time beyond SQL":        {mapi.Property{Op: mapi.GT, Tag: tag.ClientSubmitTime, Value: mapi.Raw(mapi.PtypTime, 1<<63, nil)}, "", "[]", "ClientSubmitTime > "},
		"a keyword":                {mapi.Property{Op: mapi.EQ, Tag: tag.TwigaKeywords, Value: mapi.String("A")}, "(k <> '' AND ('\n' || lower(k) LIKE ? ESCAPE '\\' OR octet_length(k) <> length(k)))", "[%\na\n%]", `0x67f1101f = "A"`},
		"recipients":               {mapi.Sub{Of: tag.MessageRecipients, Part: subject}, "", "[]", "one of MessageRecipients has Subject exists"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Split(row.where, columns)
			if rest := Describe(got.Rest); got.SQL != row.sql || fmt.Sprint(got.Args) != row.args || !strings.HasPrefix(rest, row.rest) {
				t.Errorf("SQL %s %v\nrest %s", got.SQL, got.Args, rest)
			}
		})
	}
	if got := Split(many, columns); got.SQL != "" || got.Rest == nil {
		t.Errorf("%d terms are SQL", len(many))
	}
}

func TestOrder(t *testing.T) {
	for name, row := range map[string]struct {
		order mapi.SortOrder
		want  string
	}{
		"numbers":         {mapi.SortOrder{{Tag: tag.MessageSize, Descending: true}, {Tag: tag.ClientSubmitTime}}, "n DESC, t, uid"},
		"text":            {mapi.SortOrder{{Tag: tag.MessageClass}}, ""},
		"another":         {mapi.SortOrder{{Tag: tag.MessageSize}, {Tag: tag.Subject}}, ""},
		"values as rows":  {mapi.SortOrder{{Tag: tag.TwigaKeywords | 0x2000}}, ""},
		"any type of one": {mapi.SortOrder{{Tag: tag.MessageSize.WithType(mapi.PtypUnspecified)}}, "n, uid"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := columns.Order(row.order, "uid"); got != row.want || ok != (row.want != "") {
				t.Errorf("%q, %v", got, ok)
			}
		})
	}
}

// lines are the first lines of a table, as text.
func lines(t *rapid.T, req *object.QueryRequest, keep int, rows []mapi.Props) (out []string) {
	shape, err := NewShape(req)
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewArranger(shape, keep)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		a.Add(r, uint64(i), uint64(i), i%2 == 0)
	}
	for l := range a.Lines {
		if l.Header != nil {
			out = append(out, fmt.Sprint(l.Header.Depth, l.Header.ID, l.Header.Count, l.Header.Unread))
			continue
		}
		out = append(out, fmt.Sprint(l.Ref, ".", l.Instance))
	}
	return out
}

func drawOrder(t *rapid.T, n int) (order mapi.SortOrder) {
	for range n {
		order = append(order, mapi.SortKey{Tag: mapi.NewTag(rapid.Uint16Range(1, 4).Draw(t, "key"), mapi.PtypUnspecified), Descending: rapid.Bool().Draw(t, "descending")})
	}
	return order
}

// What is kept of a table is its beginning, and rows are in order.
func TestArrangerKeeps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(mapitest.Props(), 0, 12).Draw(t, "rows")
		req := &object.QueryRequest{Sort: drawOrder(t, rapid.IntRange(0, 3).Draw(t, "keys"))}
		whole := lines(t, req, 0, rows)
		if len(whole) != len(rows) {
			t.Fatalf("%d lines of %d rows", len(whole), len(rows))
		}
		keep := rapid.IntRange(1, 13).Draw(t, "keep")
		if got := lines(t, req, keep, rows); !slices.Equal(got, whole[:min(keep, len(whole))]) {
			t.Fatalf("%v of %v", got, whole)
		}
		order := make([]int, len(rows))
		for i := range order {
			order[i] = i
		}
		sorter := match.NewSorter(req.Sort)
		slices.SortStableFunc(order, func(a, b int) int { return sorter.Compare(rows[a], rows[b]) })
		for i, at := range order {
			if whole[i] != fmt.Sprint(at, ".", 0) {
				t.Fatalf("line %d is %s, want %d", i, whole[i], at)
			}
		}
	})
}

// However groups are expanded, all rows that are shown are in the order of the
// table without groups, and a group counts its rows.
func TestGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(mapitest.Props(), 0, 12).Draw(t, "rows")
		order := drawOrder(t, 3)
		plain := lines(t, &object.QueryRequest{Sort: order}, 0, rows)
		req := &object.QueryRequest{Sort: order, Categories: rapid.IntRange(1, 3).Draw(t, "categories")}
		outer := lines(t, req, 0, rows)
		total := 0
		for _, l := range outer {
			var depth, count, unread int
			var id int64
			if _, err := fmt.Sscan(l, &depth, &id, &count, &unread); err != nil || depth != 0 {
				t.Fatalf("line %q of a collapsed table", l)
			}
			total += count
		}
		if total != len(rows) {
			t.Fatalf("groups have %d of %d rows", total, len(rows))
		}
		req.Expanded = 3
		all := lines(t, req, 0, rows)
		shown := slices.DeleteFunc(slices.Clone(all), func(l string) bool { return strings.Contains(l, " ") && !strings.Contains(l, ".") })
		if !slices.Equal(shown, plain) {
			t.Fatalf("%v, want %v", shown, plain)
		}
	})
}

func TestCells(t *testing.T) {
	row := mapi.Props{{Tag: tag.Subject, Value: mapi.String("größer")}, {Tag: tag.Body, Value: mapi.String("abc")}}
	for name, want := range map[string]struct {
		max    int
		text   string
		capped int
	}{
		"no limit": {0, "größer", 0}, "beyond": {6, "größer", 0}, "at a wide letter": {3, "grö", 1}, "one": {1, "g", 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := NewCells([]mapi.PropTag{tag.Body, tag.Subject, tag.Subject, tag.Importance}, want.max).Append(nil, row)
			v, _ := b.Get(tag.TwigaCapped)
			if b.Check() != nil || b.Text(tag.Subject) != want.text || v.Len() != want.capped {
				t.Errorf("%v", b.Props())
			}
		})
	}
}

func TestFinder(t *testing.T) {
	find, err := match.Compile(mapi.Property{Op: mapi.EQ, Tag: tag.Importance, Value: mapi.Int32(1)})
	if err != nil {
		t.Fatal(err)
	}
	cells := NewCells([]mapi.PropTag{tag.Rowid}, 0)
	for name, row := range map[string]struct {
		from     int
		backward bool
		want     int // -1 is none
	}{
		"first": {0, false, 1}, "from it": {1, false, 1}, "behind it": {2, false, 3}, "none": {4, false, -1},
		"back": {4, true, 3}, "back to it": {3, true, 3}, "back from before it": {2, true, 1}, "none back": {0, true, -1},
	} {
		for _, counted := range []bool{false, true} {
			t.Run(fmt.Sprint(name, counted), func(t *testing.T) {
				f := NewFinder(find, row.from, row.backward, cells.Append)
				if counted {
					f.Counted()
				}
				for i := range 5 {
					line := mapi.Props{{Tag: tag.Importance, Value: mapi.Int32(int32(i % 2))}, {Tag: tag.Rowid, Value: mapi.Int32(int32(i))}}
					if !f.Pass() && !f.Take(line) {
						break
					}
				}
				if f.Found != (row.want >= 0) || f.Found && (f.Position != row.want || f.Row.Int(tag.Rowid) != int64(row.want)) || !counted && f.Count != 5 {
					t.Errorf("%+v", f)
				}
			})
		}
	}
}

func TestWindow(t *testing.T) {
	var got []int64
	w := NewWindow(2, 2, NewCells([]mapi.PropTag{tag.Rowid}, 0).Append, func(b wire.Bag) bool {
		got = append(got, b.Int(tag.Rowid))
		return true
	})
	for i := range 9 {
		if !w.Pass() && !w.Take(mapi.Props{{Tag: tag.Rowid, Value: mapi.Int32(int32(i))}}) {
			break
		}
	}
	if !slices.Equal(got, []int64{2, 3}) {
		t.Errorf("rows %v", got)
	}
}

func TestShapeFails(t *testing.T) {
	for name, row := range map[string]struct {
		req  object.QueryRequest
		want mapi.Code
	}{
		"columns": {object.QueryRequest{Columns: make([]mapi.PropTag, object.MaxColumns+1)}, mapi.InvalidParameter},
		"toggled": {object.QueryRequest{Toggled: make([]int64, object.MaxIDs+1)}, mapi.InvalidParameter},
		"locale":  {object.QueryRequest{Locale: "??"}, mapi.InvalidParameter},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewShape(&row.req); !errors.Is(err, row.want) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestArrangerFull adds more than there is memory for.
func TestArrangerFull(t *testing.T) {
	many := make([]string, 3*maxInstances)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	words := mapi.NewTag(0x8001, mapi.PtypMultipleString)
	row := mapi.Props{{Tag: words, Value: mapi.Strings(many...)}}
	byWord := mapi.SortOrder{{Tag: words.WithType(words.Type() | instanceFlag)}}
	for name, req := range map[string]*object.QueryRequest{
		"lines":  {Sort: byWord},
		"groups": {Sort: byWord, Categories: 1, Expanded: 1},
	} {
		t.Run(name, func(t *testing.T) {
			shape, err := NewShape(req)
			if err != nil {
				t.Fatal(err)
			}
			a, err := NewArranger(shape, 0)
			if err != nil {
				t.Fatal(err)
			}
			a.most = 2 * maxInstances * entryBytes
			n := uint64(0)
			for ; a.Full() == nil; n++ {
				a.Add(row, n, n, false)
				if n == 1000 {
					t.Fatal("never full")
				}
			}
			if lines := len(a.list); lines != int(n)*maxInstances || mapi.CodeOf(a.Full()) != mapi.NotEnoughResources {
				t.Errorf("%d lines of %d rows: %v", lines, n, a.Full())
			}
		})
	}
}
