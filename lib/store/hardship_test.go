// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/stamp"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// TestDamagedBlob delivers what is there already, damaged by an earlier crash:
// the delivery heals it, and what had referred to it, too.
func TestDamagedBlob(t *testing.T) {
	dir := t.TempDir()
	content := strings.Repeat("blob ", 3000)
	deliver := func(e *store.Engine, f *fixture) {
		t.Helper()
		d := storetest.As(t, e, object.RoleDelivery)
		id := upload(t, d, content)
		r, err := d.Deliver(t.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: f.store}},
			Message: object.NewMessage{Content: []object.Segment{{Blob: id, Size: int64(len(content))}}}})
		if err != nil || r.Results[0].Code != 0 {
			t.Fatalf("deliver: %+v %v", r, err)
		}
	}
	e := storetest.OpenDir(t, dir, store.Options{})
	storetest.AddUser(t, e, "anna")
	deliver(e, newFixture(t, e))
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "blobs", "??", "*"))
	if len(files) != 1 {
		t.Fatalf("files %v", files)
	}
	if err := os.WriteFile(files[0], make([]byte, len(content)), 0o600); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-time.Minute)
	if err := os.Chtimes(files[0], past, past); err != nil {
		t.Fatal(err)
	}
	e = storetest.OpenDir(t, dir, store.Options{})
	f := newFixture(t, e)
	deliver(e, f)
	f.check()
}

