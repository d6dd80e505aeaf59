// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"cmp"
	"context"
	"slices"

	proto "twiga/lib/proto/imap"
)

// Poll implements proto.Session: it tells what happened to the selected
// mailbox.
func (s *session) Poll(ctx context.Context, w *proto.ResponseWriter, allowExpunge bool) error {
	if s.sel == nil {
		return nil
	}
	if err := s.sel.view.refresh(ctx, s.store); err != nil {
		return answer(err)
	}
	want := s.notifySelected
	s.sel.quiet = want != nil && !want.Selected.Has(proto.EventFlagChange)
	if err := s.sel.tell(w, s.condStore, allowExpunge); err != nil {
		return err
	}
	if s.condStore {
		if err := s.sel.tellBehind(w); err != nil {
			return err
		}
	}
	if want != nil && want.New != nil {
		if err := s.fetchNew(ctx, w, want.New); err != nil {
			return err
		}
	}
	return answer(s.updateContexts(ctx, w))
}

// fetchNew tells what NOTIFY wants of the messages that came (RFC 5465 5.2).
func (s *session) fetchNew(ctx context.Context, w *proto.ResponseWriter, want *proto.FetchOptions) error {
	first, last := s.sel.fetched+1, s.sel.knownUID()
	if last < first {
		return nil
	}
	set := without(first, last, s.sel.made)
	s.sel.fetched, s.sel.made = last, nil
	if len(set) == 0 {
		return nil
	}
	return s.Fetch(ctx, w, set, s.unasked(w, want))
}

// unasked are the items that a client is told which it has not asked for by
// FETCH: with CONDSTORE the UID and the mod-sequence, too (RFC 7162 3.2.4).
func (s *session) unasked(w *proto.ResponseWriter, want *proto.FetchOptions) *proto.FetchOptions {
	opts := *want
	if s.condStore {
		if opts.Items |= proto.FetchModSeq; !w.UIDOnly() {
			opts.Items |= proto.FetchUID
		}
	}
	return &opts
}

// made notes messages that the client put into a mailbox, of which it is not told
// what NOTIFY wants of new ones (RFC 5465 5.2).
func (s *session) made(to place, uids proto.NumSet) {
	if s.sel != nil && s.sel.view.box == to.box && s.sel.view.folder == to.id && s.notifySelected != nil && s.notifySelected.New != nil {
		s.sel.made = append(s.sel.made, uids...)
	}
}

// without are the numbers from first to last but for those of a set.
func without(first, last uint32, set proto.NumSet) proto.NumSet {
	var out proto.NumSet
	for _, r := range set.Resolve(last) {
		if first < r.Start {
			out.AddRange(first, min(r.Start-1, last))
		}
		first = max(first, r.Stop+1)
	}
	if first <= last {
		out.AddRange(first, last)
	}
	return out
}

// knownUID is that of the last message that the client knows, 0 for none.
func (s *selected) knownUID() uint32 {
	if len(s.uids) == 0 {
		return 0
	}
	return s.uids[len(s.uids)-1]
}

// Refresh makes the next Poll see everything that the store acknowledged to
// anybody before now. NOOP and CHECK call it.
func (s *session) Refresh(ctx context.Context) error {
	if s.sel == nil {
		return nil
	}
	return answer(s.sel.view.verify(ctx, s.store))
}

// news is what a client has to be told.
type news struct {
	gone     []proto.Gone // falling
	exists   bool
	changed  []item
	texts    []string
	keywords []string // flags in use, if there are new ones
}

// tell writes the news. Unless expunging is allowed, removals wait, and messages
// that are gone are counted as before (RFC 3501 7.4.1).
func (s *selected) tell(w *proto.ResponseWriter, condStore, allowExpunge bool) error {
	v := s.view
	if head := v.head.Load(); head == s.cursor || head == s.ahead && !allowExpunge {
		return nil
	}
	n := s.news(allowExpunge)
	if n.keywords != nil {
		if err := w.Flags(n.keywords); err != nil {
			return err
		}
	}
	if len(n.gone) > 0 {
		if err := s.tellGone(w, n.gone); err != nil {
			return err
		}
		if err := w.Expunged(n.gone); err != nil {
			return err
		}
	}
	if n.exists {
		if err := w.Exists(uint32(len(s.uids))); err != nil {
			return err
		}
		if err := w.Recent(s.countRecent()); err != nil {
			return err
		}
	}
	for i := range n.changed {
		if err := w.End(s.appendFlagsRow(w, w.Begin(), &n.changed[i], n.texts, condStore)); err != nil {
			return err
		}
	}
	return nil
}

