// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// password is every user's.
const password = "correct horse"

// world is what the cases share.
type world struct {
	env     Env
	admin   object.Session
	gateway object.Service
	users   atomic.Int64
}

func newWorld(t *testing.T, env Env) *world {
	t.Helper()
	admin, err := env.Service(object.RoleAdmin).Logon(t.Context(), object.LogonRequest{Role: object.RoleAdmin, Program: "objecttest"})
	if err != nil {
		t.Fatalf("log on as admin: %v", err)
	}
	return &world{env: env, admin: admin, gateway: env.Service(object.RoleGateway)}
}

// kit is what a case works with.
type kit struct {
	*testing.T
	*world
}

// ok ends the case where err is one.
func (k *kit) ok(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

// fails wants an error with one of the codes.
func (k *kit) fails(err error, want ...mapi.Code) {
	k.Helper()
	if got := mapi.CodeOf(err); !slices.Contains(want, got) {
		k.Errorf("error %v (code 0x%08x), want %v", err, uint32(got), want)
	}
}

// equal wants two values to be the same.
func equal[T comparable](k *kit, what string, got, want T) {
	k.Helper()
	if got != want {
		k.Errorf("%s is %v, want %v", what, got, want)
	}
}

// same wants two lists to be the same.
func same[T comparable](k *kit, what string, got, want []T) {
	k.Helper()
	if !slices.Equal(got, want) {
		k.Errorf("%s are %v, want %v", what, got, want)
	}
}

// all collects a stream, whose error ends the case.
func all[T any](k *kit, seq iter.Seq2[T, error]) []T {
	k.Helper()
	out, err := collect(seq)
	k.ok(err)
	return out
}

// collect collects a stream of values that hold no bytes.
func collect[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var out []T
	for v, err := range seq {
		if err != nil {
			return out, err
		}
		out = append(out, v)
	}
	return out, nil
}

// bags collects rows.
func bags(k *kit, seq iter.Seq2[wire.Bag, error]) []wire.Bag {
	k.Helper()
	var out []wire.Bag
	for b, err := range seq {
		k.ok(err)
		out = append(out, slices.Clone(b))
	}
	return out
}

// role opens a session for a service role.
func (k *kit) role(r object.Role) object.Session {
	k.Helper()
	s, err := k.env.Service(r).Logon(k.Context(), object.LogonRequest{Role: r, Program: "objecttest"})
	k.ok(err)
	return s
}

// unique is a name that nothing else has.
func (k *kit) unique(prefix string) string { return fmt.Sprintf("%s%d", prefix, k.users.Add(1)) }

// newUser makes a user nobody else has.
func (k *kit) newUser(changes ...func(*directory.User)) directory.User {
	k.Helper()
	u := directory.User{Name: fmt.Sprintf("user%d", k.users.Add(1)), FullName: "Some Body"}
	for _, change := range changes {
		change(&u)
	}
	made, err := k.admin.CreateUser(k.Context(), object.CreateUserRequest{User: u, Password: password})
	k.ok(err)
	return made
}

// logon opens a user's session.
func (k *kit) logon(u directory.User) object.Session {
	k.Helper()
	s, err := k.gateway.Logon(k.Context(), object.LogonRequest{Role: object.RoleUser, User: u.Name, Password: password, Program: "objecttest"})
	k.ok(err)
	return s
}

// mailbox is a user with a session.
type mailbox struct {
	*kit
	s     object.Session
	user  directory.User
	store object.Store
	guid  mapi.GUID
	inbox mapi.ID
}

// mailbox makes a user and logs on.
func (k *kit) mailbox(changes ...func(*directory.User)) *mailbox {
	k.Helper()
	u := k.newUser(changes...)
	s := k.logon(u)
	st, err := s.GetStore(k.Context(), object.GetStoreRequest{})
	k.ok(err)
	m := &mailbox{kit: k, s: s, user: u, store: st, guid: st.GUID, inbox: st.SpecialFolder(object.KindInbox)}
	if m.inbox == 0 {
		k.Fatal("the store has no inbox")
	}
	return m
}

// folder makes a folder under the parent; 0 is the top that a person sees.
func (m *mailbox) folder(parent mapi.ID, name string) mapi.ID {
	m.Helper()
	if parent == 0 {
		parent = m.store.SpecialFolder(object.KindRoot)
	}
	resp, err := m.s.CreateFolders(m.Context(), object.CreateFoldersRequest{Store: m.guid, Folders: []object.NewFolder{{Parent: parent, Name: name}}})
	m.ok(err)
	return resp.Created[0].ID
}

// state is a folder's counters.
func (m *mailbox) state(folder mapi.ID) object.FolderState {
	m.Helper()
	resp, err := m.s.FolderStates(m.Context(), object.FolderStatesRequest{Store: m.guid, Folders: []mapi.ID{folder}})
	m.ok(err)
	if len(resp.Folders) != 1 {
		m.Fatalf("%d states of folder %s", len(resp.Folders), folder)
	}
	return resp.Folders[0]
}

// plain is a message with a subject and a body.
func plain(subject string) object.NewMessage {
	return object.NewMessage{
		Props:   mapi.Props{{Tag: tag.Subject, Value: mapi.String(subject)}},
		Content: inline("Subject: " + subject + "\r\n\r\nbody of " + subject + "\r\n"),
	}
}

// inline is content in one segment.
func inline(text string) []object.Segment {
	return []object.Segment{{Inline: []byte(text), Size: int64(len(text))}}
}

// save saves messages.
func (m *mailbox) save(folder mapi.ID, list ...object.NewMessage) []object.SavedMessage {
	m.Helper()
	resp, err := m.s.SaveMessages(m.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: folder, Messages: list})
	m.ok(err)
	if len(resp.Saved) != len(list) {
		m.Fatalf("%d answers for %d messages", len(resp.Saved), len(list))
	}
	return resp.Saved
}

