// SPDX-License-Identifier: AGPL-3.0-or-later

package query

import (
	"fmt"
	"iter"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// instanceFlag is added to the type of a multi-value property whose values
// are rows: MVI_FLAG is this one and mapi.MultiFlag, [MS-OXCTABL] 2.2.2.2.
const instanceFlag = 0x2000

// maxInstances is how many values of a row are rows.
const maxInstances = 1000

// IsInstance says whether a tag asks for a row for each value.
func IsInstance(t mapi.PropTag) bool { return t.Type()&instanceFlag != 0 && t.Type().IsMulti() }

// instanceTag is the one tag of columns and sort keys that asks for rows by
// values, without its flag; 0 where none does.
func instanceTag(req *object.QueryRequest) (mapi.PropTag, error) {
	var out mapi.PropTag
	see := func(t mapi.PropTag) error {
		if !IsInstance(t) {
			return nil
		}
		t = Plain(t)
		if out != 0 && out != t {
			return fmt.Errorf("query table: values of both %s and %s as rows: %w", out, t, mapi.BadColumn)
		}
		out = t
		return nil
	}
	for _, t := range req.Columns {
		if err := see(t); err != nil {
			return 0, err
		}
	}
	for _, k := range req.Sort {
		if err := see(k.Tag); err != nil {
			return 0, err
		}
	}
	return out, nil
}

// Plain is a tag without the flag for instances.
func Plain(t mapi.PropTag) mapi.PropTag {
	if !IsInstance(t) {
		return t
	}
	return t.WithType(t.Type() &^ instanceFlag)
}

// Instance is the column whose values are rows, 0 where there is none.
func (s *Shape) Instance() mapi.PropTag { return s.instance }

// Instances are the instances of a row, as the table has them: the row itself,
// or one for each value; where it has no value, one without.
func (s *Shape) Instances(row match.Source) iter.Seq[match.Source] {
	return func(yield func(match.Source) bool) {
		if s.instance == 0 {
			yield(row)
			return
		}
		list, _ := row.Get(s.instance)
		n := 0
		for v := range list.Elements {
			if n == maxInstances || !yield(instance{row, s.instance, v}) {
				return
			}
			n++
		}
		if n == 0 {
			yield(instance{row, s.instance, mapi.Value{}})
		}
	}
}

// InstanceOf is one of the instances of a row.
func (s *Shape) InstanceOf(row match.Source, number int) match.Source {
	n := 0
	for i := range s.Instances(row) {
		if n == number {
			return i
		}
		n++
	}
	return row
}

// instance is a row that has one value of a property in place of all.
type instance struct {
	match.Source
	tag   mapi.PropTag
	value mapi.Value
}

var _ match.Parent = instance{}

// Get implements match.Source.
func (i instance) Get(t mapi.PropTag) (mapi.Value, bool) {
	if t.ID() != i.tag.ID() {
		return i.Source.Get(t)
	}
	return i.value, !i.value.IsZero() && (IsInstance(t) || typeFits(t, i.value))
}

// Subs implements match.Parent.
func (i instance) Subs(of mapi.PropTag) iter.Seq[match.Source] { return subs(i.Source, of) }

func subs(row match.Source, of mapi.PropTag) iter.Seq[match.Source] {
	if p, ok := row.(match.Parent); ok {
		return p.Subs(of)
	}
	return func(func(match.Source) bool) {}
}

func typeFits(t mapi.PropTag, v mapi.Value) bool {
	return t.Type() == v.Type() || t.Type() == mapi.PtypUnspecified || IsInstance(t)
}

// Leaf is a row as a table has it, with what tells it from other rows and from
// headers.
type Leaf struct {
	match.Source
	ID     int64
	Number int // of the instance
	Depth  int // negative: the row's own
}

var _ match.Parent = Leaf{}

// Get implements match.Source.
func (l Leaf) Get(t mapi.PropTag) (mapi.Value, bool) {
	var v mapi.Value
	switch t.ID() {
	case tag.RowType.ID():
		v = mapi.Int32(int32(mapi.RowLeaf))
	case tag.InstID.ID():
		v = mapi.Int64(l.ID)
	case tag.InstanceNum.ID():
		v = mapi.Int32(int32(l.Number))
	case tag.Depth.ID():
		if l.Depth < 0 {
			return l.Source.Get(t)
		}
		v = mapi.Int32(int32(l.Depth))
	default:
		return l.Source.Get(t)
	}
	return v, typeFits(t, v)
}

// Subs implements match.Parent.
func (l Leaf) Subs(of mapi.PropTag) iter.Seq[match.Source] { return subs(l.Source, of) }

// IsPlace says whether a property is of the line in the table, not of the row.
func IsPlace(t mapi.PropTag) bool {
	switch t.ID() {
	case tag.RowType.ID(), tag.InstID.ID(), tag.InstanceNum.ID(), tag.Depth.ID():
		return true
	}
	return false
}
