// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	proto "twiga/lib/proto/imap"
)

// metadataEvents are the events of annotations.
const metadataEvents = proto.EventMailboxMetadataChange | proto.EventServerMetadataChange

// annotations are hashes of the values of annotations, by the folder that they
// are about, 0 for the server, and by name.
type annotations struct {
	seed  maphash.Seed
	names map[mapi.ID]map[string]uint64
}

func (a *annotations) add(about mapi.ID, name string, value []byte) {
	if a.names[about] == nil {
		a.names[about] = map[string]uint64{}
	}
	a.names[about][name] = maphash.Bytes(a.seed, value)
}

// changed are the names of what is in one only or differs.
func (a *annotations) changed(b *annotations, about mapi.ID) []string {
	var out []string
	for name, hash := range a.names[about] {
		if other, ok := b.names[about][name]; !ok || other != hash {
			out = append(out, name)
		}
	}
	for name := range b.names[about] {
		if _, ok := a.names[about][name]; !ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// wantsMetadata says whether the client wants to know of annotations.
func (n *notifier) wantsMetadata() bool {
	return slices.ContainsFunc(n.groups, func(g notifyGroup) bool { return g.events.Has(metadataEvents) })
}

// readAnnotations reads what annotations there are of the mailbox's folders, by
// one call, and with the user's own private ones by another.
func (b *notifiedBox) readAnnotations(ctx context.Context) (*annotations, error) {
	s := b.n.s
	out := &annotations{seed: maphash.MakeSeed(), names: map[mapi.ID]map[string]uint64{}}
	if b.notes != nil {
		out.seed = b.notes.seed
	}
	req := object.QueryRequest{
		Store: b.box.guid, Table: object.TableHierarchy, Folder: b.tree.root, Columns: []mapi.PropTag{tag.FolderId, tag.TwigaAnnotations},
	}
	for bag, err := range s.store.Query(ctx, req) {
		if err != nil {
			s.store.sawError(err)
			return nil, fmt.Errorf("read annotations: %w", err)
		}
		if v, ok := bag.Get(tag.TwigaAnnotations); ok {
			for _, a := range v.Blobs() {
				name, value, _ := bytes.Cut(a, []byte{0})
				out.add(mapi.ID(bag.Int(tag.FolderId)), string(name), value)
			}
		}
	}
	list, err := s.ownAnnotations(ctx)
	if err != nil {
		return nil, err
	}
	ids := map[string]mapi.ID{}
	for _, f := range b.tree.folders {
		ids[f.id.String()] = f.id
	}
	for _, a := range list {
		key, value, _ := bytes.Cut(a, []byte{0})
		about, _, ok := strings.Cut(string(key), privateEntries)
		name := string(key)[len(about):]
		if ok && about == "" && b.box.own {
			out.add(0, name, value)
		}
		if id, there := ids[strings.TrimPrefix(about, b.box.guid.String()+"/")]; ok && there {
			out.add(id, name, value)
		}
	}
	return out, nil
}

// followAnnotations tells which annotations changed (RFC 5465 5.6, 5.7).
func (b *notifiedBox) followAnnotations(ctx context.Context, w *proto.ResponseWriter) error {
	if !b.n.wantsMetadata() {
		return nil
	}
	now, err := b.readAnnotations(ctx)
	if err != nil {
		return err
	}
	old := b.notes
	b.notes = now
	server := slices.ContainsFunc(b.n.groups, func(g notifyGroup) bool { return g.events.Has(proto.EventServerMetadataChange) })
	if names := now.changed(old, 0); server && len(names) > 0 {
		if err := w.MetadataChanged("", names); err != nil {
			return err
		}
	}
	touched := map[mapi.ID]bool{}
	for id := range maps.Keys(old.names) {
		touched[id] = true
	}
	for id := range maps.Keys(now.names) {
		touched[id] = true
	}
	for _, f := range b.tree.folders {
		if !f.shown || !touched[f.id] || f.annotatable() != nil || !b.events(f).Has(proto.EventMailboxMetadataChange) {
			continue
		}
		if names := now.changed(old, f.id); len(names) > 0 {
			if err := w.MetadataChanged(b.prefix+f.path, names); err != nil {
				return err
			}
		}
	}
	return nil
}
