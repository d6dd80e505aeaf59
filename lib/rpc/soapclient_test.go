// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"reflect"
	"time"

	"twiga/lib/directory"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
	"twiga/lib/rpc/soap"
)

// soapClient is the contract over SOAP, so that its suite runs on that, too.
type soapClient struct {
	http  *http.Client
	table map[string]*soapOperation
}

func newSOAPClient(socket string) *soapClient {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	return &soapClient{http: &http.Client{Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 16}}, table: soapTable()}
}

// post sends an envelope and gives the element in the answer's body.
func (c *soapClient) post(ctx context.Context, op *operation, h soap.Header, put func([]byte) []byte) (*soap.Envelope, string, error) {
	h.Request = log.RequestID(ctx)
	if deadline, ok := ctx.Deadline(); ok && op.kind != kindWatch {
		h.Timeout = uint32(max(time.Until(deadline), time.Millisecond) / time.Millisecond)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost/mapi", bytes.NewReader(soap.AppendEnvelope(nil, h, put)))
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Content-Type", soap.ContentType)
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, "", ctx.Err()
		}
		return nil, "", fmt.Errorf("%w: %w", err, mapi.NetworkError)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", err, mapi.NetworkError)
	}
	env := soap.NewEnvelope(bytes.NewReader(answer), 1000)
	_, name, err := env.Open()
	if err == nil && name == "Fault" {
		err = env.Fault()
	}
	return env, name, err
}

// call does a call; answer is the type of its response element.
func (c *soapClient) call(ctx context.Context, op *operation, h soap.Header, req any, answer *soap.Type, resp any) error {
	env, name, err := c.post(ctx, op, h, func(dst []byte) []byte {
		return c.table[op.name].request.Append(dst, op.name, req)
	})
	if err != nil {
		return err
	}
	if name != op.name+"Response" {
		return fmt.Errorf("answer is %s: %w", name, mapi.NetworkError)
	}
	if err := env.Read(answer, resp); err != nil {
		return err
	}
	return env.Close()
}

func (c *soapClient) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	var resp logonResponse
	if err := c.call(ctx, opLogon.operation, soap.Header{}, &req, c.table["Logon"].result, &resp); err != nil {
		return nil, err
	}
	return &soapSession{c: c, id: resp.Session, principal: resp.Principal, signature: resp.Signature}, nil
}

func (c *soapClient) GetLogonKinds(ctx context.Context, req object.GetLogonKindsRequest) (resp object.LogonKinds, err error) {
	err = c.call(ctx, opGetLogonKinds.operation, soap.Header{}, &req, c.table["GetLogonKinds"].result, &resp)
	return resp, err
}

func (c *soapClient) StartProof(ctx context.Context, req object.StartProofRequest) (resp object.StartProofResponse, err error) {
	err = c.call(ctx, opStartProof.operation, soap.Header{}, &req, c.table["StartProof"].result, &resp)
	return resp, err
}

// soapSession is a session over SOAP.
type soapSession struct {
	c         *soapClient
	id        sessionID
	principal object.Principal
	signature []byte
}

func (s *soapSession) Signature() []byte { return s.signature }

func (s *soapSession) Whoami() object.Principal { return s.principal }

func (s *soapSession) Logoff(ctx context.Context) error {
	var req, resp object.Empty
	return s.c.call(ctx, opLogoff.operation, soap.Header{Session: s.id}, &req, s.c.table["Logoff"].result, &resp)
}

func soapInvoke[Req, Resp any](ctx context.Context, s *soapSession, op unaryOp[Req, Resp], req Req) (Resp, error) {
	var resp Resp
	err := s.c.call(ctx, op.operation, soap.Header{Session: s.id}, &req, s.c.table[op.name].result, &resp)
	return resp, err
}

// soapItems is the answer of a stream.
type soapItems[Item any] struct {
	Item  []Item
	More  bool
	Watch [16]byte
}

func soapIterate[Req, Item any](ctx context.Context, s *soapSession, op streamOp[Req, Item], req Req) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		var zero Item
		answer := soap.Compile(reflect.TypeFor[soapItems[Item]]())
		for skip := uint32(0); ; {
			var resp soapItems[Item]
			if err := s.c.call(ctx, op.operation, soap.Header{Session: s.id, Skip: skip}, &req, answer, &resp); err != nil {
				yield(zero, err)
				return
			}
			for _, item := range resp.Item {
				if !yield(item, nil) {
					return
				}
			}
			skip += uint32(len(resp.Item))
			if !resp.More {
				return
			}
		}
	}
}

