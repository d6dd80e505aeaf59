// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"twiga/lib/mapi"
	"twiga/lib/mapi/mapitest"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/sqlite"
	"twiga/lib/store/query"
)

// words are texts that differ little, so that random ones often match.
var words = []string{"", "a", "A", "b", "ab", "aB%", "_b", "ä", "Ä", "ss", "ß", "K", "\u212a", "a\x00b", "IPM.Note", "ipm.note", "IPM.Note.X", "IPM\\", "\xff"}

var keywordLists = []string{"", "a\n", "A\nab\n", "ä\nb\n", "\u212a\n", "a%\n_b\n"}

// drawItem draws an item as the table can have it.
func drawItem(t *rapid.T, uid int) item {
	number := func(label string) int64 {
		return rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(1<<31-2, 1<<31+1), rapid.Int64Range(1<<40, 1<<40+1)).Draw(t, label)
	}
	it := item{uid: mapi.UID(uid), id: mapi.ID(number("id") + 1), change: mapi.Change(number("change")),
		received: uint64(number("received")), sent: uint64(number("sent")), size: number("size")}
	if rapid.Bool().Draw(t, "high uid") {
		it.uid += 1<<31 - 2
	}
	for _, f := range []object.Flags{object.FlagSeen, object.FlagAnswered, object.FlagFlagged, object.FlagForwarded, object.FlagSubmitted, object.FlagHasAttachment, object.FlagDraft, object.FlagTagged, object.FlagDeleted} {
		if rapid.Bool().Draw(t, "flag") {
			it.flags |= f
		}
	}
	it.content = rapid.SampledFrom([]int64{-1, 0, 2, it.size}).Draw(t, "content")
	it.class = classColumn(rapid.SampledFrom(words).Draw(t, "class"))
	it.keywords = rapid.SampledFrom(keywordLists).Draw(t, "keywords")
	return it
}

// drawWhere draws a restriction on columns, sometimes on the bag.
func drawWhere(t *rapid.T, depth int) mapi.Restriction {
	column := func(label string) mapi.PropTag {
		if rapid.Bool().Draw(t, label+" is text") {
			return rapid.SampledFrom([]mapi.PropTag{tag.MessageClass, tag.TwigaKeywords}).Draw(t, label)
		}
		at := rapid.IntRange(0, len(sqlColumns)).Draw(t, label)
		if at == len(sqlColumns) {
			return tag.Subject
		}
		c := sqlColumns[at].Tag
		if rapid.IntRange(0, 5).Draw(t, label+" type") == 0 {
			return c.WithType(rapid.SampledFrom([]mapi.PropType{mapi.PtypUnspecified, mapi.PtypString, mapi.PtypInteger32, mapi.PtypInteger64}).Draw(t, "as"))
		}
		return c
	}
	op := func() mapi.RelOp { return mapi.RelOp(rapid.IntRange(0, 5).Draw(t, "op")) }
	value := func() mapi.Value {
		n := rapid.OneOf(rapid.Int64Range(-1, 5), rapid.Int64Range(1<<31-2, 1<<31), rapid.SampledFrom([]int64{102, 104, 1 << 40, -1 << 31})).Draw(t, "number")
		word := rapid.SampledFrom(words).Draw(t, "word")
		switch rapid.IntRange(0, 9).Draw(t, "value") {
		case 0:
			return mapi.Int32(int32(n))
		case 1:
			return mapi.Int64(n)
		case 2:
			return mapi.Raw(mapi.PtypTime, uint64(n), nil)
		case 3:
			return mapi.Bool(n&1 != 0)
		case 4:
			return mapi.Float64(float64(n) + 0.5)
		case 5:
			return mapitest.Value().Draw(t, "any")
		}
		return mapi.String(word)
	}
	kinds := 6
	if depth > 1 {
		kinds = 10
	}
	parts := func() (out []mapi.Restriction) {
		for range rapid.IntRange(0, 3).Draw(t, "parts") {
			out = append(out, drawWhere(t, depth-1))
		}
		return out
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		how := mapi.FuzzyLevel(rapid.IntRange(0, 2).Draw(t, "how")) | mapi.FuzzyLevel(rapid.IntRange(0, 7).Draw(t, "modifiers"))<<16
		v := value()
		if v.Type().IsMulti() {
			v = mapi.String("a")
		}
		return mapi.Content{Tag: column("tag"), Match: how, Value: v}
	case 1:
		if rapid.IntRange(0, 9).Draw(t, "pattern") == 0 {
			return mapi.Property{Op: mapi.RE, Tag: column("tag"), Value: mapi.String("^a")}
		}
		return mapi.Property{Op: op(), Tag: column("tag"), Value: value()}
	case 2:
		return mapi.Compare{Op: op(), A: column("a"), B: column("b")}
	case 3:
		return mapi.Bitmask{Tag: column("tag"), Mask: rapid.SampledFrom([]uint32{0, 1, 2, 16, 0x20001, 1 << 31}).Draw(t, "mask"), NonZero: rapid.Bool().Draw(t, "nonzero")}
	case 4:
		return mapi.Size{Op: op(), Tag: column("tag"), Size: rapid.Uint32Range(0, 9).Draw(t, "size")}
	case 5:
		return mapi.Exist{Tag: column("tag")}
	case 6:
		return mapi.And(parts())
	case 7:
		return mapi.Or(parts())
	case 8:
		return mapi.Not{Of: drawWhere(t, depth-1)}
	}
	if rapid.Bool().Draw(t, "count") {
		return mapi.Count{N: uint32(rapid.IntRange(0, 3).Draw(t, "n")), Of: drawWhere(t, depth-1)}
	}
	return mapi.Comment{Of: drawWhere(t, depth-1)}
}

