// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import "slices"

// Prop is one property: a tag and a value of the tag's type.
type Prop struct {
	Tag   PropTag
	Value Value
}

// Props are the properties of one object in the order of their tags, each id
// once. The zero value is ready for use. It is what callers build; an encoded
// bag (wire.Bag) is what they read.
type Props []Prop

// find is the place of a tag's id in the order.
func (p Props) find(t PropTag) (int, bool) {
	return slices.BinarySearchFunc(p, t, func(e Prop, t PropTag) int { return int(e.Tag.ID()) - int(t.ID()) })
}

// Set puts a value in place of any that the property id has. The tag's type
// becomes the value's.
func (p *Props) Set(t PropTag, v Value) {
	t = t.WithType(v.Type())
	at, found := p.find(t)
	if found {
		(*p)[at] = Prop{t, v}
		return
	}
	*p = slices.Insert(*p, at, Prop{t, v})
}

// Get is the value of the tag; false where it is missing or, unless the tag
// has PtypUnspecified, of another type.
func (p Props) Get(t PropTag) (Value, bool) {
	at, found := p.find(t)
	if !found || t.Type() != PtypUnspecified && p[at].Tag != t {
		return Value{}, false
	}
	return p[at].Value, true
}

// Text is the text of a string property, "" where it is missing.
func (p Props) Text(t PropTag) string {
	v, _ := p.Get(t)
	return v.Text()
}

// Int is the value of a number property, 0 where it is missing.
func (p Props) Int(t PropTag) int64 {
	v, _ := p.Get(t)
	return v.Int()
}

// Delete takes a property away, whatever its type.
func (p *Props) Delete(t PropTag) {
	if at, found := p.find(t); found {
		*p = slices.Delete(*p, at, at+1)
	}
}
