// SPDX-License-Identifier: AGPL-3.0-or-later

package tag

import (
	"slices"
	"strings"

	"twiga/lib/mapi"
)

// Named is a named property of [MS-OXPROPS]: LidLocation, NameKeywords. Its
// number means nothing outside this process; a store gives the property an id
// by its Name.
type Named uint16

// Set is a property set of [MS-OXPROPS] 1.3.2, such as SetAppointment for
// PSETID_Appointment and SetPublicStrings for PS_PUBLIC_STRINGS.
type Set uint8

type setEntry struct {
	name string
	guid mapi.GUID
}

type namedEntry struct {
	name string
	set  Set
	lid  uint32
	text string
	typ  mapi.PropType
}

// GUID is the set's GUID; the zero GUID for a set that is none of the constants.
func (s Set) GUID() mapi.GUID {
	if s == 0 || int(s) > len(setList) {
		return mapi.GUID{}
	}
	return setList[s-1].guid
}

// String is the set's name without PSETID_ or PS_, such as "Appointment".
func (s Set) String() string {
	if s == 0 || int(s) > len(setList) {
		return "unknown"
	}
	return setList[s-1].name
}

// SetOf finds the set of a GUID, 0 where it is none of [MS-OXPROPS].
func SetOf(g mapi.GUID) Set {
	at := slices.IndexFunc(setList[:], func(e setEntry) bool { return e.guid == g })
	return Set(at + 1)
}

func (n Named) entry() namedEntry {
	if n == 0 || int(n) > len(namedList) {
		return namedEntry{}
	}
	return namedList[n-1]
}

// Name is the property's set with its LID or string; the zero Name for a
// number that is none of the constants.
func (n Named) Name() mapi.Name {
	e := n.entry()
	return mapi.Name{Set: e.set.GUID(), LID: e.lid, Text: e.text}
}

// Type is the type that [MS-OXPROPS] gives the property.
func (n Named) Type() mapi.PropType { return n.entry().typ }

// String is the constant's name, such as "LidLocation" for PidLidLocation.
func (n Named) String() string {
	if e := n.entry(); e.name != "" {
		return e.name
	}
	return "unknown"
}

// NamedOf finds the property that a name stands for, false where it is none of
// [MS-OXPROPS]. Strings are compared without case.
func NamedOf(name mapi.Name) (Named, bool) {
	set := SetOf(name.Set)
	at := slices.IndexFunc(namedList[:], func(e namedEntry) bool {
		return e.set == set && e.lid == name.LID && strings.EqualFold(e.text, name.Text)
	})
	return Named(at + 1), at >= 0
}

// ParseNamed is the inverse of Named's String; it also takes the canonical
// name with Pid before it.
func ParseNamed(name string) (Named, bool) {
	at, ok := slices.BinarySearchFunc(namedList[:], strings.TrimPrefix(name, "Pid"), func(e namedEntry, name string) int {
		return strings.Compare(e.name, name)
	})
	if !ok {
		return 0, false
	}
	return Named(at + 1), true
}
