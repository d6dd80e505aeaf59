// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"twiga/lib/conv/mime"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
	"twiga/lib/proto/imap/wire"
	"twiga/lib/spill"
)

// What a stretch that a URL was signed for is: object.URLGrant.Form. The values
// stand in tokens.
const (
	formBytes  = 0 // what the URL stands for
	formEntity = 1 // a part with its header, the URL stands for its body
	formHeader = 2 // a header, of which the URL wants some fields
)

// SignURLs implements proto.URLAuthSession, GENURLAUTH of RFC 4467 7. The store
// signs what the URL lets read, and has the last word when it is read.
func (s *session) SignURLs(ctx context.Context, urls []*proto.URL) ([]string, error) {
	tokens := make([]string, len(urls))
	for i, u := range urls {
		if !s.isSelf(u.User) {
			return nil, proto.Bad("The URL is not of the user who is logged in")
		}
		token, err := s.signURL(ctx, u)
		if errors.Is(err, errNoURL) {
			return nil, proto.BadURL(u.Text, "URL stands for nothing")
		}
		if err != nil {
			return nil, answer(err)
		}
		tokens[i] = hex.EncodeToString(token)
	}
	return tokens, nil
}

// isSelf says whether a URL's user is the session's, with the domain or without.
func (s *session) isSelf(user string) bool {
	local, _, _ := strings.Cut(s.user.User, "@")
	return strings.EqualFold(user, s.user.User) || strings.EqualFold(user, local)
}

// errNoSigner answers who acts as the user, or logged in by an app password: a
// token would read on when they cannot any more.
var errNoSigner = proto.No(proto.CodeNoPerm, "URLs are signed by a user's own login only")

func (s *session) signURL(ctx context.Context, u *proto.URL) ([]byte, error) {
	src, err := s.sourceOf(ctx, u)
	if err != nil {
		return nil, err
	}
	g := object.URLGrant{URL: u.Text, UID: mapi.UID(u.UID), Expire: u.Expire}
	if err := grantStretch(&g, &src, &u.Section); err != nil {
		return nil, err
	}
	kind, user, _ := strings.Cut(u.Access, "+")
	g.User = user
	switch kind {
	case "anonymous":
		g.Access = object.URLAnonymous
	case "authuser":
		g.Access = object.URLAuthUser
	case "user":
		g.Access = object.URLUser
	case "submit":
		g.Access = object.URLSubmit
	}
	res, err := s.store.SignURLs(ctx, object.SignURLsRequest{Store: src.store, Folder: src.folder, URLs: []object.URLGrant{g}})
	if errors.Is(err, mapi.NoAccess) { // it can be read, as sourceOf has found
		return nil, errNoSigner
	}
	if err != nil {
		s.store.sawError(err)
		return nil, hidden(fmt.Errorf("sign URL: %w", err))
	}
	if len(res.Tokens) != 1 {
		return nil, fmt.Errorf("sign URL: %d tokens: %w", len(res.Tokens), mapi.GeneralFailure)
	}
	return res.Tokens[0], nil
}

// grantStretch says which bytes of a message a URL lets read, and no others.
func grantStretch(g *object.URLGrant, src *source, section *proto.BodySection) error {
	if src.parts == nil { // it was born as properties: there are no bytes to sign
		return errNoURL
	}
	if section.Kind == proto.SectionAll && len(section.Part) == 0 {
		g.Length = -1
		if section.Partial {
			g.Offset, g.Length = int64(section.Offset), int64(section.Length)
		}
		return nil
	}
	p := locate(section, src.parts, 0)
	switch {
	case p.kind == pieceNone:
		return errNoURL
	case p.kind == pieceHeader:
		g.Form = formHeader
	case section.Kind == proto.SectionAll:
		return grantEntity(g, src, section)
	}
	g.Offset, g.Length = p.offset, p.size
	return nil
}

// grantEntity is grantStretch for a part, whose header is needed to decode it.
func grantEntity(g *object.URLGrant, src *source, section *proto.BodySection) error {
	offset, size, ok := src.parts.Find(section.Part, mime.SectionAll)
	if !ok {
		return errNoURL
	}
	g.Form, g.Offset = formEntity, 0 // the one part of a message has the message's header
	if header, _, ok := src.parts.Find(section.Part, mime.SectionMIME); ok && header <= offset {
		g.Offset = header
	}
	g.Length = offset + size - g.Offset
	return nil
}

// ResetURLKeys implements proto.URLAuthSession, RESETKEY of RFC 4467 7.
func (s *session) ResetURLKeys(ctx context.Context, mailbox string) error {
	var req object.ResetURLKeysRequest
	if mailbox != "" {
		f, err := s.folder(ctx, mailbox)
		if err != nil {
			return answer(err)
		}
		req.Store, req.Folder = f.box.guid, f.id
	}
	_, err := s.store.ResetURLKeys(ctx, req)
	s.store.sawError(err)
	return answer(err)
}

