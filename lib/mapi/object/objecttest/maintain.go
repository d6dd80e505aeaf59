// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"bytes"
	"crypto/sha256"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func maintainCases() []testCase {
	return []testCase{
		{"only an administrator maintains", maintainRoles},
		{"a mailbox that is not there is NotFound", maintainNoStore},
		{"a sound mailbox has no problems", maintainCheck},
		{"compaction keeps everything", maintainCompact},
		{"a dry run tells and removes nothing", maintainCollect},
		{"statistics add up", maintainStatistics},
		{"a blob is read whole", maintainReadBlob},
		{"a dump is loaded as a new mailbox", maintainDumpNew},
		{"an increment continues a load", maintainIncrement},
		{"a dump is loaded below a folder", maintainBelow},
		{"some messages are dumped and loaded", maintainMessages},
		{"search folders are kept, and counted nowhere", maintainSearch},
		{"what is soft-deleted or associated is kept", maintainDeleted},
		{"named properties keep their names", maintainNames},
		{"what waits to be sent waits for an owner", maintainQueue},
		{"what cannot be dumped or loaded so", maintainRefused},
	}
}

// withBlob is a message whose content has a blob of so many bytes.
func (m *mailbox) withBlob(subject string, size int) object.NewMessage {
	m.Helper()
	content := strings.Repeat(subject+" ", size/(len(subject)+1)+1)[:size]
	id, err := m.s.Upload(m.Context(), object.UploadRequest{Size: int64(size)}, strings.NewReader(content))
	m.ok(err)
	msg := plain(subject)
	msg.Content = append(msg.Content, object.Segment{Blob: id, Size: int64(size)})
	return msg
}

// dump is a mailbox's dump.
func (k *kit) dump(req object.DumpRequest) []byte {
	k.Helper()
	var out []byte
	for c, err := range k.admin.Dump(k.Context(), req) {
		k.ok(err)
		out = append(out, c.Data...)
	}
	return out
}

func (k *kit) dumpError(s object.Session, req object.DumpRequest) error {
	for _, err := range s.Dump(k.Context(), req) {
		if err != nil {
			return err
		}
	}
	return nil
}

func (k *kit) blobError(s object.Session, id object.BlobID) error {
	for _, err := range s.ReadBlob(k.Context(), object.ReadBlobRequest{ID: id}) {
		if err != nil {
			return err
		}
	}
	return nil
}

func maintainRoles(k *kit) {
	m := k.mailbox()
	for _, s := range []object.Session{m.s, k.role(object.RoleMonitor)} {
		_, err := s.Compact(k.Context(), object.CompactRequest{Store: m.guid})
		k.fails(err, mapi.NoAccess)
		_, err = s.CollectBlobs(k.Context(), object.CollectBlobsRequest{DryRun: true})
		k.fails(err, mapi.NoAccess)
		_, err = s.StoreStatistics(k.Context(), object.StoreStatisticsRequest{Store: m.guid})
		k.fails(err, mapi.NoAccess)
		_, err = s.Load(k.Context(), object.LoadRequest{}, strings.NewReader(""))
		k.fails(err, mapi.NoAccess)
		k.fails(k.dumpError(s, object.DumpRequest{Store: m.guid}), mapi.NoAccess)
		k.fails(k.blobError(s, object.BlobID{1}), mapi.NoAccess)
		_, err = collect(s.Check(k.Context(), object.CheckRequest{Store: m.guid}))
		k.fails(err, mapi.NoAccess)
	}
}

func maintainNoStore(k *kit) {
	guid := mapi.NewGUID()
	_, err := k.admin.Compact(k.Context(), object.CompactRequest{Store: guid})
	k.fails(err, mapi.NotFound)
	_, err = k.admin.StoreStatistics(k.Context(), object.StoreStatisticsRequest{Store: guid})
	k.fails(err, mapi.NotFound)
	k.fails(k.dumpError(k.admin, object.DumpRequest{Store: guid}), mapi.NotFound)
	_, err = collect(k.admin.Check(k.Context(), object.CheckRequest{Store: guid}))
	k.fails(err, mapi.NotFound)
	_, err = collect(k.admin.Check(k.Context(), object.CheckRequest{Store: guid, Repair: true}))
	k.fails(err, mapi.NotFound)
	k.fails(k.blobError(k.admin, object.BlobID{1}), mapi.NotFound)
}

