// SPDX-License-Identifier: AGPL-3.0-or-later

package query

import (
	"strings"

	"twiga/lib/mapi"
)

// Limits of what becomes SQL; what is beyond is evaluated on the row.
const (
	MaxTerms = 128  // conditions on single columns
	MaxText  = 1024 // bytes of a string that is looked for
)

// Where is a restriction split in two. A row satisfies it where SQL and Rest
// both hold.
type Where struct {
	SQL  string // "" is true; never NULL
	Args []any
	Rest mapi.Restriction // nil is true
}

// Split finds what of a restriction SQL can say. The restriction is one that
// match compiles.
//
// A part that counts rows (mapi.Count), and what stands behind it, stays as it
// is, since what it counts are the rows that satisfy what stands before it.
func Split(r mapi.Restriction, columns Columns) Where {
	c := compiler{columns: columns}
	var out Where
	var rest mapi.And
	parts := conjuncts(nil, r)
	for i, part := range parts {
		if counts(part) {
			rest = append(rest, parts[i:]...)
			break
		}
		f, ok := c.compile(part)
		if ok {
			if out.SQL != "" {
				out.SQL += " AND "
			}
			out.SQL += f.sql
			out.Args = append(out.Args, f.args...)
		}
		if !ok || !f.exact {
			rest = append(rest, part)
		}
	}
	switch len(rest) {
	case 0:
	case 1:
		out.Rest = rest[0]
	default:
		out.Rest = rest
	}
	return out
}

// conjuncts are the parts that have to hold all.
func conjuncts(dst []mapi.Restriction, r mapi.Restriction) []mapi.Restriction {
	switch r := r.(type) {
	case nil:
		return dst
	case mapi.And:
		for _, p := range r {
			dst = conjuncts(dst, p)
		}
		return dst
	case mapi.Comment:
		return conjuncts(dst, r.Of)
	}
	return append(dst, r)
}

// Counts says whether the answer depends on the order of the rows.
func Counts(r mapi.Restriction) bool { return counts(r) }

func counts(r mapi.Restriction) bool {
	switch r := r.(type) {
	case mapi.And:
		return anyCounts(r)
	case mapi.Or:
		return anyCounts(r)
	case mapi.Not:
		return counts(r.Of)
	case mapi.Comment:
		return counts(r.Of)
	case mapi.Sub:
		return counts(r.Part)
	case mapi.Count:
		return true
	}
	return false
}

func anyCounts(list []mapi.Restriction) bool {
	for _, p := range list {
		if counts(p) {
			return true
		}
	}
	return false
}

// fragment is SQL that holds for all rows that satisfy a restriction; for no
// others where it is exact.
type fragment struct {
	sql   string
	args  []any
	exact bool
}

var (
	always = fragment{sql: "1 = 1", exact: true}
	never  = fragment{sql: "1 = 0", exact: true}
)

type compiler struct {
	columns Columns
	terms   int
}

func (c *compiler) compile(r mapi.Restriction) (fragment, bool) {
	switch r := r.(type) {
	case nil:
		return always, true
	case mapi.And:
		return c.and(r)
	case mapi.Or:
		return c.or(r)
	case mapi.Comment:
		return c.compile(r.Of)
	case mapi.Not:
		f, ok := c.compile(r.Of)
		return fragment{"NOT (" + f.sql + ")", f.args, true}, ok && f.exact
	}
	if c.terms++; c.terms > MaxTerms {
		return fragment{}, false
	}
	switch r := r.(type) {
	case mapi.Exist:
		return c.on(r.Tag, func(col *Column) (fragment, bool) { return always, true })
	case mapi.Property:
		return c.on(r.Tag, func(col *Column) (fragment, bool) { return col.property(r) })
	case mapi.Content:
		return c.on(r.Tag, func(col *Column) (fragment, bool) { return col.content(r) })
	case mapi.Bitmask:
		return c.on(r.Tag, func(col *Column) (fragment, bool) { return col.bitmask(r), true })
	case mapi.Size:
		return c.on(r.Tag, func(col *Column) (fragment, bool) { return col.size(r) })
	case mapi.Compare:
		return c.compare(r)
	}
	return fragment{}, false
}

func (c *compiler) and(parts mapi.And) (fragment, bool) {
	out, found := fragment{exact: true}, len(parts) == 0
	for _, p := range parts {
		f, ok := c.compile(p)
		if !ok {
			out.exact = false
			continue
		}
		found = true
		out.join(" AND ", f)
	}
	if len(parts) == 0 {
		return always, true
	}
	out.sql = "(" + out.sql + ")"
	return out, found
}

func (c *compiler) or(parts mapi.Or) (fragment, bool) {
	if len(parts) == 0 {
		return never, true
	}
	out := fragment{exact: true}
	for _, p := range parts {
		f, ok := c.compile(p)
		if !ok {
			return fragment{}, false
		}
		out.join(" OR ", f)
	}
	out.sql = "(" + out.sql + ")"
	return out, true
}

func (f *fragment) join(with string, part fragment) {
	if f.sql != "" {
		f.sql += with
	}
	f.sql += part.sql
	f.args = append(f.args, part.args...)
	f.exact = f.exact && part.exact
}

// on makes a condition on a column, false for rows that have not got it.
func (c *compiler) on(t mapi.PropTag, condition func(*Column) (fragment, bool)) (fragment, bool) {
	col := c.columns.find(t)
	if col == nil {
		return fragment{}, false
	}
	f, ok := condition(col)
	if !ok || col.Has == "" {
		return f, ok
	}
	f.sql = "(" + col.Has + " AND " + f.sql + ")"
	return f, true
}

