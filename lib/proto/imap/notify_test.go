// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
)

// notifyBackend is a fakeBackend whose sessions tell how often they were asked
// for news of other mailboxes since it asked them to, until it is too much.
type notifyBackend struct {
	*fakeBackend
	news atomic.Int32
	full atomic.Bool
}

func (b *notifyBackend) NewSession(ctx context.Context, c *Conn) (Session, error) {
	s, err := b.fakeBackend.NewSession(ctx, c)
	return &notifySession{fakeSession: s.(*fakeSession), b: b}, err
}

func (b *notifyBackend) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.news.Add(1)
	for _, c := range b.conns {
		c.Notify()
	}
}

type notifySession struct {
	*fakeSession
	b    *notifyBackend
	told int32
}

func (s *notifySession) NotifyEvents() Events { return EventMailboxName | EventsOfMessages }

func (s *notifySession) SetNotify(context.Context, *ResponseWriter, *Notify) error { return nil }

func (s *notifySession) PollMailboxes(_ context.Context, w *ResponseWriter) (bool, error) {
	if s.b.full.Load() {
		return false, nil
	}
	if n := s.b.news.Load(); n > s.told {
		s.told = n
		return true, w.MailboxListed(&ListData{Delim: '/', Mailbox: "new"}, "old")
	}
	return true, nil
}

// TestNotifyBetweenCommands: what NOTIFY asks for comes without a command, in
// IDLE as well, and no more of it after NOTIFY NONE or when it is too much.
func TestNotifyBetweenCommands(t *testing.T) {
	b := &notifyBackend{fakeBackend: newFakeBackend("a")}
	c := dial(t, b)
	const news = `* LIST () "/" new ("OLDNAME" (old))`
	if res := c.Cmd("NOTIFY SET (personal (SubscriptionChange))"); !strings.HasPrefix(res.String(), "NO [BADEVENT (MessageNew ") {
		t.Errorf("an event that is not told: %s", res)
	}
	c.OK("NOTIFY SET (personal (MailboxName))")
	b.tell()
	c.Expect(news)
	b.tell()
	c.Expect(news)
	tag := c.Idle()
	b.tell()
	c.Expect(news)
	c.Done(tag)
	c.OK("NOTIFY NONE")
	b.tell()
	if lines := c.OK("NOOP"); len(lines) > 0 {
		t.Errorf("NOOP after NOTIFY NONE told %q", lines)
	}
	c.OK("NOTIFY SET (personal (MailboxName))")
	b.full.Store(true)
	b.tell()
	c.Expect("* OK [NOTIFICATIONOVERFLOW] ...")
	b.full.Store(false)
	b.tell()
	if lines := c.OK("NOOP"); len(lines) > 0 {
		t.Errorf("NOOP after too much told %q", lines)
	}
}

// TestNotifyOfSelected: of the selected mailbox the client is told what it wants,
// numbers that change only with the answers to commands where it says so.
func TestNotifyOfSelected(t *testing.T) {
	b := &notifyBackend{fakeBackend: newFakeBackend("a", "b")}
	c := dial(t, b)
	c.OK("SELECT INBOX")
	c.OK("NOTIFY SET (selected (MessageNew MessageExpunge))")
	b.deliver("c")
	c.Expect("* 3 EXISTS")
	b.remove(1)
	c.Expect("* 1 EXPUNGE")
	c.OK("NOTIFY SET (selected-delayed (MessageNew MessageExpunge)) (personal (MailboxName))")
	b.remove(2)
	b.tell()
	c.Expect("* LIST ...")
	if lines := c.OK("NOOP"); len(lines) != 1 || lines[0] != "1 EXPUNGE" {
		t.Errorf("NOOP told %q", lines)
	}
	c.OK("NOTIFY SET (selected NONE) (personal (MailboxName))")
	b.deliver("d")
	if lines := c.OK("NOOP"); len(lines) > 0 {
		t.Errorf("NOOP told %q of a mailbox that is of no interest", lines)
	}
}
