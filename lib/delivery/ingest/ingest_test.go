// SPDX-License-Identifier: AGPL-3.0-or-later

package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"twiga/lib/base64lines"
	"twiga/lib/conv/mime/mimetest"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// blobs is a store of blobs in memory.
type blobs struct {
	object.Streams
	mu      sync.Mutex // guards the fields that follow
	kept    map[object.BlobID][]byte
	uploads int
	asked   int
	fail    error
}

func (b *blobs) HasBlobs(_ context.Context, req object.HasBlobsRequest) (object.HasBlobsResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	var resp object.HasBlobsResponse
	for _, id := range req.IDs {
		_, ok := b.kept[id]
		resp.Has = append(resp.Has, ok)
	}
	return resp, nil
}

func (b *blobs) Upload(_ context.Context, req object.UploadRequest, content io.Reader) (object.BlobID, error) {
	data, err := io.ReadAll(content)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err = errors.Join(err, b.fail); err != nil {
		return object.BlobID{}, err
	}
	if object.BlobID(sha256.Sum256(data)) != req.ID || int64(len(data)) != req.Size {
		return req.ID, mapi.InvalidParameter
	}
	b.uploads++
	b.kept[req.ID] = data
	return req.ID, nil
}

// whole puts a message's content together again.
func (b *blobs) whole(t testing.TB, segments []object.Segment) []byte {
	t.Helper()
	var out []byte
	for _, s := range segments {
		before := len(out)
		switch {
		case s.Blob == object.BlobID{}:
			out = append(out, s.Inline...)
		case s.Width == 0:
			out = append(out, b.kept[s.Blob]...)
		default:
			out = base64lines.Layout{Line: int(s.Width), CRLF: !s.LF}.Append(out, b.kept[s.Blob])
		}
		if int64(len(out)-before) != s.Size {
			t.Errorf("segment of %d bytes says %d", len(out)-before, s.Size)
		}
	}
	return out
}

// TestExact: the recipe of every message gives its bytes back.
func TestExact(t *testing.T) {
	for _, m := range mimetest.Corpus() {
		b := &blobs{kept: map[object.BlobID][]byte{}}
		for _, form := range []func(context.Context, object.Streams, []byte, Options) (object.NewMessage, error){Message, Opaque} {
			got, err := form(t.Context(), b, m.Data, Options{})
			if err != nil {
				t.Fatalf("%s: %v", m.Name, err)
			}
			if !bytes.Equal(b.whole(t, got.Content), m.Data) {
				t.Errorf("%s: bytes differ", m.Name)
			}
		}
	}
}

func TestOptions(t *testing.T) {
	b := &blobs{kept: map[object.BlobID][]byte{}}
	o := Options{Flags: object.FlagSeen, Keywords: []string{"k"}, Received: time.Unix(1000, 0)}
	m, err := Message(t.Context(), b, []byte("Subject: a\r\nTo: x@y.test\r\n\r\nb\r\n"), o)
	if err != nil || m.Flags != o.Flags || len(m.Keywords) != 1 || !m.Received.Equal(o.Received) {
		t.Errorf("%+v, %v", m, err)
	}
	if m.Props.Text(tag.Subject) != "a" || len(m.Recipients) != 1 {
		t.Errorf("properties %v, recipients %v", m.Props, m.Recipients)
	}
}

// TestUploadOnce: what is there is not sent again, and neither is a part that a
// message has twice.
func TestUploadOnce(t *testing.T) {
	b := &blobs{kept: map[object.BlobID][]byte{}}
	file := mimetest.Bytes(1, 50<<10)
	for range 2 {
		if _, err := Message(t.Context(), b, []byte(mimetest.Mixed("text", file)), Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if b.uploads != 1 || b.asked != 2 {
		t.Errorf("%d uploads, asked %d times", b.uploads, b.asked)
	}
}

// TestUploadFew: few bytes are sent without a question.
func TestUploadFew(t *testing.T) {
	b := &blobs{kept: map[object.BlobID][]byte{}}
	if _, err := Message(t.Context(), b, []byte(mimetest.Mixed("text", mimetest.Bytes(1, 20<<10))), Options{}); err != nil {
		t.Fatal(err)
	}
	if b.uploads != 1 || b.asked != 0 {
		t.Errorf("%d uploads, asked %d times", b.uploads, b.asked)
	}
}

// TestWideLines: base64 in a line beyond what the contract can say is kept as
// it stands.
func TestWideLines(t *testing.T) {
	for _, line := range []int{65532, 65536, 65540} {
		t.Run(fmt.Sprint(line), func(t *testing.T) {
			b := &blobs{kept: map[object.BlobID][]byte{}}
			text := base64.StdEncoding.EncodeToString(mimetest.Bytes(2, line/4*3*2))
			data := []byte("Content-Transfer-Encoding: base64\r\nContent-Type: image/png\r\n\r\n" + text[:line] + "\r\n" + text[line:] + "\r\n")
			m, err := Message(t.Context(), b, data, Options{})
			if err != nil || !bytes.Equal(b.whole(t, m.Content), data) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestUploadFails(t *testing.T) {
	b := &blobs{kept: map[object.BlobID][]byte{}, fail: mapi.NotEnoughDisk}
	_, err := Message(t.Context(), b, []byte(mimetest.Mixed("text", mimetest.Bytes(1, 50<<10))), Options{})
	if !errors.Is(err, mapi.NotEnoughDisk) {
		t.Errorf("got %v", err)
	}
}

func TestGuard(t *testing.T) {
	err := guard(func() { panic("on purpose") })
	if err == nil || !strings.Contains(err.Error(), "on purpose") {
		t.Errorf("got %v", err)
	}
}

// TestOpenEnd: whether the last line has an end is said of every message.
func TestOpenEnd(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		want       object.Flags
	}{
		{"CRLF", "A: b\r\n\r\nx\r\n", 0},
		{"LF", "A: b\n\nx\n", object.FlagOpenEnd},
		{"none", "A: b\r\n\r\nx", object.FlagOpenEnd},
		{"CR", "A: b\r\n\r\nx\r", object.FlagOpenEnd},
		{"base64 to the end", "Content-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat("YWJj", 19), object.FlagOpenEnd},
		{"nothing", "", 0},
	} {
		for how, take := range map[string]func(context.Context, object.Streams, []byte, Options) (object.NewMessage, error){"read": Message, "opaque": Opaque} {
			m, err := take(t.Context(), nil, []byte(tt.data), Options{})
			if err != nil || m.Flags&object.FlagOpenEnd != tt.want {
				t.Errorf("%s, %s: flags %#x, %v", tt.name, how, m.Flags, err)
			}
		}
	}
}
