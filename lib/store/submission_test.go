// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

func TestDeliver(t *testing.T) {
	f := open(t)
	ctx := t.Context()
	d := storetest.As(t, f.e, object.RoleDelivery)
	res, err := d.ResolveRecipients(ctx, object.ResolveRecipientsRequest{Addresses: []string{"anna", "BERT@example.test", "nobody"}})
	if err != nil || res.Recipients[1].User != "bert@example.test" || res.Recipients[2].Code != mapi.NotFound {
		t.Fatalf("resolve %+v %v", res, err)
	}
	noise := make([]byte, 9000)
	for i := range noise {
		noise[i] = byte(i * i * 7 >> 3)
	}
	id, err := d.Upload(ctx, object.UploadRequest{Size: -1}, bytes.NewReader(noise))
	if err != nil {
		t.Fatal(err)
	}
	msg := text("multi")
	msg.Content = append(msg.Content, object.Segment{Inline: noise, Size: int64(len(noise))}, object.Segment{Blob: id, Size: int64(len(noise))})
	msg.Attachments = []object.NewAttachment{{Offset: recipeSize(msg.Content[:1]), Length: 9000}}
	anna, bert := res.Recipients[0].Store, res.Recipients[1].Store
	out, err := d.Deliver(ctx, object.DeliverRequest{To: []object.DeliverTo{{Store: anna}, {Store: mapi.NewGUID()}, {Store: bert}, {Store: anna}}, Message: msg})
	if err != nil {
		t.Fatal(err)
	}
	var codes []mapi.Code
	for _, r := range out.Results {
		codes = append(codes, r.Code)
	}
	if !slices.Equal(codes, []mapi.Code{0, mapi.NotFound, 0, 0}) {
		t.Fatalf("codes %v", out)
	}
	var want []byte
	want = append(append(append(want, msg.Content[0].Inline...), noise...), noise...)
	if got := f.content(object.ReadItem{Message: out.Results[0].Saved.ID, Length: -1}); !bytes.Equal(got, want) {
		t.Errorf("content differs")
	}
	if got := f.content(object.ReadItem{Message: out.Results[3].Saved.ID, Attachment: 1, Offset: 10, Length: 100}); !bytes.Equal(got, noise[10:110]) {
		t.Errorf("attachment differs")
	}
	if _, err := d.GetStore(ctx, object.GetStoreRequest{GUID: anna}); err != nil {
		t.Errorf("describe: %v", err)
	}
	for _, err := range d.Read(ctx, object.ReadRequest{Store: anna, Items: []object.ReadItem{{Message: out.Results[0].Saved.ID}}}) {
		if !errors.Is(err, mapi.NoAccess) {
			t.Errorf("delivery reads: %v", err)
		}
	}
	f.check()
}

func recipeSize(list []object.Segment) (n int64) {
	for _, s := range list {
		n += s.Size
	}
	return n
}

func TestSubmission(t *testing.T) {
	dir := t.TempDir()
	e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	ctx := t.Context()
	outbox, sent := f.st.SpecialFolder(object.KindOutbox), f.st.SpecialFolder(object.KindSentItems)
	bare := text("no recipients")
	mail := text("mail")
	mail.Recipients = []mapi.Props{{{Tag: tag.EmailAddress, Value: mapi.String("x@example.test")}}}
	mail.Flags = object.FlagDraft
	ids := f.save(outbox, bare, mail)
	submit := func(id mapi.ID) error {
		_, err := f.anna.Submit(ctx, object.SubmitRequest{Message: id})
		return err
	}
	if err := submit(ids[0].ID); !errors.Is(err, mapi.NoRecipients) {
		t.Errorf("no recipients: %v", err)
	}
	if err := submit(ids[1].ID); err != nil {
		t.Fatal(err)
	}
	if err := submit(ids[1].ID); !errors.Is(err, mapi.Submitted) {
		t.Errorf("twice: %v", err)
	}
	if _, err := f.anna.AbortSubmit(ctx, object.SubmitRequest{Message: ids[1].ID}); err != nil {
		t.Error(err)
	}
	if err := submit(ids[1].ID); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}

	e = storetest.OpenDir(t, dir, store.Options{}) // the queue is there after a restart
	f = newFixture(t, e)
	spool := storetest.As(t, e, object.RoleSpool)
	list := collect(t, spool.Outgoing(ctx, object.OutgoingRequest{Due: time.Now()}))
	if len(list) != 1 || list[0].Message != ids[1].ID || list[0].Owner != "anna@example.test" {
		t.Fatalf("queue %+v", list)
	}
	if m := collect(t, spool.GetMessages(ctx, object.GetMessagesRequest{Store: f.store, IDs: []mapi.ID{ids[0].ID, ids[1].ID}})); len(m) != 1 {
		t.Errorf("spooler sees %d messages", len(m))
	}
	next := time.Now().Add(time.Hour).UTC()
	finish := func(req object.FinishSubmitRequest) error {
		req.Store, req.Message = f.store, ids[1].ID
		_, err := spool.FinishSubmit(ctx, req)
		return err
	}
	if err := finish(object.FinishSubmitRequest{Outcome: object.OutcomeRetry, Next: next, Reason: "busy", Done: []string{"a", "b"}}); err != nil {
		t.Fatal(err)
	}
	if n := len(collect(t, spool.Outgoing(ctx, object.OutgoingRequest{Due: time.Now()}))); n != 0 {
		t.Errorf("%d due", n)
	}
	if list = collect(t, spool.Outgoing(ctx, object.OutgoingRequest{})); len(list) != 1 || list[0].Attempts != 1 || len(list[0].Done) != 2 {
		t.Errorf("queue %+v", list)
	}
	report := text("report")
	if err := finish(object.FinishSubmitRequest{Outcome: object.OutcomeSent, Report: []object.NewMessage{report}}); err != nil {
		t.Fatal(err)
	}
	if err := finish(object.FinishSubmitRequest{Outcome: object.OutcomeSent}); !errors.Is(err, mapi.NotSubmitted) {
		t.Errorf("finish twice: %v", err)
	}
	if a, b := f.state(sent), f.state(f.inbox); a.Messages != 1 || a.Unread != 0 || b.Messages != 1 {
		t.Errorf("sent %+v inbox %+v", a, b)
	}
	f.check()
}

func TestBornAsProperties(t *testing.T) {
	f := open(t)
	data := []byte("attached")
	m := object.NewMessage{Props: mapi.Props{{Tag: tag.MessageClass, Value: mapi.String("IPM.Appointment")}},
		Attachments: []object.NewAttachment{{}, {Content: []object.Segment{{Inline: data, Size: int64(len(data))}}}}}
	saved := f.save(f.st.SpecialFolder(object.KindCalendar), m)[0]
	if got := f.content(object.ReadItem{Message: saved.ID, Attachment: 2, Length: -1}); string(got) != "attached" {
		t.Errorf("%q", got)
	}
	for c, err := range f.anna.Read(t.Context(), object.ReadRequest{Items: []object.ReadItem{{Message: saved.ID}, {Message: saved.ID, Attachment: 3}}}) {
		if err != nil || c.Code != mapi.NotFound {
			t.Errorf("%+v %v", c, err)
		}
	}
	got := collect(t, f.anna.GetMessages(t.Context(), object.GetMessagesRequest{IDs: []mapi.ID{saved.ID}}))[0]
	if got.ContentSize != -1 || got.Attachments[1].Int(tag.AttachSize) != 8 || got.Props.Text(tag.MessageClass) != "IPM.Appointment" {
		t.Errorf("%+v", got)
	}
	f.check()
}
