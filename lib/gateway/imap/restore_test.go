// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"testing"

	"twiga/lib/mapi/object"
)

// TestRemovedCanBeRestored: what EXPUNGE, CLOSE and DELETE remove is kept by
// the store for a time.
func TestRemovedCanBeRestored(t *testing.T) {
	service := openEngine(t)
	c := newRig(t, service).client(t)
	for range 3 {
		c.OK("%s", spell("APPEND INBOX "+letter))
	}
	for _, command := range []string{"CREATE box", "SELECT INBOX", "COPY 1 box", `STORE 1:2 +FLAGS.SILENT (\Deleted)`, "UID EXPUNGE 1", "CLOSE", "DELETE box"} {
		c.OK("%s", command)
	}
	s, st := annasMailbox(t, service)
	for _, tt := range []struct {
		name  string
		query object.QueryRequest
		want  int
	}{
		{"messages", object.QueryRequest{Table: object.TableSoftDeleted, Folder: st.SpecialFolder(object.KindInbox)}, 2},
		{"folders", object.QueryRequest{Table: object.TableSoftDeletedFolders}, 1},
	} {
		n := 0
		for _, err := range s.Query(t.Context(), tt.query) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != tt.want {
			t.Errorf("%d %s can be restored, want %d", n, tt.name, tt.want)
		}
	}
}
