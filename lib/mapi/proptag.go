// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import "fmt"

// PropTag names a property and its type: the id in the high half, the type in
// the low half, [MS-OXCDATA] 2.9.
type PropTag uint32

// FirstNamed is the first property id that names map to, [MS-OXCDATA] 2.9.
const FirstNamed = 0x8000

// NewTag joins a property id and a type.
func NewTag(id uint16, t PropType) PropTag { return PropTag(id)<<16 | PropTag(t) }

// ID is the property id.
func (t PropTag) ID() uint16 { return uint16(t >> 16) }

// Type is the type of the property's value.
func (t PropTag) Type() PropType { return PropType(t & 0xffff) }

// WithType is the tag of the same property with another type.
func (t PropTag) WithType(p PropType) PropTag { return t&0xffff0000 | PropTag(p) }

// IsNamed says whether the id stands for a name that only its store knows.
func (t PropTag) IsNamed() bool { return t.ID() >= FirstNamed }

// String is the tag as 0x0037001f.
func (t PropTag) String() string { return fmt.Sprintf("0x%08x", uint32(t)) }
