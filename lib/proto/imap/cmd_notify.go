// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type notifyArgs struct {
	notify Notify
	none   bool
}

// parseNotify parses NOTIFY (RFC 5465 8).
func parseNotify(x *wire.Lexer, a *notifyArgs) error {
	if err := x.SP(); err != nil {
		return err
	}
	if a.none = x.TryWord("NONE"); a.none {
		return nil
	}
	if !x.TryWord("SET") {
		return Bad("Expected SET or NONE")
	}
	if err := x.SP(); err != nil {
		return err
	}
	n := &a.notify
	if n.Status = x.TryWord("STATUS"); n.Status {
		if err := x.SP(); err != nil {
			return err
		}
	}
	selected := false
	for {
		if err := parseEventGroup(x, n, &selected); err != nil {
			return err
		}
		if !x.Try(' ') || x.AtEnd() {
			return nil
		}
	}
}

// parseEventGroup takes event-group. selected tells that there was one for the
// selected mailbox, of which there may be no other.
func parseEventGroup(x *wire.Lexer, n *Notify, selected *bool) (err error) {
	if err := x.Item(); err != nil {
		return err
	}
	if err := x.Byte('('); err != nil {
		return err
	}
	var g EventGroup
	delayed := x.TryWord("SELECTED-DELAYED")
	if !delayed {
		if g.In, err = parseSource(x); err != nil {
			return err
		}
	}
	if err := x.SP(); err != nil {
		return err
	}
	var fetch *FetchOptions
	if !x.TryWord("NONE") {
		if g.Events, fetch, err = parseEvents(x, n); err != nil {
			return err
		}
	}
	if err := x.Byte(')'); err != nil {
		return err
	}
	if g.In.Kind != SourceSelected {
		if fetch != nil {
			return Bad("Only new messages of the selected mailbox are fetched")
		}
		n.Groups = append(n.Groups, g)
		return nil
	}
	switch {
	case *selected:
		return Bad("More than one group for the selected mailbox")
	case g.Events.Has(^EventsOfMessages): // RFC 5465 6.1
		return Bad("Only events of messages are told of the selected mailbox")
	}
	*selected = true
	n.Selected, n.Delayed, n.New = g.Events, delayed, fetch
	return nil
}

// parseEvents takes a list of events and what to fetch of new messages.
func parseEvents(x *wire.Lexer, n *Notify) (events Events, fetch *FetchOptions, err error) {
	var last Events
	some := false
	err = x.List(func() error {
		if x.Peek() == '(' && last == EventMessageNew && fetch == nil {
			fetch, last = &FetchOptions{ByUID: true}, 0
			return parseNewItems(x, fetch)
		}
		name, err := x.Atom()
		if err != nil {
			return err
		}
		some, last = true, 0
		for i := range eventNames {
			if wire.EqualFold(name, eventNames[i]) {
				last = 1 << i
			}
		}
		n.unknown = n.unknown || last == 0
		events |= last
		return nil
	})
	switch {
	case err != nil:
	case !some:
		err = Bad("No event")
	case !n.unknown && events.Has(EventMessageNew) != events.Has(EventMessageExpunge), // RFC 5465 5
		events.Has(EventFlagChange|EventAnnotationChange) && !events.Has(EventMessageNew):
		err = Bad("MessageNew and MessageExpunge go together, and the others need them")
	}
	return events, fetch, err
}

// parseNewItems takes what to tell of messages that are new: none of it sets
// \Seen.
func parseNewItems(x *wire.Lexer, o *FetchOptions) error {
	some := false
	err := x.List(func() error {
		some = true
		return parseFetchItem(x, o, false)
	})
	if err == nil && !some {
		err = Bad("FETCH without items")
	}
	for i := range o.Sections {
		o.Sections[i].Peek = true
	}
	return err
}

func (c *Conn) canNotify() bool { _, ok := c.session.(NotifySession); return ok }

// runNotify runs NOTIFY (RFC 5465 3.1).
func runNotify(ctx context.Context, c *Conn, a *notifyArgs) error {
	s, ok := c.session.(NotifySession)
	if !ok {
		return errUnknownCommand
	}
	if a.none {
		c.notify = &Notify{}
		return s.SetNotify(ctx, &c.w, nil)
	}
	n := &a.notify
	if known := s.NotifyEvents(); n.unknown || n.events()&^known != 0 {
		return errBadEvent(known)
	}
	if n.New != nil && n.New.Items.Has(FetchModSeq) {
		if err := c.enable(ctx, FeatureCondStore); err != nil {
			return err
		}
	}
	if c.state == stateSelected { // it is a NOOP as well
		if err := runNoop(ctx, c, nil); err != nil {
			return err
		}
		if err := c.session.Poll(ctx, &c.w, true); err != nil {
			return err
		}
	}
	if err := s.SetNotify(ctx, &c.w, n); err != nil {
		return err
	}
	c.notify = n
	return nil
}
