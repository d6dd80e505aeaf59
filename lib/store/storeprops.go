// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// maxStoreProps bounds the bag of a store's own properties, in bytes. It does
// not count for the quota.
const maxStoreProps = 1 << 20

// storeObject is the value of PidTagObjectType for a store, [MS-OXCPRPT] 2.2.1.7.
const storeObject = 1

// storeSupport is what PidTagStoreSupportMask says of every store.
const storeSupport = mapi.SupportEntryIDUnique | mapi.SupportSearch | mapi.SupportModify | mapi.SupportCreate | mapi.SupportAttach |
	mapi.SupportNotify | mapi.SupportMultiValues | mapi.SupportCategorize | mapi.SupportRestriction | mapi.SupportSort |
	mapi.SupportHTML | mapi.SupportUnicode

// validFolders are the bits of PidTagValidFolderMask by kind of folder.
var validFolders = []struct {
	kind object.FolderKind
	bit  mapi.ValidFolders
}{
	{object.KindRoot, mapi.ValidIpmSubtree}, {object.KindInbox, mapi.ValidInbox}, {object.KindOutbox, mapi.ValidOutbox},
	{object.KindDeletedItems, mapi.ValidWastebasket}, {object.KindSentItems, mapi.ValidSentMail}, {object.KindSearchRoot, mapi.ValidFinder},
}

// storeName is the name of a store of nobody's.
func storeName(st *object.Store) string {
	switch {
	case st.Kind == object.StorePublic && !st.Orphan:
		return "Public Folders"
	case st.Owner == "":
		return st.GUID.String()
	case st.Kind == object.StoreArchive:
		return "Archive - " + st.Owner
	}
	return st.Owner
}

// computedStoreProps are the properties of a store that it is not told but
// tells. Who does not own it does not learn how full it is.
func computedStoreProps(st *object.Store, owns bool) mapi.Props {
	support := storeSupport
	switch st.Kind {
	case object.StorePublic:
		support |= mapi.SupportPublicFolders
	case object.StorePrivate:
		support |= mapi.SupportSubmit
	}
	valid := mapi.ValidFolders(0)
	for _, v := range validFolders {
		if st.SpecialFolder(v.kind) != 0 {
			valid |= v.bit
		}
	}
	var p mapi.Props
	p.Set(tag.DisplayName, mapi.String(storeName(st)))
	p.Set(tag.ObjectType, mapi.Int32(storeObject))
	p.Set(tag.StoreRecordKey, mapi.Binary(st.GUID[:]))
	p.Set(tag.MappingSignature, mapi.Binary(st.GUID[:]))
	p.Set(tag.StoreSupportMask, mapi.Int32(int32(support)))
	p.Set(tag.ValidFolderMask, mapi.Int32(int32(valid)))
	if st.Owner != "" {
		p.Set(tag.MailboxOwnerName, mapi.String(st.Owner))
	}
	if !owns {
		return p
	}
	p.Set(tag.ContentCount, mapi.Int32(int32(min(st.Messages, 1<<31-1))))
	p.Set(tag.MessageSizeExtended, mapi.Int64(st.Size))
	setLimits(&p, st.Limits)
	return p
}

// setLimits sets the quota's properties, which count in KiB.
func setLimits(p *mapi.Props, l object.Limits) {
	for _, e := range []struct {
		tag   mapi.PropTag
		limit int64
	}{{tag.StorageQuotaLimit, l.Warn}, {tag.ProhibitSendQuota, l.Soft}, {tag.ProhibitReceiveQuota, l.Hard}} {
		if e.limit >= 0 {
			p.Set(e.tag, mapi.Int32(int32(min(e.limit>>10, 1<<31-1))))
		}
	}
}

// isStoreComputed says whether a property is among the computed ones, or is
// one where the store has it.
func isStoreComputed(t mapi.PropTag) bool {
	switch t.ID() {
	case tag.DisplayName.ID(), tag.ObjectType.ID(), tag.StoreRecordKey.ID(), tag.MappingSignature.ID(), tag.StoreSupportMask.ID(),
		tag.ValidFolderMask.ID(), tag.MailboxOwnerName.ID(), tag.ContentCount.ID(), tag.MessageSizeExtended.ID(),
		tag.StorageQuotaLimit.ID(), tag.ProhibitSendQuota.ID(), tag.ProhibitReceiveQuota.ID():
		return true
	}
	return false
}

// GetStoreProps implements object.Stores. Who does not own the store gets just
// what describes it.
func (s *session) GetStoreProps(ctx context.Context, req object.GetStorePropsRequest) (object.GetStorePropsResponse, error) {
	var out object.GetStorePropsResponse
	if len(req.Columns) > object.MaxColumns {
		return out, fmt.Errorf("get properties of store: %d columns: %w", len(req.Columns), mapi.InvalidParameter)
	}
	m, acc, leave, err := s.mailbox(ctx, actStoreProps, req.Store)
	if err != nil {
		return out, err
	}
	defer leave()
	st, err := s.e.describe(ctx, m)
	if err != nil {
		return out, err
	}
	all := computedStoreProps(&st, acc.owns())
	if acc.owns() {
		for t, v := range m.folder(rootID).props.All {
			if !isStoreComputed(t) {
				all.Set(t, v)
			}
		}
	}
	if req.Columns == nil {
		return object.GetStorePropsResponse{Props: all}, nil
	}
	for _, t := range req.Columns {
		if v, ok := all.Get(t); ok {
			out.Props.Set(t, v)
		}
	}
	return out, nil
}

// SetStoreProps implements object.Stores. They are kept with the root folder;
// what the store computes is passed over.
func (s *session) SetStoreProps(ctx context.Context, req object.SetStorePropsRequest) (object.Empty, error) {
	m, acc, leave, err := s.mailbox(ctx, actSetStoreProps, req.Store)
	if err != nil {
		return object.Empty{}, err
	}
	defer leave()
	if !acc.owns() {
		return object.Empty{}, fmt.Errorf("set properties of store %s: not the owner: %w", m.guid, mapi.NoAccess)
	}
	set := filterProps(req.Set, func(t mapi.PropTag) bool { return !isStoreComputed(t) })
	err = m.updateAs(ctx, acc, func(t *tx) error {
		root := t.root()
		if err := propsAre(root.props, req.If, req.IfUnset); err != nil {
			return fmt.Errorf("set properties of store %s: %w", m.guid, err)
		}
		props := wire.AppendChanged(nil, root.props, set, slices.DeleteFunc(slices.Clone(req.Delete), isStoreComputed))
		if len(props) > maxStoreProps && len(props) > len(root.props) {
			return fmt.Errorf("set properties of store %s: %d bytes: %w", m.guid, len(props), mapi.TooBig)
		}
		t.nextChange()
		root.props, root.wide = props, true
		return nil
	})
	return object.Empty{}, s.audited(ctx, err, "set store properties", m.guid.String())
}
