// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"twiga/lib/delivery/render"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/spill"
)

// outgoing is a message as it is sent: header and body, cut apart.
type outgoing struct {
	header []byte // without the empty line; what is not for others is taken out
	body   []byte // with the empty line before it, unless there is neither
	id     string // Message-ID
	eight  bool   // the header has bytes beyond ASCII
}

// size is the number of bytes to be sent.
func (o *outgoing) size() int64 { return int64(len(o.header) + len(o.body)) }

// errNoMessage: the entry's message is not there any more.
var errNoMessage = errors.New("read message: it is not there")

// fetch reads what the store knows of a message.
func fetch(ctx context.Context, s object.Session, e *object.QueueEntry) (object.Message, error) {
	req := object.GetMessagesRequest{Store: e.Store, IDs: []mapi.ID{e.Message}}
	for m, err := range s.GetMessages(ctx, req) {
		if err != nil {
			return m, fmt.Errorf("read message: %w", err)
		}
		return cloned(m), nil
	}
	return object.Message{}, errNoMessage
}

// cloned is a message that outlives its step of the stream.
func cloned(m object.Message) object.Message {
	m.Props = bytes.Clone(m.Props)
	for i := range m.Recipients {
		m.Recipients[i] = bytes.Clone(m.Recipients[i])
	}
	for i := range m.Attachments {
		m.Attachments[i] = bytes.Clone(m.Attachments[i])
	}
	return m
}

// content puts the message's MIME into the buffer, made now if it has none.
func content(ctx context.Context, s object.Session, e *object.QueueEntry, m *object.Message, host string, buf *spill.Buffer) ([]byte, error) {
	var err error
	if m.ContentSize >= 0 {
		err = render.Copy(ctx, s, buf, e.Store, e.Message, 0)
	} else {
		err = compose(ctx, s, e, m, host, buf)
	}
	if err != nil {
		return nil, err
	}
	return buf.Finish()
}

// domainOf is the right side of an address, else the fallback.
func domainOf(address, fallback string) string {
	if at := strings.LastIndexByte(address, '@'); at >= 0 && at < len(address)-1 {
		return address[at+1:]
	}
	return fallback
}
