// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// List implements proto.Session: LIST and LSUB (RFC 3501 6.3.8, 6.3.9, RFC
// 5258, RFC 5819, RFC 6154, RFC 8440).
func (s *session) List(ctx context.Context, opts *proto.ListOptions, emit func(*proto.ListData) error) error {
	l := lister{s: s, opts: opts, attrs: make([]string, 0, 8)}
	for _, p := range opts.Patterns {
		l.patterns = append(l.patterns, opts.Ref+p)
	}
	if err := l.gather(ctx); err != nil {
		return answer(err)
	}
	var parents map[string]bool
	if opts.LSub && strings.Contains(strings.Join(l.patterns, ""), "%") || opts.RecursiveMatch {
		parents = l.subscribedParents()
	}
	for i := range l.entries {
		e := &l.entries[i]
		if !l.matches(e.name) {
			continue
		}
		attrs, ok := l.attributes(e, parents[e.name])
		if !ok {
			continue
		}
		d := proto.ListData{Attrs: attrs, Delim: delim, Mailbox: e.name, ChildSubscribed: opts.RecursiveMatch && parents[e.name]}
		if err := l.complete(ctx, e, &d); err != nil {
			return answer(err)
		}
		if err := emit(&d); err != nil {
			return err
		}
	}
	return nil
}

// entry is a name that LIST may tell.
type entry struct {
	place
	name       string
	subscribed bool
	children   bool
}

// lister tells the folders one LIST asks for.
type lister struct {
	s        *session
	opts     *proto.ListOptions
	patterns []string
	attrs    []string
	entries  []entry
	states   map[*mailbox]map[mapi.ID]object.FolderState // for STATUS
}

// gather takes what there is: first what is the user's own, then what others
// show, where a pattern leads there.
func (l *lister) gather(ctx context.Context) error {
	s := l.s
	t, err := s.currentTree(ctx, s.box)
	if err != nil {
		return err
	}
	l.entries = make([]entry, 0, len(t.folders))
	for _, f := range t.folders {
		if f.shown {
			l.entries = append(l.entries, entry{place{f, s.box}, f.path, f.subscribed && f.selectable, f.children})
		}
	}
	cfg := &s.gw.cfg
	others, public := cfg.OtherUsers != "" && l.leads(cfg.OtherUsers), cfg.PublicFolders != "" && l.leads(cfg.PublicFolders)
	if !others && !public {
		return nil
	}
	is, err := s.sharing(ctx)
	if err != nil {
		return err
	}
	subscribed, err := l.foreignSubscriptions(ctx)
	if err != nil {
		return err
	}
	for _, sp := range s.spaces(is) {
		if sp.box.kind == object.StorePublic && public || sp.box.kind != object.StorePublic && others {
			if err := l.gatherSpace(ctx, sp, subscribed); err != nil {
				return err
			}
		}
	}
	l.gatherGone(subscribed.left())
	return nil
}

// gatherGone takes subscriptions to what is not there any more, or not for the
// user, with the names above that are not there either: these stand for them in
// levels (RFC 3501 6.3.9, RFC 5258 3.5).
func (l *lister) gatherGone(names []string) {
	if len(names) == 0 {
		return
	}
	known := make(map[string]bool, len(l.entries)+len(names))
	for i := range l.entries {
		known[l.entries[i].name] = true
	}
	for _, name := range names {
		known[name] = true
	}
	for _, name := range names {
		for i := range len(name) {
			if above := name[:i]; name[i] == delim && !known[above] {
				known[above] = true
				l.entries = append(l.entries, entry{name: above})
			}
		}
		l.entries = append(l.entries, entry{name: name, subscribed: true})
	}
}

// foreignSubscriptions are the user's subscriptions to what is not the own, if
// they are asked for.
func (l *lister) foreignSubscriptions(ctx context.Context) (subscriptions, error) {
	if !l.opts.SelectSubscribed && !l.opts.ReturnSubscribed {
		return subscriptions{}, nil
	}
	return l.s.subscriptions(ctx)
}

// gatherSpace takes the folders of another's mailbox, with the names above it.
func (l *lister) gatherSpace(ctx context.Context, sp space, subscribed subscriptions) error {
	t, err := l.s.currentTree(ctx, sp.box)
	if err != nil {
		return err
	}
	top := strings.TrimSuffix(sp.prefix, string(delim))
	for _, f := range t.folders {
		if !f.shown {
			continue
		}
		if top != "" {
			l.above(top)
			top = ""
		}
		name := sp.prefix + f.path
		l.entries = append(l.entries, entry{place{f, sp.box}, name, subscribed.take(name), f.children})
	}
	return nil
}

