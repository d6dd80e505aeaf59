// SPDX-License-Identifier: AGPL-3.0-or-later

package query

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// Cells makes rows of an answer: a bag of those of the columns that there are.
type Cells struct {
	columns []mapi.PropTag
	max     int
	props   mapi.Props
}

// NewCells is for the columns of a request, with so much of each cell; 0 is all.
func NewCells(columns []mapi.PropTag, maxCell int) *Cells {
	list := make([]mapi.PropTag, 0, len(columns))
	for _, t := range columns {
		if !slices.ContainsFunc(list, func(o mapi.PropTag) bool { return o.ID() == t.ID() }) {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b mapi.PropTag) int { return cmp.Compare(a.ID(), b.ID()) })
	return &Cells{columns: list, max: maxCell}
}

// Append appends a row.
func (c *Cells) Append(dst []byte, row match.Source) wire.Bag {
	c.props = c.props[:0]
	var capped []int32
	for _, t := range c.columns {
		v, ok := row.Get(t)
		if !ok {
			continue
		}
		if cut, is := c.cut(v); is {
			v = cut
			capped = append(capped, int32(t.WithType(v.Type())))
		}
		c.props = append(c.props, mapi.Prop{Tag: t.WithType(v.Type()), Value: v})
	}
	if len(capped) > 0 {
		c.props.Set(tag.TwigaCapped, mapi.Int32s(capped...))
	}
	return wire.AppendBag(dst, c.props)
}

// cut takes from a value what is beyond the limit: characters of strings, else
// bytes; of a multi-value whole elements.
func (c *Cells) cut(v mapi.Value) (mapi.Value, bool) {
	switch {
	case c.max == 0 || len(v.Bytes()) <= c.max:
		return v, false
	case v.Type().IsMulti():
		return c.cutList(v)
	case !v.Type().IsVariable():
		return v, false
	case v.Type() != mapi.PtypString:
		return mapi.Raw(v.Type(), 0, v.Bytes()[:c.max]), true
	}
	at, text := 0, v.Bytes()
	for range c.max {
		if at == len(text) {
			return v, false
		}
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return mapi.Raw(v.Type(), 0, text[:at]), at < len(text)
}

func (c *Cells) cutList(v mapi.Value) (mapi.Value, bool) {
	var kept []mapi.Value
	size := 0
	for e := range v.Elements {
		if size += e.Size(); size > c.max {
			return mapi.Multi(v.Type().Single(), kept...), true
		}
		kept = append(kept, e)
	}
	return v, false
}

// Sink takes the lines of a table, in order.
type Sink interface {
	// Pass counts the next line as seen where it need not be looked at.
	Pass() bool
	// Take looks at the next line; false where no more are wanted.
	Take(line match.Source) bool
}

// Window gives a stretch of a table's lines away.
type Window struct {
	skip, left int // left is negative where there is no limit
	append     func([]byte, match.Source) wire.Bag
	emit       func(wire.Bag) bool
	buf        []byte
}

// NewWindow gives up to limit lines (0 is all) from offset on, made by append.
func NewWindow(offset, limit int, append func([]byte, match.Source) wire.Bag, emit func(wire.Bag) bool) *Window {
	if limit == 0 {
		limit = -1
	}
	return &Window{skip: offset, left: limit, append: append, emit: emit}
}

// Skipped says that lines before the window were left out already.
func (w *Window) Skipped() { w.skip = 0 }

// Pass implements Sink.
func (w *Window) Pass() bool {
	if w.skip == 0 {
		return false
	}
	w.skip--
	return true
}

// Take implements Sink.
func (w *Window) Take(line match.Source) bool {
	w.buf = w.append(w.buf[:0], line)
	w.left--
	return w.emit(w.buf) && w.left != 0
}

// Finder looks for a line.
type Finder struct {
	find     *match.Matcher
	from     int
	backward bool
	append   func([]byte, match.Source) wire.Bag
	counted  bool // how many lines there are is known by other means

	Found    bool
	Position int
	Count    int // lines seen
	Row      wire.Bag
}

// NewFinder looks for the first line from an offset on that matches, or
// backward for the last one up to it.
func NewFinder(find *match.Matcher, from int, backward bool, append func([]byte, match.Source) wire.Bag) *Finder {
	return &Finder{find: find, from: from, backward: backward, append: append}
}

// Counted says that nobody needs the count.
func (f *Finder) Counted() { f.counted = true }

// Pass implements Sink.
func (f *Finder) Pass() bool {
	if f.counted {
		return !f.backward && f.Count < f.from && f.pass()
	}
	within := f.Count >= f.from && !f.Found
	if f.backward {
		within = f.Count <= f.from
	}
	return !within && f.pass()
}

func (f *Finder) pass() bool {
	f.Count++
	return true
}

// Take implements Sink.
func (f *Finder) Take(line match.Source) bool {
	if f.backward && f.Count > f.from {
		return false // only where it is counted
	}
	if f.find.Match(line) {
		f.Found, f.Position = true, f.Count
		f.Row = f.append(f.Row[:0], line)
	}
	f.Count++
	return !f.counted || f.backward || !f.Found
}
