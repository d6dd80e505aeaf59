// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import (
	"context"
	"iter"
	"time"

	"twiga/lib/mapi"
)

// URLs are the calls behind URLs that let others read a message or a stretch of
// one (RFC 4467). The server signs them with a key that it keeps and never
// shows, for each user and folder one.
type URLs interface {
	// SignURLs gives a token for each URL, in order. RoleUser; it wants
	// RightReadAny. NoAccess for who acts as the user, or logged on by an app
	// password: a token reads on when they cannot any more. NotFound: a message is not there. TooBig: a text or a name is
	// too long, or there are more than MaxURLs.
	SignURLs(ctx context.Context, req SignURLsRequest) (SignURLsResponse, error)
	// ReadURL streams what a URL was signed for, as the user who had it signed may
	// read it now. RoleUser, RoleSpool. NotFound, whatever the reason: the token is
	// not that of the URL, it has expired or was taken back, it is for others, or
	// the message is gone or not to be read any more.
	ReadURL(ctx context.Context, req ReadURLRequest) iter.Seq2[URLChunk, error]
	// ResetURLKeys takes back all tokens of the principal for a folder, or for all.
	// RoleUser.
	ResetURLKeys(ctx context.Context, req ResetURLKeysRequest) (Empty, error)
}

// Limits of URLs.
const (
	MaxURLs     = 1000    // of one request
	MaxURL      = 8 << 10 // bytes of the text of one
	MaxURLToken = 512     // bytes of a token
)

// URLAccess says who may use a URL (RFC 4467 3).
type URLAccess uint8

// The kinds of access. Values are kept in tokens.
const (
	URLAnonymous URLAccess = 1 + iota // everybody
	URLAuthUser                       // every user
	URLUser                           // the user named
	URLSubmit                         // RoleSpool, for the user named
)

// URLGrant is a URL to be signed: its text, which the server does not look into,
// and what it lets whom read.
type URLGrant struct {
	URL    string
	UID    mapi.UID
	Offset int64
	Length int64 // negative is up to the end
	Form   uint8 // what the stretch is to the caller; ReadURL gives it back
	Access URLAccess
	User   string    // with URLUser and URLSubmit
	Expire time.Time // zero is never
}

// SignURLsRequest has URLs of messages of one folder.
type SignURLsRequest struct {
	Store  mapi.GUID
	Folder mapi.ID
	URLs   []URLGrant
}

// SignURLsResponse has one token for each.
type SignURLsResponse struct{ Tokens [][]byte }

// ReadURLRequest is a URL as it was signed, with its token.
type ReadURLRequest struct {
	URL   string
	Token []byte
}

// URLChunk is the next bytes of what a URL stands for. There is one at least; the
// first says how many bytes there are in all.
type URLChunk struct {
	Form uint8 // as signed, in the first chunk
	Size int64 // of all, in the first chunk; else 0
	Data []byte
}

// ResetURLKeysRequest names a folder of any store, or nothing for all.
type ResetURLKeysRequest struct {
	Store  mapi.GUID
	Folder mapi.ID
}
