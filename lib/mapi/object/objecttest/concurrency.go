// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"fmt"
	"slices"
	"sync"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func concurrencyCases() []testCase {
	return []testCase{
		{"many save into one folder", concurrentSave},
		{"readers and writers at once", concurrentMix},
	}
}

func concurrentSave(k *kit) {
	m := k.mailbox()
	const workers, each = 8, 15
	got := make([][]object.SavedMessage, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				resp, err := m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{
					Store: m.guid, Folder: m.inbox, Messages: []object.NewMessage{plain(fmt.Sprintf("%d of %d", i, w)), plain("and another")},
				})
				if err != nil {
					k.Errorf("save: %v", err)
					return
				}
				got[w] = append(got[w], resp.Saved...)
			}
		})
	}
	wg.Wait()
	var uids []mapi.UID
	for _, list := range got {
		for i, s := range list {
			if i > 0 && (s.UID <= list[i-1].UID || s.Change < list[i-1].Change) {
				k.Errorf("%+v after %+v", s, list[i-1])
			}
			uids = append(uids, s.UID)
		}
	}
	slices.Sort(uids)
	for i, uid := range uids {
		if uid != mapi.UID(i+1) {
			k.Fatalf("UID %d is number %d", uid, i+1)
		}
	}
	st := m.state(m.inbox)
	equal(k, "the messages", st.Messages, 2*workers*each)
	equal(k, "the unread", st.Unread, 2*workers*each)
	equal(k, "the next UID", st.UIDNext, 2*workers*each+1)
}

func concurrentMix(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 40)
	to := m.folder(0, "to")
	var wg sync.WaitGroup
	run := func(times int, do func(i int) error) {
		wg.Go(func() {
			for i := range times {
				if err := do(i); err != nil {
					k.Errorf("call %d: %v", i, err)
					return
				}
			}
		})
	}
	run(20, func(i int) error {
		_, err := m.s.SetFlags(k.Context(), object.SetFlagsRequest{Store: m.guid, Folder: m.inbox, UIDs: everything(), Mode: object.FlagsAdd + object.FlagMode(i%2), Flags: object.FlagSeen})
		return err
	})
	run(10, func(i int) error {
		_, err := m.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: m.inbox, UIDs: one(mapi.UID(i + 1)), ToFolder: to, Move: true})
		return err
	})
	run(10, func(i int) error {
		_, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: one(mapi.UID(i + 11))})
		return err
	})
	run(10, func(int) error {
		_, err := m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: m.inbox, Messages: []object.NewMessage{plain("x")}})
		return err
	})
	run(20, func(int) error { return consistent(m) })
	wg.Wait()
	equal(k, "the messages", m.state(m.inbox).Messages, 30)
	equal(k, "the messages that moved", m.state(to).Messages, 10)
	for _, p := range all(k, k.admin.Check(k.Context(), object.CheckRequest{Store: m.guid})) {
		k.Errorf("check finds %+v", p)
	}
}

// consistent compares the state that a stream of changes begins with to what
// follows it: both are of one moment.
func consistent(m *mailbox) error {
	items, err := collect(m.s.Changes(m.Context(), object.ChangesRequest{Store: m.guid, Folder: m.inbox}))
	if err != nil {
		return err
	}
	unread := uint32(0)
	for _, it := range items[1:] {
		if it.Flags&object.FlagSeen == 0 {
			unread++
		}
		if it.Change > items[0].State.Change || it.UID >= items[0].State.UIDNext {
			return fmt.Errorf("message %+v is of a later moment than %+v", it, items[0].State)
		}
	}
	if st := items[0].State; st.Messages != uint32(len(items)-1) || st.Unread != unread {
		return fmt.Errorf("state %+v with %d messages, %d of them unread", st, len(items)-1, unread)
	}
	return nil
}
