// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

// Limits of a restriction from outside: codecs and evaluation refuse more with
// TooComplex.
const (
	MaxRestrictionDepth = 32   // nodes on the longest way down
	MaxRestrictionNodes = 4096 // nodes in all
)

// Restriction is a condition on an object's properties, [MS-OXCDATA] 2.12.
type Restriction interface{ restriction() }

// And is true where all of its parts are; with no part it is true, 2.12.1.
type And []Restriction

// Or is true where one of its parts is; with no part it is false, 2.12.2.
type Or []Restriction

// Not is true where its part is not, 2.12.3.
type Not struct{ Of Restriction }

// Content searches in a string or byte string, 2.12.4.
type Content struct {
	Tag   PropTag
	Match FuzzyLevel
	Value Value
}

// FuzzyLevel says how Content compares: one of the low three, with modifiers added.
type FuzzyLevel uint32

// The fuzzy levels of [MS-OXCDATA] 2.12.4.1.
const (
	FullString     FuzzyLevel = 0
	Substring      FuzzyLevel = 1
	Prefix         FuzzyLevel = 2
	IgnoreCase     FuzzyLevel = 0x10000
	IgnoreNonSpace FuzzyLevel = 0x20000
	Loose          FuzzyLevel = 0x40000
)

// Property compares a property with a value; false where it is missing, 2.12.5.
type Property struct {
	Op    RelOp
	Tag   PropTag
	Value Value
}

// Compare compares two properties of the object, 2.12.6.
type Compare struct {
	Op   RelOp
	A, B PropTag
}

// RelOp is a comparison.
type RelOp uint8

// The comparisons of [MS-OXCDATA] 2.12.5.1.
const (
	LT RelOp = iota
	LE
	GT
	GE
	EQ
	NE
	RE               // regular expression
	MemberOfDL RelOp = 0x64
)

// Bitmask tests the bits of a number property, 2.12.7.
type Bitmask struct {
	Tag     PropTag
	Mask    uint32
	NonZero bool // true: some bit is set; false: none is
}

// Size compares the size of a property in bytes, 2.12.8.
type Size struct {
	Op   RelOp
	Tag  PropTag
	Size uint32
}

// Exist is true where the object has the property, 2.12.9.
type Exist struct{ Tag PropTag }

// Sub is true where one of the object's recipients or attachments satisfies
// its part, 2.12.10. Of is PidTagMessageRecipients or PidTagMessageAttachments.
type Sub struct {
	Of   PropTag
	Part Restriction
}

// Comment carries properties beside a restriction, which alone counts; nil is true, 2.12.11.
type Comment struct {
	Props Props
	Of    Restriction
}

// Count is true for the first N objects that satisfy its part, 2.12.12.
type Count struct {
	N  uint32
	Of Restriction
}

func (And) restriction()      {}
func (Or) restriction()       {}
func (Not) restriction()      {}
func (Content) restriction()  {}
func (Property) restriction() {}
func (Compare) restriction()  {}
func (Bitmask) restriction()  {}
func (Size) restriction()     {}
func (Exist) restriction()    {}
func (Sub) restriction()      {}
func (Comment) restriction()  {}
func (Count) restriction()    {}
