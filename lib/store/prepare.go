// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"io"
	"time"

	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/store/recipe"
)

// prepared is a message ready to be written into any number of mailboxes.
type prepared struct {
	item        item // without uid, id and change
	summary     []byte
	bag         []byte
	recipients  []byte
	attachments []byte
	body        []byte // nil where the message has no content at all
}

// shareMin is the number of inline bytes, compressed, from which a message for
// several mailboxes keeps them once as a blob.
const shareMin = 2 << 10

// prepare checks a message, makes sure of its blobs and encodes it. share says
// that it is for several mailboxes.
func (e *Engine) prepare(ctx context.Context, n *object.NewMessage, share bool) (*prepared, error) {
	if len(n.Recipients) > object.MaxRecipients || len(n.Attachments) > object.MaxAttachments {
		return nil, fmt.Errorf("save message: %d recipients, %d attachments: %w", len(n.Recipients), len(n.Attachments), mapi.TooBig)
	}
	if n.Flags&^(object.FlagsSettable|object.FlagSubmitted|object.FlagHasAttachment|object.FlagOpenEnd) != 0 {
		return nil, fmt.Errorf("save message: flags 0x%x: %w", uint32(n.Flags), mapi.UnknownFlags)
	}
	p := &prepared{}
	var err error
	if p.item.keywords, err = packKeywords(n.Keywords); err != nil {
		return nil, err
	}
	if err := e.prepareContent(ctx, n, p, share); err != nil {
		return nil, err
	}
	p.split(n.Props)
	p.recipients = packRecipients(n.Recipients)
	received := n.Received
	if received.IsZero() {
		received = time.Now()
	}
	p.item.received = mapi.FileTime(received)
	p.item.flags = n.Flags & object.FlagsSettable
	if len(n.Content) > 0 {
		p.item.flags |= n.Flags & object.FlagOpenEnd
	}
	if len(n.Attachments) > 0 {
		p.item.flags |= object.FlagHasAttachment
	}
	p.item.size += besides(p.item.content, len(p.summary)+len(p.bag)+len(p.recipients)+len(p.attachments))
	return p, nil
}

// freeBesides is how many bytes of properties, recipients and attachment rows a
// message with MIME may have beside it that do not count for its size: they
// mostly say again what its header does.
const freeBesides = 16 << 10

// besides is what properties, recipients and attachment rows of so many bytes
// count for the size of a message: for one with MIME (content is not negative)
// only what no header explains, so that nothing is kept for free.
func besides(content int64, bytes int) int64 {
	if content < 0 {
		return int64(bytes)
	}
	return max(0, int64(bytes)-freeBesides-2*content)
}

// split sorts properties into columns, summary and bag.
func (p *prepared) split(props mapi.Props) {
	p.summary, p.bag = nil, []byte{wire.BagVersion}
	for _, prop := range props {
		switch {
		case isSummary(prop.Tag):
			if p.summary == nil {
				p.summary = []byte{wire.BagVersion}
			}
			p.summary = wire.AppendProp(p.summary, prop.Tag, prop.Value)
		case prop.Tag == tag.MessageClass:
			p.item.class = classColumn(prop.Value.Text())
		case prop.Tag == tag.ClientSubmitTime:
			p.item.sent = prop.Value.Num()
		case !isComputed(prop.Tag):
			p.bag = wire.AppendProp(p.bag, prop.Tag, prop.Value)
		}
	}
}

func classColumn(class string) string {
	if class == defaultClass {
		return ""
	}
	return class
}