// above adds the names that a mailbox of others stands under, which are not
// folders, once.
func (l *lister) above(top string) {
	if parent, _ := splitName(top); parent != "" && parent != l.s.gw.cfg.PublicFolders {
		if n := len(l.entries); n == 0 || !strings.HasPrefix(l.entries[n-1].name, parent+string(delim)) {
			l.entries = append(l.entries, entry{name: parent, children: true})
		}
	}
	l.entries = append(l.entries, entry{name: top, children: true})
}

// leads says whether a pattern may match a name or one below it.
func (l *lister) leads(name string) bool {
	for _, p := range l.patterns {
		head := p
		if i := strings.IndexAny(p, "*%"); i >= 0 {
			head = p[:i]
		}
		if strings.HasPrefix(name, head) || strings.HasPrefix(head, name+string(delim)) {
			return true
		}
	}
	return false
}

func (l *lister) matches(path string) bool {
	for _, p := range l.patterns {
		if proto.MatchMailbox(p, path, delim) {
			return true
		}
	}
	return false
}

// attributes are what is told of a name; false if it is not asked for.
func (l *lister) attributes(e *entry, subscribedBelow bool) ([]string, bool) {
	o, use := l.opts, e.specialUse()
	attrs := l.attrs[:0]
	selectable := e.folder != nil && e.selectable
	if o.SelectSpecialUse && use == "" {
		return nil, false
	}
	switch {
	case o.SelectSubscribed && !e.subscribed:
		// RFC 3501 6.3.9: with "%" a parent of a subscribed mailbox stands for
		// it, as \Noselect; RFC 5258 3.5 wants the like for RECURSIVEMATCH.
		if !subscribedBelow {
			return nil, false
		}
		if o.LSub {
			return append(attrs, proto.AttrNoSelect), true
		}
	case e.folder == nil && !e.children && !o.SelectSubscribed:
		return nil, false // a subscription alone makes no mailbox
	}
	if e.folder == nil && o.Extended {
		attrs = append(attrs, proto.AttrNonExistent)
	}
	if !selectable && !(o.LSub && e.subscribed) {
		attrs = append(attrs, proto.AttrNoSelect)
	}
	if o.ReturnSubscribed && e.subscribed {
		attrs = append(attrs, proto.AttrSubscribed)
	}
	if o.ReturnChildren {
		if e.children {
			attrs = append(attrs, proto.AttrHasChildren)
		} else {
			attrs = append(attrs, proto.AttrHasNoChildren)
		}
	}
	if o.ReturnSpecialUse && use != "" {
		attrs = append(attrs, use)
	}
	return attrs, true
}

// complete sets what is told of a mailbox beside its LIST response.
func (l *lister) complete(ctx context.Context, e *entry, d *proto.ListData) (err error) {
	if e.folder == nil {
		return nil
	}
	if l.opts.ReturnMyRights && e.mail {
		d.Rights = letters(e.rights)
	}
	if l.opts.ReturnStatus == 0 || !e.selectable {
		return nil
	}
	if countsOthers(e.place, l.opts.ReturnStatus) {
		if d.Status, err = l.s.statusByView(ctx, e.place); errors.Is(err, proto.ErrNoSuchMailbox) { // it went just now
			return nil
		}
		return err
	}
	states, ok := l.states[e.box]
	if !ok {
		if states, err = l.s.states(ctx, e.box); err != nil {
			return err
		}
		if l.states == nil {
			l.states = map[*mailbox]map[mapi.ID]object.FolderState{}
		}
		l.states[e.box] = states
	}
	if st, ok := states[e.id]; ok {
		d.Status = e.box.status(&st, l.opts.ReturnStatus)
	}
	return nil
}

// specialUse is the attribute of RFC 6154 2, "" for none. A client has use for
// one folder of each kind: those of others have none.
func (e *entry) specialUse() string {
	if e.folder == nil || !e.box.own {
		return ""
	}
	return specialUse(e.kind)
}

// specialUse is the attribute of RFC 6154 2 for a kind of folder, "" for none.
func specialUse(k object.FolderKind) string {
	switch k {
	case object.KindSentItems:
		return proto.AttrSent
	case object.KindDrafts:
		return proto.AttrDrafts
	case object.KindDeletedItems:
		return proto.AttrTrash
	case object.KindJunk:
		return proto.AttrJunk
	case object.KindArchive:
		return proto.AttrArchive
	}
	return ""
}

// subscribedParents are the names above subscribed mailboxes.
func (l *lister) subscribedParents() map[string]bool {
	out := map[string]bool{}
	for i := range l.entries {
		if !l.entries[i].subscribed {
			continue
		}
		for parent, _ := splitName(l.entries[i].name); parent != ""; parent, _ = splitName(parent) {
			out[parent] = true
		}
	}
	return out
}
