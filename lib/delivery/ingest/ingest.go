// SPDX-License-Identifier: AGPL-3.0-or-later

// Package ingest turns the bytes of a message that arrived (by LMTP, by IMAP
// APPEND) into what the store keeps: properties, recipients, attachments and
// the recipe of its content, with the large parts uploaded by their hash.
//
// Every message is taken, whatever its bytes are: where the parser of MIME
// fails, the exact bytes are kept with what could be read.
package ingest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"twiga/lib/conv/mime"
	"twiga/lib/log"
	"twiga/lib/mapi/object"
)

// codeParser is logged when a message could not be read; it is kept all the same.
const codeParser log.Code = "TW-INGEST-0001"

// Options are what is said of a message beside its bytes.
type Options struct {
	Flags    object.Flags
	Keywords []string
	Received time.Time // IMAP's INTERNALDATE; zero is now
}

// Message makes a message for SaveMessages or Deliver of its bytes, and
// uploads those parts of it that are kept as blobs and are not there yet. The
// answer points into data, which must stay as it is until the message is
// saved. The error is that of an upload, with its code; no content is refused.
func Message(ctx context.Context, up object.Streams, data []byte, o Options) (object.NewMessage, error) {
	var (
		m       object.NewMessage
		content []mime.Segment
	)
	err := guard(func() { m, content = read(data) })
	if err != nil {
		log.Error(ctx, codeParser, "message cannot be read and is kept as it is", slog.Int("size", len(data)), log.Err(err))
		m, content = object.NewMessage{}, opaque(data)
	}
	fit(data, content)
	if err := uploadMissing(ctx, up, data, content); err != nil {
		return object.NewMessage{}, err
	}
	m.Content = segments(data, content)
	m.Flags |= o.Flags | openEnd(data)
	m.Keywords = o.Keywords
	if !o.Received.IsZero() {
		m.Received = o.Received
	}
	return m, nil
}

// Opaque is Message without any look into the bytes, for a message that the
// store took in no other form.
func Opaque(ctx context.Context, up object.Streams, data []byte, o Options) (object.NewMessage, error) {
	content := opaque(data)
	if err := uploadMissing(ctx, up, data, content); err != nil {
		return object.NewMessage{}, err
	}
	return object.NewMessage{
		Content: segments(data, content), Flags: o.Flags | openEnd(data), Keywords: o.Keywords, Received: o.Received,
	}, nil
}

// openEnd is object.FlagOpenEnd where the last line does not end in CRLF.
func openEnd(data []byte) object.Flags {
	if len(data) > 0 && !bytes.HasSuffix(data, []byte("\r\n")) {
		return object.FlagOpenEnd
	}
	return 0
}

// guard turns a panic into an error: no message may be lost, or stop the
// others, because a parser has a fault.
func guard(f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read message: panic: %v at %s", p, debug.Stack())
		}
	}()
	f()
	return nil
}
