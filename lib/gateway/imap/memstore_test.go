// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"
	"io"
	"iter"
	"slices"
	"sync"
	"time"

	"twiga/lib/base64lines"
	"twiga/lib/conv/mime"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// memStore is a store in memory with the calls that the gateway makes: for
// failures on demand, and for measuring the gateway alone.
type memStore struct {
	props    mapi.Props // of the store
	mu       sync.Mutex // guards the fields that follow
	down     mapi.Code  // what every call answers; 0 is none
	quiet    bool       // events are not told
	hard     int64      // the quota
	guid     mapi.GUID
	change   mapi.Change
	nextID   mapi.ID
	folders  []*memFolder
	watchers map[chan object.Event]struct{}
	sessions map[*memSession]struct{}
	blobs    map[object.BlobID][]byte
	calls    map[string]int
}

type memFolder struct {
	id, parent mapi.ID
	name       string
	class      string
	kind       object.FolderKind
	subscribed bool
	uidNext    mapi.UID
	change     mapi.Change
	messages   []*memMessage
	gone       []object.ChangeItem
}

type memMessage struct {
	object.ChangeItem
	props wire.Bag
	data  []byte
}

func newMemStore() *memStore {
	m := &memStore{
		hard: -1, guid: mapi.NewGUID(), change: 1, nextID: 100, watchers: map[chan object.Event]struct{}{},
		sessions: map[*memSession]struct{}{}, blobs: map[object.BlobID][]byte{}, calls: map[string]int{},
	}
	add := func(id mapi.ID, kind object.FolderKind, name, class string) {
		m.folders = append(m.folders, &memFolder{id: id, parent: 1, kind: kind, name: name, class: class, subscribed: true, uidNext: 1, change: 1})
	}
	add(2, object.KindInbox, "Posteingang", "IPF.Note")
	add(3, object.KindSentItems, "Gesendete Objekte", "IPF.Note")
	add(4, object.KindDeletedItems, "Gelöschte Objekte", "IPF.Note")
	add(5, object.KindDrafts, "Entwürfe", "IPF.Note")
	add(6, object.KindJunk, "Junk-E-Mail", "IPF.Note")
	add(7, object.KindCalendar, "Kalender", "IPF.Appointment")
	add(8, object.KindSyncIssues, "Synchronisierungsprobleme", "IPF.Note")
	add(9, object.KindArchive, "Archiv", "IPF.Note")
	add(10, object.KindOutbox, "Postausgang", "IPF.Note")
	return m
}

func (m *memStore) begin(call string) (func(), error) {
	m.mu.Lock()
	m.calls[call]++
	if m.down != 0 {
		defer m.mu.Unlock()
		return nil, m.down
	}
	return m.mu.Unlock, nil
}

func (m *memStore) next(f *memFolder) mapi.Change {
	m.change++
	if f != nil {
		f.change = m.change
	}
	return m.change
}

func (m *memStore) tell(kind object.EventKind, folder mapi.ID, change mapi.Change) {
	if m.quiet {
		return
	}
	for c := range m.watchers {
		c <- object.Event{Kind: kind, Store: m.guid, Folder: folder, Change: change}
	}
}

func (m *memStore) folder(id mapi.ID) (*memFolder, error) {
	for _, f := range m.folders {
		if f.id == id {
			return f, nil
		}
	}
	return nil, mapi.NotFound
}

// setDown makes every call fail, and ends the watches, or puts an end to that.
func (m *memStore) setDown(code mapi.Code) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = code
	if code != 0 {
		for c := range m.watchers {
			close(c)
			delete(m.watchers, c)
		}
	}
}

// Logon implements object.Service.
func (m *memStore) Logon(_ context.Context, req object.LogonRequest) (object.Session, error) {
	done, err := m.begin("Logon")
	if err != nil {
		return nil, err
	}
	defer done()
	if req.Password != "secret" {
		return nil, mapi.LogonFailed
	}
	if req.Identity != "" && req.Identity != req.User {
		return nil, mapi.NoAccess
	}
	s := &memSession{m: m}
	m.sessions[s] = struct{}{}
	return s, nil
}

// GetLogonKinds implements object.Service.
func (m *memStore) GetLogonKinds(context.Context, object.GetLogonKindsRequest) (object.LogonKinds, error) {
	return object.LogonKinds{Passwords: true}, nil
}

// StartProof implements object.Service.
func (m *memStore) StartProof(context.Context, object.StartProofRequest) (object.StartProofResponse, error) {
	return object.StartProofResponse{}, mapi.NoSupport
}