// FetchURL implements proto.URLAuthSession, URLFETCH of RFC 4467 7 and RFC 5524.
func (s *session) FetchURL(ctx context.Context, w *proto.ResponseWriter, u *proto.URL, items proto.URLItems) (bool, error) {
	buf := s.gw.cfg.Spill.Get()
	defer buf.Close()
	v, err := s.takeURL(ctx, buf, u)
	if errors.Is(err, errNoURL) {
		return false, nil
	}
	if err != nil {
		return false, answer(err)
	}
	if items == 0 {
		return true, w.LiteralBytes(v.value(&u.Section))
	}
	sep := "("
	if items.Has(proto.URLPartStructure) {
		b := append(append(w.Begin(), sep...), "BODYPARTSTRUCTURE "...)
		b = v.appendStructure(b)
		if err := w.End(append(b, ')')); err != nil {
			return true, err
		}
		sep = " ("
	}
	switch {
	case items.Has(proto.URLBody):
		b := append(append(w.Begin(), sep...), "BODY "...)
		if err := w.End(b); err != nil {
			return true, err
		}
		err = w.LiteralBytes(v.value(&u.Section))
	case items.Has(proto.URLBinary):
		return true, s.binaryURL(w, sep, v, &u.Section)
	default:
		return true, nil
	}
	if err == nil {
		err = w.End(append(w.Begin(), ')'))
	}
	return true, err
}

// binaryURL writes the decoded body of a part, NIL for one that cannot be decoded:
// it is not to be taken for what it encodes.
func (s *session) binaryURL(w *proto.ResponseWriter, sep string, v *urlValue, section *proto.BodySection) error {
	buf := s.gw.cfg.Spill.Get()
	defer buf.Close()
	data, err := v.decoded(buf)
	if err != nil {
		return w.End(append(append(w.Begin(), sep...), "BINARY NIL)"...))
	}
	from, n := section.Slice(int64(len(data)))
	if v.form == formBytes { // the stretch is cut already
		from, n = 0, int64(len(data))
	}
	b := append(append(w.Begin(), sep...), "BINARY ~"...) // literal8 may hold NUL
	if err := w.End(wire.AppendLiteralHeader(b, n)); err != nil {
		return err
	}
	if _, err := w.Write(data[from : from+n]); err != nil {
		return err
	}
	return w.End(append(w.Begin(), ')'))
}

// urlValue is a stretch of a message that a URL was signed for.
type urlValue struct {
	form   uint8
	data   []byte
	entity *mime.Structure // with formEntity
}

// takeURL reads what an authorised URL was signed for into buf.
func (s *session) takeURL(ctx context.Context, buf *spill.Buffer, u *proto.URL) (*urlValue, error) {
	token, err := hex.DecodeString(u.Token)
	if err != nil {
		return nil, errNoURL
	}
	v := &urlValue{}
	for c, err := range s.store.ReadURL(ctx, object.ReadURLRequest{URL: u.Rump, Token: token}) {
		if err != nil {
			s.store.sawError(err)
			return nil, hidden(fmt.Errorf("read URL: %w", err))
		}
		v.form |= c.Form
		if _, err := buf.Write(c.Data); err != nil {
			return nil, proto.ErrUnavailable
		}
	}
	if v.data, err = buf.Finish(); err != nil {
		return nil, proto.ErrUnavailable
	}
	if v.form == formEntity {
		v.entity = mime.NewStructure(v.data)
	}
	return v, nil
}

// value are the bytes that the URL stands for.
func (v *urlValue) value(section *proto.BodySection) []byte {
	switch v.form {
	case formEntity:
		body := v.body()
		from, n := section.Slice(int64(len(body)))
		return body[from : from+n]
	case formHeader:
		return chosenFields(nil, section, v.data)
	}
	return v.data
}

func (v *urlValue) body() []byte {
	b := v.entity.Parts[0].Body
	return v.data[b.Start:b.End]
}

// decoded is the body without its transfer encoding, which must be known.
func (v *urlValue) decoded(buf *spill.Buffer) ([]byte, error) {
	if v.form != formEntity {
		return v.data, nil
	}
	if v.entity.TransferEncoding(0) == mime.UnknownEncoding {
		return nil, errUnknownCTE
	}
	if _, err := buf.ReadFrom(v.entity.Content(0)); err != nil {
		return nil, err
	}
	return buf.Finish()
}

// appendStructure appends the structure of a part, NIL where the URL is of no
// whole part.
func (v *urlValue) appendStructure(b []byte) []byte {
	if v.form != formEntity {
		return append(b, "NIL"...)
	}
	return v.entity.AppendBodyStructure(b, true)
}

// copyURL writes what an authorised URL stands for to dst: room bytes at most.
func (s *session) copyURL(ctx context.Context, dst io.Writer, u *proto.URL, room int64) error {
	if u.Mechanism == "" {
		return errNoURL
	}
	buf := s.gw.cfg.Spill.Get()
	defer buf.Close()
	v, err := s.takeURL(ctx, buf, u)
	if err != nil {
		return err
	}
	return writeWithin(dst, v.value(&u.Section), room)
}

var _ proto.URLAuthSession = (*session)(nil)
