// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// TestCheckFinds damages a mailbox and looks for the damage.
func TestCheckFinds(t *testing.T) {
	for _, tc := range []struct {
		name, sql string
		want      []string
		repaired  bool // all of it
	}{
		{"sound", "", nil, true},
		{"counter", "UPDATE folder SET unread = 7 WHERE kind = 2", []string{"counter"}, true},
		{"mailbox size", "UPDATE folder SET size = 7 WHERE id = 1", []string{"counter"}, true},
		{"next uid", "UPDATE folder SET uid_next = 1 WHERE kind = 2", []string{"uid-order"}, true},
		{"change of the folder", "UPDATE folder SET change = 1 WHERE kind = 2", []string{"change"}, true},
		{"change never given", "UPDATE folder SET change = 1 WHERE id = 1", []string{"change"}, true},
		{"item without a change", "UPDATE item SET change = 0 WHERE uid = 1", []string{"change"}, true},
		{"next id", "UPDATE folder SET uid_next = 5 WHERE id = 1", []string{"change", "id"}, true},
		{"item without message", "DELETE FROM message WHERE uid = 1", []string{"body-message", "item-message"}, true},
		{"message without item", "DELETE FROM item WHERE uid = 1", []string{"counter", "message-item"}, true},
		{"message in no folder at all", "DELETE FROM item; UPDATE message SET folder = 99", []string{"counter", "message-item"}, true},
		{"no body", "DELETE FROM body", []string{"blob-refs", "message-body"}, true},
		{"damaged recipe", "UPDATE body SET recipe = x'0903'", []string{"blob-refs", "recipe"}, true},
		{"size", "UPDATE item SET content = 3", []string{"recipe"}, true},
		{"recipients", "UPDATE message SET recipients = x'ff'", []string{"rows"}, true},
		{"item in no folder", "UPDATE item SET folder = 99", []string{"counter", "item-folder", "item-message", "message-item"}, true},
		{"folder without parent", "INSERT INTO folder (id, parent, kind, uid_validity, uid_next, change, own_change, pruned, total, unread, deleted, size, name, class) VALUES (900, 901, 0, 5, 1, 1, 1, 0, 0, 0, 0, 0, 'x', ''); UPDATE folder SET uid_next = 1000 WHERE id = 1",
			[]string{"folder-parent"}, true},
		{"folder in itself", "UPDATE folder SET parent = id WHERE kind = 7", []string{"folder-parent"}, true},
		{"folders in a circle", "UPDATE folder SET parent = (SELECT id FROM folder WHERE kind = 8) WHERE kind = 7; UPDATE folder SET parent = (SELECT id FROM folder WHERE kind = 7) WHERE kind = 8",
			[]string{"folder-parent"}, true},
		{"flagged as queued", "UPDATE item SET flags = flags | 65536", []string{"queue"}, true},
		{"queued without a flag", "INSERT INTO queue SELECT id, 1, 1, 0, '', '' FROM item", []string{"queue"}, true},
		{"associated counter", "UPDATE folder SET associated = 7 WHERE kind = 2", []string{"counter"}, true},
		{"soft-deleted bytes", "UPDATE folder SET recoverable_size = 7 WHERE id = 1", []string{"counter"}, true},
		{"a list that is none", "UPDATE item SET folder = folder | (5 << 56); UPDATE message SET folder = folder | (5 << 56)", []string{"counter", "item-folder"}, true},
		{"soft-deleted without a time", "UPDATE item SET folder = folder | (2 << 56); UPDATE message SET folder = folder | (2 << 56)", []string{"counter", "deleted"}, true},
		{"a time of nothing", "INSERT INTO deleted (object, at, origin) VALUES (77, 1, 3)", []string{"deleted"}, true},
		{"a soft-deleted folder without a time", "INSERT INTO folder (id, parent, kind, uid_validity, uid_next, change, own_change, pruned, total, unread, deleted, size, name, class) SELECT 900, 1, 19, 5, 1, 1, 1, 0, 0, 0, 0, 0, 'x', ''; UPDATE folder SET parent = 900 WHERE kind = 7; UPDATE folder SET uid_next = 1000 WHERE id = 1",
			[]string{"deleted"}, true},
		{"gone and there", "INSERT INTO tombstone SELECT folder, 1, uid, id, 0 FROM item LIMIT 1", []string{"tombstone"}, true},
		{"tombstone never given", "INSERT INTO tombstone VALUES (3, 999, 77, 77, 0)", []string{"tombstone"}, true},
		{"references", "UPDATE blob SET refs = 9", []string{"blob-refs"}, true},
		{"no references", "DELETE FROM blob", []string{"blob-refs"}, true},
		{"reference to nothing", "INSERT INTO blob VALUES (zeroblob(32), 1)", []string{"blob-refs"}, true},
		{"rights on nothing", "INSERT INTO acl VALUES (99, x'01', 1)", []string{"leftover"}, true},
		{"rule of nothing", "INSERT INTO rule VALUES (1, 99, x'01')", []string{"leftover"}, true},
		{"receives into nothing", "INSERT INTO receive VALUES ('', 99)", []string{"leftover"}, true},
		{"author of nothing", "INSERT INTO author VALUES (999, x'01')", []string{"leftover"}, true},
		{"key of nothing", "INSERT INTO source VALUES (x'01', 999)", []string{"leftover"}, true},
		{"no mailbox", "DELETE FROM mailbox", []string{"integrity"}, true},
		{"no root", "DELETE FROM folder WHERE id = 1", []string{"integrity"}, true},
		{"no folders", "DELETE FROM folder", []string{"integrity"}, true},
		{"no schema version", "PRAGMA user_version = 0", []string{"integrity"}, true},
		{"a table is gone", "DROP TABLE message", []string{"integrity"}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			e := storetest.OpenDir(t, dir, store.Options{})
			storetest.AddUser(t, e, "anna")
			f := newFixture(t, e)
			f.save(f.inbox, f.withBlob("1", strings.Repeat("blob ", 900)), text("2"))
			e.Close()
			damage(t, filepath.Join(dir, "mailboxes", f.store.String(), "mailbox.db"), tc.sql)
			e = storetest.OpenDir(t, dir, store.Options{})
			if got := findings(t, e, f.store, false); !slices.Equal(got, tc.want) {
				t.Errorf("found %v, want %v", got, tc.want)
			}
			findings(t, e, f.store, true)
			if got := findings(t, e, f.store, false); tc.repaired && len(got) > 0 {
				t.Errorf("after repair: %v", got)
			}
		})
	}
}

