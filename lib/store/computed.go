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
	{tag.MessageStatus, func(r *row) mapi.Value { return mapi.Int32(messageStatus(r.it.flags)) }},
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
	{tag.SourceKey, func(r *row) mapi.Value { return mapi.Binary(r.lineage().source) }},
	{tag.ParentSourceKey, func(r *row) mapi.Value { return mapi.Binary(mapi.SourceKey(r.store, r.folder)) }},
	{tag.ChangeKey, func(r *row) mapi.Value { return mapi.Binary(r.lineage().changeKey) }},
	{tag.PredecessorChangeList, func(r *row) mapi.Value { return mapi.Binary(r.lineage().predecessors.Bytes()) }},
	{tag.DeletedOn, func(r *row) mapi.Value {
		if r.deletedAt == 0 {
			return mapi.Value{}
		}
		return mapi.Raw(mapi.PtypTime, r.deletedAt, nil)
	}},
	{tag.FolderId, func(r *row) mapi.Value { return mapi.Int64(int64(r.folder)) }},
	{tag.ParentFolderId, func(r *row) mapi.Value { return mapi.Int64(int64(r.parent())) }},
	{tag.Mid, func(r *row) mapi.Value { return mapi.Int64(int64(r.it.id)) }},
	{tag.ChangeNumber, func(r *row) mapi.Value { return mapi.Int64(int64(r.it.change)) }},
	{tag.TwigaOrigin, func(*row) mapi.Value { return mapi.Value{} }}, // nobody sees it
	{tag.TwigaSaved, func(r *row) mapi.Value { return mapi.Raw(mapi.PtypTime, r.it.savedTime(), nil) }},
	{tag.TwigaEmailID, func(r *row) mapi.Value { return mapi.Binary([]byte(emailID(r.store, &r.it))) }},
	{tag.TwigaThreadID, func(r *row) mapi.Value { return mapi.Binary([]byte(threadID(r))) }},
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

// flagBit is a flag and the bit of a property that stands for it.
type flagBit struct {
	flag object.Flags
	bit  int32
}

// messageFlagBits are those of PidTagMessageFlags that come from flags.
var messageFlagBits = []flagBit{
	{object.FlagSeen, mfRead},
	{object.FlagSubmitted, mfSubmitted},
	{object.FlagDraft, mfUnsent},
	{object.FlagHasAttachment, mfHasAttach},
}

func messageFlags(f object.Flags) int32 {
	out := int32(mfUnmodified)
	for _, e := range messageFlagBits {
		if f&e.flag != 0 {
			out |= e.bit
		}
	}
	return out
}

// statusBits are those of PidTagMessageStatus, [MS-OXCMSG] 2.2.1.8: three are
// also known by other names, the rest are flags of their own.
var statusBits = []struct {
	flag object.Flags
	bit  int32
}{
	{object.FlagHighlighted, 0x0001},
	{object.FlagTagged, 0x0002},
	{object.FlagHidden, 0x0004},
	{object.FlagDeleted, 0x0008},
	{object.FlagDraft, 0x0100},
	{object.FlagAnswered, 0x0200},
	{object.FlagRemoteDownload, 0x1000},
	{object.FlagRemoteDelete, 0x2000},
}

func messageStatus(f object.Flags) int32 {
	out := int32(0)
	for _, e := range statusBits {
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
	return t == tag.TwigaEnvelope || t == tag.TwigaEnvelopeShort || t == tag.TwigaBodyStructure || t == tag.TwigaParts || t == tag.TwigaArrangement
}