// sound wants a mailbox to have no problems.
func (k *kit) sound(guid mapi.GUID) {
	k.Helper()
	for _, p := range all(k, k.admin.Check(k.Context(), object.CheckRequest{Store: guid, Blobs: true})) {
		k.Errorf("problem %+v", p)
	}
}

func maintainCheck(k *kit) {
	m := k.mailbox()
	m.save(m.inbox, m.withBlob("a", 3000), plain("b"))
	m.transfer(m.inbox, m.folder(0, "x"), one(1), false)
	k.sound(m.guid)
	for _, p := range all(k, k.admin.Check(k.Context(), object.CheckRequest{Store: m.guid, Repair: true})) {
		k.Errorf("repaired %+v", p)
	}
}

func maintainCompact(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 200)
	_, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Folder: m.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 190}}})
	k.ok(err)
	before := m.state(m.inbox)
	got, err := k.admin.Compact(k.Context(), object.CompactRequest{Store: m.guid})
	k.ok(err)
	if got.After <= 0 || got.After >= got.Before {
		k.Errorf("compacted %+v", got)
	}
	equal(k, "the state", m.state(m.inbox), before)
	m.save(m.inbox, plain("later"))
	equal(k, "the number of messages", len(m.uids(m.inbox)), 11)
	k.sound(m.guid)
}

func maintainCollect(k *kit) {
	m := k.mailbox()
	used := m.withBlob("used", 5000)
	saved := m.save(m.inbox, used)
	young := m.withBlob("young", 5000) // not saved
	for _, dry := range []bool{true, false} {
		got, err := k.admin.CollectBlobs(k.Context(), object.CollectBlobsRequest{DryRun: dry})
		k.ok(err)
		if got.Kept < 2 || got.Young < 1 || got.KeptBytes <= 0 || got.Removed != 0 || got.RemovedBytes != 0 {
			k.Errorf("dry %v: %+v", dry, got)
		}
	}
	m.content(saved[0].ID)
	m.save(m.inbox, young)
}

func maintainStatistics(k *kit) {
	m := k.mailbox()
	shared := m.withBlob("shared", 9000)
	m.save(m.inbox, shared, shared, plain("x"))
	m.save(m.folder(m.inbox, "below"), m.withBlob("small", 3000))
	got, err := k.admin.StoreStatistics(k.Context(), object.StoreStatisticsRequest{Store: m.guid, Top: 1})
	k.ok(err)
	equal(k, "messages", got.Messages, 4)
	equal(k, "blobs", got.Blobs, 2)
	equal(k, "references", got.BlobRefs, 3)
	equal(k, "what they stand for", got.BlobContent, 2*9000+3000)
	st, err := m.s.GetStore(k.Context(), object.GetStoreRequest{})
	k.ok(err)
	equal(k, "content", got.Content, st.Size)
	if got.BlobBytes <= 0 || got.BlobBytes >= 12000 || got.File <= 0 || got.Inline <= 0 || got.Free < 0 {
		k.Errorf("statistics %+v", got)
	}
	if len(got.Folders) != 1 || got.Folders[0].Folder != m.inbox || got.Folders[0].Messages != 3 {
		k.Errorf("folders %+v", got.Folders)
	}
	if len(got.Largest) != 1 || got.Largest[0].ID != shared.Content[1].Blob || got.Largest[0].Refs != 2 || got.Largest[0].Bytes != 9000 {
		k.Errorf("blobs %+v", got.Largest)
	}
	got, err = k.admin.StoreStatistics(k.Context(), object.StoreStatisticsRequest{Store: m.guid, Top: 2})
	k.ok(err)
	if len(got.Folders) != 2 || !strings.HasSuffix(got.Folders[1].Name, "/below") {
		k.Errorf("folders %+v", got.Folders)
	}
	_, err = k.admin.StoreStatistics(k.Context(), object.StoreStatisticsRequest{Store: m.guid, Top: -1})
	k.fails(err, mapi.InvalidParameter)
}

