// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"slices"
	"strings"

	proto "twiga/lib/proto/imap"
)

// MultiSearch implements proto.MultiSearchSession, RFC 7377: one folder after
// the other, each once.
func (s *session) MultiSearch(ctx context.Context, in []proto.MailboxSource, query *proto.SearchQuery, emit func(*proto.MultiSearchResult) error) error {
	seen := map[*view]bool{}
	for i := range in {
		if in[i].Kind == proto.SourceSelected {
			if !seen[s.sel.view] {
				seen[s.sel.view] = true
				if err := s.searchIn(ctx, s.sel, s.selectedName, query, emit); err != nil {
					return answer(err)
				}
			}
			continue
		}
		names, err := s.sourceNames(ctx, &in[i])
		if err != nil {
			return answer(err)
		}
		for _, name := range names {
			if err := s.searchFolder(ctx, name, seen, query, emit); err != nil {
				return answer(err)
			}
		}
	}
	return nil
}

// searchFolder searches a folder that is opened for that.
func (s *session) searchFolder(ctx context.Context, name string, seen map[*view]bool, query *proto.SearchQuery, emit func(*proto.MultiSearchResult) error) error {
	v, rights, err := s.openFolder(ctx, name)
	if errors.Is(err, proto.ErrNoSuchMailbox) {
		return nil // or it is not to be read: RFC 7377 2.1
	}
	if err != nil {
		return err
	}
	defer v.box.closeView(v)
	if seen[v] {
		return nil
	}
	seen[v] = true
	sel := &selected{view: v, rights: rights, readOnly: true}
	v.mu.RLock()
	sel.uids, sel.cursor = v.uids, v.head.Load()
	v.mu.RUnlock()
	return s.searchIn(ctx, sel, name, query, emit)
}

func (s *session) searchIn(ctx context.Context, sel *selected, name string, query *proto.SearchQuery, emit func(*proto.MultiSearchResult) error) error {
	out := proto.MultiSearchResult{Mailbox: name}
	q, err := s.search(ctx, sel, &query.Key)
	if err != nil {
		return err
	}
	if q != nil {
		out.SearchResult = *q.result(query)
		q.release()
	}
	if len(out.Nums) == 0 && !query.Return.Has(proto.ReturnCount) {
		return nil
	}
	sel.view.mu.RLock()
	out.UIDValidity = sel.view.uidValidity
	sel.view.mu.RUnlock()
	return emit(&out)
}

// sourceNames are the names of the folders that a source stands for.
func (s *session) sourceNames(ctx context.Context, source *proto.MailboxSource) ([]string, error) {
	switch source.Kind {
	case proto.SourceInboxes: // RFC 5465 6.3: where mail is delivered to
		return []string{inbox}, nil
	case proto.SourceMailboxes:
		return source.Names, nil
	}
	opts := proto.ListOptions{Patterns: []string{"*"}, SelectSubscribed: source.Kind == proto.SourceSubscribed}
	var out []string
	err := s.List(ctx, &opts, func(d *proto.ListData) error {
		wanted := true
		switch source.Kind {
		case proto.SourcePersonal:
			wanted = s.isPersonal(d.Mailbox)
		case proto.SourceSubtree, proto.SourceSubtreeOne:
			wanted = slices.ContainsFunc(source.Names, func(top string) bool {
				return isBelow(d.Mailbox, fold(top), source.Kind == proto.SourceSubtreeOne)
			})
		}
		if wanted {
			out = append(out, d.Mailbox)
		}
		return nil
	})
	return out, err
}

// isBelow says whether a name is that of the top or of one below it, with one
// directly.
func isBelow(name, top string, one bool) bool {
	rest, ok := strings.CutPrefix(name, top)
	if !ok || rest == "" {
		return ok
	}
	return rest[0] == delim && !(one && strings.IndexByte(rest[1:], delim) >= 0)
}

// isPersonal says whether a name is one of the personal namespace.
func (s *session) isPersonal(name string) bool {
	first, _, _ := strings.Cut(name, string(delim))
	cfg := &s.gw.cfg
	return first != cfg.OtherUsers && first != cfg.PublicFolders || first == ""
}

var _ proto.MultiSearchSession = (*session)(nil)
