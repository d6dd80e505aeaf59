// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"strings"

	"twiga/lib/proto/imap/wire"
)

// Events is a set of the events that NOTIFY knows (RFC 5465 5).
type Events uint8

// The events.
const (
	EventMessageNew Events = 1 << iota
	EventMessageExpunge
	EventFlagChange
	EventAnnotationChange
	EventMailboxName
	EventSubscriptionChange
	EventMailboxMetadataChange
	EventServerMetadataChange

	// EventsOfMessages are the events of messages, the only ones for the
	// selected mailbox.
	EventsOfMessages = EventMessageNew | EventMessageExpunge | EventFlagChange | EventAnnotationChange
)

// eventNames are the events in the order of their bits.
var eventNames = [...]string{
	"MessageNew", "MessageExpunge", "FlagChange", "AnnotationChange", "MailboxName", "SubscriptionChange",
	"MailboxMetadataChange", "ServerMetadataChange",
}

// Has reports whether any of these is in the set.
func (e Events) Has(what Events) bool { return e&what != 0 }

// Notify is what a client wants to be told of (RFC 5465 3.1).
type Notify struct {
	// Status asks for STATUS of each mailbox with events of messages now.
	Status bool
	// Selected are the events of the selected mailbox: none, or EventMessageNew
	// and EventMessageExpunge and perhaps others.
	Selected Events
	// Delayed tells that messages of the selected mailbox that are gone are told
	// with the answers to commands only, as without NOTIFY.
	Delayed bool
	// New, if it is not nil, is what to tell of messages that came into the
	// selected mailbox. It sets no \Seen.
	New *FetchOptions
	// Groups are about all mailboxes but the selected one, as far as events of
	// messages go. The first group that names a mailbox is the one that counts.
	Groups []EventGroup

	unknown bool // it names an event that is not known
}

// EventGroup names mailboxes and events there.
type EventGroup struct {
	In     MailboxSource
	Events Events
}

// events are all that are asked for.
func (n *Notify) events() Events {
	all := n.Selected
	for i := range n.Groups {
		all |= n.Groups[i].Events
	}
	return all
}

// NotifySession is a Session that tells what happens in other mailboxes than
// the selected one (RFC 5465).
type NotifySession interface {
	// NotifyEvents are the events that the session can tell of.
	NotifyEvents() Events

	// SetNotify has the session tell from now on what n asks for, and only that;
	// nil is nothing. It writes what n wants told at once. From here on Poll tells
	// of the selected mailbox what is in n.Selected; it is not called if that is
	// nothing. Of mailboxes that do not exist nothing is told until they do. What
	// is too much is NO [NOTIFICATIONOVERFLOW], and leaves all as it was.
	SetNotify(ctx context.Context, w *ResponseWriter, n *Notify) error

	// PollMailboxes writes what is due of mailboxes that are not selected. It is
	// called as Poll is, and also while no mailbox is selected and, as the other,
	// between commands after [Conn.Notify]. With more false it could not tell all
	// and tells nothing from now on.
	PollMailboxes(ctx context.Context, w *ResponseWriter) (more bool, err error)
}

// MailboxStatus tells the items of a mailbox.
func (w *ResponseWriter) MailboxStatus(mailbox string, items StatusItems, d *StatusData) error {
	d.appendLimit = uint64(w.c.srv.cfg.Limits.Append)
	b := append(w.Begin(), "* STATUS "...)
	b = w.c.appendMailbox(b, mailbox)
	return w.End(append(appendStatusItems(append(b, ' '), items, d), "\r\n"...))
}

// MailboxListed tells a mailbox by LIST; oldName, if not empty, is the name that
// it had (RFC 5465 5.4).
func (w *ResponseWriter) MailboxListed(d *ListData, oldName string) error {
	b := append(w.Begin(), "* LIST "...)
	b = wire.AppendFlags(b, d.Attrs)
	b = append(b, ' ')
	b = appendDelim(b, d.Delim)
	b = w.c.appendMailbox(append(b, ' '), d.Mailbox)
	if oldName != "" {
		b = append(w.c.appendMailbox(append(b, ` ("OLDNAME" (`...), oldName), "))"...)
	}
	return w.End(append(b, "\r\n"...))
}

// MetadataChanged tells which annotations of a mailbox changed, with the empty
// name of the server (RFC 5464 4.4.2).
func (w *ResponseWriter) MetadataChanged(mailbox string, names []string) error {
	b := append(w.Begin(), "* METADATA "...)
	if mailbox == "" {
		b = append(b, `""`...)
	} else {
		b = w.c.appendMailbox(b, mailbox)
	}
	for _, name := range names {
		b = wire.AppendAString(append(b, ' '), []byte(name))
	}
	return w.End(append(b, "\r\n"...))
}

// tellsSelected says whether the client wants to know what happens in the
// selected mailbox.
func (c *Conn) tellsSelected() bool { return c.notify == nil || c.notify.Selected != 0 }

// alert says whether the client is told news between commands.
func (c *Conn) alert() bool { return c.notify != nil && c.notify.events() != 0 }

// pollMailboxes writes what is due of mailboxes that are not selected.
func (c *Conn) pollMailboxes(ctx context.Context) error {
	if c.notify == nil || len(c.notify.Groups) == 0 || c.state&stateLoggedIn == 0 {
		return nil
	}
	more, err := c.session.(NotifySession).PollMailboxes(ctx, &c.w)
	if err == nil && !more { // RFC 5465 5.8
		c.notify = &Notify{}
		err = c.w.Status(StatusOK, CodeNotificationOverflow, "Too much happens, nothing is told any more")
	}
	return err
}

// errBadEvent answers events that cannot be told of (RFC 5465 3.1).
func errBadEvent(known Events) *Error {
	var names []string
	for i, name := range eventNames {
		if known.Has(1 << i) {
			names = append(names, name)
		}
	}
	return No("BADEVENT ("+strings.Join(names, " ")+")", "Events of this kind are not told")
}
