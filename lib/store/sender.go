// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
	"twiga/lib/store/recipe"
)

// maxHeader is how many bytes of a message are looked through for its header.
const maxHeader = 1 << 20

// senders are whom a message names as the one it is from and as the one who
// sends it (RFC 5322 3.6.2), in its properties and, where
// it has MIME, in its header.
type senders struct {
	from, sender []string
	silent       bool // MIME that says nothing of a sender: it goes out as from's own
}

// readSenders reads them, and the change number of the message as it is then.
func (m *mailbox) readSenders(ctx context.Context, id mapi.ID) (out senders, change mapi.Change, err error) {
	var bag wire.Bag
	var body []byte
	err = m.view(ctx, func(c *sqlite.Conn) error {
		err := c.Row(func(r *sqlite.Rows) { bag, body, change = r.Bytes(0), r.Bytes(1), mapi.Change(r.Int(2)) },
			"SELECT m.bag, b.recipe, i.change FROM message m JOIN item i ON "+placed+withBody+"WHERE m.id = ?", uint64(id))
		if errors.Is(err, sqlite.ErrNoRow) {
			err = noMessage(id)
		}
		return err
	})
	if err != nil {
		return out, 0, err
	}
	out.from = texts(bag, tag.SentRepresentingEmailAddress, tag.SentRepresentingSmtpAddress)
	out.sender = texts(bag, tag.SenderEmailAddress, tag.SenderSmtpAddress)
	part, err := bodyPart(body, 0)
	if part == nil || err != nil {
		return out, change, err
	}
	header, err := m.e.readHeader(ctx, part)
	if err != nil {
		return out, 0, fmt.Errorf("read header of message %s: %w", id, err)
	}
	out.from = append(out.from, addressesIn(header, "from")...)
	named := addressesIn(header, "sender")
	out.sender, out.silent = append(out.sender, named...), len(named) == 0
	return out, change, nil
}

func texts(bag wire.Bag, tags ...mapi.PropTag) (out []string) {
	for _, t := range tags {
		if s := bag.Text(t); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// readHeader composes a message's beginning up to the empty line, its lines
// ending in LF.
func (e *Engine) readHeader(ctx context.Context, packed []byte) ([]byte, error) {
	var r recipe.Recipe
	if err := r.Decode(packed); err != nil {
		return nil, coded(err)
	}
	comp := e.composer()
	defer comp.Close()
	for n := int64(64 << 10); ; n *= 4 {
		data, err := comp.Bytes(ctx, &r, 0, n)
		if err != nil {
			return nil, damage(err)
		}
		whole := int64(len(data)) < n
		data = bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
		if at := bytes.Index(data, []byte("\n\n")); at >= 0 || whole {
			if at >= 0 {
				data = data[:at]
			}
			return data, nil
		}
		if n >= maxHeader {
			return nil, fmt.Errorf("header of more than %d bytes: %w", n, mapi.TooBig)
		}
	}
}

// addressesIn are the addresses in all fields of a name. A field that is not
// well formed is searched for what looks like addresses.
func addressesIn(header []byte, field string) (out []string) {
	text := strings.ReplaceAll(strings.ReplaceAll(string(header), "\n ", " "), "\n\t", " ")
	for line := range strings.SplitSeq(text, "\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok || !strings.EqualFold(strings.TrimRight(name, " \t"), field) {
			continue
		}
		list, err := mail.ParseAddressList(value)
		for _, a := range list {
			out = append(out, a.Address)
		}
		if err == nil {
			continue
		}
		for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" \t<>()[],;:\"\\", r) }) {
			if strings.Contains(word, "@") {
				out = append(out, word)
			}
		}
	}
	return out
}

// standing is what somebody is to a sender's address.
type standing uint8

const (
	standNone     standing = iota
	standOutside           // the address is nobody's here
	standOnBehalf          // may send on the owner's behalf
	standAs                // it is the own address, or may be used as such
)

// maySend says whether the session's user may send what names these senders.
// Whoever is named as the sender is the user, or has let the user send as such;
// on whose behalf it is sent may also have a delegate's consent, and then the
// message is to say who sends it. Addresses that are nobody's here are left to
// the mail servers, as of old.
func (s *session) maySend(ctx context.Context, id mapi.ID, m *senders) error {
	lowest := standAs
	for _, a := range m.sender {
		st, err := s.standing(ctx, a)
		if err != nil {
			return err
		}
		if lowest = min(lowest, st); st == standNone || st == standOnBehalf {
			return fmt.Errorf("submit message %s as %q: %w", id, a, mapi.NoAccess)
		}
	}
	for _, a := range m.from {
		st, err := s.standing(ctx, a)
		if err != nil {
			return err
		}
		if st == standNone || st == standOnBehalf && (m.silent || lowest != standAs) {
			return fmt.Errorf("submit message %s for %q: %w", id, a, mapi.NoAccess)
		}
	}
	return nil
}

func (s *session) standing(ctx context.Context, address string) (standing, error) {
	u, err := s.e.dir.ByAddress(ctx, address)
	var sendAs []mapi.GUID
	switch mapi.CodeOf(err) {
	case 0:
		if u.ID == s.who.ID {
			return standAs, nil
		}
		sendAs = u.SendAs
	case mapi.NotFound, mapi.AmbiguousRecipient, mapi.InvalidParameter:
		g, err := s.e.dir.Group(ctx, address)
		if code := mapi.CodeOf(err); code == mapi.NotFound || code == mapi.NoSupport || code == mapi.InvalidParameter {
			return standOutside, nil
		}
		if err != nil {
			return standNone, coded(err)
		}
		sendAs = g.SendAs
	default:
		return standNone, coded(err)
	}
	groups, err := s.e.dir.GroupsOf(ctx, s.who.ID)
	if err != nil {
		return standNone, coded(err)
	}
	if slices.ContainsFunc(sendAs, func(id mapi.GUID) bool { return id == s.who.ID || slices.Contains(groups, id) }) {
		return standAs, nil
	}
	return s.onBehalf(u.Store)
}

// onBehalf is what a delegate of a mailbox's owner is.
func (s *session) onBehalf(store mapi.GUID) (standing, error) {
	if store.IsZero() {
		return standNone, nil
	}
	m, err := s.e.acquire(store)
	if mapi.CodeOf(err) == mapi.NotFound {
		return standNone, nil
	}
	if err != nil {
		return standNone, err
	}
	defer s.e.leave(m)
	if d, _ := m.delegate(s.who.ID); d.OnBehalf {
		return standOnBehalf, nil
	}
	return standNone, nil
}
