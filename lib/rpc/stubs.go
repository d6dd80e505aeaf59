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

// RaiseFolder implements object.Session.
func (s *session) RaiseFolder(ctx context.Context, req object.RaiseFolderRequest) (object.Empty, error) {
	return invoke(ctx, s, opRaiseFolder, req)
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

// ReplaceMessage implements object.Session.
func (s *session) ReplaceMessage(ctx context.Context, req object.ReplaceMessageRequest) (object.ReplaceMessageResponse, error) {
	return invoke(ctx, s, opReplaceMessage, req)
}

// SignURLs implements object.Session.
func (s *session) SignURLs(ctx context.Context, req object.SignURLsRequest) (object.SignURLsResponse, error) {
	return invoke(ctx, s, opSignURLs, req)
}

// ReadURL implements object.Session.
func (s *session) ReadURL(ctx context.Context, req object.ReadURLRequest) iter.Seq2[object.URLChunk, error] {
	return iterate(ctx, s, opReadURL, req)
}

// ResetURLKeys implements object.Session.
func (s *session) ResetURLKeys(ctx context.Context, req object.ResetURLKeysRequest) (object.Empty, error) {
	return invoke(ctx, s, opResetURLKeys, req)
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

// CreateStore implements object.Session.
func (s *session) CreateStore(ctx context.Context, req object.CreateStoreRequest) (object.Store, error) {
	return invoke(ctx, s, opCreateStore, req)
}

// HookStore implements object.Session.
func (s *session) HookStore(ctx context.Context, req object.HookStoreRequest) (object.Store, error) {
	return invoke(ctx, s, opHookStore, req)
}

// UnhookStore implements object.Session.
func (s *session) UnhookStore(ctx context.Context, req object.UnhookStoreRequest) (object.Empty, error) {
	return invoke(ctx, s, opUnhookStore, req)
}

// CopyToPublic implements object.Session.
func (s *session) CopyToPublic(ctx context.Context, req object.CopyToPublicRequest) iter.Seq2[object.Progress, error] {
	return iterate(ctx, s, opCopyToPublic, req)
}

// CopyFolder implements object.Session.
func (s *session) CopyFolder(ctx context.Context, req object.CopyFolderRequest) iter.Seq2[object.Progress, error] {
	return iterate(ctx, s, opCopyFolder, req)
}

// EmptyFolder implements object.Session.
func (s *session) EmptyFolder(ctx context.Context, req object.EmptyFolderRequest) (object.Empty, error) {
	return invoke(ctx, s, opEmptyFolder, req)
}

// FindRow implements object.Session.
func (s *session) FindRow(ctx context.Context, req object.FindRowRequest) (object.FindRowResponse, error) {
	return invoke(ctx, s, opFindRow, req)
}

// Explain implements object.Session.
func (s *session) Explain(ctx context.Context, req object.QueryRequest) (object.ExplainResponse, error) {
	return invoke(ctx, s, opExplain, req)
}

// RestoreFolder implements object.Session.
func (s *session) RestoreFolder(ctx context.Context, req object.RestoreFolderRequest) (object.Empty, error) {
	return invoke(ctx, s, opRestoreFolder, req)
}

// SetSearchCriteria implements object.Session.
func (s *session) SetSearchCriteria(ctx context.Context, req object.SetSearchCriteriaRequest) (object.Empty, error) {
	return invoke(ctx, s, opSetSearchCriteria, req)
}

// GetSearchCriteria implements object.Session.
func (s *session) GetSearchCriteria(ctx context.Context, req object.GetSearchCriteriaRequest) (object.GetSearchCriteriaResponse, error) {
	return invoke(ctx, s, opGetSearchCriteria, req)
}

// FolderChanges implements object.Session.
func (s *session) FolderChanges(ctx context.Context, req object.FolderChangesRequest) iter.Seq2[object.FolderChange, error] {
	return iterate(ctx, s, opFolderChanges, req)
}

// DirectoryChanges implements object.Session.
func (s *session) DirectoryChanges(ctx context.Context, req object.DirectoryChangesRequest) iter.Seq2[object.DirectoryChange, error] {
	return iterate(ctx, s, opDirectoryChanges, req)
}

// SourceKeys implements object.Session.
func (s *session) SourceKeys(ctx context.Context, req object.SourceKeysRequest) (object.SourceKeysResponse, error) {
	return invoke(ctx, s, opSourceKeys, req)
}

// PurgeDeleted implements object.Session.
func (s *session) PurgeDeleted(ctx context.Context, req object.PurgeDeletedRequest) (object.PurgeDeletedResponse, error) {
	return invoke(ctx, s, opPurgeDeleted, req)
}

// Compact implements object.Session.
func (s *session) Compact(ctx context.Context, req object.CompactRequest) (object.CompactResponse, error) {
	return invoke(ctx, s, opCompact, req)
}

// CollectBlobs implements object.Session.
func (s *session) CollectBlobs(ctx context.Context, req object.CollectBlobsRequest) (object.CollectBlobsResponse, error) {
	return invoke(ctx, s, opCollectBlobs, req)
}

// StoreStatistics implements object.Session.
func (s *session) StoreStatistics(ctx context.Context, req object.StoreStatisticsRequest) (object.StoreStatistics, error) {
	return invoke(ctx, s, opStoreStatistics, req)
}

// Dump implements object.Session.
func (s *session) Dump(ctx context.Context, req object.DumpRequest) iter.Seq2[object.DumpChunk, error] {
	return iterate(ctx, s, opDump, req)
}

// Load implements object.Session.
func (s *session) Load(ctx context.Context, req object.LoadRequest, content io.Reader) (object.LoadResponse, error) {
	return send(ctx, s, opLoad, req, content)
}

// ReadBlob implements object.Session.
func (s *session) ReadBlob(ctx context.Context, req object.ReadBlobRequest) iter.Seq2[object.Chunk, error] {
	return iterate(ctx, s, opReadBlob, req)
}

// KickSession implements object.Session.
func (s *session) KickSession(ctx context.Context, req object.KickSessionRequest) (object.Empty, error) {
	return invoke(ctx, s, opKickSession, req)
}

// GetStoreProps implements object.Session.
func (s *session) GetStoreProps(ctx context.Context, req object.GetStorePropsRequest) (object.GetStorePropsResponse, error) {
	return invoke(ctx, s, opGetStoreProps, req)
}

// SetStoreProps implements object.Session.
func (s *session) SetStoreProps(ctx context.Context, req object.SetStorePropsRequest) (object.Empty, error) {
	return invoke(ctx, s, opSetStoreProps, req)
}

// ReceiveFolder implements object.Session.
func (s *session) ReceiveFolder(ctx context.Context, req object.ReceiveFolderRequest) (object.ReceiveFolderResponse, error) {
	return invoke(ctx, s, opReceiveFolder, req)
}

// SetReceiveFolder implements object.Session.
func (s *session) SetReceiveFolder(ctx context.Context, req object.SetReceiveFolderRequest) (object.Empty, error) {
	return invoke(ctx, s, opSetReceiveFolder, req)
}

// NamesToIDs implements object.Session.
func (s *session) NamesToIDs(ctx context.Context, req object.NamesToIDsRequest) (object.NamesToIDsResponse, error) {
	return invoke(ctx, s, opNamesToIDs, req)
}

// IDsToNames implements object.Session.
func (s *session) IDsToNames(ctx context.Context, req object.IDsToNamesRequest) (object.IDsToNamesResponse, error) {
	return invoke(ctx, s, opIDsToNames, req)
}

// ModifyPermissions implements object.Session.
func (s *session) ModifyPermissions(ctx context.Context, req object.ModifyPermissionsRequest) (object.Empty, error) {
	return invoke(ctx, s, opModifyPermissions, req)
}

// SharedStores implements object.Session.
func (s *session) SharedStores(ctx context.Context, req object.SharedStoresRequest) (object.SharedStoresResponse, error) {
	return invoke(ctx, s, opSharedStores, req)
}

// GetRights implements object.Session.
func (s *session) GetRights(ctx context.Context, req object.GetRightsRequest) (object.GetRightsResponse, error) {
	return invoke(ctx, s, opGetRights, req)
}

// GetDelegates implements object.Session.
func (s *session) GetDelegates(ctx context.Context, req object.GetDelegatesRequest) (object.GetDelegatesResponse, error) {
	return invoke(ctx, s, opGetDelegates, req)
}

// SetDelegates implements object.Session.
func (s *session) SetDelegates(ctx context.Context, req object.SetDelegatesRequest) (object.Empty, error) {
	return invoke(ctx, s, opSetDelegates, req)
}

// GetRules implements object.Session.
func (s *session) GetRules(ctx context.Context, req object.GetRulesRequest) (object.GetRulesResponse, error) {
	return invoke(ctx, s, opGetRules, req)
}

// ModifyRules implements object.Session.
func (s *session) ModifyRules(ctx context.Context, req object.ModifyRulesRequest) (object.ModifyRulesResponse, error) {
	return invoke(ctx, s, opModifyRules, req)
}

// CreateGroup implements object.Session.
func (s *session) CreateGroup(ctx context.Context, req object.CreateGroupRequest) (directory.Group, error) {
	return invoke(ctx, s, opCreateGroup, req)
}

// GetGroup implements object.Session.
func (s *session) GetGroup(ctx context.Context, req object.GetGroupRequest) (directory.Group, error) {
	return invoke(ctx, s, opGetGroup, req)
}

// ListGroups implements object.Session.
func (s *session) ListGroups(ctx context.Context, req object.ListGroupsRequest) iter.Seq2[directory.Group, error] {
	return iterate(ctx, s, opListGroups, req)
}

// SetGroup implements object.Session.
func (s *session) SetGroup(ctx context.Context, req object.SetGroupRequest) (directory.Group, error) {
	return invoke(ctx, s, opSetGroup, req)
}

// DeleteGroup implements object.Session.
func (s *session) DeleteGroup(ctx context.Context, req object.DeleteGroupRequest) (object.Empty, error) {
	return invoke(ctx, s, opDeleteGroup, req)
}

// ChangeMembers implements object.Session.
func (s *session) ChangeMembers(ctx context.Context, req object.ChangeMembersRequest) (directory.Group, error) {
	return invoke(ctx, s, opChangeMembers, req)
}

// CreateContact implements object.Session.
func (s *session) CreateContact(ctx context.Context, req object.CreateContactRequest) (directory.Contact, error) {
	return invoke(ctx, s, opCreateContact, req)
}

// ListContacts implements object.Session.
func (s *session) ListContacts(ctx context.Context, req object.ListContactsRequest) iter.Seq2[directory.Contact, error] {
	return iterate(ctx, s, opListContacts, req)
}

// SetContact implements object.Session.
func (s *session) SetContact(ctx context.Context, req object.SetContactRequest) (directory.Contact, error) {
	return invoke(ctx, s, opSetContact, req)
}

// DeleteContact implements object.Session.
func (s *session) DeleteContact(ctx context.Context, req object.DeleteContactRequest) (object.Empty, error) {
	return invoke(ctx, s, opDeleteContact, req)
}

// CreateAppPassword implements object.Session.
func (s *session) CreateAppPassword(ctx context.Context, req object.CreateAppPasswordRequest) (object.CreateAppPasswordResponse, error) {
	return invoke(ctx, s, opCreateAppPassword, req)
}

// ListAppPasswords implements object.Session.
func (s *session) ListAppPasswords(ctx context.Context, req object.ListAppPasswordsRequest) iter.Seq2[directory.AppPassword, error] {
	return iterate(ctx, s, opListAppPasswords, req)
}

// RevokeAppPassword implements object.Session.
func (s *session) RevokeAppPassword(ctx context.Context, req object.RevokeAppPasswordRequest) (object.Empty, error) {
	return invoke(ctx, s, opRevokeAppPassword, req)
}

// ResolveNames implements object.Session.
func (s *session) ResolveNames(ctx context.Context, req object.ResolveNamesRequest) (object.ResolveNamesResponse, error) {
	return invoke(ctx, s, opResolveNames, req)
}

// GetPolicy implements object.Session.
func (s *session) GetPolicy(ctx context.Context, req object.GetPolicyRequest) (directory.Policy, error) {
	return invoke(ctx, s, opGetPolicy, req)
}

// GetLogonState implements object.Session.
func (s *session) GetLogonState(ctx context.Context, req object.GetLogonStateRequest) (directory.LogonState, error) {
	return invoke(ctx, s, opGetLogonState, req)
}

// UnlockUser implements object.Session.
func (s *session) UnlockUser(ctx context.Context, req object.UnlockUserRequest) (object.Empty, error) {
	return invoke(ctx, s, opUnlockUser, req)
}
