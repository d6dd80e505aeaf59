// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"slices"
	"strings"

	proto "twiga/lib/proto/imap"
)

// multiSearch is one ESEARCH (RFC 7377).
type multiSearch struct {
	s      *session
	query  *proto.SearchQuery
	emit   func(*proto.MultiSearchResult) error
	seen   map[*view]bool
	looked int // messages so far
}

// MultiSearch implements proto.MultiSearchSession, RFC 7377: one folder after
// the other, each once.
func (s *session) MultiSearch(ctx context.Context, in []proto.MailboxSource, query *proto.SearchQuery, emit func(*proto.MultiSearchResult) error) error {
	m := multiSearch{s: s, query: query, emit: emit, seen: map[*view]bool{}}
	for i := range in {
		if err := m.source(ctx, &in[i]); err != nil {
			return answer(err)
		}
	}
	return nil
}

func (m *multiSearch) source(ctx context.Context, source *proto.MailboxSource) error {
	if source.Kind == proto.SourceSelected {
		return m.search(ctx, m.s.sel, m.s.selectedName)
	}
	names, err := m.s.sourceNames(ctx, source)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := m.folder(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// folder searches a folder that is opened for that.
func (m *multiSearch) folder(ctx context.Context, name string) error {
	v, rights, err := m.s.openFolder(ctx, name)
	if errors.Is(err, proto.ErrNoSuchMailbox) || errors.Is(err, errNoPerm) { // RFC 7377 2.1
		return nil
	}
	if err != nil {
		return err
	}
	defer v.box.closeView(v)
	sel := &selected{view: v, rights: rights, readOnly: true}
	v.mu.RLock()
	sel.follow()
	v.mu.RUnlock()
	return m.search(ctx, sel, name)
}

func (m *multiSearch) search(ctx context.Context, sel *selected, name string) error {
	if m.seen[sel.view] {
		return nil
	}
	m.seen[sel.view] = true
	spans := m.s.scope(sel, &m.query.Key)
	limit := m.s.conn.MessageLimit()
	if m.looked += count(spans); limit > 0 && m.looked > limit { // there is no UID to tell where it went on
		return m.s.conn.ErrMessageLimit()
	}
	out := proto.MultiSearchResult{Mailbox: name}
	q, err := m.s.search(ctx, sel, spans, &m.query.Key)
	if err != nil {
		return err
	}
	if q != nil {
		out.SearchResult = *q.result(m.query)
		q.release()
	}
	if len(out.Nums) == 0 && !m.query.Return.Has(proto.ReturnCount) {
		return nil
	}
	sel.view.mu.RLock()
	out.UIDValidity = sel.view.uidValidity
	sel.view.mu.RUnlock()
	return m.emit(&out)
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
	var tops, out []string
	for _, name := range source.Names {
		top, err := s.spelled(ctx, name)
		if err != nil {
			return nil, err
		}
		tops = append(tops, top)
	}
	err := s.List(ctx, &opts, func(d *proto.ListData) error {
		wanted := true
		switch source.Kind {
		case proto.SourcePersonal:
			wanted = s.isPersonal(d.Mailbox)
		case proto.SourceSubtree, proto.SourceSubtreeOne:
			wanted = slices.ContainsFunc(tops, func(top string) bool {
				return isBelow(d.Mailbox, top, source.Kind == proto.SourceSubtreeOne)
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
// directly. All are below "".
func isBelow(name, top string, one bool) bool {
	if top == "" {
		return !one || strings.IndexByte(name, delim) < 0
	}
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
