// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// storeRows are the rows of TableStores: all mailboxes with their owners, sizes
// and limits.
func (s *session) storeRows(ctx context.Context, _ *object.QueryRequest) ([]mapi.Props, error) {
	if err := s.may(actStoreTable); err != nil {
		return nil, err
	}
	var out []mapi.Props
	for st, err := range s.ListStores(ctx, object.ListStoresRequest{}) {
		if err != nil {
			return nil, err
		}
		out = append(out, storeRow(&st))
	}
	return out, nil
}

func storeRow(st *object.Store) mapi.Props {
	var p mapi.Props
	p.Set(tag.DisplayName, mapi.String(storeName(st)))
	p.Set(tag.StoreRecordKey, mapi.Binary(st.GUID[:]))
	p.Set(tag.MessageSizeExtended, mapi.Int64(st.Size))
	p.Set(tag.ContentCount, mapi.Int32(int32(min(st.Messages, 1<<31-1))))
	p.Set(tag.TwigaStore, mapi.Guid(st.GUID))
	p.Set(tag.TwigaStoreKind, mapi.Int32(int32(st.Kind)))
	p.Set(tag.TwigaStoreOwner, mapi.Guid(st.OwnerID))
	p.Set(tag.TwigaStoreOrphan, mapi.Bool(st.Orphan))
	p.Set(tag.TwigaStoreDeleted, mapi.Int64(st.Deleted))
	if st.Owner != "" {
		p.Set(tag.MailboxOwnerName, mapi.String(st.Owner))
	}
	setLimits(&p, st.Limits)
	return p
}
