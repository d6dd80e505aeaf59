// SPDX-License-Identifier: AGPL-3.0-or-later

package recipe

import (
	"context"
	"encoding/base64"
	"io"

	"twiga/lib/blob"
	"twiga/lib/mapi/object"
)

// Leaf finds the blob that holds the decoded content of a stretch of content:
// where all of the stretch but line ends around it is one blob in base64 lines
// (encoding base64), or all of it is one blob as it is (identity). The recipe
// it gives is of the decoded content.
func (r *Recipe) Leaf(ctx context.Context, store blob.Store, offset, length int64, e object.TransferEncoding) (*Recipe, bool) {
	var leaf *segment
	rest := int64(0)
	for i := range r.segments {
		s := &r.segments[i]
		if s.end() <= offset || s.start >= offset+length {
			continue
		}
		if s.kind == kindBlob && s.start >= offset && s.end() <= offset+length && leaf == nil {
			leaf = s
			continue
		}
		rest += min(s.end(), offset+length) - max(s.start, offset)
	}
	switch {
	case leaf == nil:
		return nil, false
	case e == object.EncodingIdentity && leaf.width == 0 && rest == 0:
	case e == object.EncodingBase64 && leaf.width > 0 && rest <= maxLineEnds:
		// The decoded bytes of what is around a leaf are none unless it is more
		// than line ends; a base64 body that goes on behind the leaf is longer.
	default:
		return nil, false
	}
	b, err := store.Open(ctx, leaf.id)
	if err != nil {
		return nil, false
	}
	defer b.Close()
	size := b.Size()
	return &Recipe{Size: size, segments: []segment{{kind: kindBlob, id: leaf.id, size: size}}}, true
}

// maxLineEnds is how many bytes around a base64 leaf are taken to be line
// ends: fewer than the four characters that stand for any content.
const maxLineEnds = 3

// reader reads a stretch of content as an io.Reader.
type reader struct {
	ctx  context.Context
	c    *Composer
	left int64
}

// Reader reads the stretch that Start has set.
func (c *Composer) Reader(ctx context.Context) io.Reader {
	return &reader{ctx, c, c.end - c.pos}
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if r.left == 0 || len(p) == 0 {
		return 0, io.EOF
	}
	out, err := r.c.Next(r.ctx, p[:0:min(int64(len(p)), r.left)])
	r.left -= int64(len(out))
	return len(out), err
}

// DecodeTransfer undoes a transfer encoding as mail clients do: characters
// outside of the alphabet are passed over (RFC 2045 6.8), and in base64 what
// is broken ends the content.
func DecodeTransfer(r io.Reader, e object.TransferEncoding) io.Reader {
	switch e {
	case object.EncodingBase64:
		src := &source{r: r}
		return lenient{src, base64.NewDecoder(base64.RawStdEncoding, &alphabet{r: src})}
	case object.EncodingQuotedPrintable:
		return newQuoted(r)
	}
	return r
}

// source remembers an error of the encoded content's reader.
type source struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// alphabet passes on only what belongs to base64, up to the padding.
type alphabet struct {
	r     io.Reader
	ended bool
}

// Read implements io.Reader.
func (a *alphabet) Read(p []byte) (int, error) {
	for !a.ended {
		n, err := a.r.Read(p)
		kept := 0
		for _, b := range p[:n] {
			if b == '=' {
				a.ended = true
				break
			}
			if isBase64(b) {
				p[kept] = b
				kept++
			}
		}
		if kept > 0 || err != nil {
			return kept, err
		}
	}
	return 0, io.EOF
}

func isBase64(b byte) bool {
	return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '+' || b == '/'
}

// lenient ends at the first thing that cannot be decoded; errors of the source
// stay errors.
type lenient struct {
	src *source
	r   io.Reader
}

// Read implements io.Reader.
func (l lenient) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if err != nil && l.src.err == nil {
		err = io.EOF
	}
	return n, err
}