func (s *soapSession) Watch(ctx context.Context, req object.WatchRequest) iter.Seq2[object.Event, error] {
	return func(yield func(object.Event, error) bool) {
		answer := soap.Compile(reflect.TypeFor[soapItems[object.Event]]())
		for watch := [16]byte{}; ; {
			var resp soapItems[object.Event]
			if err := s.c.call(ctx, opWatch.operation, soap.Header{Session: s.id, WatchID: watch}, &req, answer, &resp); err != nil {
				yield(object.Event{}, err)
				return
			}
			watch = resp.Watch
			for _, e := range resp.Item {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

func (s *soapSession) ReplaceMessage(ctx context.Context, req object.ReplaceMessageRequest) (object.ReplaceMessageResponse, error) {
	return soapInvoke(ctx, s, opReplaceMessage, req)
}

func (s *soapSession) SignURLs(ctx context.Context, req object.SignURLsRequest) (object.SignURLsResponse, error) {
	return soapInvoke(ctx, s, opSignURLs, req)
}

func (s *soapSession) ReadURL(ctx context.Context, req object.ReadURLRequest) iter.Seq2[object.URLChunk, error] {
	return soapIterate(ctx, s, opReadURL, req)
}

func (s *soapSession) ResetURLKeys(ctx context.Context, req object.ResetURLKeysRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opResetURLKeys, req)
}

func (s *soapSession) Upload(ctx context.Context, req object.UploadRequest, content io.Reader) (object.BlobID, error) {
	both, err := s.uploaded("Upload", req, content)
	if err != nil {
		return object.BlobID{}, err
	}
	var resp struct{ Value object.BlobID }
	answer := soap.Compile(reflect.TypeOf(resp))
	err = s.c.call(ctx, opUpload.operation, soap.Header{Session: s.id}, both, answer, &resp)
	return resp.Value, err
}

// uploaded is the request of an upload together with what is uploaded.
func (s *soapSession) uploaded(op string, req any, content io.Reader) (any, error) {
	all, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	both := reflect.New(s.c.table[op].request.GoType())
	both.Elem().Field(0).Set(reflect.ValueOf(req))
	both.Elem().Field(1).SetBytes(all)
	return both.Interface(), nil
}

func (s *soapSession) GetStore(ctx context.Context, req object.GetStoreRequest) (object.Store, error) {
	return soapInvoke(ctx, s, opGetStore, req)
}

func (s *soapSession) ListStores(ctx context.Context, req object.ListStoresRequest) iter.Seq2[object.Store, error] {
	return soapIterate(ctx, s, opListStores, req)
}

func (s *soapSession) RemoveStore(ctx context.Context, req object.RemoveStoreRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opRemoveStore, req)
}

func (s *soapSession) CreateFolders(ctx context.Context, req object.CreateFoldersRequest) (object.CreateFoldersResponse, error) {
	return soapInvoke(ctx, s, opCreateFolders, req)
}

func (s *soapSession) MoveFolder(ctx context.Context, req object.MoveFolderRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opMoveFolder, req)
}

func (s *soapSession) DeleteFolder(ctx context.Context, req object.DeleteFolderRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opDeleteFolder, req)
}

func (s *soapSession) SetFolderProps(ctx context.Context, req object.SetFolderPropsRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opSetFolderProps, req)
}

func (s *soapSession) RaiseFolder(ctx context.Context, req object.RaiseFolderRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opRaiseFolder, req)
}

func (s *soapSession) FolderStates(ctx context.Context, req object.FolderStatesRequest) (object.FolderStatesResponse, error) {
	return soapInvoke(ctx, s, opFolderStates, req)
}

func (s *soapSession) Query(ctx context.Context, req object.QueryRequest) iter.Seq2[wire.Bag, error] {
	return soapIterate(ctx, s, opQuery, req)
}

func (s *soapSession) GetMessages(ctx context.Context, req object.GetMessagesRequest) iter.Seq2[object.Message, error] {
	return soapIterate(ctx, s, opGetMessages, req)
}

func (s *soapSession) SaveMessages(ctx context.Context, req object.SaveMessagesRequest) (object.SaveMessagesResponse, error) {
	return soapInvoke(ctx, s, opSaveMessages, req)
}

func (s *soapSession) SetProps(ctx context.Context, req object.SetPropsRequest) (object.SetPropsResponse, error) {
	return soapInvoke(ctx, s, opSetProps, req)
}

