// SPDX-License-Identifier: AGPL-3.0-or-later

package match

import (
	"iter"

	"twiga/lib/mapi"
)

// Source is an object whose properties are asked for: wire.Bag and mapi.Props
// are such. Get is asked with a tag's exact type first, then with
// PtypUnspecified.
type Source interface {
	Get(mapi.PropTag) (mapi.Value, bool)
}

// Parent is a Source that has sub-objects, for mapi.Sub.
type Parent interface {
	Source
	// Subs are the object's recipients (of is PidTagMessageRecipients) or
	// attachments (PidTagMessageAttachments).
	Subs(of mapi.PropTag) iter.Seq[Source]
}

// get is the property with the tag's type, else with whatever type it has.
func get(s Source, t mapi.PropTag) (mapi.Value, bool) {
	if v, ok := s.Get(t); ok {
		return v, true
	}
	if t.Type() == mapi.PtypUnspecified {
		return mapi.Value{}, false
	}
	return s.Get(t.WithType(mapi.PtypUnspecified))
}
