// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"fmt"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func flagCases() []testCase {
	return []testCase{
		{"flags and keywords are added, removed and replaced", flagModes},
		{"what stays the same is no change", flagSame},
		{"changes can be conditional", flagConditional},
		{"only settable flags are set", flagSettable},
		{"keywords are bounded", flagLimits},
		{"counters follow", flagCounters},
		{"an answer about many can be brief", flagBrief},
	}
}

// setFlags changes flags.
func (m *mailbox) setFlags(uids []mapi.UIDRange, mode object.FlagMode, flags object.Flags, keywords ...string) object.SetFlagsResponse {
	m.Helper()
	resp, err := m.s.SetFlags(m.Context(), object.SetFlagsRequest{Store: m.guid, Folder: m.inbox, UIDs: uids, Mode: mode, Flags: flags, Keywords: keywords})
	m.ok(err)
	return resp
}

func flagModes(k *kit) {
	m := k.mailbox()
	first := plain("x")
	first.Flags, first.Keywords = object.FlagSeen|object.FlagDraft, []string{"one"}
	m.save(m.inbox, first)
	for _, step := range []struct {
		mode     object.FlagMode
		flags    object.Flags
		keywords []string
		want     object.Flags
		words    []string
	}{
		{object.FlagsAdd, object.FlagAnswered, []string{"two", "$Label"}, object.FlagSeen | object.FlagDraft | object.FlagAnswered, []string{"one", "two", "$Label"}},
		{object.FlagsRemove, object.FlagDraft | object.FlagFlagged, []string{"one", "none"}, object.FlagSeen | object.FlagAnswered, []string{"two", "$Label"}},
		{object.FlagsReplace, object.FlagDeleted | object.FlagForwarded, []string{"three"}, object.FlagDeleted | object.FlagForwarded, []string{"three"}},
		{object.FlagsAdd, 0, []string{"THREE"}, object.FlagDeleted | object.FlagForwarded, []string{"three"}},
		{object.FlagsReplace, 0, nil, 0, nil},
	} {
		name := fmt.Sprintf("mode %d with %x %v", step.mode, step.flags, step.keywords)
		resp := m.setFlags(one(1), step.mode, step.flags, step.keywords...)
		if len(resp.Items) != 1 || resp.Items[0].UID != 1 || resp.Items[0].Flags&object.FlagsSettable != step.want || !slices.Equal(resp.Items[0].Keywords, step.words) {
			k.Errorf("%s: %+v, want %x %v", name, resp.Items, step.want, step.words)
		}
		_, items := m.changes(m.inbox, 0)
		if items[0].Flags&object.FlagsSettable != step.want || !slices.Equal(items[0].Keywords, step.words) || items[0].Change != resp.Items[0].Change {
			k.Errorf("%s: then in the changes %+v", name, items[0])
		}
	}
}

func flagSame(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 3)
	m.setFlags(one(2), object.FlagsAdd, object.FlagSeen, "word")
	before, items := m.changes(m.inbox, 0)
	resp := m.setFlags(one(2), object.FlagsAdd, object.FlagSeen, "word")
	if resp.Change != before.Change || len(resp.Items) != 1 || resp.Items[0].Changed || resp.Items[0].Change != items[1].Change {
		k.Errorf("setting what is set: %+v", resp)
	}
	resp = m.setFlags(everything(), object.FlagsAdd, object.FlagSeen)
	equal(k, "the number of items", len(resp.Items), 3)
	for i, it := range resp.Items {
		equal(k, "the UID", it.UID, mapi.UID(i+1))
		equal(k, fmt.Sprintf("message %d changed", it.UID), it.Changed, it.UID != 2)
		equal(k, "it has a higher change number", it.Change > before.Change, it.UID != 2)
	}
	equal(k, "the folder's change", m.state(m.inbox).Change, resp.Change)
	none := m.setFlags(one(77), object.FlagsAdd, object.FlagSeen)
	equal(k, "the items of no message", len(none.Items), 0)
	equal(k, "the folder's change", none.Change, resp.Change)
	_, err := m.s.SetFlags(k.Context(), object.SetFlagsRequest{Store: m.guid, Folder: 1 << 40, UIDs: one(1), Mode: object.FlagsAdd})
	k.fails(err, mapi.NotFound)
	_, err = m.s.SetFlags(k.Context(), object.SetFlagsRequest{Store: m.guid, Folder: m.inbox, UIDs: one(1), Mode: 77})
	k.fails(err, mapi.InvalidParameter)
}

