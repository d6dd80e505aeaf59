// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/sqlite"
)

// urlKeySize is the size of a key in bytes.
const urlKeySize = 32

// SignURLs implements object.URLs.
func (s *session) SignURLs(ctx context.Context, req object.SignURLsRequest) (object.SignURLsResponse, error) {
	var out object.SignURLsResponse
	store, err := s.mayIn(actSignURLs, req.Store)
	if err != nil {
		return out, err
	}
	if s.app || s.who.Impersonated {
		return out, fmt.Errorf("sign URLs of %q: not by the user's own logon: %w", s.who.User, mapi.NoAccess)
	}
	if len(req.URLs) > object.MaxURLs {
		return out, fmt.Errorf("sign %d URLs: %w", len(req.URLs), mapi.TooBig)
	}
	validity, err := s.urlFolder(ctx, store, req.Folder)
	if err != nil {
		return out, err
	}
	key, err := s.urlKey(ctx, store, req.Folder, true)
	if err != nil {
		return out, err
	}
	for i := range req.URLs {
		g := &req.URLs[i]
		if _, err := s.urlMessage(ctx, store, req.Folder, g.UID); err != nil {
			return object.SignURLsResponse{}, err
		}
		t := urlToken{issuer: s.who.ID, store: store, folder: req.Folder, validity: validity, grant: *g}
		if err := t.check(); err != nil {
			return object.SignURLsResponse{}, err
		}
		out.Tokens = append(out.Tokens, t.sign(key))
	}
	return out, nil
}

// urlFolder is the UIDVALIDITY of a folder that the session can read.
func (s *session) urlFolder(ctx context.Context, store mapi.GUID, folder mapi.ID) (uint32, error) {
	states, err := s.FolderStates(ctx, object.FolderStatesRequest{Store: store, Folders: []mapi.ID{folder}})
	if err != nil {
		return 0, err
	}
	if len(states.Folders) == 0 {
		return 0, fmt.Errorf("find folder %s: %w", folder, mapi.NotFound)
	}
	return states.Folders[0].UIDValidity, nil
}

// urlMessage finds a message that the session can read.
func (s *session) urlMessage(ctx context.Context, store mapi.GUID, folder mapi.ID, uid mapi.UID) (id mapi.ID, err error) {
	rows := s.Query(ctx, object.QueryRequest{
		Store: store, Table: object.TableContents, Folder: folder, UIDs: []mapi.UIDRange{{First: uid, Last: uid}},
		Columns: []mapi.PropTag{tag.Mid},
	})
	for bag, err := range rows {
		if err != nil {
			return 0, err
		}
		id = mapi.ID(bag.Int(tag.Mid))
	}
	if id == 0 {
		err = fmt.Errorf("find message %d of folder %s: %w", uid, folder, mapi.NotFound)
	}
	return id, err
}

// urlKey gives the key of the session's user for a folder. It is kept in the
// user's own mailbox, made there when it is first asked for.
func (s *session) urlKey(ctx context.Context, store mapi.GUID, folder mapi.ID, create bool) (key []byte, err error) {
	find := func(c *sqlite.Conn) error {
		err := c.Row(func(r *sqlite.Rows) { key = append([]byte(nil), r.Bytes(0)...) },
			"SELECT key FROM url_key WHERE store = ? AND folder = ?", store[:], uint64(folder))
		if errors.Is(err, sqlite.ErrNoRow) {
			err = nil
		}
		return err
	}
	err = s.view(ctx, actURLKeys, s.who.Store, func(_ *mailbox, _ *access, c *sqlite.Conn) error { return find(c) })
	if err != nil || len(key) > 0 || !create {
		return key, err
	}
	fresh := make([]byte, urlKeySize)
	rand.Read(fresh)
	err = s.update(ctx, actURLKeys, s.who.Store, func(t *tx) error {
		err := t.c.Exec("INSERT OR IGNORE INTO url_key (store, folder, key) VALUES (?, ?, ?)", store[:], uint64(folder), fresh)
		if err != nil {
			return err
		}
		return find(t.c)
	})
	return key, err
}