// memSession is a session; calls that the gateway does not make panic.
type memSession struct {
	object.Session
	m *memStore
}

func (s *memSession) Whoami() object.Principal {
	return object.Principal{Role: object.RoleUser, User: "anna@example.test", ID: s.m.guid, Store: s.m.guid}
}

func (s *memSession) Logoff(context.Context) error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	delete(s.m.sessions, s)
	return nil
}

func (s *memSession) GetStore(context.Context, object.GetStoreRequest) (object.Store, error) {
	done, err := s.m.begin("GetStore")
	if err != nil {
		return object.Store{}, err
	}
	defer done()
	return object.Store{GUID: s.m.guid, Change: s.m.change, Limits: object.Limits{Warn: -1, Soft: -1, Hard: s.m.hard}, Special: []object.SpecialID{{Kind: object.KindRoot, ID: 1}, {Kind: object.KindInbox, ID: 2}}}, nil
}

func (s *memSession) FolderStates(_ context.Context, req object.FolderStatesRequest) (object.FolderStatesResponse, error) {
	var res object.FolderStatesResponse
	done, err := s.m.begin("FolderStates")
	if err != nil {
		return res, err
	}
	defer done()
	for _, id := range req.Folders {
		if f, err := s.m.folder(id); err == nil {
			res.Folders = append(res.Folders, f.state())
		}
	}
	if len(req.Folders) == 0 {
		for _, f := range s.m.folders {
			res.Folders = append(res.Folders, f.state())
		}
	}
	return res, nil
}

func (f *memFolder) state() object.FolderState {
	st := object.FolderState{Folder: f.id, UIDValidity: uint32(f.id), UIDNext: f.uidNext, Change: f.change, Messages: uint32(len(f.messages))}
	for _, m := range f.messages {
		st.Size += m.Size
		if m.Flags&object.FlagSeen == 0 {
			st.Unread++
		}
	}
	return st
}

func (s *memSession) Changes(_ context.Context, req object.ChangesRequest) iter.Seq2[object.ChangeItem, error] {
	return func(yield func(object.ChangeItem, error) bool) {
		done, err := s.m.begin("Changes")
		var f *memFolder
		if err == nil {
			if f, err = s.m.folder(req.Folder); err != nil {
				done()
			}
		}
		if err != nil {
			yield(object.ChangeItem{}, err)
			return
		}
		items := []object.ChangeItem{{Kind: object.ChangeState, State: f.state()}}
		for _, m := range f.messages {
			if m.Change > req.Since {
				items = append(items, m.ChangeItem)
			}
		}
		for _, g := range f.gone {
			if req.Since > 0 && g.Change > req.Since {
				items = append(items, g)
			}
		}
		done()
		for _, it := range items {
			if !yield(it, nil) {
				return
			}
		}
	}
}

func inRanges(uid mapi.UID, ranges []mapi.UIDRange) bool {
	return slices.ContainsFunc(ranges, func(r mapi.UIDRange) bool { return r.First <= uid && uid <= r.Last })
}

func (s *memSession) SetFlags(_ context.Context, req object.SetFlagsRequest) (object.SetFlagsResponse, error) {
	var res object.SetFlagsResponse
	done, err := s.m.begin("SetFlags")
	if err != nil {
		return res, err
	}
	defer done()
	f, err := s.m.folder(req.Folder)
	if err != nil {
		return res, err
	}
	change := s.m.change + 1
	res.Before = f.change
	for _, m := range f.messages {
		if !inRanges(m.UID, req.UIDs) {
			continue
		}
		if req.Conditional && m.Change > req.UnchangedSince {
			res.Conflicts = append(res.Conflicts, m.UID)
			continue
		}
		flags, keywords := m.Flags, slices.Clone(m.Keywords)
		drop := func(k string) bool { return slices.Contains(req.Keywords, k) }
		switch req.Mode {
		case object.FlagsAdd:
			flags |= req.Flags
			keywords = append(slices.DeleteFunc(keywords, drop), req.Keywords...)
		case object.FlagsRemove:
			flags &^= req.Flags
			keywords = slices.DeleteFunc(keywords, drop)
		default:
			flags, keywords = flags&^object.FlagsSettable|req.Flags, req.Keywords
		}
		changed := flags != m.Flags || !slices.Equal(keywords, m.Keywords)
		if changed {
			m.Flags, m.Keywords, m.Change = flags, keywords, change
		}
		res.Items = append(res.Items, object.FlagState{UID: m.UID, Change: m.Change, Flags: m.Flags, Keywords: m.Keywords, Changed: changed})
	}
	if slices.ContainsFunc(res.Items, func(i object.FlagState) bool { return i.Changed }) {
		s.m.next(f)
		s.m.tell(object.EventContents, f.id, f.change)
	}
	res.Change = f.change
	if req.Brief && !req.Conditional && req.Mode != object.FlagsReplace && len(req.Keywords) == 0 {
		res.Brief, res.Messages, res.Items = true, len(res.Items), nil
	}
	return res, nil
}

