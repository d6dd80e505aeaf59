// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	proto "twiga/lib/proto/imap"
)

// ListMetadata implements proto.MetadataLister, RFC 9590: by one call for the
// private annotations, and one for the shared ones of each mailbox.
func (s *session) ListMetadata(ctx context.Context, mailboxes, names []string) ([][]proto.MetadataEntry, error) {
	out := make([][]proto.MetadataEntry, len(mailboxes))
	take := func(at int, a []byte, prefix string) {
		key, value, _ := bytes.Cut(a, []byte{0})
		if name, ok := strings.CutPrefix(string(key), prefix); ok && below(name, names) {
			out[at] = append(out[at], proto.MetadataEntry{Name: name, Value: append([]byte{}, value...)})
		}
	}
	var own [][]byte
	if slices.ContainsFunc(names, isPrivate) {
		var err error
		if own, err = s.ownAnnotations(ctx); err != nil {
			return nil, answer(err)
		}
	}
	places := map[*mailbox]map[mapi.ID]int{}
	for i, mailbox := range mailboxes {
		about, err := s.annotated(ctx, mailbox)
		if errors.Is(err, proto.ErrNoSuchMailbox) || errors.Is(err, errNoPerm) {
			continue
		}
		if err != nil {
			return nil, answer(err)
		}
		out[i] = []proto.MetadataEntry{}
		for _, a := range own {
			take(i, a, about.key)
		}
		if places[about.box] == nil {
			places[about.box] = map[mapi.ID]int{}
		}
		places[about.box][about.id] = i
	}
	if !slices.ContainsFunc(names, func(n string) bool { return !isPrivate(n) }) {
		places = nil
	}
	for box, at := range places {
		err := s.sharedAnnotations(ctx, box, slices.Sorted(maps.Keys(at)), func(id mapi.ID, a []byte) { take(at[id], a, "") })
		if err != nil {
			return nil, answer(err)
		}
	}
	return out, nil
}

// sharedAnnotations calls each with the shared annotations of folders.
func (s *session) sharedAnnotations(ctx context.Context, box *mailbox, ids []mapi.ID, each func(id mapi.ID, a []byte)) error {
	req := object.QueryRequest{
		Store: box.guid, Table: object.TableHierarchy, IDs: ids, Columns: []mapi.PropTag{tag.FolderId, tag.TwigaAnnotations},
	}
	for bag, err := range s.store.Query(ctx, req) {
		if err != nil {
			s.store.sawError(err)
			return fmt.Errorf("read annotations: %w", err)
		}
		if v, ok := bag.Get(tag.TwigaAnnotations); ok {
			for _, a := range v.Blobs() {
				each(mapi.ID(bag.Int(tag.FolderId)), a)
			}
		}
	}
	return nil
}

var _ proto.MetadataLister = (*session)(nil)
