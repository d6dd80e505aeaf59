// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"io"
	"iter"

	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
)

// The calls of object.Session, each by its entry of the table.

// GetStore implements object.Session.
func (s *session) GetStore(ctx context.Context, req object.GetStoreRequest) (object.Store, error) {
	return invoke(ctx, s, opGetStore, req)
}

// ListStores implements object.Session.
func (s *session) ListStores(ctx context.Context, req object.ListStoresRequest) iter.Seq2[object.Store, error] {
	return iterate(ctx, s, opListStores, req)
}

// RemoveStore implements object.Session.
func (s *session) RemoveStore(ctx context.Context, req object.RemoveStoreRequest) (object.Empty, error) {
	return invoke(ctx, s, opRemoveStore, req)
}

// CreateFolders implements object.Session.
func (s *session) CreateFolders(ctx context.Context, req object.CreateFoldersRequest) (object.CreateFoldersResponse, error) {
	return invoke(ctx, s, opCreateFolders, req)
}

// MoveFolder implements object.Session.
func (s *session) MoveFolder(ctx context.Context, req object.MoveFolderRequest) (object.Empty, error) {
	return invoke(ctx, s, opMoveFolder, req)
}

// DeleteFolder implements object.Session.
func (s *session) DeleteFolder(ctx context.Context, req object.DeleteFolderRequest) (object.Empty, error) {
	return invoke(ctx, s, opDeleteFolder, req)
}

// SetFolderProps implements object.Session.
func (s *session) SetFolderProps(ctx context.Context, req object.SetFolderPropsRequest) (object.Empty, error) {
	return invoke(ctx, s, opSetFolderProps, req)
}

// FolderStates implements object.Session.
func (s *session) FolderStates(ctx context.Context, req object.FolderStatesRequest) (object.FolderStatesResponse, error) {
	return invoke(ctx, s, opFolderStates, req)
}

// Query implements object.Session.
func (s *session) Query(ctx context.Context, req object.QueryRequest) iter.Seq2[wire.Bag, error] {
	return iterate(ctx, s, opQuery, req)
}

// GetMessages implements object.Session.
func (s *session) GetMessages(ctx context.Context, req object.GetMessagesRequest) iter.Seq2[object.Message, error] {
	return iterate(ctx, s, opGetMessages, req)
}

// SaveMessages implements object.Session.
func (s *session) SaveMessages(ctx context.Context, req object.SaveMessagesRequest) (object.SaveMessagesResponse, error) {
	return invoke(ctx, s, opSaveMessages, req)
}

// SetProps implements object.Session.
func (s *session) SetProps(ctx context.Context, req object.SetPropsRequest) (object.SetPropsResponse, error) {
	return invoke(ctx, s, opSetProps, req)
}

// SetFlags implements object.Session.
func (s *session) SetFlags(ctx context.Context, req object.SetFlagsRequest) (object.SetFlagsResponse, error) {
	return invoke(ctx, s, opSetFlags, req)
}

// Transfer implements object.Session.
func (s *session) Transfer(ctx context.Context, req object.TransferRequest) (object.TransferResponse, error) {
	return invoke(ctx, s, opTransfer, req)
}

// DeleteMessages implements object.Session.
func (s *session) DeleteMessages(ctx context.Context, req object.DeleteMessagesRequest) (object.DeleteMessagesResponse, error) {
	return invoke(ctx, s, opDeleteMessages, req)
}

// Read implements object.Session.
func (s *session) Read(ctx context.Context, req object.ReadRequest) iter.Seq2[object.Chunk, error] {
	return iterate(ctx, s, opRead, req)
}

// Upload implements object.Session.
func (s *session) Upload(ctx context.Context, req object.UploadRequest, content io.Reader) (object.BlobID, error) {
	return send(ctx, s, opUpload, req, content)
}

// HasBlobs implements object.Session.
func (s *session) HasBlobs(ctx context.Context, req object.HasBlobsRequest) (object.HasBlobsResponse, error) {
	return invoke(ctx, s, opHasBlobs, req)
}

// Changes implements object.Session.
func (s *session) Changes(ctx context.Context, req object.ChangesRequest) iter.Seq2[object.ChangeItem, error] {
	return iterate(ctx, s, opChanges, req)
}

// Watch implements object.Session.
func (s *session) Watch(ctx context.Context, req object.WatchRequest) iter.Seq2[object.Event, error] {
	return s.c.events.watch(ctx, s, req)
}

// ResolveRecipients implements object.Session.
func (s *session) ResolveRecipients(ctx context.Context, req object.ResolveRecipientsRequest) (object.ResolveRecipientsResponse, error) {
	return invoke(ctx, s, opResolveRecipients, req)
}

// Deliver implements object.Session.
func (s *session) Deliver(ctx context.Context, req object.DeliverRequest) (object.DeliverResponse, error) {
	return invoke(ctx, s, opDeliver, req)
}

// Submit implements object.Session.
func (s *session) Submit(ctx context.Context, req object.SubmitRequest) (object.Empty, error) {
	return invoke(ctx, s, opSubmit, req)
}

// AbortSubmit implements object.Session.
func (s *session) AbortSubmit(ctx context.Context, req object.SubmitRequest) (object.Empty, error) {
	return invoke(ctx, s, opAbortSubmit, req)
}

// Outgoing implements object.Session.
func (s *session) Outgoing(ctx context.Context, req object.OutgoingRequest) iter.Seq2[object.QueueEntry, error] {
	return iterate(ctx, s, opOutgoing, req)
}

// FinishSubmit implements object.Session.
func (s *session) FinishSubmit(ctx context.Context, req object.FinishSubmitRequest) (object.Empty, error) {
	return invoke(ctx, s, opFinishSubmit, req)
}

// CreateUser implements object.Session.
func (s *session) CreateUser(ctx context.Context, req object.CreateUserRequest) (directory.User, error) {
	return invoke(ctx, s, opCreateUser, req)
}

// GetUser implements object.Session.
func (s *session) GetUser(ctx context.Context, req object.GetUserRequest) (directory.User, error) {
	return invoke(ctx, s, opGetUser, req)
}

// ListUsers implements object.Session.
func (s *session) ListUsers(ctx context.Context, req object.ListUsersRequest) iter.Seq2[directory.User, error] {
	return iterate(ctx, s, opListUsers, req)
}

// SetUser implements object.Session.
func (s *session) SetUser(ctx context.Context, req object.SetUserRequest) (directory.User, error) {
	return invoke(ctx, s, opSetUser, req)
}

// SetPassword implements object.Session.
func (s *session) SetPassword(ctx context.Context, req object.SetPasswordRequest) (object.Empty, error) {
	return invoke(ctx, s, opSetPassword, req)
}

// DeleteUser implements object.Session.
func (s *session) DeleteUser(ctx context.Context, req object.DeleteUserRequest) (object.Empty, error) {
	return invoke(ctx, s, opDeleteUser, req)
}

// Check implements object.Session.
func (s *session) Check(ctx context.Context, req object.CheckRequest) iter.Seq2[object.Problem, error] {
	return iterate(ctx, s, opCheck, req)
}
