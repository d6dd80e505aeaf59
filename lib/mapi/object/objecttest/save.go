// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func saveCases() []testCase {
	return []testCase{
		{"every byte comes back", saveBytes},
		{"blobs come back as base64 lines", saveBase64},
		{"a message is kept whole", saveWhole},
		{"a message may have no content", saveProps},
		{"UIDs rise", saveUIDs},
		{"a message is replaced", saveReplace},
		{"a blob has to be there", saveMissing},
	}
}

// noise are n bytes that do not compress, always the same for a seed.
func noise(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// upload keeps a blob.
func (m *mailbox) upload(b []byte) object.BlobID {
	m.Helper()
	id, err := m.s.Upload(m.Context(), object.UploadRequest{Size: int64(len(b))}, bytes.NewReader(b))
	m.ok(err)
	if id != sha256.Sum256(b) {
		m.Errorf("id of %d bytes is %x", len(b), id)
	}
	return id
}

func saveBytes(k *kit) {
	m := k.mailbox()
	for name, content := range map[string][]byte{
		"one byte":       []byte("x"),
		"no line end":    []byte("Subject: x\r\n\r\nno end"),
		"bare LF and CR": []byte("Subject: x\n\rb\rody\n\n\r\n.\r\n"),
		"NUL and 8 bit":  []byte("Subject: \x00\xff\xfe\r\n\r\n\x80\x00"),
		"64 KiB of text": []byte(strings.Repeat("all work and no play\r\n", 3000)),
		"1 MiB of noise": noise(1<<20, 1),
	} {
		id := m.save(m.inbox, object.NewMessage{Content: []object.Segment{{Inline: content, Size: int64(len(content))}}})[0].ID
		if got := m.content(id); !bytes.Equal(got, content) {
			k.Errorf("%s: %d bytes came back as other %d bytes", name, len(content), len(got))
		}
		equal(k, name+": the size", m.get([]mapi.PropTag{}, id)[0].ContentSize, int64(len(content)))
	}
}

// lines is base64 in lines.
func lines(b []byte, width int, end string) string {
	text := base64.StdEncoding.EncodeToString(b)
	var out []string
	for part := range slices.Chunk([]byte(text), width) {
		out = append(out, string(part))
	}
	return strings.Join(out, end)
}

func saveBase64(k *kit) {
	m := k.mailbox()
	for _, tc := range []struct {
		size, width int
		lf          bool
	}{{1, 76, false}, {57, 76, false}, {58, 76, false}, {100_000, 76, false}, {100_000, 72, true}, {57 * 100, 76, true}, {300_001, 64, false}} {
		name := fmt.Sprintf("%d bytes in lines of %d, LF %v", tc.size, tc.width, tc.lf)
		blob := noise(tc.size, uint64(tc.size))
		end := "\r\n"
		if tc.lf {
			end = "\n"
		}
		text := lines(blob, tc.width, end)
		id := m.upload(blob)
		head, foot := "Content-Transfer-Encoding: base64\r\n\r\n", "\r\n--x--\r\n"
		saved := m.save(m.inbox, object.NewMessage{
			Content: append(append(inline(head), object.Segment{Blob: id, Width: uint16(tc.width), LF: tc.lf, Size: int64(len(text))}), inline(foot)...),
			Attachments: []object.NewAttachment{
				{Content: []object.Segment{{Blob: id, Size: int64(len(blob))}}},
				{Offset: int64(len(head)), Length: int64(len(text)), Encoding: object.EncodingBase64},
				{Offset: int64(len(head)), Length: int64(len(text))},
			},
		})[0].ID
		whole := head + text + foot
		if got := m.content(saved); string(got) != whole {
			k.Errorf("%s: content differs", name)
		}
		for i, want := range []string{string(blob), string(blob), text} {
			if got := m.read(object.ReadItem{Message: saved, Attachment: i + 1, Length: -1}); string(got) != want {
				k.Errorf("%s: attachment %d differs", name, i+1)
			}
		}
		at := int64(len(whole) / 3)
		if got := m.read(object.ReadItem{Message: saved, Offset: at, Length: 500}); string(got) != whole[at:min(int(at)+500, len(whole))] {
			k.Errorf("%s: a stretch of the content differs", name)
		}
	}
}

func saveWhole(k *kit) {
	m := k.mailbox()
	when := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	msg := plain("whole")
	msg.Props.Set(tag.Importance, mapi.Int32(2))
	msg.Recipients = []mapi.Props{
		{{Tag: tag.RecipientType, Value: mapi.Int32(1)}, {Tag: tag.DisplayName, Value: mapi.String("Bob")}},
		{{Tag: tag.RecipientType, Value: mapi.Int32(2)}, {Tag: tag.DisplayName, Value: mapi.String("Zoë")}},
	}
	msg.Attachments = []object.NewAttachment{{
		Props:   mapi.Props{{Tag: tag.AttachLongFilename, Value: mapi.String("a.txt")}},
		Content: inline("attached"),
	}}
	msg.Flags, msg.Keywords, msg.Received = object.FlagSeen|object.FlagFlagged, []string{"$Work", "later"}, when
	saved := m.save(m.inbox, msg)[0]
	got := m.get(nil, saved.ID)[0]
	equal(k, "the place", [3]any{got.ID, got.Folder, got.UID}, [3]any{saved.ID, m.inbox, saved.UID})
	equal(k, "the change", got.Change, saved.Change)
	equal(k, "the settable flags", got.Flags&object.FlagsSettable, msg.Flags)
	equal(k, "it has an attachment", got.Flags&object.FlagHasAttachment != 0, true)
	same(k, "the keywords", got.Keywords, msg.Keywords)
	if !got.Received.Equal(when) {
		k.Errorf("received %v, want %v", got.Received, when)
	}
	equal(k, "the subject", got.Props.Text(tag.Subject), "whole")
	equal(k, "the importance", got.Props.Int(tag.Importance), 2)
	if len(got.Recipients) != 2 || got.Recipients[1].Text(tag.DisplayName) != "Zoë" || got.Recipients[0].Int(tag.RecipientType) != 1 {
		k.Errorf("recipients: %v", got.Recipients)
	}
	if len(got.Attachments) != 1 || got.Attachments[0].Text(tag.AttachLongFilename) != "a.txt" || got.Attachments[0].Int(tag.AttachSize) < 8 {
		k.Errorf("attachments: %v", got.Attachments)
	}
	equal(k, "the attachment", string(m.read(object.ReadItem{Message: saved.ID, Attachment: 1, Length: -1})), "attached")
	some := m.get([]mapi.PropTag{tag.Subject}, 1<<40, saved.ID)
	equal(k, "the number of messages found", len(some), 1)
	equal(k, "a property that was not asked", some[0].Props.Int(tag.Importance), 0)

	before := time.Now().Add(-time.Minute)
	now := m.get(nil, m.save(m.inbox, plain("now"))[0].ID)[0]
	if now.Received.Before(before) || now.Received.After(time.Now().Add(time.Minute)) {
		k.Errorf("received %v, want now", now.Received)
	}
}

func saveProps(k *kit) {
	m := k.mailbox()
	saved := m.save(m.inbox, object.NewMessage{Props: mapi.Props{{Tag: tag.Subject, Value: mapi.String("note")}}})[0]
	got := m.get(nil, saved.ID)[0]
	equal(k, "the size of the content", got.ContentSize, -1)
	equal(k, "the subject", got.Props.Text(tag.Subject), "note")
	chunks, err := collect(m.s.Read(k.Context(), object.ReadRequest{Store: m.guid, Items: []object.ReadItem{{Message: saved.ID, Length: -1}}}))
	k.ok(err)
	if len(chunks) != 1 || chunks[0].Code != mapi.NotFound {
		k.Errorf("reading content that is not there: %+v", chunks)
	}
	_, items := m.changes(m.inbox, 0)
	equal(k, "the size in the changes", items[0].Size, -1)
}

func saveUIDs(k *kit) {
	m := k.mailbox()
	first := m.fill(m.inbox, 3)
	second := m.fill(m.inbox, 2)
	var ids []mapi.ID
	for i, s := range append(first, second...) {
		equal(k, "the UID", s.UID, mapi.UID(i+1))
		if slices.Contains(ids, s.ID) || s.ID == 0 {
			k.Errorf("id %s is used twice", s.ID)
		}
		ids = append(ids, s.ID)
	}
	if second[0].Change <= first[2].Change {
		k.Errorf("change %d after %d", second[0].Change, first[2].Change)
	}
	resp, err := m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: m.inbox, Messages: []object.NewMessage{plain("x")}})
	k.ok(err)
	equal(k, "the validity", resp.UIDValidity, m.state(m.inbox).UIDValidity)
	equal(k, "the folder's change", m.state(m.inbox).Change, resp.Saved[0].Change)
}