// fill saves as many messages, named by their number from 1.
func (m *mailbox) fill(folder mapi.ID, n int) []object.SavedMessage {
	m.Helper()
	list := make([]object.NewMessage, n)
	for i := range list {
		list[i] = plain(fmt.Sprintf("message %d", i+1))
	}
	return m.save(folder, list...)
}

// changes is the stream of changes: the state and what follows it.
func (m *mailbox) changes(folder mapi.ID, since mapi.Change) (object.FolderState, []object.ChangeItem) {
	m.Helper()
	items := all(m.kit, m.s.Changes(m.Context(), object.ChangesRequest{Store: m.guid, Folder: folder, Since: since}))
	if len(items) == 0 || items[0].Kind != object.ChangeState {
		m.Fatalf("changes begin with %+v, not with the state", items)
	}
	return items[0].State, items[1:]
}

// uids are those of a folder's messages.
func (m *mailbox) uids(folder mapi.ID) []mapi.UID {
	m.Helper()
	_, items := m.changes(folder, 0)
	var out []mapi.UID
	for _, it := range items {
		out = append(out, it.UID)
	}
	return out
}

// content reads a message's MIME.
func (m *mailbox) content(id mapi.ID) []byte {
	m.Helper()
	return m.read(object.ReadItem{Message: id, Length: -1})
}

// read reads one item.
func (m *mailbox) read(item object.ReadItem) []byte {
	m.Helper()
	out := []byte{}
	size := int64(-1)
	for c, err := range m.s.Read(m.Context(), object.ReadRequest{Store: m.guid, Items: []object.ReadItem{item}}) {
		m.ok(err)
		if c.Code != 0 {
			m.Fatalf("read %+v: %v", item, c.Code)
		}
		if size < 0 {
			size = c.Size
		}
		out = append(out, c.Data...)
	}
	if int64(len(out)) != size {
		m.Errorf("read %+v: %d bytes where the first chunk tells %d", item, len(out), size)
	}
	return out
}

// get reads whole messages; what they hold is kept.
func (m *mailbox) get(columns []mapi.PropTag, ids ...mapi.ID) []object.Message {
	m.Helper()
	var out []object.Message
	for msg, err := range m.s.GetMessages(m.Context(), object.GetMessagesRequest{Store: m.guid, IDs: ids, Columns: columns}) {
		m.ok(err)
		msg.Props = slices.Clone(msg.Props)
		msg.Recipients = cloneBags(msg.Recipients)
		msg.Attachments = cloneBags(msg.Attachments)
		msg.Keywords = slices.Clone(msg.Keywords)
		out = append(out, msg)
	}
	return out
}

func cloneBags(list []wire.Bag) []wire.Bag {
	out := make([]wire.Bag, len(list))
	for i := range list {
		out[i] = slices.Clone(list[i])
	}
	return out
}

// one is the range of one UID.
func one(uid mapi.UID) []mapi.UIDRange { return []mapi.UIDRange{{First: uid, Last: uid}} }

// everything is the range of all UIDs.
func everything() []mapi.UIDRange { return []mapi.UIDRange{{First: 1, Last: 1<<32 - 1}} }
