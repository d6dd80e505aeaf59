// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
	"twiga/lib/store/recipe"
)

const (
	readBatch = 32        // items whose recipes are read at once,
	readAhead = 512 << 10 // up to so many bytes of them
	readChunk = 128 << 10 // bytes of a chunk at most
)

// toRead is one item of a request with what its content is made from.
type toRead struct {
	found       bool
	body        []byte
	attachments []byte
}

// Read implements object.Streams. No reader is held while the caller takes the
// chunks.
func (s *session) Read(ctx context.Context, req object.ReadRequest) iter.Seq2[object.Chunk, error] {
	return func(yield func(object.Chunk, error) bool) {
		m, acc, leave, err := s.mailbox(ctx, actRead, req.Store)
		if err != nil {
			yield(object.Chunk{}, err)
			return
		}
		defer leave()
		r := &reading{e: s.e, acc: acc, comp: s.e.composer(), yield: yield, store: m.guid, last: len(req.Items) - 1, spool: s.who.Role == object.RoleSpool, buf: s.e.takeBuffer()}
		defer func() {
			r.comp.Close()
			s.e.buffers.Put(&r.buf)
		}()
		for at := 0; at < len(req.Items); {
			batch, err := r.load(ctx, m, req.Items[at:])
			if err != nil {
				yield(object.Chunk{}, err)
				return
			}
			for i := range batch {
				if !r.give(ctx, at+i, &req.Items[at+i], &batch[i]) {
					return
				}
			}
			at += len(batch)
		}
	}
}

func (e *Engine) takeBuffer() []byte {
	if b, _ := e.buffers.Get().(*[]byte); b != nil {
		return *b
	}
	return make([]byte, 0, readChunk)
}

// reading is the state of one Read.
type reading struct {
	e     *Engine
	acc   *access
	comp  *recipe.Composer
	rec   recipe.Recipe
	yield func(object.Chunk, error) bool
	spool bool
	store mapi.GUID
	last  int // index of the last item
	buf   []byte
	batch []toRead
}

// load reads what the next items are made from.
func (r *reading) load(ctx context.Context, m *mailbox, items []object.ReadItem) ([]toRead, error) {
	r.batch = r.batch[:0]
	err := m.view(ctx, func(c *sqlite.Conn) error {
		size := 0
		for i := range items {
			if i == readBatch || size > readAhead {
				return nil
			}
			var t toRead
			err := c.Row(func(rows *sqlite.Rows) { t = toRead{true, rows.Bytes(0), nil} }, "SELECT recipe FROM body WHERE id = ifnull((SELECT body FROM message WHERE id = ?1), ?1)", uint64(items[i].Message))
			if err == nil && (items[i].Attachment != 0 || r.spool || !r.acc.full) {
				err = r.attachments(c, items[i].Message, &t)
			}
			if err != nil && !errors.Is(err, sqlite.ErrNoRow) {
				return err
			}
			size += len(t.body)
			r.batch = append(r.batch, t)
		}
		return nil
	})
	return r.batch, err
}

// attachments reads the attachment rows, and sees to it that the session may
// read the message: the spooler what is in the queue.
func (r *reading) attachments(c *sqlite.Conn, id mapi.ID, t *toRead) error {
	var folder mapi.ID
	err := c.Row(func(rows *sqlite.Rows) {
		t.attachments, folder = rows.Bytes(0), mapi.ID(rows.Int(2))
		t.found = !r.spool || object.Flags(rows.Int(1))&object.FlagSubmitted != 0
	}, "SELECT m.attachments, i.flags, i.folder FROM message m JOIN item i ON "+placed+" WHERE m.id = ?", uint64(id))
	if err == nil && t.found {
		t.found, err = r.acc.shows(c, folder, id)
	}
	return err
}

// give yields the chunks of one item; false where the caller wants no more.
func (r *reading) give(ctx context.Context, index int, it *object.ReadItem, t *toRead) bool {
	missing := func() bool {
		return r.yield(object.Chunk{Item: index, Code: mapi.NotFound, Last: index == r.last}, nil)
	}
	if !t.found || it.Attachment < 0 {
		return missing()
	}
	var err error
	var ok bool
	var a attachment
	switch {
	case it.Part != (object.Part{}):
		a = attachment{offset: it.Part.Offset, length: it.Part.Length, encoding: it.Part.Encoding}
		ok, err = r.part(ctx, &a, t)
	case it.Attachment == 0:
		ok, err = r.decode(t.body, 0)
	default:
		a, ok, err = r.attachment(ctx, it.Attachment, t)
	}
	if ok && a.length > 0 {
		return r.giveDecoded(ctx, index, it, &a)
	}
	if err != nil {
		return r.fail(ctx, "read message %s: %w", it.Message, err)
	}
	if !ok {
		return missing()
	}
	return r.giveComposed(ctx, index, it)
}

