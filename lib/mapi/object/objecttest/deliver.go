// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"strings"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func deliverCases() []testCase {
	return []testCase{
		{"addresses are resolved", deliverResolve},
		{"one message goes into many mailboxes", deliverMany},
		{"a copy that cannot be delivered has its code", deliverCodes},
	}
}

func deliverResolve(k *kit) {
	u := k.newUser(func(u *directory.User) { u.Aliases = []string{"resolve-" + u.Name + "@other.test"} })
	short, _, _ := strings.Cut(u.Name, "@")
	s := k.role(object.RoleDelivery)
	addresses := []string{u.Address, "nobody@" + k.env.Domain, u.Aliases[0], strings.ToUpper(u.Address), short, "nobody@elsewhere.test", "not an address"}
	resp, err := s.ResolveRecipients(k.Context(), object.ResolveRecipientsRequest{Addresses: addresses})
	k.ok(err)
	var found []bool
	for _, r := range resp.Recipients {
		found = append(found, r.Code == 0)
		if r.Code == 0 && (r.Store != u.Store || r.User != u.Name) || r.Code != 0 && r.Code != mapi.NotFound {
			k.Errorf("resolved as %+v", r)
		}
	}
	same(k, "what was found", found, []bool{true, false, true, true, true, false, false})
}

func deliverMany(k *kit) {
	a, b := k.mailbox(), k.mailbox()
	folder := b.folder(0, "lists")
	s := k.role(object.RoleDelivery)
	blob := noise(200_000, 5)
	id, err := s.Upload(k.Context(), object.UploadRequest{Size: -1}, strings.NewReader(string(blob)))
	k.ok(err)
	text := lines(blob, 76, "\r\n")
	msg := object.NewMessage{
		Content:     append(inline("Subject: many\r\n\r\n"), object.Segment{Blob: id, Width: 76, Size: int64(len(text))}),
		Attachments: []object.NewAttachment{{Content: []object.Segment{{Blob: id, Size: int64(len(blob))}}}},
	}
	resp, err := s.Deliver(k.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: a.guid}, {Store: b.guid, Folder: folder}, {Store: a.guid}}, Message: msg})
	k.ok(err)
	for i, want := range []struct {
		m      *mailbox
		folder mapi.ID
	}{{a, a.inbox}, {b, folder}, {a, a.inbox}} {
		r := resp.Results[i]
		if r.Code != 0 || r.Saved.UID == 0 || r.Saved.ID == 0 {
			k.Fatalf("copy %d: %+v", i, r)
		}
		got := want.m.get(nil, r.Saved.ID)[0]
		equal(k, "the folder", got.Folder, want.folder)
		equal(k, "it is unread", got.Flags&object.FlagSeen, 0)
		if content := want.m.content(r.Saved.ID); string(content) != "Subject: many\r\n\r\n"+text {
			k.Errorf("copy %d: content differs", i)
		}
		if content := want.m.read(object.ReadItem{Message: r.Saved.ID, Attachment: 1, Length: -1}); string(content) != string(blob) {
			k.Errorf("copy %d: attachment differs", i)
		}
	}
	same(k, "the UIDs of the first", a.uids(a.inbox), []mapi.UID{1, 2})
	equal(k, "the unread", a.state(a.inbox).Unread, 2)
}

func deliverCodes(k *kit) {
	good := k.mailbox()
	full := k.mailbox(func(u *directory.User) { u.Quota = directory.Quota{Hard: 500} })
	full.save(full.inbox, plain("small"))
	s := k.role(object.RoleDelivery)
	msg := object.NewMessage{Content: inline("Subject: x\r\n\r\n" + strings.Repeat("large ", 1000))}
	resp, err := s.Deliver(k.Context(), object.DeliverRequest{
		To:      []object.DeliverTo{{Store: full.guid}, {Store: mapi.GUID{5}}, {Store: good.guid}, {Store: good.guid, Folder: 1 << 40}},
		Message: msg,
	})
	k.ok(err)
	var codes []mapi.Code
	for _, r := range resp.Results {
		codes = append(codes, r.Code)
	}
	same(k, "the codes", codes, []mapi.Code{mapi.QuotaExceeded, mapi.NotFound, 0, mapi.NotFound})
	equal(k, "the messages of the full mailbox", full.state(full.inbox).Messages, 1)
	equal(k, "the messages of the good one", good.state(good.inbox).Messages, 1)
}