func (c *compiler) compare(r mapi.Compare) (fragment, bool) {
	return c.on(r.A, func(a *Column) (fragment, bool) {
		return c.on(r.B, func(b *Column) (fragment, bool) {
			switch {
			case a.class() != b.class():
				return never, true
			case a.class() == Text:
				return fragment{}, false
			}
			return fragment{sql: "(" + a.Expr + relations[r.Op] + b.Expr + ")", exact: true}, true
		})
	})
}

// class is the kind of the values, of a list those of its elements.
func (c *Column) class() Kind {
	if c.Kind == List {
		return Text
	}
	return c.Kind
}

// relations are the comparisons, as SQL has them.
var relations = [...]string{mapi.LT: " < ", mapi.LE: " <= ", mapi.GT: " > ", mapi.GE: " >= ", mapi.EQ: " = ", mapi.NE: " <> "}

func (c *Column) bitmask(r mapi.Bitmask) fragment {
	if c.Kind != Number {
		return never
	}
	op := " = 0)"
	if r.NonZero {
		op = " <> 0)"
	}
	return fragment{"((" + c.Expr + " & ?)" + op, []any{int64(r.Mask)}, true}
}

func (c *Column) size(r mapi.Size) (fragment, bool) {
	switch c.Kind {
	case Number, Time:
		return holds(r.Op, int64(c.Tag.Type().FixedSize()), int64(r.Size)), true
	case Text:
		return fragment{"(octet_length(" + c.Expr + ")" + relations[r.Op] + "?)", []any{int64(r.Size)}, true}, true
	}
	return fragment{}, false
}

// holds compares two numbers that are known.
func holds(op mapi.RelOp, a, b int64) fragment {
	yes := false
	switch op {
	case mapi.LT:
		yes = a < b
	case mapi.LE:
		yes = a <= b
	case mapi.GT:
		yes = a > b
	case mapi.GE:
		yes = a >= b
	case mapi.EQ:
		yes = a == b
	case mapi.NE:
		yes = a != b
	}
	if yes {
		return always
	}
	return never
}

func (c *Column) property(r mapi.Property) (fragment, bool) {
	v := r.Value
	switch {
	case r.Op == mapi.RE:
		return never, c.class() != Text
	case v.Type().IsMulti():
		return fragment{}, false
	case c.class() == Text:
		if !v.IsText() {
			return never, !v.IsZero()
		}
		return c.text(r)
	case c.Kind == Time:
		if v.Type() != mapi.PtypTime {
			return never, true
		}
		return fragment{"(" + c.Expr + relations[r.Op] + "?)", []any{int64(v.Num())}, true}, v.Num() < 1<<63
	case !v.IsNumber():
		return never, true
	case v.Type() == mapi.PtypFloating32 || v.Type() == mapi.PtypFloating64 || v.Type() == mapi.PtypFloatTime:
		return fragment{}, false // compared with less precision than SQL's
	}
	return fragment{"(" + c.Expr + relations[r.Op] + "?)", []any{v.Int()}, true}, true
}

// ascii is a string that folding changes only in its case, in small letters.
func ascii(v mapi.Value) (string, bool) {
	b := v.Bytes()
	if len(b) > MaxText {
		return "", false
	}
	for _, c := range b {
		if c < ' ' || c >= 0x7f {
			return "", false
		}
	}
	return strings.ToLower(string(b)), true
}

// lower is the column's text in small letters as far as SQL knows them.
func (c *Column) lower() string { return "lower(" + c.Expr + ")" }

// inexact makes a condition on lower hold for all that it may hold for: text
// beyond ASCII is looked at on the row.
func (c *Column) inexact(condition string, arg string) (fragment, bool) {
	return fragment{sql: "(" + condition + " OR octet_length(" + c.Expr + ") <> length(" + c.Expr + "))", args: []any{arg}}, true
}

// text compares with a string. Of a list SQL sees only whether an element is there.
func (c *Column) text(r mapi.Property) (fragment, bool) {
	want, ok := ascii(r.Value)
	if !ok {
		return fragment{}, false
	}
	if c.Kind == Text {
		return c.inexact(c.lower()+relations[r.Op]+"?", want)
	}
	if r.Op != mapi.EQ {
		return fragment{}, false
	}
	return c.contains("\n" + want + "\n")
}

// contains looks for text in a list, where each element stands between line feeds.
func (c *Column) contains(text string) (fragment, bool) {
	return c.inexact(`'`+"\n"+`' || `+c.lower()+` LIKE ? ESCAPE '\'`, "%"+escape(text)+"%")
}

// escape takes the meaning from what LIKE gives one.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

func (c *Column) content(r mapi.Content) (fragment, bool) {
	if !r.Value.IsText() {
		return never, c.class() == Text && !r.Value.IsZero()
	}
	if c.class() != Text {
		return never, true
	}
	want, ok := ascii(r.Value)
	if !ok {
		return fragment{}, false
	}
	how := r.Match & 0xffff
	if c.Kind == List {
		switch how {
		case mapi.Substring:
			return c.contains(want)
		case mapi.Prefix:
			return c.contains("\n" + want)
		}
		return c.contains("\n" + want + "\n")
	}
	switch how {
	case mapi.Substring:
		return c.inexact(c.lower()+` LIKE ? ESCAPE '\'`, "%"+escape(want)+"%")
	case mapi.Prefix:
		return c.inexact(c.lower()+` LIKE ? ESCAPE '\'`, escape(want)+"%")
	}
	return c.inexact(c.lower()+" = ?", want)
}