// ResetURLKeys implements object.URLs.
func (s *session) ResetURLKeys(ctx context.Context, req object.ResetURLKeysRequest) (object.Empty, error) {
	if err := s.may(actSignURLs); err != nil {
		return object.Empty{}, err
	}
	store := req.Store
	if store.IsZero() {
		store = s.who.Store
	}
	return object.Empty{}, s.update(ctx, actURLKeys, s.who.Store, func(t *tx) error {
		if req.Folder == 0 {
			return t.c.Exec("DELETE FROM url_key")
		}
		return t.c.Exec("DELETE FROM url_key WHERE store = ? AND folder = ?", store[:], uint64(req.Folder))
	})
}

// errURL is all that is told of a URL that stands for nothing.
var errURL = fmt.Errorf("read URL: %w", mapi.NotFound)

// ReadURL implements object.URLs. Who had it signed is who reads: with the rights
// of now, not of then.
func (s *session) ReadURL(ctx context.Context, req object.ReadURLRequest) iter.Seq2[object.URLChunk, error] {
	return func(yield func(object.URLChunk, error) bool) {
		if err := s.may(actReadURL); err != nil {
			yield(object.URLChunk{}, err)
			return
		}
		issuer, t, err := s.openURL(ctx, &req)
		if err != nil {
			yield(object.URLChunk{}, hideURL(err))
			return
		}
		defer issuer.end()
		id, err := issuer.urlMessage(ctx, t.store, t.folder, t.grant.UID)
		if err != nil {
			yield(object.URLChunk{}, hideURL(err))
			return
		}
		item := object.ReadItem{Message: id, Offset: t.grant.Offset, Length: t.grant.Length}
		first := true
		for c, err := range issuer.Read(ctx, object.ReadRequest{Store: t.store, Items: []object.ReadItem{item}}) {
			if err == nil && c.Code != 0 {
				err = c.Code
			}
			if err != nil {
				yield(object.URLChunk{}, hideURL(err))
				return
			}
			out := object.URLChunk{Size: c.Size, Data: c.Data}
			if first {
				out.Form = t.grant.Form
			}
			if first = false; !yield(out, nil) {
				return
			}
		}
	}
}

// hideURL keeps what is no trouble of the server from being told apart.
func hideURL(err error) error {
	switch mapi.CodeOf(err) {
	case mapi.NotFound, mapi.NoAccess, mapi.ObjectDeleted, mapi.InvalidParameter, mapi.InvalidObject:
		return errURL
	}
	return err
}

// openURL checks a URL's token. The session it gives is of who had it signed; it
// is in no list, and the caller ends it.
func (s *session) openURL(ctx context.Context, req *object.ReadURLRequest) (*session, *urlToken, error) {
	t, mac, err := parseURLToken(req.Token)
	if err != nil {
		return nil, nil, err
	}
	t.grant.URL = req.URL
	u, err := s.e.dir.ByID(ctx, t.issuer)
	switch {
	case err != nil:
		return nil, nil, coded(err)
	case u.Disabled || u.Store.IsZero():
		return nil, nil, errURL
	}
	issuer := &session{e: s.e, done: make(chan struct{}), actor: s.actor, who: object.Principal{
		Role: object.RoleUser, User: u.Name, ID: u.ID, Store: u.Store,
	}}
	key, err := issuer.urlKey(ctx, t.store, t.folder, false)
	switch {
	case err != nil:
		return nil, nil, err
	case len(key) != urlKeySize || !t.signed(key, mac):
		return nil, nil, errURL
	case !t.grant.Expire.IsZero() && !t.grant.Expire.After(time.Now()):
		return nil, nil, errURL
	}
	if err := s.mayUseURL(ctx, &t.grant); err != nil {
		return nil, nil, err
	}
	validity, err := issuer.urlFolder(ctx, t.store, t.folder)
	if err == nil && validity != t.validity {
		err = errURL
	}
	return issuer, t, err
}

// mayUseURL says whether a URL is for the session.
func (s *session) mayUseURL(ctx context.Context, g *object.URLGrant) error {
	switch g.Access {
	case object.URLAnonymous:
		return nil
	case object.URLAuthUser:
		if s.who.Role == object.RoleUser {
			return nil
		}
	case object.URLUser:
		u, err := s.e.dir.User(ctx, g.User)
		if err != nil {
			return coded(err)
		}
		if s.who.Role == object.RoleUser && u.ID == s.who.ID {
			return nil
		}
	case object.URLSubmit:
		if s.who.Role == object.RoleSpool {
			return nil
		}
	}
	return errURL
}
