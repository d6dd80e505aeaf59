// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// motley are messages of all kinds of flags and keywords.
func motley(n int) []object.NewMessage {
	var out []object.NewMessage
	for i := range n {
		m := text("motley")
		m.Flags = object.Flags(i*7) & object.FlagsSettable
		if i%3 == 0 {
			m.Keywords = []string{"kept"}
		}
		out = append(out, m)
	}
	return out
}

// asIs is what there is of a folder but its change numbers.
func (f *fixture) asIs(folder mapi.ID) (list []object.ChangeItem, state object.FolderState) {
	for _, c := range collect(f.t, f.anna.Changes(f.t.Context(), object.ChangesRequest{Folder: folder})) {
		if c.Kind == object.ChangeUpsert {
			c.ID, c.Change, c.Modified, c.Received, c.Saved = 0, 0, 0, mapi.FromFileTime(0), time.Time{}
			list = append(list, c)
		}
	}
	state = f.state(folder)
	state.Folder, state.Change, state.UIDValidity = 0, 0, 0
	return list, state
}

// TestBulk does the same to many messages in one range, which is done at once, and
// to each by a call of its own, which is not: nothing differs.
func TestBulk(t *testing.T) {
	const n = 100
	whole := []mapi.UIDRange{{First: 3, Last: 40}, {First: 50, Last: 1 << 31}}
	var each []mapi.UIDRange
	for uid := mapi.UID(3); uid <= n; uid++ {
		if uid <= 40 || uid >= 50 {
			each = append(each, mapi.UIDRange{First: uid, Last: uid})
		}
	}
	for _, c := range []struct {
		name string
		do   func(f *fixture, folder mapi.ID, uids []mapi.UIDRange) (any, error)
	}{
		{"add flags", setFlags(object.FlagsAdd, object.FlagSeen|object.FlagDeleted)},
		{"remove flags", setFlags(object.FlagsRemove, object.FlagSeen|object.FlagFlagged)},
		{"replace flags", setFlags(object.FlagsReplace, object.FlagSeen)},
		{"replace flags, with keywords", setFlags(object.FlagsReplace, object.FlagDeleted, "other")},
		{"add flags, briefly", briefly(object.FlagsAdd, object.FlagSeen|object.FlagDeleted)},
		{"remove flags, briefly", briefly(object.FlagsRemove, object.FlagSeen|object.FlagFlagged)},
		{"delete", remove(false)},
		{"expunge", remove(true)},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t)
			drafts := f.st.SpecialFolder(object.KindDrafts)
			f.save(f.inbox, motley(n)...)
			f.save(drafts, motley(n)...)
			before := f.state(f.inbox).Change
			one, err := c.do(f, f.inbox, whole)
			two := reflect.MakeSlice(reflect.TypeOf(one), 0, n)
			var err2 error
			for i := range each {
				part, err := c.do(f, drafts, each[i:i+1])
				two, err2 = reflect.AppendSlice(two, reflect.ValueOf(part)), errors.Join(err2, err)
			}
			if err != nil || err2 != nil || !reflect.DeepEqual(one, two.Interface()) {
				t.Errorf("answered %+v %v\nand %+v %v", one, err, two, err2)
			}
			same := func() {
				t.Helper()
				list, state := f.asIs(f.inbox)
				list2, state2 := f.asIs(drafts)
				if !reflect.DeepEqual(list, list2) || !reflect.DeepEqual(state, state2) {
					t.Errorf("there are %+v %+v\nand %+v %+v", state, list, state2, list2)
				}
			}
			same()
			f.check()
			told := 0
			for range collect(t, f.anna.Changes(t.Context(), object.ChangesRequest{Folder: f.inbox, Since: before})) {
				told++
			}
			if told < 10 {
				t.Errorf("%d changes are told", told)
			}
			for _, folder := range []mapi.ID{f.inbox, drafts} { // and what was deleted comes back
				_, err := f.anna.Transfer(t.Context(), object.TransferRequest{Folder: folder, UIDs: []mapi.UIDRange{{First: 1, Last: 1 << 31}}, Restore: true, Move: true})
				if err != nil {
					t.Error(err)
				}
			}
			same()
			f.check()
		})
	}
}

