// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"io"

	"twiga/lib/delivery/ingest"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
	"twiga/lib/spill"
)

// Limits of what one APPEND brings.
const (
	// quotaAsked is the size from which the store is asked whether there is room
	// before the client is made to send a message.
	quotaAsked = 64 << 10
	// maxAppendInline bounds the bytes that go to the store in one call; large
	// parts of messages go ahead of it.
	maxAppendInline = 32 << 20
)

// errEmpty answers a message without a byte, which to the store is one without
// MIME. It is also how a client takes an APPEND of several back (RFC 3502 6.3.11).
var errEmpty = proto.No(proto.CodeCannot, "Message is empty")

// Append implements proto.Session: RFC 3501 6.3.11, of several messages RFC 3502,
// of parts RFC 4469. Who cannot select the mailbox is not told its UIDs (RFC 4315
// 5).
func (s *session) Append(ctx context.Context, mailbox string, in *proto.AppendInput) (*proto.AppendData, error) {
	f, err := s.target(ctx, mailbox)
	if err != nil {
		return nil, answer(err)
	}
	a := s.arrive(f)
	defer a.buf.Close()
	if err := a.take(ctx, in); err != nil {
		return nil, answer(err)
	}
	messages, err := a.messages(ctx)
	if err != nil {
		return nil, answer(err)
	}
	res, err := s.save(ctx, f, messages)
	if err != nil {
		return nil, answer(err)
	}
	if !f.selectable {
		return nil, nil
	}
	d := &proto.AppendData{UIDValidity: res.UIDValidity}
	for i := range res.Saved {
		d.UIDs.Add(uint32(res.Saved[i].UID))
	}
	s.made(f, d.UIDs)
	return d, nil
}

// arrivals are messages that come from the client, one behind the other in one
// buffer.
type arrivals struct {
	s    *session
	to   place
	buf  *spill.Buffer
	list []arrival
}

// arrival is a message that ends at a place in the buffer.
type arrival struct {
	end  int64
	opts ingest.Options
}

func (s *session) arrive(to place) *arrivals {
	return &arrivals{s: s, to: to, buf: s.gw.cfg.Spill.Get()}
}

// take takes all messages.
func (a *arrivals) take(ctx context.Context, in *proto.AppendInput) error {
	for {
		m, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.Size == 0 {
			return errEmpty
		}
		flags, keywords, err := splitFlags(m.Flags, nil)
		if err != nil {
			return err
		}
		start := a.buf.Size()
		if err := a.takeParts(ctx, m); err != nil {
			return err
		}
		if a.buf.Size() == start {
			return errEmpty
		}
		a.list = append(a.list, arrival{a.buf.Size(), ingest.Options{Flags: flags, Keywords: keywords, Received: m.Date}})
	}
}

// takeParts takes what a message is made of.
func (a *arrivals) takeParts(ctx context.Context, m *proto.AppendMessage) error {
	end := a.buf.Size() + m.Max
	for {
		p, err := m.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case p.URL != nil:
			err = a.s.readURL(ctx, a.buf, p.URL, end-a.buf.Size())
		case a.buf.Size()+p.Size > end:
			err = errTooBig
		default:
			if !p.Asked && p.Size >= quotaAsked {
				err = a.room(ctx, p.Size)
			}
			if err == nil {
				_, err = a.buf.ReadFrom(p.Body)
			}
		}
		if err != nil {
			if spill.IsWriteError(err) {
				return proto.ErrUnavailable
			}
			return err
		}
	}
}

// errTooBig answers a message beyond the limit (RFC 4469 4.2).
var errTooBig = proto.No(proto.CodeTooBig, "Message is too large")

// room says whether the mailbox has room for a message that was not sent yet.
func (a *arrivals) room(ctx context.Context, size int64) error {
	st, err := a.s.store.GetStore(ctx, object.GetStoreRequest{GUID: a.to.box.guid})
	if err != nil {
		a.s.store.sawError(err)
		return a.s.refused(ctx, a.to, err)
	}
	if hard := st.Limits.Hard; hard >= 0 && st.Size+a.buf.Size()+size > hard {
		return proto.ErrOverQuota
	}
	return nil
}

// messages makes what the store takes of the messages. They point into the
// buffer.
func (a *arrivals) messages(ctx context.Context) ([]object.NewMessage, error) {
	data, err := a.buf.Finish()
	if err != nil {
		return nil, proto.ErrUnavailable
	}
	out := make([]object.NewMessage, len(a.list))
	var start, inline int64
	for i, m := range a.list {
		if out[i], err = ingest.Message(ctx, a.s.store, data[start:m.end:m.end], m.opts); err != nil {
			a.s.store.sawError(err)
			return nil, fmt.Errorf("take message apart: %w", err)
		}
		for _, seg := range out[i].Content {
			inline += int64(len(seg.Inline))
		}
		if inline > maxAppendInline && len(a.list) > 1 {
			return nil, proto.No(proto.CodeLimit, "Too much at once")
		}
		start = m.end
	}
	return out, nil
}

// save puts messages into a folder, all or none.
func (s *session) save(ctx context.Context, f place, messages []object.NewMessage) (object.SaveMessagesResponse, error) {
	res, err := s.store.SaveMessages(ctx, object.SaveMessagesRequest{Store: f.box.guid, Folder: f.id, Messages: messages})
	if err != nil {
		s.store.sawError(err)
		return res, s.refused(ctx, f, fmt.Errorf("save messages in folder %s: %w", f.id, err))
	}
	s.expect(f, res.Saved[len(res.Saved)-1].Change)
	return res, nil
}

// expect notes that a folder has changed. If it is open here, the client is told
// with the answer (RFC 3501 6.3.11).
func (s *session) expect(f place, change mapi.Change) {
	if v := s.view.Load(); v != nil && v.box == f.box && v.folder == f.id {
		raise(&v.want, uint64(change))
	}
}