func (s *memSession) DeleteMessages(_ context.Context, req object.DeleteMessagesRequest) (object.DeleteMessagesResponse, error) {
	var res object.DeleteMessagesResponse
	done, err := s.m.begin("DeleteMessages")
	if err != nil {
		return res, err
	}
	defer done()
	f, err := s.m.folder(req.Folder)
	if err != nil {
		return res, err
	}
	res.Before = f.change
	res.UIDs = s.m.remove(f, func(m *memMessage) bool {
		return inRanges(m.UID, req.UIDs) && (!req.OnlyDeleted || m.Flags&object.FlagDeleted != 0)
	})
	res.Change = f.change
	return res, nil
}

func (m *memStore) remove(f *memFolder, which func(*memMessage) bool) []mapi.UID {
	var uids []mapi.UID
	f.messages = slices.DeleteFunc(f.messages, func(g *memMessage) bool {
		if !which(g) {
			return false
		}
		uids = append(uids, g.UID)
		f.gone = append(f.gone, object.ChangeItem{Kind: object.ChangeGone, UID: g.UID, ID: g.ID, Change: m.change + 1})
		return true
	})
	if len(uids) > 0 {
		m.next(f)
		m.tell(object.EventContents, f.id, f.change)
	}
	return uids
}

func (s *memSession) SaveMessages(_ context.Context, req object.SaveMessagesRequest) (object.SaveMessagesResponse, error) {
	var res object.SaveMessagesResponse
	done, err := s.m.begin("SaveMessages")
	if err != nil {
		return res, err
	}
	defer done()
	f, err := s.m.folder(req.Folder)
	if err != nil {
		return res, err
	}
	res.UIDValidity = uint32(f.id)
	for _, n := range req.Messages {
		var data []byte
		for _, seg := range n.Content {
			switch blob := s.m.blobs[seg.Blob]; {
			case seg.Blob == (object.BlobID{}):
				data = append(data, seg.Inline...)
			case seg.Width == 0:
				data = append(data, blob...)
			default:
				data = base64lines.Layout{Line: int(seg.Width), CRLF: !seg.LF}.Append(data, blob)
			}
		}
		saved := s.m.add(f, data, n.Props, n.Flags, n.Keywords, n.Received)
		res.Saved = append(res.Saved, object.SavedMessage{ID: saved.ID, UID: saved.UID, Change: saved.Change})
	}
	s.m.tell(object.EventContents, f.id, f.change)
	return res, nil
}

// ReplaceMessage has the gateway do it in two steps.
func (s *memSession) ReplaceMessage(context.Context, object.ReplaceMessageRequest) (object.ReplaceMessageResponse, error) {
	return object.ReplaceMessageResponse{}, mapi.NoSupport
}

func (m *memStore) add(f *memFolder, data []byte, props mapi.Props, flags object.Flags, keywords []string, received time.Time) *memMessage {
	if received.IsZero() {
		received = time.Now()
	}
	m.nextID++
	msg := &memMessage{data: data, ChangeItem: object.ChangeItem{
		Kind: object.ChangeUpsert, UID: f.uidNext, ID: m.nextID, Change: m.next(f), Flags: flags, Keywords: keywords,
		Received: received, Saved: time.Now(), Size: int64(len(data)),
	}}
	if sent, ok := props.Get(tag.ClientSubmitTime); ok {
		msg.Sent = sent.Time()
	}
	props.Set(tag.InternetArticleNumber, mapi.Int32(int32(f.uidNext)))
	props.Set(tag.Mid, mapi.Int64(int64(msg.ID)))
	msg.props = wire.AppendBag(nil, props)
	f.uidNext++
	f.messages = append(f.messages, msg)
	return msg
}