// fail ends the stream with an error; damage is told to who runs the server.
func (r *reading) fail(ctx context.Context, format string, id mapi.ID, err error) bool {
	err = r.e.noteDamage(ctx, r.store, fmt.Errorf(format, id, damage(err)))
	r.yield(object.Chunk{}, err)
	return false
}

// decode makes r.rec the recipe of a part of a body; false where it has none.
func (r *reading) decode(body []byte, part int) (bool, error) {
	b, err := bodyPart(body, part)
	if b == nil || err != nil {
		return false, err
	}
	return true, r.rec.Decode(b)
}

// attachment makes r.rec the recipe of an attachment's content. Where that has
// to be decoded from the message's, it is the message's and the length is set.
func (r *reading) attachment(ctx context.Context, number int, t *toRead) (attachment, bool, error) {
	list, err := unpackAttachments(t.attachments)
	if err != nil || number > len(list) {
		return attachment{}, false, err
	}
	if ok, err := r.decode(t.body, number); ok || err != nil {
		return attachment{}, ok, err
	}
	a := list[number-1]
	ok, err := r.part(ctx, &a, t)
	return a, ok, err
}

// part makes r.rec the recipe of a part's content and its length 0, or leaves
// the message's, of which it has to be decoded.
func (r *reading) part(ctx context.Context, a *attachment, t *toRead) (bool, error) {
	if ok, err := r.decode(t.body, 0); !ok || err != nil {
		return false, err
	}
	if a.offset < 0 || a.length < 0 || a.offset > r.rec.Size || a.length > r.rec.Size-a.offset || a.encoding > object.EncodingQuotedPrintable {
		return false, fmt.Errorf("read part at %d+%d of %d: %w", a.offset, a.length, r.rec.Size, mapi.InvalidParameter)
	}
	if a.length == 0 {
		r.rec = recipe.Recipe{} // empty content
		return true, nil
	}
	if leaf, ok := r.rec.Leaf(ctx, r.e.blobs, a.offset, a.length, a.encoding); ok {
		r.rec = *leaf
		a.length = 0
	}
	return true, nil
}

// giveComposed yields a stretch of r.rec.
func (r *reading) giveComposed(ctx context.Context, index int, it *object.ReadItem) bool {
	size := r.comp.Start(&r.rec, it.Offset, it.Length)
	first := true
	for {
		out, err := r.comp.Next(ctx, r.buf[:0])
		if err == io.EOF && !first {
			return true
		}
		if err != nil && err != io.EOF {
			return r.fail(ctx, "read message %s: %w", it.Message, err)
		}
		c := object.Chunk{Item: index, Data: out, Last: index == r.last && r.comp.Done()}
		if first {
			c.Size = size
			if it.Part != (object.Part{}) {
				c.All = r.rec.Size
			}
		}
		if !r.yield(c, nil) {
			return false
		}
		if first = false; err == io.EOF {
			return true
		}
	}
}

// giveDecoded yields a stretch of an attachment that is decoded on the way:
// once to know its size, once to give it.
func (r *reading) giveDecoded(ctx context.Context, index int, it *object.ReadItem, a *attachment) bool {
	decoded := func() io.Reader {
		r.comp.Start(&r.rec, a.offset, a.length)
		return recipe.DecodeTransfer(r.comp.Reader(ctx), a.encoding)
	}
	whole := a.length
	var err error
	if a.encoding != object.EncodingIdentity {
		whole, err = io.Copy(io.Discard, decoded())
	}
	from := min(max(it.Offset, 0), whole)
	left := whole - from
	if it.Length >= 0 {
		left = min(left, it.Length)
	}
	src := decoded()
	if err == nil {
		_, err = io.CopyN(io.Discard, src, from)
	}
	c := object.Chunk{Item: index, Size: left}
	if it.Part != (object.Part{}) {
		c.All = whole
	}
	for first := true; err == nil && (left > 0 || first); first = false {
		var n int
		n, err = io.ReadFull(src, r.buf[:min(left, readChunk)])
		left -= int64(n)
		c.Data, c.Last = r.buf[:n], left == 0 && index == r.last
		if err == nil && !r.yield(c, nil) {
			return false
		}
		c.Size, c.All = 0, 0
	}
	if err != nil {
		return r.fail(ctx, "read attachment of message %s: %w", it.Message, err)
	}
	return true
}
