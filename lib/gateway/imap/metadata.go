// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	proto "twiga/lib/proto/imap"
)

// Bounds of what one mailbox, or one user, keeps as annotations.
const (
	maxAnnotations     = 500
	maxAnnotationsSize = 256 << 10
)

const (
	privateEntries = "/private/"
	serverComment  = "/shared/comment"
	serverAdmin    = "/shared/admin"
)

// Annotations are the values of one property, each an entry's key, NUL and the
// value. Shared ones lie with the folder that they are about, the key being the
// entry's name. Private ones lie with the own mailbox, whatever they are about:
// others do not see them, and nobody needs a right for them; their key has the
// folder before the name.

// Metadata implements proto.MetadataSession, RFC 5464 4.2.
func (s *session) Metadata(ctx context.Context, mailbox string, names []string) ([]proto.MetadataEntry, error) {
	about, err := s.annotated(ctx, mailbox)
	if err != nil {
		return nil, answer(err)
	}
	var out []proto.MetadataEntry
	take := func(list [][]byte, prefix string) {
		for _, a := range list {
			key, value, _ := bytes.Cut(a, []byte{0})
			name, ok := strings.CutPrefix(string(key), prefix)
			if ok && below(name, names) {
				out = append(out, proto.MetadataEntry{Name: name, Value: append([]byte{}, value...)})
			}
		}
	}
	if slices.ContainsFunc(names, isPrivate) {
		list, err := s.ownAnnotations(ctx)
		if err != nil {
			return nil, answer(err)
		}
		take(list, about.key)
	}
	if !slices.ContainsFunc(names, func(n string) bool { return !isPrivate(n) }) {
		return out, nil
	}
	shared := s.gw.serverAnnotations()
	if !about.server {
		if shared, err = s.folderAnnotations(ctx, about.place); err != nil {
			return nil, answer(err)
		}
	}
	take(shared, "")
	return out, nil
}

// SetMetadata implements proto.MetadataSession, RFC 5464 4.3. What is private
// and what is shared are kept apart: a command about both is two changes.
func (s *session) SetMetadata(ctx context.Context, mailbox string, entries []proto.MetadataEntry) error {
	about, err := s.annotated(ctx, mailbox)
	if err != nil {
		return answer(err)
	}
	var private, shared []proto.MetadataEntry
	for _, e := range entries {
		if isPrivate(e.Name) {
			private = append(private, proto.MetadataEntry{Name: about.key + e.Name, Value: e.Value})
		} else {
			shared = append(shared, e)
		}
	}
	if len(shared) > 0 {
		if about.server {
			return errNoPerm
		}
		if err := s.annotate(shared, func() ([][]byte, bool, error) { return s.annotationsOf(ctx, about.place) },
			func(c annotation) error {
				_, err := s.store.SetFolderProps(ctx, object.SetFolderPropsRequest{
					Store: about.box.guid, Folder: about.id, Set: c.set, If: c.is, IfUnset: c.unset,
				})
				return err
			}); err != nil {
			return answer(err)
		}
	}
	if len(private) == 0 {
		return nil
	}
	if err := s.annotateOwn(ctx, private); err != nil || about.server {
		return answer(err)
	}
	return answer(s.raise(ctx, about.place))
}

// raise has clients see by a folder's mod-sequence that annotations of it changed
// which lie elsewhere (RFC 7162 3.2); those that lie with the folder raise it by
// themselves.
func (s *session) raise(ctx context.Context, f place) error {
	_, err := s.store.RaiseFolder(ctx, object.RaiseFolderRequest{Store: f.box.guid, Folder: f.id})
	if err != nil {
		s.store.sawError(err)
		return fmt.Errorf("raise folder %s: %w", f.id, err)
	}
	return nil
}

// conditionTries is how often a change of what is kept in one property is tried
// when others, of other gateways, come in between.
const conditionTries = 20

// annotate reads annotations and writes them changed, unless others changed them
// meanwhile: then it begins anew.
func (s *session) annotate(entries []proto.MetadataEntry, read func() (list [][]byte, there bool, err error), write func(annotation) error) error {
	s.box.annotating.Lock() // those of this gateway take turns
	defer s.box.annotating.Unlock()
	for try := 1; ; try++ {
		list, there, err := read()
		if err != nil {
			return err
		}
		c, err := annotate(list, there, entries)
		if err != nil {
			return err
		}
		err = write(c)
		if try < conditionTries && errors.Is(err, mapi.ObjectChanged) {
			continue
		}
		if err != nil {
			s.store.sawError(err)
		}
		return err
	}
}

func isPrivate(name string) bool { return strings.HasPrefix(name+"/", privateEntries) }

// below says whether a name is one of names or lies below one.
func below(name string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		rest, ok := strings.CutPrefix(name, n)
		return ok && (rest == "" || rest[0] == '/')
	})
}

// annotated is what annotations are about.
type annotated struct {
	place
	server bool
	key    string // before the names of private ones
}

func (s *session) annotated(ctx context.Context, mailbox string) (annotated, error) {
	if mailbox == "" {
		return annotated{server: true}, nil
	}
	f, err := s.find(ctx, mailbox)
	if err != nil {
		return annotated{}, err
	}
	if err := f.annotatable(); err != nil {
		return annotated{}, err
	}
	return annotated{place: f, key: annotationKey(f.box, f.id)}, nil
}