func saveReplace(k *kit) {
	m := k.mailbox()
	old := m.save(m.inbox, plain("old"))[0]
	since := m.state(m.inbox).Change
	next := plain("new")
	next.ID, next.IfChange = old.ID, old.Change+1000
	_, err := m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: m.inbox, Messages: []object.NewMessage{next}})
	k.fails(err, mapi.ObjectChanged)
	next.IfChange = old.Change
	saved := m.save(m.inbox, next)[0]
	equal(k, "the id", saved.ID, old.ID)
	if saved.UID <= old.UID || saved.Change <= old.Change {
		k.Errorf("replaced %+v by %+v: UID and change number are to rise", old, saved)
	}
	equal(k, "the content", string(m.content(old.ID)), "Subject: new\r\n\r\nbody of new\r\n")
	equal(k, "the messages", m.state(m.inbox).Messages, 1)
	_, items := m.changes(m.inbox, since)
	if len(items) != 2 || items[0].Kind != object.ChangeUpsert || items[0].UID != saved.UID || items[1].Kind != object.ChangeGone || items[1].UID != old.UID {
		k.Errorf("changes after the replacement: %+v", items)
	}
	next.ID, next.IfChange = 1<<40, 0
	_, err = m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: m.inbox, Messages: []object.NewMessage{next}})
	k.fails(err, mapi.NotFound)
}

func saveMissing(k *kit) {
	m := k.mailbox()
	before := m.state(m.inbox)
	bad := object.NewMessage{Content: []object.Segment{{Blob: object.BlobID{1, 2, 3}, Size: 10}}}
	_, err := m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: m.inbox, Messages: []object.NewMessage{plain("good"), bad}})
	k.fails(err, mapi.NotFound)
	equal(k, "the state", m.state(m.inbox), before)
	_, err = m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: 1 << 40, Messages: []object.NewMessage{plain("x")}})
	k.fails(err, mapi.NotFound)
}
