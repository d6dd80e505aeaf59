// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// The bits of PidTagMessageFlags, [MS-OXCMSG] 2.2.1.6.
const (
	mfRead       = 0x01
	mfUnmodified = 0x02
	mfSubmitted  = 0x04
	mfUnsent     = 0x08
	mfHasAttach  = 0x10
)

// Values of PidTagLastVerbExecuted ([MS-OXOMSG] 2.2.1.18) and
// PidTagFlagStatus ([MS-OXOFLAG] 2.2.1.1).
const (
	verbReply   = 102
	verbForward = 104
	followup    = 2
)

// computed are the properties of messages that come from the item's row, in
// the order of their tags. A function gives the zero Value where the message
// has no such property.
var computed = []struct {
	tag mapi.PropTag
	of  func(*row) mapi.Value
}{
	{tag.MessageClass, func(r *row) mapi.Value {
		if r.it.class == "" {
			return mapi.String(defaultClass)
		}
		return mapi.String(r.it.class)
	}},
	{tag.ClientSubmitTime, func(r *row) mapi.Value {
		if r.it.sent == 0 {
			return mapi.Value{}
		}
		return mapi.Raw(mapi.PtypTime, r.it.sent, nil)
	}},
	{tag.MessageDeliveryTime, func(r *row) mapi.Value { return mapi.Raw(mapi.PtypTime, r.it.received, nil) }},
	{tag.MessageFlags, func(r *row) mapi.Value { return mapi.Int32(messageFlags(r.it.flags)) }},
	{tag.MessageSize, func(r *row) mapi.Value { return mapi.Int32(int32(min(r.it.size, 1<<31-1))) }},
	{tag.MessageSizeExtended, func(r *row) mapi.Value { return mapi.Int64(r.it.size) }},
	{tag.HasAttachments, func(r *row) mapi.Value { return mapi.Bool(r.it.flags&object.FlagHasAttachment != 0) }},
	{tag.InternetArticleNumber, func(r *row) mapi.Value { return mapi.Int32(int32(r.it.uid)) }},
	{tag.LastVerbExecuted, func(r *row) mapi.Value {
		switch {
		case r.it.flags&object.FlagAnswered != 0:
			return mapi.Int32(verbReply)
		case r.it.flags&object.FlagForwarded != 0:
			return mapi.Int32(verbForward)
		}
		return mapi.Value{}
	}},
	{tag.FlagStatus, func(r *row) mapi.Value {
		if r.it.flags&object.FlagFlagged == 0 {
			return mapi.Value{}
		}
		return mapi.Int32(followup)
	}},
	{tag.FolderId, func(r *row) mapi.Value { return mapi.Int64(int64(r.folder)) }},
	{tag.ParentFolderId, func(r *row) mapi.Value { return mapi.Int64(int64(r.folder)) }},
	{tag.Mid, func(r *row) mapi.Value { return mapi.Int64(int64(r.it.id)) }},
	{tag.ChangeNumber, func(r *row) mapi.Value { return mapi.Int64(int64(r.it.change)) }},
	{tag.TwigaFlags, func(r *row) mapi.Value { return mapi.Int32(int32(r.it.flags)) }},
	{tag.TwigaKeywords, func(r *row) mapi.Value {
		if r.it.keywords == "" {
			return mapi.Value{}
		}
		return mapi.Strings(unpackKeywords(r.it.keywords)...)
	}},
	{tag.TwigaContentSize, func(r *row) mapi.Value {
		if r.it.content < 0 {
			return mapi.Value{}
		}
		return mapi.Int64(r.it.content)
	}},
}

func messageFlags(f object.Flags) int32 {
	out := int32(mfUnmodified)
	for _, e := range []struct {
		flag object.Flags
		bit  int32
	}{{object.FlagSeen, mfRead}, {object.FlagSubmitted, mfSubmitted}, {object.FlagDraft, mfUnsent}, {object.FlagHasAttachment, mfHasAttach}} {
		if f&e.flag != 0 {
			out |= e.bit
		}
	}
	return out
}

// findComputed is the place of a tag among computed, -1 where it is none. A
// tag without a type finds the first of its id.
func findComputed(t mapi.PropTag) int {
	i, _ := slices.BinarySearchFunc(computed, t, func(e struct {
		tag mapi.PropTag
		of  func(*row) mapi.Value
	}, t mapi.PropTag) int {
		return int(e.tag.ID()) - int(t.ID())
	})
	for i > 0 && computed[i-1].tag.ID() == t.ID() {
		i--
	}
	for ; i < len(computed) && computed[i].tag.ID() == t.ID(); i++ {
		if computed[i].tag == t || t.Type() == mapi.PtypUnspecified {
			return i
		}
	}
	return -1
}

// isComputed says whether a property, of whatever type, is not kept in the bag.
func isComputed(t mapi.PropTag) bool {
	return isSummary(t) || findComputed(t.WithType(mapi.PtypUnspecified)) >= 0
}

// isSummary says whether a property is kept with the summary.
func isSummary(t mapi.PropTag) bool {
	return t == tag.TwigaEnvelope || t == tag.TwigaBodyStructure || t == tag.TwigaParts
}
