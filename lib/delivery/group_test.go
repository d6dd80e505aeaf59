// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery_test

import (
	"context"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// teams makes the groups "all" (anna, bert, full and somebody outside), "two"
// (anna and bert), "outside" (somebody outside), "stuffed" (full) and "quiet",
// which receives no mail.
func teams(t *testing.T, e *store.Engine) {
	t.Helper()
	admin := storetest.As(t, e, object.RoleAdmin)
	storetest.AddUser(t, e, "full")
	s := open(t, listen(t, "tcp", asDelivery(e), settings())())
	s.say("MAIL FROM:<>", "RCPT TO:<full>", "DATA", "Subject: fill", "", "x", ".")
	s.expect(250, 250, 354, 250)
	quota := directory.Quota{Hard: 1}
	if _, err := admin.SetUser(t.Context(), object.SetUserRequest{Name: "full", Changes: directory.Changes{Quota: &quota}}); err != nil {
		t.Fatal(err)
	}
	_, err := admin.CreateContact(t.Context(), object.CreateContactRequest{Contact: directory.Contact{Name: "partner", Address: "p@outside.test"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, members := range map[string][]string{
		"two": {"anna", "bert"}, "all": {"anna", "bert", "full", "partner"}, "outside": {"partner"}, "stuffed": {"full"}, "quiet": {"anna"},
	} {
		g := directory.Group{Name: name, Mailing: name != "quiet"}
		if _, err := admin.CreateGroup(t.Context(), object.CreateGroupRequest{Group: g}); err != nil {
			t.Fatal(err)
		}
		if _, err := admin.ChangeMembers(t.Context(), object.ChangeMembersRequest{Group: name, Add: members}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestGroups wants one answer for a group and one copy for each member.
func TestGroups(t *testing.T) {
	e := storetest.Open(t)
	teams(t, e)
	s := open(t, listen(t, "tcp", asDelivery(e), settings())())
	s.say("MAIL FROM:<x@elsewhere.test>", "RCPT TO:<all>", "RCPT TO:<two@example.test>", "RCPT TO:<anna>", "RCPT TO:<outside>",
		"RCPT TO:<stuffed>", "RCPT TO:<quiet>", "DATA", "Subject: hello", "", "text", ".")
	s.want("250 2.1.0", "250 2.1.5", "250 2.1.5", "250 2.1.5", "550 5.1.1", "452 4.2.2", "550 5.1.1", "354",
		"250 2.1.5 <all>", "250 2.1.5 <two@example.test>", "250 2.1.5 <anna>")
	for user, want := range map[string]int{"anna": 1, "bert": 1, "full": 1} {
		if got := inbox(t, e, user); len(got) != want {
			t.Errorf("%s has %d messages, want %d", user, len(got), want)
		}
	}
}

// busyOnce is a store where one mailbox is busy at the first delivery.
type busyOnce struct {
	object.Service
	object.Session
	busy  mapi.GUID
	times int
}

func (b *busyOnce) Logon(ctx context.Context, req object.LogonRequest) (s object.Session, err error) {
	b.Session, err = b.Service.Logon(ctx, req)
	return b, err
}

func (b *busyOnce) Deliver(ctx context.Context, req object.DeliverRequest) (object.DeliverResponse, error) {
	b.times++
	if b.times > 1 {
		return b.Session.Deliver(ctx, req)
	}
	var rest []object.DeliverTo
	for _, to := range req.To {
		if to.Store != b.busy {
			rest = append(rest, to)
		}
	}
	to := req.To
	req.To = rest
	resp, err := b.Session.Deliver(ctx, req)
	var out object.DeliverResponse
	for i := range to {
		if to[i].Store == b.busy {
			out.Results = append(out.Results, object.DeliverResult{Code: mapi.Busy, Text: "busy"})
			continue
		}
		out.Results, resp.Results = append(out.Results, resp.Results[0]), resp.Results[1:]
	}
	return out, err
}

// TestGroupComesAgain wants that a message that some members have comes again
// to the others only.
func TestGroupComesAgain(t *testing.T) {
	e := storetest.Open(t)
	teams(t, e)
	bert := storetest.Logon(t, e, "bert").Whoami()
	service := &busyOnce{Service: asDelivery(e), busy: bert.Store}
	s := open(t, listen(t, "tcp", service, settings())())
	for _, answer := range []string{"451 4.2.0 <two>", "250 2.1.5 <two>", "250 2.1.5 <two>"} {
		s.say("MAIL FROM:<x@elsewhere.test>", "RCPT TO:<two>", "DATA", " begins with a space", "", "text", ".")
		s.want("250 2.1.0", "250 2.1.5", "354", answer)
	}
	for user, want := range map[string]int{"anna": 2, "bert": 2} { // the third is another one: the second settled the first
		if got := inbox(t, e, user); len(got) != want {
			t.Errorf("%s has %d messages, want %d", user, len(got), want)
		}
	}
}