// tellBehind tells the client how far it knows everything while removals wait,
// since the mod-sequences of messages may be beyond these, and when they do not
// wait any more (RFC 7162 3.2).
func (s *selected) tellBehind(w *proto.ResponseWriter) error {
	waiting := s.ahead != s.cursor
	if !waiting && !s.behind {
		return nil
	}
	s.behind = waiting
	return w.HighestModSeq(s.modSeq())
}

// appendFlagsRow appends a FETCH response that tells a message's flags.
func (s *selected) appendFlagsRow(w *proto.ResponseWriter, b []byte, m *item, texts []string, modSeq bool) []byte {
	b = w.AppendFetch(b, m.seq, m.uid)
	if !w.UIDOnly() {
		b = append(appendUID(b, m.uid), ' ')
	}
	b = append(b, "FLAGS "...)
	b = appendFlags(b, m.flags, textOf(texts, m.keywords), s.isRecent(m.uid))
	if modSeq {
		b = proto.AppendModSeq(append(b, ' '), m.change)
	}
	return append(b, ")\r\n"...)
}

// news takes what is new out of the view and moves the client's state on. What
// the client knows and is still there is all of the view up to the last UID that
// the client knows.
func (s *selected) news(allowExpunge bool) news {
	v := s.view
	v.mu.Lock()
	defer v.mu.Unlock()
	var n news
	flags := s.modified()
	left, _ := slices.BinarySearch(v.uids, s.knownUID()+1)
	n.exists = left < len(v.uids)
	switch {
	case left == len(s.uids):
		s.follow()
	case allowExpunge:
		n.gone = s.gone()
		s.follow()
	default: // what came stands behind what is still to be told as gone
		s.uids, s.ahead = append(s.uids, v.uids[left:]...), v.head.Load()
	}
	if n.exists {
		s.claimRecent()
	}
	s.changed(&n, flags)
	if len(v.keywords.names) > s.told {
		s.told, n.keywords = len(v.keywords.names), v.keywords.all()
	}
	return n
}

// gone are the messages that are not in the view any more, falling. The caller
// holds the view's mu.
func (s *selected) gone() []proto.Gone {
	v := s.view
	if s.cursor < v.logStart {
		return s.missing()
	}
	var out []proto.Gone
	for _, m := range v.log[s.cursor-v.logStart:] {
		if m.kind != modGone {
			continue
		}
		if i, ok := slices.BinarySearch(s.uids, m.uid); ok {
			out = append(out, proto.Gone{Seq: uint32(i + 1), UID: m.uid})
		}
	}
	slices.SortFunc(out, func(a, b proto.Gone) int { return cmp.Compare(b.Seq, a.Seq) })
	return out
}

// missing is gone where the log does not reach back.
func (s *selected) missing() []proto.Gone {
	var out []proto.Gone
	at := 0
	for i, uid := range s.uids {
		var ok bool
		if at, ok = s.view.find(uid, at); ok {
			at++
			continue
		}
		out = append(out, proto.Gone{Seq: uint32(i + 1), UID: uid})
	}
	slices.Reverse(out)
	return out
}

// modified are the UIDs of messages whose flags others than the client's own
// session changed since it was told; where the log does not reach back, of those
// that the client knows and anybody changed. The caller holds the view's mu.
func (s *selected) modified() []uint32 {
	v := s.view
	var out []uint32
	if s.ahead >= v.logStart {
		for _, m := range v.log[s.ahead-v.logStart:] {
			if m.kind == modFlags && m.origin != s.origin {
				out = append(out, m.uid)
			}
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	last := s.knownUID()
	for i := range v.rows {
		if r := &v.rows[i]; r.mod >= s.ahead && r.uid <= last {
			out = append(out, r.uid)
		}
	}
	return out
}

// changed adds the messages with changed flags that the client knows. Those
// that come with EXISTS it asks for itself. The caller holds the view's mu.
func (s *selected) changed(n *news, flags []uint32) {
	if len(flags) == 0 || s.quiet {
		return
	}
	v := s.view
	n.texts = v.keywords.texts
	seq, at := 0, 0
	for _, uid := range flags {
		i, known := s.sequence(uid, seq)
		var ok bool
		if at, ok = v.find(uid, at); !ok || !known {
			continue
		}
		seq = i
		n.changed = append(n.changed, item{row: v.rows[at], seq: uint32(i)})
		at++
	}
}