func damage(t *testing.T, path, sql string) {
	t.Helper()
	c, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if sql != "" {
		if err := c.Script(sql); err != nil {
			t.Fatal(err)
		}
	}
}

// findings are the kinds of problem, each once.
func findings(t *testing.T, e *store.Engine, guid mapi.GUID, repair bool) []string {
	t.Helper()
	var out []string
	for p, err := range storetest.As(t, e, object.RoleAdmin).Check(t.Context(), object.CheckRequest{Store: guid, Repair: repair, Blobs: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(out, p.Kind) {
			out = append(out, p.Kind)
		}
	}
	slices.Sort(out)
	return out
}

// TestBlobs takes away, damages and sweeps blobs.
func TestBlobs(t *testing.T) {
	dir := t.TempDir()
	e := storetest.OpenDir(t, dir, store.Options{BlobGrace: 1})
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	content := strings.Repeat("blob ", 3000)
	save := func(s string) object.SavedMessage {
		id, err := f.anna.Upload(t.Context(), object.UploadRequest{Size: -1}, strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		return f.save(f.inbox, object.NewMessage{Content: []object.Segment{{Blob: id, Size: int64(len(s))}}})[0]
	}
	one, two := save(content+"1"), save(content+"2")
	if _, err := f.anna.DeleteMessages(t.Context(), object.DeleteMessagesRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: one.UID, Last: one.UID}}}); err != nil {
		t.Fatal(err)
	}
	s, err := e.SweepBlobs(t.Context())
	if err != nil || s.Removed != 1 || s.Seen != 2 {
		t.Errorf("sweep %+v %v", s, err)
	}
	if got := f.content(object.ReadItem{Message: two.ID, Length: -1}); string(got) != content+"2" {
		t.Error("content differs")
	}
	f.check()
	files, _ := filepath.Glob(filepath.Join(dir, "blobs", "??", "*"))
	if len(files) != 1 {
		t.Fatalf("files %v", files)
	}
	raw, _ := os.ReadFile(files[0])
	raw[len(raw)-20] ^= 1
	os.WriteFile(files[0], raw, 0o600)
	if got := findings(t, e, f.store, false); !slices.Equal(got, []string{"blob-damaged"}) {
		t.Errorf("damaged: %v", got)
	}
	os.Remove(files[0])
	if got := findings(t, e, f.store, false); !slices.Equal(got, []string{"blob-missing"}) {
		t.Errorf("missing: %v", got)
	}
}
