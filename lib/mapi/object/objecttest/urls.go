// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func urlCases() []testCase {
	return []testCase{
		{"a URL gives what it was signed for", urlReads},
		{"a URL is for whom it names", urlAccess},
		{"a token is for its URL alone", urlForged},
		{"a URL ends with what it stands on", urlEnds},
		{"keys are taken back", urlReset},
		{"URLs that cannot be signed", urlRefused},
		{"URLs are signed by a user's own logon", urlSigners},
	}
}

// signed has the mailbox's owner sign a URL.
func (m *mailbox) signed(folder mapi.ID, g object.URLGrant) object.ReadURLRequest {
	m.Helper()
	resp, err := m.s.SignURLs(m.Context(), object.SignURLsRequest{Store: m.guid, Folder: folder, URLs: []object.URLGrant{g}})
	m.ok(err)
	return object.ReadURLRequest{URL: g.URL, Token: resp.Tokens[0]}
}

// open reads a URL.
func (k *kit) open(s object.Session, req object.ReadURLRequest) (text string, form uint8, err error) {
	var out bytes.Buffer
	var size int64
	for c, err := range s.ReadURL(k.Context(), req) {
		if err != nil {
			return "", 0, err
		}
		size, form = size+c.Size, form|c.Form
		out.Write(c.Data)
	}
	equal(k, "the size told", size, int64(out.Len()))
	return out.String(), form, nil
}

// shut wants a URL to give nothing.
func (k *kit) shut(what string, s object.Session, req object.ReadURLRequest) {
	k.Helper()
	if text, _, err := k.open(s, req); mapi.CodeOf(err) != mapi.NotFound || text != "" {
		k.Errorf("%s: got %q, %v", what, text, err)
	}
}

func urlReads(k *kit) {
	m := k.mailbox()
	other := k.mailbox()
	msg := m.fill(m.inbox, 1)[0]
	whole := string(m.content(msg.ID))
	for _, tt := range []struct {
		what           string
		offset, length int64
		want           string
	}{
		{"all", 0, -1, whole},
		{"a stretch", 3, 5, whole[3:8]},
		{"beyond the end", 3, 1 << 40, whole[3:]},
		{"nothing", 1 << 40, 5, ""},
	} {
		req := m.signed(m.inbox, object.URLGrant{URL: "imap://x/" + tt.what, UID: msg.UID, Offset: tt.offset, Length: tt.length, Form: 7, Access: object.URLAnonymous})
		got, form, err := k.open(other.s, req)
		if err != nil || got != tt.want || form != 7 {
			k.Errorf("%s: got %q, %d, %v", tt.what, got, form, err)
		}
	}
	if m.get(nil, msg.ID)[0].Flags&object.FlagSeen != 0 {
		k.Errorf("the message was seen")
	}
}

func urlAccess(k *kit) {
	m, friend, other := k.mailbox(), k.mailbox(), k.mailbox()
	m.fill(m.inbox, 1)
	spool := k.role(object.RoleSpool)
	for _, tt := range []struct {
		what   string
		access object.URLAccess
		user   string
		may    []object.Session
	}{
		{"everybody", object.URLAnonymous, "", []object.Session{m.s, friend.s, other.s, spool}},
		{"every user", object.URLAuthUser, "", []object.Session{m.s, friend.s, other.s}},
		{"a user", object.URLUser, friend.user.Name, []object.Session{friend.s}},
		{"a user in capitals", object.URLUser, strings.ToUpper(friend.user.Name), []object.Session{friend.s}},
		{"nobody", object.URLUser, "nobody-at-all", nil},
		{"submission", object.URLSubmit, friend.user.Name, []object.Session{spool}},
	} {
		req := m.signed(m.inbox, object.URLGrant{URL: "u", UID: 1, Length: -1, Access: tt.access, User: tt.user})
		for _, s := range []object.Session{m.s, friend.s, other.s, spool} {
			_, _, err := k.open(s, req)
			if may := slices.Contains(tt.may, s); may != (err == nil) || !may && mapi.CodeOf(err) != mapi.NotFound {
				k.Errorf("%s: %s gets %v", tt.what, s.Whoami().User, err)
			}
		}
	}
}

