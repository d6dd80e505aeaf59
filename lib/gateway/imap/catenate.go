// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"twiga/lib/conv/mime"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	proto "twiga/lib/proto/imap"
)

// maxURLHeader bounds a header of which a URL wants some fields.
const maxURLHeader = 1 << 20

// source is a message that a URL names.
type source struct {
	store  mapi.GUID
	folder mapi.ID
	id     mapi.ID
	parts  mime.Parts // nil where the message has no MIME
}

// errNoURL reports that a URL stands for nothing that the user may read.
var errNoURL = errors.New("no such message")

// readURL writes what a URL stands for to dst: room bytes at most (RFC 4469 3,
// RFC 5092). What the user cannot read by other means is not there.
func (s *session) readURL(ctx context.Context, dst io.Writer, u *proto.URL, room int64) error {
	var err error
	if u.Access != "" {
		err = s.copyURL(ctx, dst, u, room)
	} else {
		var src source
		if src, err = s.sourceOf(ctx, u); err == nil {
			err = s.copySection(ctx, dst, &src, &u.Section, room)
		}
	}
	if errors.Is(err, errNoURL) {
		return proto.BadURL(u.Text, "URL stands for nothing")
	}
	return err
}

// sourceOf finds the message of a URL.
func (s *session) sourceOf(ctx context.Context, u *proto.URL) (source, error) {
	var src source
	if u.Absolute && !s.isSelf(u.User) {
		return src, errNoURL
	}
	if u.Mailbox == "" {
		if s.sel == nil {
			return src, errNoURL
		}
		src.store, src.folder = s.sel.store(), s.sel.view.folder
	} else {
		f, err := s.folder(ctx, u.Mailbox)
		if err != nil {
			return src, hidden(err)
		}
		src.store, src.folder = f.box.guid, f.id
	}
	if u.UIDValidity != 0 {
		res, err := s.store.FolderStates(ctx, object.FolderStatesRequest{Store: src.store, Folders: []mapi.ID{src.folder}})
		if err != nil {
			s.store.sawError(err)
			return src, hidden(err)
		}
		if len(res.Folders) == 0 || res.Folders[0].UIDValidity != u.UIDValidity {
			return src, errNoURL
		}
	}
	return src, s.findSource(ctx, &src, mapi.UID(u.UID))
}

// findSource fills in which message has a UID.
func (s *session) findSource(ctx context.Context, src *source, uid mapi.UID) error {
	req := object.QueryRequest{
		Store: src.store, Table: object.TableContents, Folder: src.folder, UIDs: []mapi.UIDRange{{First: uid, Last: uid}},
		Columns: []mapi.PropTag{tag.Mid, tag.TwigaParts},
	}
	for bag, err := range s.store.Query(ctx, req) {
		if err != nil {
			s.store.sawError(err)
			return hidden(err)
		}
		src.id = mapi.ID(bag.Int(tag.Mid))
		src.parts = append(src.parts[:0], bag.Bytes(tag.TwigaParts)...)
	}
	if src.id == 0 {
		return errNoURL
	}
	return nil
}

// hidden is errNoURL for what is not there or not for the user to see.
func hidden(err error) error {
	code := mapi.CodeOf(err)
	if errors.Is(err, proto.ErrNoSuchMailbox) || errors.Is(err, errNoPerm) || code == mapi.NotFound || code == mapi.NoAccess {
		return errNoURL
	}
	return err
}

// copySection writes a section of a message to dst.
func (s *session) copySection(ctx context.Context, dst io.Writer, src *source, section *proto.BodySection, room int64) error {
	it := object.ReadItem{Message: src.id, Length: -1}
	whole := section.Kind == proto.SectionAll && len(section.Part) == 0
	switch {
	case whole && section.Partial:
		it.Offset, it.Length = int64(section.Offset), int64(section.Length)
	case !whole && src.parts == nil: // perhaps born as properties
		return s.copyComposed(ctx, dst, src, section, room)
	case !whole:
		p := locate(section, src.parts, 0)
		switch p.kind {
		case pieceNone:
			return errNoURL
		case pieceHeader:
			return s.copyFields(ctx, dst, src, section, p, room)
		}
		it.Offset, it.Length = p.offset, p.size
	}
	err := s.copyBytes(ctx, dst, src.store, it, room)
	if errors.Is(err, errNoURL) && src.parts == nil {
		return s.copyComposed(ctx, dst, src, section, room)
	}
	return err
}

// copyBytes streams a stretch of a message.
func (s *session) copyBytes(ctx context.Context, dst io.Writer, store mapi.GUID, it object.ReadItem, room int64) error {
	if it.Length == 0 {
		return nil
	}
	for chunk, err := range s.store.Read(ctx, object.ReadRequest{Store: store, Items: []object.ReadItem{it}}) {
		switch {
		case err != nil:
			s.store.sawError(err)
			return fmt.Errorf("read message %s: %w", it.Message, err)
		case chunk.Code == mapi.NotFound:
			return errNoURL
		case chunk.Code != 0:
			return fmt.Errorf("read message %s: %w", it.Message, chunk.Code)
		}
		if room -= int64(len(chunk.Data)); room < 0 || chunk.Size > room+int64(len(chunk.Data)) {
			return errTooBig
		}
		if _, err := dst.Write(chunk.Data); err != nil {
			return err
		}
	}
	return nil
}

// copyFields writes the fields that a section wants of a header.
func (s *session) copyFields(ctx context.Context, dst io.Writer, src *source, section *proto.BodySection, p piece, room int64) error {
	var header bytes.Buffer
	err := s.copyBytes(ctx, &header, src.store, object.ReadItem{Message: src.id, Offset: p.offset, Length: p.size}, maxURLHeader)
	if err != nil {
		return err
	}
	return writeWithin(dst, chosenFields(nil, section, header.Bytes()), room)
}

// copyComposed writes a section of a message whose MIME has to be made.
func (s *session) copyComposed(ctx context.Context, dst io.Writer, src *source, section *proto.BodySection, room int64) error {
	data, err := s.composeIn(ctx, src.store, src.id)
	if err != nil {
		return err
	}
	if data == nil {
		return errNoURL
	}
	p := locate(section, mime.NewStructure(data).AppendParts(nil), int64(len(data)))
	switch p.kind {
	case pieceNone:
		return errNoURL
	case pieceHeader:
		return writeWithin(dst, chosenFields(nil, section, data[p.offset:p.offset+p.size]), room)
	}
	return writeWithin(dst, data[p.offset:p.offset+p.size], room)
}

func writeWithin(dst io.Writer, p []byte, room int64) error {
	if int64(len(p)) > room {
		return errTooBig
	}
	_, err := dst.Write(p)
	return err
}