func (s *memSession) Transfer(_ context.Context, req object.TransferRequest) (object.TransferResponse, error) {
	var res object.TransferResponse
	done, err := s.m.begin("Transfer")
	if err != nil {
		return res, err
	}
	defer done()
	from, err := s.m.folder(req.Folder)
	if err != nil {
		return res, err
	}
	to, err := s.m.folder(req.ToFolder)
	if err != nil {
		return res, err
	}
	res.Before = from.change
	there := 0
	for _, m := range from.messages {
		if inRanges(m.UID, req.UIDs) {
			there++
		}
	}
	if req.Expect != 0 && there != req.Expect {
		return res, mapi.ObjectDeleted
	}
	for _, m := range slices.Clone(from.messages) {
		if inRanges(m.UID, req.UIDs) {
			n := s.m.add(to, m.data, m.props.Props(), m.Flags, m.Keywords, m.Received)
			res.Pairs = append(res.Pairs, object.UIDPair{From: m.UID, To: n.UID})
		}
	}
	if req.Move {
		moved := len(res.Pairs)
		s.m.remove(from, func(m *memMessage) bool {
			return slices.ContainsFunc(res.Pairs[:moved], func(p object.UIDPair) bool { return p.From == m.UID })
		})
	}
	s.m.tell(object.EventContents, to.id, to.change)
	res.UIDValidity, res.Change = uint32(to.id), from.change
	return res, nil
}