func urlForged(k *kit) {
	m, other := k.mailbox(), k.mailbox()
	m.fill(m.inbox, 2)
	folder := m.folder(0, "other")
	m.fill(folder, 1)
	grant := object.URLGrant{URL: "imap://x/1", UID: 1, Length: -1, Access: object.URLAnonymous}
	good := m.signed(m.inbox, grant)
	k.shut("another text", other.s, object.ReadURLRequest{URL: "imap://x/2", Token: good.Token})
	k.shut("no text", other.s, object.ReadURLRequest{Token: good.Token})
	k.shut("no token", other.s, object.ReadURLRequest{URL: good.URL})
	k.shut("a long token", other.s, object.ReadURLRequest{URL: good.URL, Token: make([]byte, 1<<20)})
	for i := range good.Token {
		bad := bytes.Clone(good.Token)
		bad[i] ^= 1
		k.shut("a changed token", other.s, object.ReadURLRequest{URL: good.URL, Token: bad})
	}
	k.shut("a cut token", other.s, object.ReadURLRequest{URL: good.URL, Token: good.Token[:len(good.Token)-1]})
	again := m.signed(folder, grant)
	k.shut("the end of another token", other.s, object.ReadURLRequest{URL: good.URL,
		Token: slices.Concat(good.Token[:len(good.Token)-32], again.Token[len(again.Token)-32:])})
}

func urlEnds(k *kit) {
	m, other := k.mailbox(), k.mailbox()
	m.fill(m.inbox, 2)
	grant := object.URLGrant{URL: "u", UID: 1, Length: -1, Access: object.URLAnonymous}
	forever := m.signed(m.inbox, grant)
	grant.Expire = time.Now().Add(time.Hour)
	if _, _, err := k.open(other.s, m.signed(m.inbox, grant)); err != nil {
		k.Errorf("before it expires: %v", err)
	}
	grant.Expire = time.Now().Add(-time.Hour)
	k.shut("an expired URL", other.s, m.signed(m.inbox, grant))

	shared := m.guest(m.inbox, mapi.RightReadAny|mapi.RightFolderVisible)
	resp, err := shared.s.SignURLs(k.Context(), object.SignURLsRequest{Store: m.guid, Folder: m.inbox, URLs: []object.URLGrant{
		{URL: "u", UID: 2, Length: -1, Access: object.URLAnonymous}}})
	k.ok(err)
	byGuest := object.ReadURLRequest{URL: "u", Token: resp.Tokens[0]}
	if _, _, err := k.open(other.s, byGuest); err != nil {
		k.Errorf("signed by a guest: %v", err)
	}
	m.permit(m.inbox, shared.user, 0)
	k.shut("a URL of who may read no more", other.s, byGuest)

	_, err = m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: one(1), Soft: true})
	k.ok(err)
	k.shut("a message that is gone", other.s, forever)

	grant.UID, grant.Expire = 2, time.Time{}
	last := m.signed(m.inbox, grant)
	off := true
	_, err = k.admin.SetUser(k.Context(), object.SetUserRequest{Name: m.user.Name, Changes: directory.Changes{Disabled: &off}})
	k.ok(err)
	k.shut("a user who is disabled", other.s, last)
}