func maintainReadBlob(k *kit) {
	m := k.mailbox()
	id := m.withBlob("read me", 400_000).Content[1].Blob
	h := sha256.New()
	size := int64(-1)
	total := int64(0)
	for c, err := range k.admin.ReadBlob(k.Context(), object.ReadBlobRequest{ID: id}) {
		k.ok(err)
		if size < 0 {
			size = c.Size
		}
		h.Write(c.Data)
		total += int64(len(c.Data))
	}
	equal(k, "the size", total, 400_000)
	equal(k, "the size told", size, 400_000)
	equal(k, "the content", object.BlobID(h.Sum(nil)), id)
	empty, err := m.s.Upload(k.Context(), object.UploadRequest{}, strings.NewReader(""))
	k.ok(err)
	k.ok(k.blobError(k.admin, empty))
}

// as is another mailbox seen by the administrator.
func (m *mailbox) as(guid mapi.GUID) *mailbox {
	m.Helper()
	st, err := m.admin.GetStore(m.Context(), object.GetStoreRequest{GUID: guid})
	m.ok(err)
	return &mailbox{kit: m.kit, s: m.admin, store: st, guid: guid, inbox: m.inbox}
}

func maintainDumpNew(k *kit) {
	m := k.mailbox()
	saved := m.save(m.inbox, m.withBlob("kept", 4000), plain("gone"), plain("flagged"))
	_, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Folder: m.inbox, UIDs: one(2)})
	k.ok(err)
	_, err = m.s.SetFlags(k.Context(), object.SetFlagsRequest{Folder: m.inbox, UIDs: one(3), Mode: object.FlagsAdd, Flags: object.FlagSeen, Keywords: []string{"k"}})
	k.ok(err)
	content := m.content(saved[0].ID)
	stream := k.dump(object.DumpRequest{Store: m.guid})
	_, err = k.admin.Load(k.Context(), object.LoadRequest{}, bytes.NewReader(stream))
	k.fails(err, mapi.AlreadyExists)
	as := mapi.NewGUID()
	got, err := k.admin.Load(k.Context(), object.LoadRequest{As: as}, bytes.NewReader(stream))
	k.ok(err)
	equal(k, "the new mailbox", got.Store, as)
	equal(k, "messages", got.Messages, 2)
	n := m.as(as)
	equal(k, "the owner", n.store.Owner, "")
	equal(k, "the state", n.state(m.inbox), m.state(m.inbox))
	_, want := m.changes(m.inbox, 1)
	_, have := n.changes(m.inbox, 1)
	equal(k, "the number of changes", len(have), len(want))
	for i := range have {
		equal(k, "the id", have[i].ID, want[i].ID)
		equal(k, "the uid", have[i].UID, want[i].UID)
		equal(k, "the change", have[i].Change, want[i].Change)
		equal(k, "the flags", have[i].Flags, want[i].Flags)
	}
	equal(k, "the content", string(n.content(saved[0].ID)), string(content))
	k.sound(as)
}

func maintainIncrement(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 5)
	st, err := m.s.GetStore(k.Context(), object.GetStoreRequest{})
	k.ok(err)
	as := mapi.NewGUID()
	_, err = k.admin.Load(k.Context(), object.LoadRequest{As: as}, bytes.NewReader(k.dump(object.DumpRequest{Store: m.guid})))
	k.ok(err)
	m.transfer(m.inbox, m.folder(0, "new"), one(1), true)
	_, err = m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Folder: m.inbox, UIDs: one(2)})
	k.ok(err)
	m.save(m.inbox, m.withBlob("later", 3000))
	increment := k.dump(object.DumpRequest{Store: m.guid, Since: st.Change})
	_, err = k.admin.Load(k.Context(), object.LoadRequest{As: mapi.NewGUID()}, bytes.NewReader(increment))
	k.fails(err, mapi.InvalidParameter)
	_, err = k.admin.Load(k.Context(), object.LoadRequest{Store: as, Continue: true}, bytes.NewReader(increment))
	k.ok(err)
	_, err = k.admin.Load(k.Context(), object.LoadRequest{Store: as, Continue: true}, bytes.NewReader(increment))
	k.fails(err, mapi.ObjectChanged)
	equal(k, "the state", m.as(as).state(m.inbox), m.state(m.inbox))
	same(k, "the UIDs", m.as(as).uids(m.inbox), m.uids(m.inbox))
	k.sound(as)
}

