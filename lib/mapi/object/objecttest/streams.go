// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func streamCases() []testCase {
	return []testCase{
		{"stretches are read", streamRead},
		{"many items are read in order", streamItems},
		{"attachments are decoded", streamDecoded},
		{"content is uploaded", streamUpload},
		{"an upload that is not what it says", streamUploadFails},
	}
}

func streamRead(k *kit) {
	m := k.mailbox()
	text := "Subject: x\r\n\r\n" + strings.Repeat("0123456789", 20_000)
	id := m.save(m.inbox, object.NewMessage{Content: inline(text)})[0].ID
	end := int64(len(text))
	for _, item := range []object.ReadItem{
		{Length: -1}, {Length: 1}, {Length: 0}, {Offset: 5, Length: 7}, {Offset: 100_000, Length: 70_000},
		{Offset: end - 3, Length: 100}, {Offset: end, Length: 5}, {Offset: end + 5, Length: -1}, {Offset: 3, Length: -1},
	} {
		from := min(item.Offset, end)
		to := end
		if item.Length >= 0 {
			to = min(from+item.Length, end)
		}
		item.Message = id
		if got := m.read(item); string(got) != text[from:to] {
			k.Errorf("%d bytes from %d: %d bytes came that differ", item.Length, item.Offset, len(got))
		}
	}
}

func streamItems(k *kit) {
	m := k.mailbox()
	saved := m.fill(m.inbox, 3)
	items := []object.ReadItem{
		{Message: saved[2].ID, Length: -1}, {Message: 1 << 40, Length: -1}, {Message: saved[0].ID, Attachment: 9, Length: -1},
		{Message: saved[0].ID, Length: 9}, {Message: saved[0].ID, Length: -1},
	}
	got := make([]string, len(items))
	codes := make([]mapi.Code, len(items))
	last := 0
	for c, err := range m.s.Read(k.Context(), object.ReadRequest{Store: m.guid, Items: items}) {
		k.ok(err)
		if c.Item < last {
			k.Errorf("item %d after %d", c.Item, last)
		}
		last = c.Item
		got[c.Item] += string(c.Data)
		if c.Code != 0 {
			codes[c.Item] = c.Code
		}
	}
	same(k, "the contents", got, []string{
		"Subject: message 3\r\n\r\nbody of message 3\r\n", "", "", "Subject: ", "Subject: message 1\r\n\r\nbody of message 1\r\n",
	})
	same(k, "the codes", codes, []mapi.Code{0, mapi.NotFound, mapi.NotFound, 0, 0})
}

func streamDecoded(k *kit) {
	m := k.mailbox()
	head := "Subject: parts\r\n\r\n"
	qp := "caf=C3=A9 =\r\nau lait=20\r\n"
	b64 := "aGVs\r\nbG8g\r\nd29ybGQ=\r\n"
	id := m.save(m.inbox, object.NewMessage{
		Content: inline(head + qp + b64),
		Attachments: []object.NewAttachment{
			{Offset: int64(len(head)), Length: int64(len(qp)), Encoding: object.EncodingQuotedPrintable},
			{Offset: int64(len(head) + len(qp)), Length: int64(len(b64)), Encoding: object.EncodingBase64},
			{Offset: int64(len(head)), Length: 4},
		},
	})[0].ID
	for i, want := range []string{"café au lait \r\n", "hello world", "caf="} {
		equal(k, "the attachment", string(m.read(object.ReadItem{Message: id, Attachment: i + 1, Length: -1})), want)
	}
	equal(k, "a stretch of it", string(m.read(object.ReadItem{Message: id, Attachment: 2, Offset: 6, Length: 3})), "wor")
}

func streamUpload(k *kit) {
	m := k.mailbox()
	var ids []object.BlobID
	for _, size := range []int{0, 1, 4096, 3 << 20} {
		content := noise(size, uint64(size)+99)
		ids = append(ids, m.upload(content))
		id, err := m.s.Upload(k.Context(), object.UploadRequest{Size: -1}, bytes.NewReader(content))
		k.ok(err)
		equal(k, "the id of the same content", id, ids[len(ids)-1])
	}
	missing := object.BlobID{1, 2, 3}
	resp, err := m.s.HasBlobs(k.Context(), object.HasBlobsRequest{IDs: append([]object.BlobID{missing}, ids...)})
	k.ok(err)
	same(k, "the blobs that are there", resp.Has, []bool{false, true, true, true, true})
}

// brokenReader fails after some bytes.
type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, b.err }

func streamUploadFails(k *kit) {
	m := k.mailbox()
	content := noise(100_000, 77)
	right := object.BlobID(sha256.Sum256(content))
	wrong := right
	wrong[0]++
	for name, req := range map[string]object.UploadRequest{
		"another id": {ID: wrong, Size: -1}, "too short": {Size: 100_001}, "too long": {ID: right, Size: 99_999},
	} {
		_, err := m.s.Upload(k.Context(), req, bytes.NewReader(content))
		if mapi.CodeOf(err) != mapi.InvalidParameter {
			k.Errorf("%s: %v", name, err)
		}
	}
	cause := errors.New("the source failed")
	_, err := m.s.Upload(k.Context(), object.UploadRequest{Size: -1}, io.MultiReader(bytes.NewReader(content), brokenReader{cause}))
	if err == nil {
		k.Error("an upload whose source failed succeeds")
	}
	resp, err := m.s.HasBlobs(k.Context(), object.HasBlobsRequest{IDs: []object.BlobID{right, wrong}})
	k.ok(err)
	if slices.Contains(resp.Has, true) {
		k.Errorf("blobs that were not kept: %v", resp.Has)
	}
	_, err = m.s.Upload(k.Context(), object.UploadRequest{ID: right, Size: 100_000}, bytes.NewReader(content))
	k.ok(err)
}
