// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"math"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// quotaUnit is what STORAGE counts in octets (RFC 9208 5.1).
const quotaUnit = 1024

var errNoQuotaRoot = proto.No(proto.CodeNonExistent, "No such quota root")

// errQuotaHidden answers who asks for the limits of somebody else.
var errQuotaHidden = proto.No(proto.CodeNoPerm, "The limits of others are not shown")

// QuotaRoots implements proto.QuotaSession: the limits of a mailbox are those
// of its owner, whose login name they have. They are for the owner to see, and a
// root that is named is told with its limits, so that others' mailboxes have none
// to name; nor have public folders. The name may be one that a client has yet to
// make (RFC 9208 4.1.2).
func (s *session) QuotaRoots(ctx context.Context, mailbox string) ([]string, error) {
	box, _, err := s.locate(ctx, mailbox)
	if err != nil || !box.own {
		return nil, answer(err)
	}
	return []string{s.user.User}, nil
}

// Quota implements proto.QuotaSession. What counts is the limit beyond which
// nothing is taken any more.
func (s *session) Quota(ctx context.Context, root string) ([]proto.QuotaResource, error) {
	if root == "" {
		return nil, errNoQuotaRoot
	}
	st, err := s.store.GetStore(ctx, object.GetStoreRequest{User: root})
	switch {
	case errors.Is(err, mapi.NotFound), errors.Is(err, mapi.NoAccess): // who may see nothing of it learns nothing
		return nil, errNoQuotaRoot
	case err != nil:
		s.store.sawError(err)
		return nil, answer(err)
	case st.OwnerID != s.user.ID:
		return nil, errQuotaHidden
	case st.Limits.Hard < 0:
		return nil, nil
	}
	return []proto.QuotaResource{{
		Name: proto.QuotaStorage, Usage: uint64(st.Size+quotaUnit-1) / quotaUnit, Limit: uint64(st.Limits.Hard) / quotaUnit,
	}}, nil
}

// SetQuota implements proto.QuotaSession, for administrators: one is warned at
// nine tenths of the limit, and can neither send nor receive beyond it.
func (s *session) SetQuota(ctx context.Context, root string, limits []proto.QuotaResource) error {
	quota := directory.Quota{Warn: -1, Soft: -1, Hard: -1}
	for _, l := range limits {
		switch {
		case l.Name != proto.QuotaStorage:
			return proto.No(proto.CodeCannot, "Only STORAGE can be limited")
		case l.Limit == 0 || l.Limit > math.MaxInt64/quotaUnit:
			return proto.No(proto.CodeCannot, "Limit is out of range")
		}
		bytes := int64(l.Limit) * quotaUnit
		quota = directory.Quota{Warn: bytes - bytes/10, Soft: bytes, Hard: bytes}
	}
	_, err := s.store.SetUser(ctx, object.SetUserRequest{Name: root, Changes: directory.Changes{Quota: &quota}})
	if errors.Is(err, mapi.NotFound) {
		return errNoQuotaRoot
	}
	if err != nil {
		s.store.sawError(err)
	}
	return answer(err)
}
