// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"strings"

	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// List implements proto.Session: LIST and LSUB (RFC 3501 6.3.8, 6.3.9, RFC
// 5258, RFC 6154).
func (s *session) List(ctx context.Context, opts *proto.ListOptions, emit func(*proto.ListData) error) error {
	t, err := s.currentTree(ctx, s.box)
	if err != nil {
		return answer(err)
	}
	l := lister{opts: opts, attrs: make([]string, 0, 8)}
	for _, p := range opts.Patterns {
		l.patterns = append(l.patterns, opts.Ref+p)
	}
	var parents map[string]bool
	if opts.LSub && strings.Contains(strings.Join(l.patterns, ""), "%") || opts.RecursiveMatch {
		parents = subscribedParents(t)
	}
	for _, f := range t.folders {
		if !f.shown || !l.matches(f.path) {
			continue
		}
		if attrs, ok := l.attributes(f, parents[f.path]); ok {
			if err := emit(&proto.ListData{Attrs: attrs, Delim: delim, Mailbox: f.path}); err != nil {
				return err
			}
		}
	}
	return nil
}

// lister tells the folders one LIST asks for.
type lister struct {
	opts     *proto.ListOptions
	patterns []string
	attrs    []string
}

func (l *lister) matches(path string) bool {
	for _, p := range l.patterns {
		if proto.MatchMailbox(p, path, delim) {
			return true
		}
	}
	return false
}

// attributes are what is told of a folder; false if it is not asked for.
func (l *lister) attributes(f *folder, subscribedBelow bool) ([]string, bool) {
	o, use := l.opts, specialUse(f.kind)
	attrs := l.attrs[:0]
	if o.SelectSpecialUse && use == "" {
		return nil, false
	}
	if o.SelectSubscribed && !(f.subscribed && f.selectable) {
		// RFC 3501 6.3.9: with "%" a parent of a subscribed mailbox stands for
		// it, as \Noselect; RFC 5258 3.5 wants the like for RECURSIVEMATCH.
		if !subscribedBelow {
			return nil, false
		}
		if o.LSub {
			return append(attrs, proto.AttrNoSelect), true
		}
	}
	if !f.selectable {
		attrs = append(attrs, proto.AttrNoSelect)
	}
	if o.ReturnSubscribed && f.subscribed && f.selectable {
		attrs = append(attrs, proto.AttrSubscribed)
	}
	if o.ReturnChildren {
		if f.children {
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
func subscribedParents(t *tree) map[string]bool {
	out := map[string]bool{}
	for _, f := range t.folders {
		if !f.subscribed || !f.selectable {
			continue
		}
		for parent, _ := splitName(f.path); parent != ""; parent, _ = splitName(parent) {
			out[parent] = true
		}
	}
	return out
}