func (s *soapSession) SetFlags(ctx context.Context, req object.SetFlagsRequest) (object.SetFlagsResponse, error) {
	return soapInvoke(ctx, s, opSetFlags, req)
}

func (s *soapSession) Transfer(ctx context.Context, req object.TransferRequest) (object.TransferResponse, error) {
	return soapInvoke(ctx, s, opTransfer, req)
}

func (s *soapSession) DeleteMessages(ctx context.Context, req object.DeleteMessagesRequest) (object.DeleteMessagesResponse, error) {
	return soapInvoke(ctx, s, opDeleteMessages, req)
}

func (s *soapSession) Read(ctx context.Context, req object.ReadRequest) iter.Seq2[object.Chunk, error] {
	return soapIterate(ctx, s, opRead, req)
}

func (s *soapSession) HasBlobs(ctx context.Context, req object.HasBlobsRequest) (object.HasBlobsResponse, error) {
	return soapInvoke(ctx, s, opHasBlobs, req)
}

func (s *soapSession) Changes(ctx context.Context, req object.ChangesRequest) iter.Seq2[object.ChangeItem, error] {
	return soapIterate(ctx, s, opChanges, req)
}

func (s *soapSession) ResolveRecipients(ctx context.Context, req object.ResolveRecipientsRequest) (object.ResolveRecipientsResponse, error) {
	return soapInvoke(ctx, s, opResolveRecipients, req)
}

func (s *soapSession) Deliver(ctx context.Context, req object.DeliverRequest) (object.DeliverResponse, error) {
	return soapInvoke(ctx, s, opDeliver, req)
}

func (s *soapSession) Submit(ctx context.Context, req object.SubmitRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opSubmit, req)
}

func (s *soapSession) AbortSubmit(ctx context.Context, req object.SubmitRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opAbortSubmit, req)
}

func (s *soapSession) Outgoing(ctx context.Context, req object.OutgoingRequest) iter.Seq2[object.QueueEntry, error] {
	return soapIterate(ctx, s, opOutgoing, req)
}

func (s *soapSession) FinishSubmit(ctx context.Context, req object.FinishSubmitRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opFinishSubmit, req)
}

func (s *soapSession) CreateUser(ctx context.Context, req object.CreateUserRequest) (directory.User, error) {
	return soapInvoke(ctx, s, opCreateUser, req)
}

func (s *soapSession) GetUser(ctx context.Context, req object.GetUserRequest) (directory.User, error) {
	return soapInvoke(ctx, s, opGetUser, req)
}

func (s *soapSession) ListUsers(ctx context.Context, req object.ListUsersRequest) iter.Seq2[directory.User, error] {
	return soapIterate(ctx, s, opListUsers, req)
}

func (s *soapSession) SetUser(ctx context.Context, req object.SetUserRequest) (directory.User, error) {
	return soapInvoke(ctx, s, opSetUser, req)
}

func (s *soapSession) SetPassword(ctx context.Context, req object.SetPasswordRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opSetPassword, req)
}

func (s *soapSession) DeleteUser(ctx context.Context, req object.DeleteUserRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opDeleteUser, req)
}

func (s *soapSession) Check(ctx context.Context, req object.CheckRequest) iter.Seq2[object.Problem, error] {
	return soapIterate(ctx, s, opCheck, req)
}

func (s *soapSession) CreateStore(ctx context.Context, req object.CreateStoreRequest) (object.Store, error) {
	return soapInvoke(ctx, s, opCreateStore, req)
}

func (s *soapSession) HookStore(ctx context.Context, req object.HookStoreRequest) (object.Store, error) {
	return soapInvoke(ctx, s, opHookStore, req)
}

func (s *soapSession) UnhookStore(ctx context.Context, req object.UnhookStoreRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opUnhookStore, req)
}

func (s *soapSession) CopyToPublic(ctx context.Context, req object.CopyToPublicRequest) iter.Seq2[object.Progress, error] {
	return soapIterate(ctx, s, opCopyToPublic, req)
}

func (s *soapSession) CopyFolder(ctx context.Context, req object.CopyFolderRequest) iter.Seq2[object.Progress, error] {
	return soapIterate(ctx, s, opCopyFolder, req)
}

func (s *soapSession) EmptyFolder(ctx context.Context, req object.EmptyFolderRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opEmptyFolder, req)
}