// prepareContent encodes the recipes and sets the sizes.
func (e *Engine) prepareContent(ctx context.Context, n *object.NewMessage, p *prepared, share bool) error {
	enc := recipe.Encoder{Codec: e.codec, ShareMin: shareMin}
	if share {
		enc.Share = func(b []byte) (blob.ID, error) { return e.blobs.PutBytes(ctx, b) }
	}
	recipes := make([][]byte, 1, 1+len(n.Attachments))
	var err error
	p.item.content = -1
	if len(n.Content) > 0 {
		if recipes[0], err = e.recipe(ctx, &enc, n.Content); err != nil {
			return err
		}
		p.item.content = recipe.Size(n.Content)
		p.item.size = p.item.content
	}
	list := make([]attachment, len(n.Attachments))
	last := 0
	for i := range n.Attachments {
		own, err := e.attachment(ctx, &enc, n, i, &list[i], recipes[0])
		if err != nil {
			return err
		}
		recipes = append(recipes, own)
		if own != nil {
			last = i + 1
		}
		p.item.size += recipe.Size(n.Attachments[i].Content)
	}
	p.attachments = packAttachments(list)
	if recipes = recipes[:last+1]; last > 0 || recipes[0] != nil {
		p.body = packBody(recipes)
	}
	return nil
}

// recipe checks segments, makes sure of their blobs and encodes them.
func (e *Engine) recipe(ctx context.Context, enc *recipe.Encoder, list []object.Segment) ([]byte, error) {
	if err := recipe.Check(list); err != nil {
		return nil, err
	}
	for i := range list {
		s := &list[i]
		if s.Blob == (object.BlobID{}) {
			continue
		}
		size, err := e.blobs.Touch(ctx, blob.ID(s.Blob))
		if err != nil {
			return nil, coded(fmt.Errorf("save message: %w", err))
		}
		if s.Size != recipe.EncodedSize(s, size) {
			return nil, fmt.Errorf("save message: segment %d of %d bytes, its blob gives %d: %w", i, s.Size, recipe.EncodedSize(s, size), mapi.InvalidParameter)
		}
	}
	out, err := enc.Encode(nil, list)
	return out, coded(err)
}

// attachment encodes one attachment and gives the recipe of its own content,
// nil where it is a stretch of the message's.
func (e *Engine) attachment(ctx context.Context, enc *recipe.Encoder, n *object.NewMessage, i int, out *attachment, message []byte) ([]byte, error) {
	a := &n.Attachments[i]
	var own []byte
	size := recipe.Size(a.Content)
	if len(a.Content) > 0 {
		var err error
		if own, err = e.recipe(ctx, enc, a.Content); err != nil {
			return nil, err
		}
		if err := checkEmbedded(n, a); err != nil {
			return nil, fmt.Errorf("save attachment %d: %w", i+1, err)
		}
	} else if a.Length != 0 || a.Offset != 0 {
		whole := recipe.Size(n.Content)
		if a.Offset < 0 || a.Length < 0 || a.Offset > whole || a.Length > whole-a.Offset || a.Encoding > object.EncodingQuotedPrintable {
			return nil, fmt.Errorf("save attachment %d: bytes %d+%d of %d: %w", i+1, a.Offset, a.Length, whole, mapi.InvalidParameter)
		}
		out.offset, out.length, out.encoding = a.Offset, a.Length, a.Encoding
	}
	props := a.Props
	if _, ok := props.Get(tag.AttachSize); !ok {
		if own == nil && out.length > 0 {
			var err error
			if size, err = e.decodedSize(ctx, message, out); err != nil {
				return nil, err
			}
		}
		props = append(mapi.Props(nil), props...)
		props.Set(tag.AttachSize, mapi.Int32(int32(min(size, 1<<31-1))))
	}
	out.bag = wire.AppendBag(nil, props)
	return own, nil
}

// decodedSize is how many bytes a stretch of content has behind its encoding.
func (e *Engine) decodedSize(ctx context.Context, message []byte, a *attachment) (int64, error) {
	if a.encoding == object.EncodingIdentity {
		return a.length, nil
	}
	var r recipe.Recipe
	if err := r.Decode(message); err != nil {
		return 0, coded(err)
	}
	if leaf, ok := r.Leaf(ctx, e.blobs, a.offset, a.length, a.encoding); ok {
		return leaf.Size, nil
	}
	comp := e.composer()
	defer comp.Close()
	comp.Start(&r, a.offset, a.length)
	n, err := io.Copy(io.Discard, recipe.DecodeTransfer(comp.Reader(ctx), a.encoding))
	return n, coded(err)
}

func (e *Engine) composer() *recipe.Composer {
	return &recipe.Composer{Codec: e.codec, Blobs: e.blobs}
}
