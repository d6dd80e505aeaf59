// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"fmt"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	proto "twiga/lib/proto/imap"
)

// maxFilters is how many filters a mailbox may have.
const maxFilters = 200

// Filter implements proto.FilterSession, RFC 5466 3.1: the filters are a
// property of the user's own store.
func (s *session) Filter(ctx context.Context, name string) (program string, ok bool, err error) {
	all, err := s.filters(ctx)
	if err != nil {
		return "", false, answer(err)
	}
	program, ok = all[strings.ToLower(name)]
	return program, ok, nil
}

// filters gives all filters by their names in small letters.
func (s *session) filters(ctx context.Context) (map[string]string, error) {
	res, err := s.store.GetStoreProps(ctx, object.GetStorePropsRequest{Store: s.box.guid, Columns: []mapi.PropTag{tag.TwigaFilters}})
	if err != nil {
		s.store.sawError(err)
		return nil, fmt.Errorf("read filters: %w", err)
	}
	out := map[string]string{}
	if v, ok := res.Props.Get(tag.TwigaFilters); ok {
		for _, f := range v.Texts() {
			name, program, _ := strings.Cut(f, "\n")
			out[strings.ToLower(name)] = program
		}
	}
	return out, nil
}

// setFilter changes a filter, as SETMETADATA of /private/filters/values/NAME
// asks for; an empty program removes it.
func (s *session) setFilter(ctx context.Context, name, program string) error {
	all, err := s.filters(ctx)
	if err != nil {
		return err
	}
	if all[strings.ToLower(name)] = program; program == "" {
		delete(all, strings.ToLower(name))
	}
	if len(all) > maxFilters {
		return proto.No(proto.CodeLimit, "Too many filters")
	}
	var list []string
	for n, p := range all {
		list = append(list, n+"\n"+p)
	}
	var set mapi.Props
	set.Set(tag.TwigaFilters, mapi.Strings(list...))
	_, err = s.store.SetStoreProps(ctx, object.SetStorePropsRequest{Store: s.box.guid, Set: set})
	if err != nil {
		s.store.sawError(err)
		return fmt.Errorf("write filters: %w", err)
	}
	return nil
}

var _ proto.FilterSession = (*session)(nil)
