// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func submitCases() []testCase {
	return []testCase{
		{"a message is queued and sent", submitSent},
		{"a try is recorded", submitRetry},
		{"a submission is taken back", submitAbort},
		{"a failure is reported to the owner", submitReport},
		{"a message that cannot be submitted", submitFails},
	}
}

// outbox saves a message to be sent.
func (m *mailbox) outbox(subject string) object.SavedMessage {
	m.Helper()
	msg := plain(subject)
	msg.Recipients = []mapi.Props{{
		{Tag: tag.RecipientType, Value: mapi.Int32(1)},
		{Tag: tag.SmtpAddress, Value: mapi.String("to@example.test")},
	}}
	msg.Recipients[0] = sorted(msg.Recipients[0])
	return m.save(m.store.SpecialFolder(object.KindOutbox), msg)[0]
}

// sorted are properties in order.
func sorted(list mapi.Props) mapi.Props {
	var out mapi.Props
	for _, p := range list {
		out.Set(p.Tag, p.Value)
	}
	return out
}

func (m *mailbox) submit(id mapi.ID) error {
	_, err := m.s.Submit(m.Context(), object.SubmitRequest{Store: m.guid, Message: id})
	return err
}

// queued is the mailbox's part of the outgoing queue, as a session sees it.
func (m *mailbox) queued(s object.Session, due time.Time) []object.QueueEntry {
	m.Helper()
	var out []object.QueueEntry
	for _, e := range all(m.kit, s.Outgoing(m.Context(), object.OutgoingRequest{Due: due})) {
		if e.Store == m.guid {
			out = append(out, e)
		}
	}
	return out
}

func submitSent(k *kit) {
	m := k.mailbox()
	spool := k.role(object.RoleSpool)
	w := k.watch(spool)
	msg := m.outbox("to be sent")
	k.ok(m.submit(msg.ID))
	for e := w.until(object.EventSubmitted); e.Message != msg.ID || e.Store != m.guid; {
		e = w.until(object.EventSubmitted)
	}
	for name, s := range map[string]object.Session{"spool": spool, "admin": k.admin, "user": m.s} {
		list := m.queued(s, time.Time{})
		if len(list) != 1 || list[0].Message != msg.ID || list[0].Owner != m.user.Name || list[0].Address != m.user.Address || list[0].Attempts != 0 || list[0].Submitted.IsZero() {
			k.Errorf("queue as %s sees it: %+v", name, list)
		}
	}
	got := m.get(nil, msg.ID)[0]
	equal(k, "it is submitted", got.Flags&object.FlagSubmitted != 0, true)
	var text string
	for c, err := range spool.Read(k.Context(), object.ReadRequest{Store: m.guid, Items: []object.ReadItem{{Message: msg.ID, Length: -1}}}) {
		k.ok(err)
		text += string(c.Data)
	}
	equal(k, "what the spooler reads", text, "Subject: to be sent\r\n\r\nbody of to be sent\r\n")
	k.fails(m.submit(msg.ID), mapi.Submitted)
	_, err := spool.FinishSubmit(k.Context(), object.FinishSubmitRequest{Store: m.guid, Message: msg.ID, Outcome: object.OutcomeSent})
	k.ok(err)
	equal(k, "the entries left", len(m.queued(spool, time.Time{})), 0)
	got = m.get(nil, msg.ID)[0]
	equal(k, "the folder", got.Folder, m.store.SpecialFolder(object.KindSentItems))
	equal(k, "it is submitted", got.Flags&object.FlagSubmitted != 0, false)
	_, err = spool.FinishSubmit(k.Context(), object.FinishSubmitRequest{Store: m.guid, Message: msg.ID, Outcome: object.OutcomeSent})
	k.fails(err, mapi.NotSubmitted)
}

func submitRetry(k *kit) {
	m := k.mailbox()
	spool := k.role(object.RoleSpool)
	msg := m.outbox("to be tried")
	k.ok(m.submit(msg.ID))
	now := time.Now()
	equal(k, "the entries due", len(m.queued(spool, now.Add(time.Minute))), 1)
	next := now.Add(time.Hour).Truncate(time.Second)
	_, err := spool.FinishSubmit(k.Context(), object.FinishSubmitRequest{
		Store: m.guid, Message: msg.ID, Outcome: object.OutcomeRetry, Next: next, Reason: "451 later", Done: []string{"first@example.test"},
	})
	k.ok(err)
	equal(k, "the entries due now", len(m.queued(spool, now.Add(time.Minute))), 0)
	list := m.queued(spool, now.Add(2*time.Hour))
	if len(list) != 1 || list[0].Attempts != 1 || !list[0].Next.Equal(next) || list[0].Reason != "451 later" || len(list[0].Done) != 1 {
		k.Errorf("after a try: %+v", list)
	}
}

func submitAbort(k *kit) {
	m := k.mailbox()
	msg := m.outbox("to be taken back")
	abort := func() error {
		_, err := m.s.AbortSubmit(k.Context(), object.SubmitRequest{Store: m.guid, Message: msg.ID})
		return err
	}
	k.fails(abort(), mapi.NotSubmitted)
	k.ok(m.submit(msg.ID))
	k.ok(abort())
	equal(k, "the entries left", len(m.queued(m.s, time.Time{})), 0)
	got := m.get(nil, msg.ID)[0]
	equal(k, "it is submitted", got.Flags&object.FlagSubmitted != 0, false)
	k.ok(m.submit(msg.ID))
}

func submitReport(k *kit) {
	m := k.mailbox()
	spool := k.role(object.RoleSpool)
	msg := m.outbox("to fail")
	k.ok(m.submit(msg.ID))
	_, err := spool.FinishSubmit(k.Context(), object.FinishSubmitRequest{
		Store: m.guid, Message: msg.ID, Outcome: object.OutcomeSent, Done: []string{"to@example.test"}, Report: []object.NewMessage{plain("Undeliverable")},
	})
	k.ok(err)
	_, items := m.changes(m.inbox, 0)
	if len(items) != 1 {
		k.Fatalf("%d messages in the Inbox", len(items))
	}
	equal(k, "the report", string(m.content(items[0].ID)), "Subject: Undeliverable\r\n\r\nbody of Undeliverable\r\n")
	gone := m.outbox("to be forgotten")
	_, err = m.s.SetProps(k.Context(), object.SetPropsRequest{Store: m.guid, IDs: []mapi.ID{gone.ID}, Set: mapi.Props{{Tag: tag.DeleteAfterSubmit, Value: mapi.Bool(true)}}})
	k.ok(err)
	k.ok(m.submit(gone.ID))
	_, err = spool.FinishSubmit(k.Context(), object.FinishSubmitRequest{Store: m.guid, Message: gone.ID, Outcome: object.OutcomeSent})
	k.ok(err)
	equal(k, "the message that was to be deleted", len(m.get(nil, gone.ID)), 0)
}

func submitFails(k *kit) {
	m := k.mailbox()
	alone := m.save(m.store.SpecialFolder(object.KindOutbox), plain("for nobody"))[0]
	k.fails(m.submit(alone.ID), mapi.NoRecipients)
	k.fails(m.submit(1<<40), mapi.NotFound)
	other := k.mailbox()
	msg := m.outbox("not yours")
	_, err := other.s.Submit(k.Context(), object.SubmitRequest{Store: m.guid, Message: msg.ID})
	k.fails(err, mapi.NoAccess)
	equal(k, "the entries", len(m.queued(k.admin, time.Time{})), 0)
}