func (s *soapSession) FindRow(ctx context.Context, req object.FindRowRequest) (object.FindRowResponse, error) {
	return soapInvoke(ctx, s, opFindRow, req)
}

func (s *soapSession) Explain(ctx context.Context, req object.QueryRequest) (object.ExplainResponse, error) {
	return soapInvoke(ctx, s, opExplain, req)
}

func (s *soapSession) RestoreFolder(ctx context.Context, req object.RestoreFolderRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opRestoreFolder, req)
}

func (s *soapSession) SetSearchCriteria(ctx context.Context, req object.SetSearchCriteriaRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opSetSearchCriteria, req)
}

func (s *soapSession) GetSearchCriteria(ctx context.Context, req object.GetSearchCriteriaRequest) (object.GetSearchCriteriaResponse, error) {
	return soapInvoke(ctx, s, opGetSearchCriteria, req)
}

func (s *soapSession) FolderChanges(ctx context.Context, req object.FolderChangesRequest) iter.Seq2[object.FolderChange, error] {
	return soapIterate(ctx, s, opFolderChanges, req)
}

func (s *soapSession) DirectoryChanges(ctx context.Context, req object.DirectoryChangesRequest) iter.Seq2[object.DirectoryChange, error] {
	return soapIterate(ctx, s, opDirectoryChanges, req)
}

func (s *soapSession) SourceKeys(ctx context.Context, req object.SourceKeysRequest) (object.SourceKeysResponse, error) {
	return soapInvoke(ctx, s, opSourceKeys, req)
}

func (s *soapSession) PurgeDeleted(ctx context.Context, req object.PurgeDeletedRequest) (object.PurgeDeletedResponse, error) {
	return soapInvoke(ctx, s, opPurgeDeleted, req)
}

func (s *soapSession) Compact(ctx context.Context, req object.CompactRequest) (object.CompactResponse, error) {
	return soapInvoke(ctx, s, opCompact, req)
}

func (s *soapSession) CollectBlobs(ctx context.Context, req object.CollectBlobsRequest) (object.CollectBlobsResponse, error) {
	return soapInvoke(ctx, s, opCollectBlobs, req)
}

func (s *soapSession) StoreStatistics(ctx context.Context, req object.StoreStatisticsRequest) (object.StoreStatistics, error) {
	return soapInvoke(ctx, s, opStoreStatistics, req)
}

func (s *soapSession) Dump(ctx context.Context, req object.DumpRequest) iter.Seq2[object.DumpChunk, error] {
	return soapIterate(ctx, s, opDump, req)
}

func (s *soapSession) Load(ctx context.Context, req object.LoadRequest, dump io.Reader) (object.LoadResponse, error) {
	both, err := s.uploaded("Load", req, dump)
	if err != nil {
		return object.LoadResponse{}, err
	}
	var resp object.LoadResponse
	err = s.c.call(ctx, opLoad.operation, soap.Header{Session: s.id}, both, s.c.table["Load"].result, &resp)
	return resp, err
}

func (s *soapSession) ReadBlob(ctx context.Context, req object.ReadBlobRequest) iter.Seq2[object.Chunk, error] {
	return soapIterate(ctx, s, opReadBlob, req)
}

func (s *soapSession) KickSession(ctx context.Context, req object.KickSessionRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opKickSession, req)
}

func (s *soapSession) GetStoreProps(ctx context.Context, req object.GetStorePropsRequest) (object.GetStorePropsResponse, error) {
	return soapInvoke(ctx, s, opGetStoreProps, req)
}

func (s *soapSession) SetStoreProps(ctx context.Context, req object.SetStorePropsRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opSetStoreProps, req)
}

func (s *soapSession) ReceiveFolder(ctx context.Context, req object.ReceiveFolderRequest) (object.ReceiveFolderResponse, error) {
	return soapInvoke(ctx, s, opReceiveFolder, req)
}

func (s *soapSession) SetReceiveFolder(ctx context.Context, req object.SetReceiveFolderRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opSetReceiveFolder, req)
}

func (s *soapSession) NamesToIDs(ctx context.Context, req object.NamesToIDsRequest) (object.NamesToIDsResponse, error) {
	return soapInvoke(ctx, s, opNamesToIDs, req)
}

func (s *soapSession) IDsToNames(ctx context.Context, req object.IDsToNamesRequest) (object.IDsToNamesResponse, error) {
	return soapInvoke(ctx, s, opIDsToNames, req)
}

