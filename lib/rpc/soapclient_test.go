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
	return &soapSession{c: c, id: resp.Session, principal: resp.Principal}, nil
}

// soapSession is a session over SOAP.
type soapSession struct {
	c         *soapClient
	id        sessionID
	principal object.Principal
}

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
			if err := s.c.call(ctx, opWatch.operation, soap.Header{Session: s.id, Watch: watch}, &req, answer, &resp); err != nil {
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

func (s *soapSession) Upload(ctx context.Context, req object.UploadRequest, content io.Reader) (object.BlobID, error) {
	all, err := io.ReadAll(content)
	if err != nil {
		return object.BlobID{}, err
	}
	both := reflect.New(s.c.table["Upload"].request.GoType())
	both.Elem().Field(0).Set(reflect.ValueOf(req))
	both.Elem().Field(1).SetBytes(all)
	var resp struct{ Value object.BlobID }
	answer := soap.Compile(reflect.TypeOf(resp))
	err = s.c.call(ctx, opUpload.operation, soap.Header{Session: s.id}, both.Interface(), answer, &resp)
	return resp.Value, err
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