// What SQL and the rest of a restriction choose together is what the whole
// chooses by itself, and SQL's order is that of the sorter.
func TestSQLIsMatch(t *testing.T) {
	c, err := sqlite.Open(filepath.Join(t.TempDir(), "x.db"), sqlite.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Migrate(migrations); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		if err := c.Exec("DELETE FROM item"); err != nil {
			t.Fatal(err)
		}
		for uid := range rapid.IntRange(1, 6).Draw(t, "items") {
			it := drawItem(t, uid+1)
			_ = c.Exec("DELETE FROM item WHERE uid = ?", uint32(it.uid))
			if err := it.insert(c, 77); err != nil {
				t.Fatal(err)
			}
		}
		where := drawWhere(t, 4)
		whole, err := match.Compile(where)
		if err != nil {
			t.Skip(err)
		}
		split := query.Split(where, sqlColumns)
		rest, err := match.Compile(split.Rest)
		if err != nil {
			t.Fatal(err)
		}
		sql, args := inFolder.item+inFolder.within, []any{int64(77)}
		want := choose(t, c, whole, sql+inFolder.order, args)
		if split.SQL != "" {
			sql, args = sql+" AND "+split.SQL, append(args, split.Args...)
		}
		if got := choose(t, c, rest, sql+inFolder.order, args); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%s\nSQL %s %v, then %s\ngives %v, want %v", query.Describe(where), split.SQL, split.Args, query.Describe(split.Rest), got, want)
		}
		checkOrder(t, c)
	})
}

// choose gives the rows of a statement that match, by UID.
func choose(t *rapid.T, c *sqlite.Conn, m *match.Matcher, sql string, args []any) (out []mapi.UID) {
	for _, r := range items(t, c, sql, args) {
		if m.Match(&r) {
			out = append(out, r.it.uid)
		}
	}
	return out
}

func items(t *rapid.T, c *sqlite.Conn, sql string, args []any) (out []row) {
	rows, err := c.QueryOnce(sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var r row
		scanRow(rows, &r)
		out = append(out, r)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

func checkOrder(t *rapid.T, c *sqlite.Conn) {
	var order mapi.SortOrder
	for range rapid.IntRange(1, 3).Draw(t, "keys") {
		order = append(order, mapi.SortKey{Tag: rapid.SampledFrom(sqlColumns).Draw(t, "key").Tag, Descending: rapid.Bool().Draw(t, "descending")})
	}
	by, ok := sqlColumns.Order(order, inFolder.uid)
	if !ok {
		return
	}
	sorter := match.NewSorter(order)
	got := items(t, c, inFolder.item+inFolder.within+" ORDER BY "+by, []any{int64(77)})
	want := items(t, c, inFolder.item+inFolder.within+inFolder.order, []any{int64(77)})
	slices.SortStableFunc(want, func(a, b row) int { return sorter.Compare(&a, &b) })
	for i := range want {
		if got[i].it.uid != want[i].it.uid {
			t.Fatalf("order %s: row %d is %d, want %d", by, i, got[i].it.uid, want[i].it.uid)
		}
	}
}

// Each property that SQL can give is one that is computed, with all that have
// its id.
func TestSQLColumns(t *testing.T) {
	for _, c := range computed {
		if i := slices.IndexFunc(sqlColumns, func(s query.Column) bool { return s.Tag.ID() == c.tag.ID() }); i < 0 {
			t.Logf("%s is computed on the row only", tag.Name(c.tag))
		} else if !slices.ContainsFunc(sqlColumns, func(s query.Column) bool { return s.Tag == c.tag }) {
			t.Errorf("%s is missing beside %s", tag.Name(c.tag), tag.Name(sqlColumns[i].Tag))
		}
	}
	for _, c := range sqlColumns {
		if at := findComputed(c.Tag); at < 0 {
			t.Errorf("%s is not computed", tag.Name(c.Tag))
		}
	}
}