func setFlags(mode object.FlagMode, flags object.Flags, keywords ...string) func(*fixture, mapi.ID, []mapi.UIDRange) (any, error) {
	return func(f *fixture, folder mapi.ID, uids []mapi.UIDRange) (any, error) {
		r, err := f.anna.SetFlags(f.t.Context(), object.SetFlagsRequest{Folder: folder, UIDs: uids, Mode: mode, Flags: flags, Keywords: keywords})
		for i := range r.Items {
			r.Items[i].Change = 0
		}
		return r.Items, err
	}
}

func briefly(mode object.FlagMode, flags object.Flags) func(*fixture, mapi.ID, []mapi.UIDRange) (any, error) {
	return func(f *fixture, folder mapi.ID, uids []mapi.UIDRange) (any, error) {
		r, err := f.anna.SetFlags(f.t.Context(), object.SetFlagsRequest{Folder: folder, UIDs: uids, Mode: mode, Flags: flags, Brief: true})
		if r.Brief != (uids[0].First < uids[0].Last) || r.Change != f.state(folder).Change {
			f.t.Errorf("answered %+v, the folder is at %d", r, f.state(folder).Change)
		}
		return make([]struct{}, r.Messages+len(r.Items)), err
	}
}

// TestBriefly: where an answer depends on the message, each is told.
func TestBriefly(t *testing.T) {
	f := open(t)
	f.save(f.inbox, motley(100)...)
	for _, c := range []struct {
		name  string
		req   object.SetFlagsRequest
		brief int // messages; 0: each is told
	}{
		{"all", object.SetFlagsRequest{Mode: object.FlagsAdd, Flags: object.FlagAnswered}, 100},
		{"what is set", object.SetFlagsRequest{Mode: object.FlagsAdd, Flags: object.FlagAnswered}, 100},
		{"some", object.SetFlagsRequest{Mode: object.FlagsRemove, Flags: object.FlagAnswered, UIDs: []mapi.UIDRange{{First: 41, Last: 1000}}}, 60},
		{"few", object.SetFlagsRequest{Mode: object.FlagsRemove, Flags: object.FlagAnswered, UIDs: []mapi.UIDRange{{First: 1, Last: 10}}}, 0},
		{"instead of others", object.SetFlagsRequest{Mode: object.FlagsReplace, Flags: object.FlagAnswered}, 0},
		{"keywords", object.SetFlagsRequest{Mode: object.FlagsAdd, Keywords: []string{"word"}}, 0},
		{"on a condition", object.SetFlagsRequest{Mode: object.FlagsAdd, Flags: object.FlagDraft, Conditional: true}, 0},
		{"receipts", object.SetFlagsRequest{Mode: object.FlagsAdd, Flags: object.FlagSeen, Receipts: true}, 0},
	} {
		c.req.Folder, c.req.Brief = f.inbox, true
		if c.req.UIDs == nil {
			c.req.UIDs = []mapi.UIDRange{{First: 1, Last: 1000}}
		}
		before := f.state(f.inbox).Change
		r, err := f.anna.SetFlags(t.Context(), c.req)
		if err != nil || r.Brief != (c.brief > 0) || r.Messages != c.brief || r.Brief != (len(r.Items)+len(r.Conflicts) == 0) {
			t.Errorf("%s: %v, brief is %v about %d messages, %d are told", c.name, err, r.Brief, r.Messages, len(r.Items))
		}
		if r.Before != before || (r.Change == before) != (c.name == "what is set" || c.req.Conditional) {
			t.Errorf("%s: from %d to %d, was %d", c.name, r.Before, r.Change, before)
		}
	}
	f.check()
}

func remove(onlyDeleted bool) func(*fixture, mapi.ID, []mapi.UIDRange) (any, error) {
	return func(f *fixture, folder mapi.ID, uids []mapi.UIDRange) (any, error) {
		r, err := f.anna.DeleteMessages(f.t.Context(), object.DeleteMessagesRequest{Folder: folder, UIDs: uids, OnlyDeleted: onlyDeleted, Soft: true})
		return r.UIDs, err
	}
}
