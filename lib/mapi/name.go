// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxNameLength is the longest string of a name in bytes: [MS-OXCDATA] 2.6.1
// counts the UTF-16 form, with its ending null, in one byte.
const MaxNameLength = 254

// Name names a property beyond the fixed ids: a property set and either a
// number (LID) or a string, [MS-OXCDATA] 2.6.1.
type Name struct {
	Set  GUID
	LID  uint32 // counts where Text is ""
	Text string
}

// String is {set}:0x00008102 or {set}:text.
func (n Name) String() string {
	if n.Text == "" {
		return fmt.Sprintf("{%s}:0x%08x", n.Set, n.LID)
	}
	return fmt.Sprintf("{%s}:%s", n.Set, n.Text)
}

// IsText says whether the property is named by a string instead of a LID.
func (n Name) IsText() bool { return n.Text != "" }

// Key is the name in the form in which equal names are equal: strings are
// compared without case.
func (n Name) Key() Name {
	if n.Text != "" {
		return Name{Set: n.Set, Text: strings.ToLower(n.Text)}
	}
	return n
}

// ParseName is the inverse of String. A string that begins with 0x is a LID.
func ParseName(s string) (Name, error) {
	set, rest, ok := strings.Cut(s, ":")
	if !ok || rest == "" {
		return Name{}, fmt.Errorf("parse property name %q: {set}:name wanted: %w", s, InvalidParameter)
	}
	guid, err := ParseGUID(set)
	if err != nil {
		return Name{}, fmt.Errorf("parse property name %q: %w", s, err)
	}
	if len(rest) > MaxNameLength {
		return Name{}, fmt.Errorf("parse property name %.40q: %d bytes: %w", s, len(rest), TooBig)
	}
	if digits, ok := strings.CutPrefix(rest, "0x"); ok {
		lid, err := strconv.ParseUint(digits, 16, 32)
		if err != nil {
			return Name{}, fmt.Errorf("parse property name %q: %w", s, err)
		}
		return Name{Set: guid, LID: uint32(lid)}, nil
	}
	return Name{Set: guid, Text: rest}, nil
}