func urlReset(k *kit) {
	m, other := k.mailbox(), k.mailbox()
	folder := m.folder(0, "other")
	m.fill(m.inbox, 1)
	m.fill(folder, 1)
	grant := object.URLGrant{URL: "u", UID: 1, Length: -1, Access: object.URLAnonymous}
	a, b := m.signed(m.inbox, grant), m.signed(folder, grant)
	_, err := m.s.ResetURLKeys(k.Context(), object.ResetURLKeysRequest{Folder: m.inbox})
	k.ok(err)
	k.shut("a URL whose key was reset", other.s, a)
	if _, _, err := k.open(other.s, b); err != nil {
		k.Errorf("a URL of another folder: %v", err)
	}
	a = m.signed(m.inbox, grant)
	if _, _, err := k.open(other.s, a); err != nil {
		k.Errorf("a URL with the new key: %v", err)
	}
	_, err = other.s.ResetURLKeys(k.Context(), object.ResetURLKeysRequest{Store: m.guid, Folder: m.inbox})
	k.ok(err)
	if _, _, err := k.open(other.s, a); err != nil {
		k.Errorf("after another user's reset: %v", err)
	}
	_, err = m.s.ResetURLKeys(k.Context(), object.ResetURLKeysRequest{})
	k.ok(err)
	k.shut("a URL after all were reset", other.s, a)
	k.shut("a URL after all were reset", other.s, b)
}

func urlRefused(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 1)
	good := object.URLGrant{URL: "u", UID: 1, Length: -1, Access: object.URLAnonymous}
	for _, tt := range []struct {
		what   string
		change func(*object.SignURLsRequest)
		want   mapi.Code
	}{
		{"no such message", func(r *object.SignURLsRequest) { r.URLs[0].UID = 9 }, mapi.NotFound},
		{"no such folder", func(r *object.SignURLsRequest) { r.Folder = 1 << 40 }, mapi.NotFound},
		{"a long text", func(r *object.SignURLsRequest) { r.URLs[0].URL = strings.Repeat("x", object.MaxURL+1) }, mapi.TooBig},
		{"a long name", func(r *object.SignURLsRequest) {
			r.URLs[0].Access, r.URLs[0].User = object.URLUser, strings.Repeat("x", object.MaxURLToken)
		}, mapi.TooBig},
		{"no access", func(r *object.SignURLsRequest) { r.URLs[0].Access = 0 }, mapi.InvalidParameter},
		{"an unknown access", func(r *object.SignURLsRequest) { r.URLs[0].Access = 9 }, mapi.InvalidParameter},
		{"nobody named", func(r *object.SignURLsRequest) { r.URLs[0].Access = object.URLUser }, mapi.InvalidParameter},
		{"somebody named for everybody", func(r *object.SignURLsRequest) { r.URLs[0].User = "x" }, mapi.InvalidParameter},
		{"a negative offset", func(r *object.SignURLsRequest) { r.URLs[0].Offset = -1 }, mapi.InvalidParameter},
		{"too many", func(r *object.SignURLsRequest) { r.URLs = make([]object.URLGrant, object.MaxURLs+1) }, mapi.TooBig},
	} {
		req := object.SignURLsRequest{Store: m.guid, Folder: m.inbox, URLs: []object.URLGrant{good}}
		tt.change(&req)
		if _, err := m.s.SignURLs(k.Context(), req); mapi.CodeOf(err) != tt.want {
			k.Errorf("%s: got %v", tt.what, err)
		}
	}
}

func urlSigners(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 1)
	app, err := k.enter(m.user.Name, k.appPassword(m.s, m.user.Name, "phone"), "imap")
	k.ok(err)
	own, err := k.enter(m.user.Name, password, "imap")
	k.ok(err)
	req := object.SignURLsRequest{Store: m.guid, Folder: m.inbox, URLs: []object.URLGrant{{URL: "u", UID: 1, Length: -1, Access: object.URLAnonymous}}}
	for _, tt := range []struct {
		what string
		s    object.Session
		want mapi.Code
	}{
		{"the user", own, 0},
		{"an app password", app, mapi.NoAccess},
		{"an administrator as the user", k.impersonate(m.user), mapi.NoAccess},
	} {
		if _, err := tt.s.SignURLs(k.Context(), req); mapi.CodeOf(err) != tt.want {
			k.Errorf("%s: got %v, want %v", tt.what, err, tt.want)
		}
	}
}