// annotatable says whether the folder's annotations are for the user, who does not
// see it without "l" (RFC 5464 3.3).
func (f *folder) annotatable() error {
	if !strings.ContainsAny(letters(f.rights), "rswip") {
		return errNoPerm
	}
	return nil
}

// annotationKey stands before the names of private annotations of a folder.
func annotationKey(box *mailbox, folder mapi.ID) string {
	return box.guid.String() + "/" + folder.String()
}

// serverAnnotations are those of the server that everybody sees: what the
// settings say.
func (g *Gateway) serverAnnotations() [][]byte {
	var out [][]byte
	for name, value := range map[string]string{serverComment: g.cfg.Comment, serverAdmin: g.cfg.AdminContact} {
		if value != "" {
			out = append(out, []byte(name+"\x00"+value))
		}
	}
	return out
}

// carryAnnotations has the user's private annotations of folders that went into
// another mailbox go along: there they are other folders. Those of other users
// lie with them, out of reach. Moved are the new keys by the old.
func (s *session) carryAnnotations(ctx context.Context, moved map[string]string) error {
	list, err := s.ownAnnotations(ctx)
	if err != nil {
		return err
	}
	var entries []proto.MetadataEntry
	for _, a := range list {
		name, value, _ := bytes.Cut(a, []byte{0})
		at := bytes.Index(name, []byte(privateEntries))
		if at < 0 || moved[string(name[:at])] == "" {
			continue
		}
		entries = append(entries, proto.MetadataEntry{Name: string(name)},
			proto.MetadataEntry{Name: moved[string(name[:at])] + string(name[at:]), Value: bytes.Clone(value)})
	}
	if len(entries) == 0 {
		return nil
	}
	return s.annotateOwn(ctx, entries)
}

// annotateOwn changes the user's private annotations.
func (s *session) annotateOwn(ctx context.Context, entries []proto.MetadataEntry) error {
	err := s.annotate(entries, func() ([][]byte, bool, error) { return s.annotationsOfUser(ctx) },
		func(c annotation) error {
			_, err := s.store.SetStoreProps(ctx, object.SetStorePropsRequest{Store: s.box.guid, Set: c.set, If: c.is, IfUnset: c.unset})
			return err
		})
	s.box.tellListeners(object.EventHierarchy, 0) // the store has no event for it
	return err
}

func (s *session) ownAnnotations(ctx context.Context) ([][]byte, error) {
	list, _, err := s.annotationsOfUser(ctx)
	return list, err
}

// annotationsOfUser are the private ones; there says whether the property is.
func (s *session) annotationsOfUser(ctx context.Context) (list [][]byte, there bool, err error) {
	res, err := s.store.GetStoreProps(ctx, object.GetStorePropsRequest{Store: s.box.guid, Columns: []mapi.PropTag{tag.TwigaAnnotations}})
	if err != nil {
		s.store.sawError(err)
		return nil, false, fmt.Errorf("read annotations: %w", err)
	}
	v, there := res.Props.Get(tag.TwigaAnnotations)
	return v.Blobs(), there, nil
}

func (s *session) folderAnnotations(ctx context.Context, f place) ([][]byte, error) {
	list, _, err := s.annotationsOf(ctx, f)
	return list, err
}

// annotationsOf are the shared ones of a folder; there says whether the property
// is.
func (s *session) annotationsOf(ctx context.Context, f place) (list [][]byte, there bool, err error) {
	req := object.QueryRequest{
		Store: f.box.guid, Table: object.TableHierarchy, IDs: []mapi.ID{f.id}, Columns: []mapi.PropTag{tag.TwigaAnnotations},
	}
	for bag, err := range s.store.Query(ctx, req) {
		if err != nil {
			s.store.sawError(err)
			return nil, false, fmt.Errorf("read annotations of folder %s: %w", f.id, err)
		}
		var v mapi.Value
		if v, there = bag.Get(tag.TwigaAnnotations); there {
			for _, b := range v.Blobs() {
				list = append(list, bytes.Clone(b))
			}
		}
	}
	return list, there, nil
}

// annotation is a change of the property: what it is to be, and what it is before
// that.
type annotation struct {
	set   mapi.Props
	is    mapi.Props
	unset []mapi.PropTag
}

// annotate gives the change of some entries of a list, which may be there and
// empty.
func annotate(list [][]byte, there bool, entries []proto.MetadataEntry) (annotation, error) {
	var c annotation
	if there {
		c.is.Set(tag.TwigaAnnotations, mapi.Binaries(list...))
	} else {
		c.unset = []mapi.PropTag{tag.TwigaAnnotations}
	}
	for _, e := range entries {
		key := append([]byte(e.Name), 0)
		list = slices.DeleteFunc(slices.Clone(list), func(a []byte) bool { return bytes.HasPrefix(a, key) })
		if e.Value != nil {
			list = append(list, append(key, e.Value...))
		}
	}
	size := 0
	for _, a := range list {
		size += len(a)
	}
	if len(list) > maxAnnotations || size > maxAnnotationsSize {
		return c, proto.No("METADATA TOOMANY", "Too many annotations")
	}
	c.set.Set(tag.TwigaAnnotations, mapi.Binaries(list...))
	return c, nil
}

var (
	_ proto.MetadataSession = (*session)(nil)
	_ proto.QuotaSession    = (*session)(nil)
)