// upload does what gateways do: it asks first.
func upload(t *testing.T, d object.Session, content string) object.BlobID {
	t.Helper()
	id := object.BlobID(sha256.Sum256([]byte(content)))
	has, err := d.HasBlobs(t.Context(), object.HasBlobsRequest{IDs: []object.BlobID{id}})
	if err != nil {
		t.Fatal(err)
	}
	if !has.Has[0] {
		_, err = d.Upload(t.Context(), object.UploadRequest{ID: id, Size: int64(len(content))}, strings.NewReader(content))
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestMailboxAway wants that mail for a mailbox whose disk is away is put off.
func TestMailboxAway(t *testing.T) {
	dir := t.TempDir()
	e := storetest.OpenDir(t, dir, store.Options{})
	u := storetest.AddUser(t, e, "anna")
	if err := os.Rename(filepath.Join(dir, "mailboxes", u.Store.String()), filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	r, err := storetest.As(t, e, object.RoleDelivery).ResolveRecipients(t.Context(), object.ResolveRecipientsRequest{Addresses: []string{"anna", "nobody"}})
	if err != nil || r.Recipients[0].Code != mapi.GeneralFailure || r.Recipients[1].Code != mapi.NotFound {
		t.Errorf("%+v %v", r, err)
	}
}

// TestSlowReader wants that somebody who takes rows slowly holds no writer up.
func TestSlowReader(t *testing.T) {
	e := storetest.OpenDir(t, t.TempDir(), store.Options{Settle: 1})
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	f.save(f.inbox, text("1"), text("2"))
	for range f.anna.Query(t.Context(), object.QueryRequest{Table: object.TableContents, Folder: f.inbox}) {
		f.save(f.inbox, text("seen by no snapshot"))
		for range 20 {
			began := time.Now()
			f.save(f.inbox, text("beside"))
			if took := time.Since(began); took > 700*time.Millisecond {
				t.Fatalf("a writer waited %v", took)
			}
			<-time.After(25 * time.Millisecond) // the housekeeper looks every 250 ms
		}
		break
	}
	f.check()
}

// TestCrowd opens many mailboxes at once: those that stay open are bounded.
func TestCrowd(t *testing.T) {
	e := storetest.OpenDir(t, t.TempDir(), store.Options{Mailboxes: 4})
	var to []object.DeliverTo
	for i := range 24 {
		to = append(to, object.DeliverTo{Store: storetest.AddUser(t, e, fmt.Sprintf("user%d", i)).Store})
	}
	before := openFiles(t)
	d := storetest.As(t, e, object.RoleDelivery)
	for _, place := range to {
		r, err := d.Deliver(t.Context(), object.DeliverRequest{To: []object.DeliverTo{place}, Message: text("x")})
		if err != nil || r.Results[0].Code != 0 {
			t.Fatalf("%+v %v", r, err)
		}
	}
	if n := openFiles(t) - before; n > 3*6 {
		t.Errorf("%d files more are open", n)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(list)
}

// TestSecondEngine wants that one started by mistake leaves the first's board.
func TestSecondEngine(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "versions")
	board := func(id string) func() (*stamp.Board, error) {
		return func() (*stamp.Board, error) { return stamp.Create(path, id) }
	}
	storetest.OpenDir(t, dir, store.Options{Stamps: board("first")})
	if _, err := store.Open(t.Context(), dir, store.Options{Stamps: board("second")}); mapi.CodeOf(err) != mapi.Busy {
		t.Fatalf("second: %v", err)
	}
	v, err := stamp.Open(path, "first")
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}
}

// TestRemovedStoreVersion wants that the removal of a mailbox shows.
func TestRemovedStoreVersion(t *testing.T) {
	f := open(t)
	admin := storetest.As(t, f.e, object.RoleAdmin)
	before, _ := admin.(object.Versioned).Version(f.store)
	if _, err := admin.DeleteUser(t.Context(), object.DeleteUserRequest{Name: "anna", Purge: true}); err != nil {
		t.Fatal(err)
	}
	if after, _ := admin.(object.Versioned).Version(f.store); after == before {
		t.Errorf("version %d as before", after)
	}
}

// TestPatience wants that somebody who takes rows too slowly is cut off, so
// that the log can be emptied.
func TestPatience(t *testing.T) {
	e := storetest.OpenDir(t, t.TempDir(), store.Options{Patience: 1})
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	list := make([]object.NewMessage, 200)
	for i := range list {
		list[i] = text("x")
	}
	f.save(f.inbox, list...)
	var err error
	for _, err = range f.anna.Query(t.Context(), object.QueryRequest{Table: object.TableContents, Folder: f.inbox}) {
	}
	if mapi.CodeOf(err) != mapi.Timeout {
		t.Errorf("query: %v", err)
	}
	for _, err = range f.anna.Changes(t.Context(), object.ChangesRequest{Folder: f.inbox}) {
	}
	if mapi.CodeOf(err) != mapi.Timeout {
		t.Errorf("changes: %v", err)
	}
}

// TestCreateTwice makes one user many times at once: one comes about, with the
// one mailbox.
func TestCreateTwice(t *testing.T) {
	dir := t.TempDir()
	e := storetest.OpenDir(t, dir, store.Options{})
	admin := storetest.As(t, e, object.RoleAdmin)
	var wg sync.WaitGroup
	var made atomic.Int32
	for range 6 {
		wg.Go(func() {
			_, err := admin.CreateUser(t.Context(), object.CreateUserRequest{User: directory.User{Name: "anna"}})
			switch {
			case err == nil:
				made.Add(1)
			case mapi.CodeOf(err) != mapi.AlreadyExists:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	stores, err := os.ReadDir(filepath.Join(dir, "mailboxes"))
	if made.Load() != 1 || len(stores) != 1 || err != nil {
		t.Errorf("%d users, %d mailboxes, %v", made.Load(), len(stores), err)
	}
}

// TestMoveSubmitted wants that what waits to be sent is not moved to another
// mailbox: it would not be sent.
func TestMoveSubmitted(t *testing.T) {
	f := open(t)
	outbox := f.st.SpecialFolder(object.KindOutbox)
	m := text("to be sent")
	m.Recipients = []mapi.Props{{}}
	saved := f.save(outbox, m)[0]
	if _, err := f.anna.Submit(t.Context(), object.SubmitRequest{Message: saved.ID}); err != nil {
		t.Fatal(err)
	}
	bert, err := storetest.Logon(t, f.e, "bert").GetStore(t.Context(), object.GetStoreRequest{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = storetest.As(t, f.e, object.RoleArchive).Transfer(t.Context(), object.TransferRequest{Store: f.store, Folder: outbox,
		UIDs: []mapi.UIDRange{{First: 1, Last: 9}}, ToStore: bert.GUID, ToFolder: bert.SpecialFolder(object.KindInbox), Move: true})
	if mapi.CodeOf(err) != mapi.Submitted {
		t.Errorf("move: %v", err)
	}
	if n := f.state(outbox).Messages; n != 1 {
		t.Errorf("%d messages in the Outbox", n)
	}
	f.check()
}

// TestUploadBeyondQuota wants that a user's content is not taken that could
// not be saved.
func TestUploadBeyondQuota(t *testing.T) {
	f := open(t)
	quota := directory.Quota{Hard: 1000}
	if _, err := storetest.As(t, f.e, object.RoleAdmin).SetUser(t.Context(), object.SetUserRequest{Name: "anna", Changes: directory.Changes{Quota: &quota}}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		size int64
		want mapi.Code
	}{{"fits", 900, 0}, {"is too much", 1001, mapi.QuotaExceeded}} {
		_, err := f.anna.Upload(t.Context(), object.UploadRequest{Size: tc.size}, strings.NewReader(strings.Repeat("x", int(tc.size))))
		if err == nil && tc.want != 0 || err != nil && mapi.CodeOf(err) != tc.want {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}