func flagConditional(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 3)
	since := m.state(m.inbox).Change
	m.setFlags(one(2), object.FlagsAdd, object.FlagFlagged)
	req := object.SetFlagsRequest{Store: m.guid, Folder: m.inbox, UIDs: everything(), Mode: object.FlagsAdd, Flags: object.FlagDeleted, Conditional: true, UnchangedSince: since}
	resp, err := m.s.SetFlags(k.Context(), req)
	k.ok(err)
	same(k, "the conflicts", resp.Conflicts, []mapi.UID{2})
	equal(k, "the number of items", len(resp.Items), 2)
	_, items := m.changes(m.inbox, 0)
	for _, it := range items {
		equal(k, fmt.Sprintf("message %d is deleted", it.UID), it.Flags&object.FlagDeleted != 0, it.UID != 2)
	}
	req.UnchangedSince = 0
	resp, err = m.s.SetFlags(k.Context(), req)
	k.ok(err)
	equal(k, "the number of conflicts with UNCHANGEDSINCE 0", len(resp.Conflicts), 3)
}

func flagSettable(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 1)
	resp, err := m.s.SetFlags(k.Context(), object.SetFlagsRequest{
		Store: m.guid, Folder: m.inbox, UIDs: one(1), Mode: object.FlagsAdd, Flags: object.FlagSubmitted | object.FlagHasAttachment | object.FlagSeen,
	})
	if err != nil {
		k.fails(err, mapi.InvalidParameter, mapi.UnknownFlags)
		return
	}
	equal(k, "the flags", resp.Items[0].Flags, object.FlagSeen)
}

func flagLimits(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 1)
	many := make([]string, object.MaxKeywords+1)
	for i := range many {
		many[i] = fmt.Sprintf("k%d", i)
	}
	for name, words := range map[string][]string{
		"too many": many, "too long": {strings.Repeat("x", object.MaxKeywordLength+1)}, "empty": {""},
	} {
		_, err := m.s.SetFlags(k.Context(), object.SetFlagsRequest{Store: m.guid, Folder: m.inbox, UIDs: one(1), Mode: object.FlagsAdd, Keywords: words})
		if code := mapi.CodeOf(err); code != mapi.InvalidParameter && code != mapi.TooBig && code != mapi.StringTooLong && code != mapi.NotEnoughResources {
			k.Errorf("keywords that are %s: %v", name, err)
		}
	}
	resp := m.setFlags(one(1), object.FlagsAdd, 0, many[:object.MaxKeywords]...)
	equal(k, "the number of keywords", len(resp.Items[0].Keywords), object.MaxKeywords)
}

func flagBrief(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 100)
	m.setFlags([]mapi.UIDRange{{First: 21, Last: 70}}, object.FlagsAdd, object.FlagSeen|object.FlagFlagged, "word")
	for _, step := range []struct {
		mode  object.FlagMode
		flags object.Flags
	}{
		{object.FlagsAdd, object.FlagSeen | object.FlagDeleted},
		{object.FlagsRemove, object.FlagSeen},
		{object.FlagsRemove, object.FlagDeleted | object.FlagFlagged},
	} {
		before, old := m.changes(m.inbox, 0)
		resp, err := m.s.SetFlags(k.Context(), object.SetFlagsRequest{Store: m.guid, Folder: m.inbox, UIDs: everything(), Mode: step.mode, Flags: step.flags, Brief: true})
		k.ok(err)
		after, items := m.changes(m.inbox, 0)
		equal(k, "the folder's change before", resp.Before, before.Change)
		equal(k, "the folder's change", resp.Change, after.Change)
		equal(k, "the messages", resp.Messages+len(resp.Items), 100)
		for i := range items {
			want := old[i].Flags | step.flags
			if step.mode == object.FlagsRemove {
				want = old[i].Flags &^ step.flags
			}
			equal(k, "the flags", items[i].Flags, want)
			equal(k, "the keywords", len(items[i].Keywords), len(old[i].Keywords))
			if resp.Brief {
				number := old[i].Change
				if want != old[i].Flags {
					number = resp.Change
				}
				equal(k, "the change number", items[i].Change, number)
			}
		}
	}
	st := m.state(m.inbox)
	equal(k, "the unread", st.Unread, 100)
	equal(k, "the deleted", st.Deleted, 0)
}

func flagCounters(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 10)
	m.setFlags([]mapi.UIDRange{{First: 1, Last: 4}, {First: 4, Last: 6}}, object.FlagsAdd, object.FlagSeen)
	m.setFlags([]mapi.UIDRange{{First: 9, Last: 1000}}, object.FlagsAdd, object.FlagDeleted)
	m.setFlags(one(5), object.FlagsReplace, object.FlagDeleted)
	st := m.state(m.inbox)
	equal(k, "the unread", st.Unread, 5)
	equal(k, "the deleted", st.Deleted, 3)
	equal(k, "the messages", st.Messages, 10)
}
