// SPDX-License-Identifier: AGPL-3.0-or-later

package soap

import (
	"encoding/xml"
	"reflect"

	"twiga/lib/mapi"
)

// restrictionTypes are the kinds of restriction; an element is named after its type.
var restrictionTypes = map[string]reflect.Type{
	"And": reflect.TypeFor[mapi.And](), "Or": reflect.TypeFor[mapi.Or](), "Not": reflect.TypeFor[mapi.Not](),
	"Content": reflect.TypeFor[mapi.Content](), "Property": reflect.TypeFor[mapi.Property](),
	"Compare": reflect.TypeFor[mapi.Compare](), "Bitmask": reflect.TypeFor[mapi.Bitmask](),
	"Size": reflect.TypeFor[mapi.Size](), "Exist": reflect.TypeFor[mapi.Exist](), "Sub": reflect.TypeFor[mapi.Sub](),
	"Comment": reflect.TypeFor[mapi.Comment](), "Count": reflect.TypeFor[mapi.Count](),
}

// putRestriction appends a restriction in an element; none is nothing.
func putRestriction(dst []byte, name string, v reflect.Value) []byte {
	if v.IsNil() {
		return dst
	}
	return appendClose(putNode(appendOpen(dst, name), v.Elem()), name)
}

// putNode appends a restriction as the element of its kind.
func putNode(dst []byte, v reflect.Value) []byte {
	name := v.Type().Name()
	dst = appendOpen(dst, name)
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			if part := v.Index(i); !part.IsNil() {
				dst = putNode(dst, part.Elem())
			}
		}
		return appendClose(dst, name)
	}
	for i := range v.NumField() {
		f := v.Field(i)
		if f.Type() == typeRestriction {
			dst = putRestriction(dst, v.Type().Field(i).Name, f)
		} else {
			dst = compile(f.Type()).put(dst, v.Type().Field(i).Name, f)
		}
	}
	return appendClose(dst, name)
}

// getRestriction reads the one restriction in the element that is open.
func getRestriction(r *reader, start xml.StartElement, v reflect.Value) {
	e, more := r.child()
	if !more {
		return
	}
	if out := r.node(e); out.IsValid() {
		v.Set(out)
	}
	if _, more := r.child(); more {
		r.fail("read %s: more than one restriction", start.Name.Local)
	}
}

// node reads the restriction whose element is open.
func (r *reader) node(start xml.StartElement) reflect.Value {
	t, known := restrictionTypes[start.Name.Local]
	if !known {
		r.fail("read restriction: unknown kind %s", start.Name.Local)
		return reflect.Value{}
	}
	out := reflect.New(t).Elem()
	for {
		e, more := r.child()
		if !more {
			return out
		}
		if t.Kind() == reflect.Slice {
			if part := r.node(e); part.IsValid() {
				out.Set(reflect.Append(out, part))
			}
			continue
		}
		f := out.FieldByName(e.Name.Local)
		if !f.IsValid() {
			r.fail("read restriction: unknown element %s in %s", e.Name.Local, start.Name.Local)
			return reflect.Value{}
		}
		compile(f.Type()).get(r, e, f)
	}
}