func (s *memSession) Query(_ context.Context, req object.QueryRequest) iter.Seq2[wire.Bag, error] {
	return func(yield func(wire.Bag, error) bool) {
		done, err := s.m.begin("Query")
		if err != nil {
			yield(nil, err)
			return
		}
		rows := s.m.rows(req)
		done()
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (m *memStore) rows(req object.QueryRequest) []wire.Bag {
	var rows []wire.Bag
	if req.Table == object.TableHierarchy {
		for _, f := range m.ordered(1) {
			var p mapi.Props
			p.Set(tag.FolderId, mapi.Int64(int64(f.id)))
			p.Set(tag.ParentFolderId, mapi.Int64(int64(f.parent)))
			p.Set(tag.DisplayName, mapi.String(f.name))
			p.Set(tag.ContainerClass, mapi.String(f.class))
			p.Set(tag.TwigaFolderKind, mapi.Int32(int32(f.kind)))
			p.Set(tag.TwigaSubscribed, mapi.Bool(f.subscribed))
			rows = append(rows, wire.AppendBag(nil, p))
		}
		return rows
	}
	if f, err := m.folder(req.Folder); err == nil {
		for _, msg := range f.messages {
			if inRanges(msg.UID, req.UIDs) {
				rows = append(rows, msg.props)
			}
		}
	}
	return rows
}

// ordered gives the folders below one, parents before their children.
func (m *memStore) ordered(parent mapi.ID) []*memFolder {
	var out []*memFolder
	for _, f := range m.folders {
		if f.parent == parent {
			out = append(append(out, f), m.ordered(f.id)...)
		}
	}
	return out
}

func (s *memSession) Read(_ context.Context, req object.ReadRequest) iter.Seq2[object.Chunk, error] {
	return func(yield func(object.Chunk, error) bool) {
		done, err := s.m.begin("Read")
		if err != nil {
			yield(object.Chunk{}, err)
			return
		}
		byID := map[mapi.ID][]byte{}
		for _, f := range s.m.folders {
			for _, m := range f.messages {
				byID[m.ID] = m.data
			}
		}
		done()
		for i, it := range req.Items {
			data, ok := byID[it.Message]
			if !ok {
				if !yield(object.Chunk{Item: i, Code: mapi.NotFound}, nil) {
					return
				}
				continue
			}
			all := int64(0)
			if p := it.Part; p != (object.Part{}) {
				enc := map[object.TransferEncoding]mime.Encoding{object.EncodingBase64: mime.Base64, object.EncodingQuotedPrintable: mime.QuotedPrintable}
				data, _ = io.ReadAll(mime.Decode(enc[p.Encoding], bytes.NewReader(data[p.Offset:p.Offset+p.Length])))
				all = int64(len(data))
			}
			data = data[min(it.Offset, int64(len(data))):]
			if it.Length >= 0 {
				data = data[:min(it.Length, int64(len(data)))]
			}
			size := int64(len(data))
			for first := true; first || len(data) > 0; first = false {
				n := min(len(data), 64<<10)
				c := object.Chunk{Item: i, Data: data[:n]}
				if first {
					c.Size, c.All = size, all
				}
				if data = data[n:]; !yield(c, nil) {
					return
				}
			}
		}
	}
}

func (s *memSession) HasBlobs(_ context.Context, req object.HasBlobsRequest) (object.HasBlobsResponse, error) {
	return object.HasBlobsResponse{Has: make([]bool, len(req.IDs))}, nil
}

func (s *memSession) Upload(_ context.Context, req object.UploadRequest, r io.Reader) (object.BlobID, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return object.BlobID{}, err
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.blobs[req.ID] = data
	return req.ID, nil
}

func (s *memSession) Watch(ctx context.Context, _ object.WatchRequest) iter.Seq2[object.Event, error] {
	return func(yield func(object.Event, error) bool) {
		done, err := s.m.begin("Watch")
		if err != nil {
			yield(object.Event{}, err)
			return
		}
		c := make(chan object.Event, 1000)
		s.m.watchers[c] = struct{}{}
		done()
		defer func() {
			s.m.mu.Lock()
			delete(s.m.watchers, c)
			s.m.mu.Unlock()
		}()
		if !yield(object.Event{Kind: object.EventStarted}, nil) {
			return
		}
		for {
			select {
			case <-ctx.Done():
				yield(object.Event{}, ctx.Err())
				return
			case e, ok := <-c:
				if !ok {
					yield(object.Event{}, mapi.NetworkError)
					return
				}
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

func (s *memSession) CreateFolders(_ context.Context, req object.CreateFoldersRequest) (object.CreateFoldersResponse, error) {
	var res object.CreateFoldersResponse
	done, err := s.m.begin("CreateFolders")
	if err != nil {
		return res, err
	}
	defer done()
	for _, n := range req.Folders {
		if len(n.Name) > 255 {
			return res, mapi.InvalidParameter
		}
		parent := n.Parent
		if n.Under > 0 {
			parent = res.Created[n.Under-1].ID
		}
		if slices.ContainsFunc(s.m.folders, func(f *memFolder) bool { return f.parent == parent && f.name == n.Name }) {
			return res, mapi.AlreadyExists
		}
		s.m.nextID++
		s.m.folders = append(s.m.folders, &memFolder{
			id: s.m.nextID, parent: parent, name: n.Name, class: n.Class, subscribed: true, uidNext: 1, change: s.m.next(nil),
		})
		res.Created = append(res.Created, object.CreatedFolder{ID: s.m.nextID})
	}
	s.m.tell(object.EventHierarchy, 0, s.m.change)
	return res, nil
}

func (s *memSession) MoveFolder(_ context.Context, req object.MoveFolderRequest) (object.Empty, error) {
	done, err := s.m.begin("MoveFolder")
	if err != nil {
		return object.Empty{}, err
	}
	defer done()
	f, err := s.m.folder(req.Folder)
	if err != nil {
		return object.Empty{}, err
	}
	if len(req.Name) > 255 {
		return object.Empty{}, mapi.InvalidParameter
	}
	f.parent, f.name = req.Parent, req.Name
	s.m.next(nil)
	s.m.tell(object.EventHierarchy, f.id, s.m.change)
	return object.Empty{}, nil
}

func (s *memSession) DeleteFolder(_ context.Context, req object.DeleteFolderRequest) (object.Empty, error) {
	done, err := s.m.begin("DeleteFolder")
	if err != nil {
		return object.Empty{}, err
	}
	defer done()
	if slices.ContainsFunc(s.m.folders, func(f *memFolder) bool { return f.parent == req.Folder }) {
		return object.Empty{}, mapi.HasFolders
	}
	s.m.folders = slices.DeleteFunc(s.m.folders, func(f *memFolder) bool { return f.id == req.Folder })
	s.m.next(nil)
	s.m.tell(object.EventHierarchy, req.Folder, s.m.change)
	return object.Empty{}, nil
}

func (s *memSession) SetFolderProps(_ context.Context, req object.SetFolderPropsRequest) (object.Empty, error) {
	done, err := s.m.begin("SetFolderProps")
	if err != nil {
		return object.Empty{}, err
	}
	defer done()
	f, err := s.m.folder(req.Folder)
	if err != nil {
		return object.Empty{}, err
	}
	if v, ok := req.Set.Get(tag.TwigaSubscribed); ok {
		f.subscribed = v.Bool()
	}
	s.m.next(nil)
	s.m.tell(object.EventHierarchy, f.id, s.m.change)
	return object.Empty{}, nil
}

func (s *memSession) RaiseFolder(_ context.Context, req object.RaiseFolderRequest) (object.Empty, error) {
	done, err := s.m.begin("RaiseFolder")
	if err != nil {
		return object.Empty{}, err
	}
	defer done()
	f, err := s.m.folder(req.Folder)
	if err != nil {
		return object.Empty{}, err
	}
	s.m.next(f)
	s.m.tell(object.EventContents, f.id, f.change)
	return object.Empty{}, nil
}
