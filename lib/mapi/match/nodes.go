// SPDX-License-Identifier: AGPL-3.0-or-later

package match

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"regexp"

	"twiga/lib/mapi"
)

type (
	and []node
	or  []node
	not struct{ part node }
	sub struct {
		of   mapi.PropTag
		part node
	}
	count struct {
		left uint32
		part node
	}
	bitmask mapi.Bitmask
	size    mapi.Size
	exist   mapi.Exist
)

func (n and) match(s Source) bool {
	for _, part := range n {
		if !part.match(s) {
			return false
		}
	}
	return true
}

func (n or) match(s Source) bool {
	for _, part := range n {
		if part.match(s) {
			return true
		}
	}
	return false
}

func (n not) match(s Source) bool { return !n.part.match(s) }

// match is false for an object that has no sub-objects at all.
func (n sub) match(s Source) bool {
	parent, ok := s.(Parent)
	if !ok {
		return false
	}
	for child := range parent.Subs(n.of) {
		if n.part.match(child) {
			return true
		}
	}
	return false
}

func (n *count) match(s Source) bool {
	if n.left == 0 || !n.part.match(s) {
		return false
	}
	n.left--
	return true
}

func (n bitmask) match(s Source) bool {
	v, ok := get(s, n.Tag)
	return ok && v.IsNumber() && (v.Num()&uint64(n.Mask) != 0) == n.NonZero
}

func (n size) match(s Source) bool {
	v, ok := get(s, n.Tag)
	holds, _ := relation(n.Op, cmp.Compare(v.Size(), int(n.Size))) // Compile tried the comparison
	return ok && holds
}

func (n exist) match(s Source) bool {
	_, ok := get(s, n.Tag)
	return ok
}

// content searches in a string or byte string, [MS-OXCDATA] 2.12.4.
type content struct {
	tag   mapi.PropTag
	how   mapi.FuzzyLevel
	text  bool
	want  []byte
	shape *folder // nil for byte strings
	*bounds
}

func newContent(r mapi.Content, b *bounds) (node, error) {
	b.weight++
	n := &content{tag: r.Tag, how: r.Match & 0xffff, want: r.Value.Bytes(), bounds: b}
	if n.how > mapi.Prefix || r.Value.Type().IsMulti() {
		return nil, fmt.Errorf("fuzzy level 0x%x or %s value: %w", uint32(r.Match), r.Value.Type(), mapi.InvalidParameter)
	}
	if n.text = r.Value.IsText(); n.text {
		n.shape = newFolder(r.Match)
		n.want = bytes.Clone(n.shape.fold(n.want))
	}
	return n, nil
}

func (n *content) match(s Source) bool {
	v, ok := get(s, n.tag)
	if !ok {
		return false
	}
	for e := range n.some(v) {
		if e.IsText() == n.text && n.one(e.Bytes()) {
			return true
		}
	}
	return false
}

func (n *content) one(data []byte) bool {
	if n.text {
		data = n.shape.foldSome(data, n.bounds.text)
	}
	switch n.how {
	case mapi.Substring:
		return bytes.Contains(data, n.want)
	case mapi.Prefix:
		return bytes.HasPrefix(data, n.want)
	}
	return bytes.Equal(data, n.want)
}

// property compares with a value, [MS-OXCDATA] 2.12.5. Of a multi-value one
// element is enough, unless the value is a multi-value too.
type property struct {
	op    mapi.RelOp
	tag   mapi.PropTag
	want  mapi.Value
	shape *folder
	re    *regexp.Regexp
	*bounds
}

func newProperty(r mapi.Property, b *bounds) (node, error) {
	b.weight++
	n := &property{op: r.Op, tag: r.Tag, want: r.Value, shape: newFolder(mapi.IgnoreCase), bounds: b}
	if r.Op == mapi.RE {
		var err error
		n.re, err = pattern(r.Value, b)
		return n, err
	}
	if _, err := relation(r.Op, 0); err != nil {
		return nil, err
	}
	n.want = (&bounds{text: math.MaxInt}).fold(newFolder(mapi.IgnoreCase), r.Value) // a buffer of its own
	return n, nil
}

func (n *property) match(s Source) bool {
	v, ok := get(s, n.tag)
	if !ok {
		return false
	}
	if n.want.Type().IsMulti() {
		return n.one(v)
	}
	for e := range n.some(v) {
		if n.one(e) {
			return true
		}
	}
	return false
}

func (n *property) one(v mapi.Value) bool {
	if n.re != nil {
		return v.IsText() && n.re.Match(v.Bytes()[:min(len(v.Bytes()), n.text)])
	}
	if !v.Comparable(n.want) {
		return false
	}
	holds, _ := relation(n.op, n.fold(n.shape, v).Compare(n.want)) // Compile tried the comparison
	return holds
}

// compare compares two properties of the object, [MS-OXCDATA] 2.12.6.
type compare struct {
	op    mapi.RelOp
	a, b  mapi.PropTag
	shape [2]*folder
	*bounds
}

func newCompare(r mapi.Compare, b *bounds) (node, error) {
	b.weight++
	if _, err := relation(r.Op, 0); err != nil {
		return nil, err
	}
	return &compare{r.Op, r.A, r.B, [2]*folder{newFolder(mapi.IgnoreCase), newFolder(mapi.IgnoreCase)}, b}, nil
}

func (n *compare) match(s Source) bool {
	a, okA := get(s, n.a)
	b, okB := get(s, n.b)
	if !okA || !okB || !a.Comparable(b) {
		return false
	}
	holds, _ := relation(n.op, n.fold(n.shape[0], a).Compare(n.fold(n.shape[1], b)))
	return holds
}

// some are the elements of a value as far as they are looked at; each counts a
// little beside its size.
func (b *bounds) some(v mapi.Value) func(func(mapi.Value) bool) {
	const each = 8
	return func(yield func(mapi.Value) bool) {
		left := b.text
		for e := range v.Elements {
			if left <= 0 || !yield(e) {
				return
			}
			left -= len(e.Bytes()) + each
		}
	}
}

// fold is a string without case, each element of a multi-value too; other
// values stay as they are. It stays valid until the folder's next use.
func (b *bounds) fold(f *folder, v mapi.Value) mapi.Value {
	if !v.IsText() {
		return v
	}
	if !v.Type().IsMulti() {
		return mapi.Raw(v.Type(), 0, f.foldSome(v.Bytes(), b.text))
	}
	var list []mapi.Value
	for e := range b.some(v) {
		list = append(list, mapi.Raw(e.Type(), 0, f.append(nil, e.Bytes()[:min(len(e.Bytes()), b.text)])))
	}
	return mapi.Multi(v.Type().Single(), list...)
}