func (s *soapSession) ModifyPermissions(ctx context.Context, req object.ModifyPermissionsRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opModifyPermissions, req)
}

func (s *soapSession) SharedStores(ctx context.Context, req object.SharedStoresRequest) (object.SharedStoresResponse, error) {
	return soapInvoke(ctx, s, opSharedStores, req)
}

func (s *soapSession) GetRights(ctx context.Context, req object.GetRightsRequest) (object.GetRightsResponse, error) {
	return soapInvoke(ctx, s, opGetRights, req)
}

func (s *soapSession) GetDelegates(ctx context.Context, req object.GetDelegatesRequest) (object.GetDelegatesResponse, error) {
	return soapInvoke(ctx, s, opGetDelegates, req)
}

func (s *soapSession) SetDelegates(ctx context.Context, req object.SetDelegatesRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opSetDelegates, req)
}

func (s *soapSession) GetRules(ctx context.Context, req object.GetRulesRequest) (object.GetRulesResponse, error) {
	return soapInvoke(ctx, s, opGetRules, req)
}

func (s *soapSession) ModifyRules(ctx context.Context, req object.ModifyRulesRequest) (object.ModifyRulesResponse, error) {
	return soapInvoke(ctx, s, opModifyRules, req)
}

func (s *soapSession) CreateGroup(ctx context.Context, req object.CreateGroupRequest) (directory.Group, error) {
	return soapInvoke(ctx, s, opCreateGroup, req)
}

func (s *soapSession) GetGroup(ctx context.Context, req object.GetGroupRequest) (directory.Group, error) {
	return soapInvoke(ctx, s, opGetGroup, req)
}

func (s *soapSession) ListGroups(ctx context.Context, req object.ListGroupsRequest) iter.Seq2[directory.Group, error] {
	return soapIterate(ctx, s, opListGroups, req)
}

func (s *soapSession) SetGroup(ctx context.Context, req object.SetGroupRequest) (directory.Group, error) {
	return soapInvoke(ctx, s, opSetGroup, req)
}

func (s *soapSession) DeleteGroup(ctx context.Context, req object.DeleteGroupRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opDeleteGroup, req)
}

func (s *soapSession) ChangeMembers(ctx context.Context, req object.ChangeMembersRequest) (directory.Group, error) {
	return soapInvoke(ctx, s, opChangeMembers, req)
}

func (s *soapSession) CreateContact(ctx context.Context, req object.CreateContactRequest) (directory.Contact, error) {
	return soapInvoke(ctx, s, opCreateContact, req)
}

func (s *soapSession) ListContacts(ctx context.Context, req object.ListContactsRequest) iter.Seq2[directory.Contact, error] {
	return soapIterate(ctx, s, opListContacts, req)
}

func (s *soapSession) SetContact(ctx context.Context, req object.SetContactRequest) (directory.Contact, error) {
	return soapInvoke(ctx, s, opSetContact, req)
}

func (s *soapSession) DeleteContact(ctx context.Context, req object.DeleteContactRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opDeleteContact, req)
}

func (s *soapSession) CreateAppPassword(ctx context.Context, req object.CreateAppPasswordRequest) (object.CreateAppPasswordResponse, error) {
	return soapInvoke(ctx, s, opCreateAppPassword, req)
}

func (s *soapSession) ListAppPasswords(ctx context.Context, req object.ListAppPasswordsRequest) iter.Seq2[directory.AppPassword, error] {
	return soapIterate(ctx, s, opListAppPasswords, req)
}

func (s *soapSession) RevokeAppPassword(ctx context.Context, req object.RevokeAppPasswordRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opRevokeAppPassword, req)
}

func (s *soapSession) ResolveNames(ctx context.Context, req object.ResolveNamesRequest) (object.ResolveNamesResponse, error) {
	return soapInvoke(ctx, s, opResolveNames, req)
}

func (s *soapSession) GetPolicy(ctx context.Context, req object.GetPolicyRequest) (directory.Policy, error) {
	return soapInvoke(ctx, s, opGetPolicy, req)
}

func (s *soapSession) GetLogonState(ctx context.Context, req object.GetLogonStateRequest) (directory.LogonState, error) {
	return soapInvoke(ctx, s, opGetLogonState, req)
}

func (s *soapSession) UnlockUser(ctx context.Context, req object.UnlockUserRequest) (object.Empty, error) {
	return soapInvoke(ctx, s, opUnlockUser, req)
}
