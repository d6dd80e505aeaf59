// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"bytes"
	"fmt"
	"io"

	"twiga/lib/mapi/wire"
)

// embedded gives an attachment that is a message its content as MIME. What can
// be read in no form is no message: it is written as any other file.
func (c *composer) embedded(a *OutgoingAttachment) (*OutgoingAttachment, bool) {
	data, err := readAttachment(a)
	if err != nil {
		c.err = err
		return a, false
	}
	if len(data) > 0 && data[0] == wire.MessageVersion {
		m, err := wire.ReadMessage(data)
		if err != nil || c.depth >= wire.MaxEmbedded {
			return withContent(a, data), false
		}
		if data, err = c.inner(m); err != nil {
			c.err = err
			return a, false
		}
	}
	return withContent(a, data), true
}

func readAttachment(a *OutgoingAttachment) ([]byte, error) {
	if a.Open == nil {
		return nil, nil
	}
	r, err := a.Open()
	if err != nil {
		return nil, fmt.Errorf("open attachment: %w", err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read attachment: %w", err)
	}
	return data, nil
}

func withContent(a *OutgoingAttachment, data []byte) *OutgoingAttachment {
	return &OutgoingAttachment{Props: a.Props, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

// inner writes an embedded message as MIME.
func (c *composer) inner(m *wire.Message) ([]byte, error) {
	out := &Outgoing{Props: m.Props}
	for _, r := range m.Recipients {
		out.Recipients = append(out.Recipients, r)
	}
	for i := range m.Attachments {
		a := &m.Attachments[i]
		data := a.Data
		if a.Message != nil {
			data = wire.AppendMessage(nil, a.Message)
		}
		out.Attachments = append(out.Attachments, *withContent(&OutgoingAttachment{Props: a.Props}, data))
	}
	var b bytes.Buffer
	opts := ComposeOptions{Domain: c.opts.Domain, Date: c.opts.Date}
	sub := &composer{w: &b, m: out, opts: opts, seed: []byte(c.unique()), depth: c.depth + 1}
	sub.header()
	sub.content()
	return b.Bytes(), sub.err
}
