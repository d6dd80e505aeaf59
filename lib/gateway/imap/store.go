// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// errGone answers commands by sequence number on messages that another session
// removed (RFC 2180 4.2).
var errGone = proto.No(codeExpungeIssued, "Some of the messages were removed meanwhile")

// Store implements proto.Session, RFC 3501 6.4.6 and RFC 7162 3.1.3.
func (s *session) Store(ctx context.Context, w *proto.ResponseWriter, set proto.NumSet, opts *proto.StoreOptions) (proto.NumSet, error) {
	if s.sel.readOnly {
		return nil, proto.ErrReadOnly
	}
	spans, err := s.resolve(set, opts.ByUID)
	if err != nil || len(spans) == 0 {
		return nil, err
	}
	flags, keywords, err := splitFlags(opts.Flags, s.sel.view.spelling)
	if err != nil {
		return nil, err
	}
	req := object.SetFlagsRequest{
		UIDs: s.sel.ranges(spans), Mode: storeMode(opts.Action), Flags: flags, Keywords: keywords,
		Conditional: opts.HasUnchangedSince, UnchangedSince: mapi.Change(opts.UnchangedSince),
		Brief: opts.Silent && !s.condStore,
	}
	res, err := s.setFlags(ctx, req, opts.Silent)
	if err != nil {
		return nil, answer(err)
	}
	s.retryUnchanged(ctx, req, opts.Silent, &res)
	if !opts.Silent || s.condStore {
		if err := s.tellStored(w, res.Items, opts); err != nil {
			return nil, err
		}
	}
	modified := s.conflicts(res.Conflicts, opts.ByUID && !opts.TellNumbers)
	if !opts.ByUID && res.Messages+len(res.Items)+len(res.Conflicts) < count(spans) && len(modified) == 0 {
		return nil, errGone
	}
	return modified, nil
}

func storeMode(a proto.StoreAction) object.FlagMode {
	switch a {
	case proto.StoreAdd:
		return object.FlagsAdd
	case proto.StoreRemove:
		return object.FlagsRemove
	}
	return object.FlagsReplace
}

func (v *view) spelling(keyword string) string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.keywords.spelling(keyword)
}

// setFlags changes flags in the selected folder and puts the outcome into the
// view.
func (s *session) setFlags(ctx context.Context, req object.SetFlagsRequest, silent bool) (object.SetFlagsResponse, error) {
	sel := s.sel
	if sel.trim(&req) {
		return object.SetFlagsResponse{}, errNoPerm
	}
	req.Store, req.Folder = sel.store(), sel.view.folder
	res, err := s.store.SetFlags(ctx, req)
	if err != nil {
		s.store.sawError(err)
		if errors.Is(err, mapi.NotFound) {
			sel.view.verified.Store(0) // the client is told BYE
		}
		return res, fmt.Errorf("set flags in folder %s: %w", req.Folder, err)
	}
	c := flagChange{origin: sel.origin, mode: req.Mode, flags: req.Flags, keywords: req.Keywords, silent: silent}
	sel.putFlags(func(before uint64) (uint64, bool) {
		if res.Brief {
			return sel.view.setFlagsAlike(ctx, s.store, &res, req.UIDs, c, before)
		}
		return sel.view.setFlags(&res, c, before)
	})
	return res, nil
}

// putFlags has the outcome put into the view. If there was no other news the
// client is up to date with it, but for removals that wait.
func (s *selected) putFlags(put func(before uint64) (after uint64, clean bool)) {
	before := s.view.head.Load()
	after, clean := put(before)
	if !clean || before != s.ahead {
		return
	}
	if s.ahead = after; before == s.cursor {
		s.cursor = after
		s.modSeq()
	}
}

// tellStored writes FETCH responses with the flags that messages have now.
// Silent stores tell only MODSEQ, and only of what changed.
func (s *session) tellStored(w *proto.ResponseWriter, states []object.FlagState, opts *proto.StoreOptions) error {
	v := s.sel.view
	seq := 0
	items := make([]item, 0, len(states))
	v.mu.Lock()
	for i := range states {
		st := &states[i]
		n, ok := s.sel.sequence(uint32(st.UID), seq)
		if !ok || opts.Silent && !st.Changed {
			continue
		}
		seq = n
		items = append(items, item{seq: uint32(n), row: row{
			uid: uint32(st.UID), flags: st.Flags, change: uint64(st.Change), keywords: v.keywords.add(st.Keywords),
		}})
	}
	texts := v.keywords.texts
	var inUse []string
	if len(v.keywords.names) > s.sel.told {
		s.sel.told, inUse = len(v.keywords.names), v.keywords.all()
	}
	v.mu.Unlock()
	if inUse != nil {
		if err := w.Flags(inUse); err != nil {
			return err
		}
	}
	for i := range items {
		if err := w.End(s.appendStored(w, w.Begin(), &items[i], texts, opts)); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) appendStored(w *proto.ResponseWriter, b []byte, m *item, texts []string, opts *proto.StoreOptions) []byte {
	if !opts.Silent {
		return s.sel.appendFlagsRow(w, b, m, texts, s.condStore)
	}
	b = w.AppendFetch(b, m.seq, m.uid)
	if !w.UIDOnly() {
		b = append(appendUID(b, m.uid), ' ')
	}
	b = proto.AppendModSeq(b, m.change)
	return append(b, ")\r\n"...)
}

// conflicts are the messages that were left alone, as the client knows them.
func (s *session) conflicts(uids []mapi.UID, byUID bool) proto.NumSet {
	var out proto.NumSet
	for _, uid := range slices.Sorted(slices.Values(uids)) {
		if byUID {
			out.Add(uint32(uid))
		} else if n, ok := s.sel.sequence(uint32(uid), 0); ok {
			out.Add(uint32(n))
		}
	}
	return out
}