func maintainBelow(k *kit) {
	m := k.mailbox()
	sub := m.folder(m.inbox, "sub")
	m.save(m.inbox, plain("one"), m.withBlob("two", 3000))
	m.save(sub, plain("three"))
	stream := k.dump(object.DumpRequest{Store: m.guid, Folder: m.inbox})
	to := k.mailbox()
	req := object.LoadRequest{Store: to.guid, Folder: to.inbox}
	got, err := k.admin.Load(k.Context(), req, bytes.NewReader(stream))
	k.ok(err)
	equal(k, "messages", got.Messages, 3)
	equal(k, "folders", got.Folders, 2)
	equal(k, "skipped", got.Skipped, 0)
	got, err = k.admin.Load(k.Context(), req, bytes.NewReader(stream))
	k.ok(err)
	equal(k, "messages the second time", got.Messages, 0)
	equal(k, "folders the second time", got.Folders, 0)
	equal(k, "skipped the second time", got.Skipped, 3)
	whole := k.dump(object.DumpRequest{Store: m.guid})
	other := to.folder(0, "restored")
	got, err = k.admin.Load(k.Context(), object.LoadRequest{Store: to.guid, Folder: other}, bytes.NewReader(whole))
	k.ok(err)
	equal(k, "messages of all", got.Messages, 3)
	k.sound(to.guid)
	_, err = k.admin.Load(k.Context(), object.LoadRequest{Store: to.guid, Folder: 1 << 40}, bytes.NewReader(stream))
	k.fails(err, mapi.NotFound)
}

func maintainMessages(k *kit) {
	m := k.mailbox()
	saved := m.fill(m.inbox, 3)
	want := m.content(saved[1].ID)
	stream := k.dump(object.DumpRequest{Store: m.guid, Messages: []mapi.ID{saved[1].ID}})
	to := m.folder(0, "to")
	got, err := k.admin.Load(k.Context(), object.LoadRequest{Store: m.guid, Folder: to}, bytes.NewReader(stream))
	k.ok(err)
	equal(k, "messages", got.Messages, 1)
	_, items := m.changes(to, 0)
	equal(k, "what is there", len(items), 1)
	equal(k, "the content", string(m.content(items[0].ID)), string(want))
	list := m.get([]mapi.PropTag{tag.Subject}, items[0].ID)
	equal(k, "the subject", list[0].Props.Text(tag.Subject), "message 2")
	k.fails(k.dumpError(k.admin, object.DumpRequest{Store: m.guid, Messages: []mapi.ID{1 << 40}}), mapi.NotFound)
}

func maintainRefused(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 1)
	k.fails(k.dumpError(k.admin, object.DumpRequest{Store: m.guid, Folder: 1 << 40}), mapi.NotFound)
	k.fails(k.dumpError(k.admin, object.DumpRequest{Store: m.guid, Since: 1 << 40}), mapi.SyncTooOld)
	stream := k.dump(object.DumpRequest{Store: m.guid})
	for _, tc := range []struct {
		name string
		req  object.LoadRequest
		b    []byte
		want mapi.Code
	}{
		{"nothing", object.LoadRequest{As: mapi.NewGUID()}, nil, mapi.CorruptData},
		{"no dump", object.LoadRequest{As: mapi.NewGUID()}, []byte("Subject: hello\r\n\r\nthis is mail"), mapi.CorruptData},
		{"cut short", object.LoadRequest{As: mapi.NewGUID()}, stream[:len(stream)-1], mapi.CorruptData},
		{"a byte changed", object.LoadRequest{As: mapi.NewGUID()}, append(append([]byte{}, stream[:300]...), append([]byte{stream[300] ^ 1}, stream[301:]...)...), mapi.CorruptData},
		{"a later version", object.LoadRequest{As: mapi.NewGUID()}, append([]byte("TwD\x63"), stream[4:]...), mapi.Version},
		{"continue nothing", object.LoadRequest{Continue: true}, stream, mapi.InvalidParameter},
		{"below a folder of nothing", object.LoadRequest{Folder: 3}, stream, mapi.InvalidParameter},
		{"over a mailbox", object.LoadRequest{Store: m.guid}, stream, mapi.InvalidParameter},
		{"continue with what is no increment", object.LoadRequest{Store: m.guid, Continue: true}, stream, mapi.InvalidParameter},
		{"a mailbox that is not there", object.LoadRequest{Store: mapi.NewGUID(), Folder: 3}, stream, mapi.NotFound},
	} {
		_, err := k.admin.Load(k.Context(), tc.req, bytes.NewReader(tc.b))
		if got := mapi.CodeOf(err); got != tc.want {
			k.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}
