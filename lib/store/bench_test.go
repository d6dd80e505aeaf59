// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// small is a mail of 3 kB as it comes from the parser: header and body, an
// envelope, a body structure and the usual properties.
func small(i int) object.NewMessage {
	unique := make([]byte, 300)
	rand.Read(unique)
	head := "Received: from mail.example.test by mx.example.test; Sun, 22 Nov 2026 10:00:00 +0000\r\nSubject: message " + fmt.Sprint(i) +
		"\r\nFrom: Anna <anna@example.test>\r\nTo: Bert <bert@example.test>\r\nDKIM-Signature: " + base64.StdEncoding.EncodeToString(unique) + "\r\n\r\n"
	body := strings.Repeat("The quick brown giraffe looks over the lazy tree. ", 46)
	var p mapi.Props
	p.Set(tag.Subject, mapi.String(fmt.Sprintf("message %d", i)))
	p.Set(tag.SenderName, mapi.String("Anna"))
	p.Set(tag.SenderEmailAddress, mapi.String("anna@example.test"))
	p.Set(tag.InternetMessageId, mapi.String(fmt.Sprintf("<%x@example.test>", unique[:16])))
	p.Set(tag.TwigaEnvelope, mapi.Binary([]byte(strings.Repeat("(\"envelope\" NIL) ", 20))))
	p.Set(tag.TwigaBodyStructure, mapi.Binary([]byte(strings.Repeat("(\"text\" \"plain\") ", 8))))
	p.Set(tag.TwigaParts, mapi.Binary(unique[:40]))
	return object.NewMessage{Props: p, Content: []object.Segment{
		{Inline: []byte(head), Size: int64(len(head))}, {Inline: []byte(body), Size: int64(len(body))}},
		Recipients: []mapi.Props{{{Tag: tag.EmailAddress, Value: mapi.String("bert@example.test")}}}}
}

// many makes an engine with users that need no password.
func many(b *testing.B, n int) (*store.Engine, []object.DeliverTo) {
	e := storetest.OpenDir(b, b.TempDir(), store.Options{})
	admin := storetest.As(b, e, object.RoleAdmin)
	var to []object.DeliverTo
	for i := range n {
		u, err := admin.CreateUser(b.Context(), object.CreateUserRequest{User: directory.User{Name: fmt.Sprintf("u%03d", i)}})
		if err != nil {
			b.Fatal(err)
		}
		to = append(to, object.DeliverTo{Store: u.Store})
	}
	return e, to
}

func deliver(b *testing.B, s object.Session, to []object.DeliverTo, m object.NewMessage) {
	r, err := s.Deliver(b.Context(), object.DeliverRequest{To: to, Message: m})
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range r.Results {
		if e.Code != 0 {
			b.Fatal(e.Text)
		}
	}
}

func BenchmarkDeliver(b *testing.B) {
	e, to := many(b, 16)
	s := storetest.As(b, e, object.RoleDelivery)
	var n atomic.Int64
	b.SetParallelism(4)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(n.Add(1))
			deliver(b, s, to[i%16:i%16+1], small(i))
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

func BenchmarkDeliverOne(b *testing.B) {
	e, to := many(b, 1)
	s := storetest.As(b, e, object.RoleDelivery)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		deliver(b, s, to, small(i))
	}
}

// BenchmarkDeliverAttachment delivers a message with a blob that is there.
func BenchmarkDeliverAttachment(b *testing.B) {
	e, to := many(b, 1)
	s := storetest.As(b, e, object.RoleDelivery)
	content := make([]byte, 30_000)
	rand.Read(content)
	id, err := s.Upload(b.Context(), object.UploadRequest{Size: -1}, bytes.NewReader(content))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		m := small(i)
		m.Content = append(m.Content, object.Segment{Blob: id, Size: int64(len(content))})
		deliver(b, s, to, m)
	}
}

func BenchmarkDeliverMulti20(b *testing.B) {
	e, to := many(b, 20)
	s := storetest.As(b, e, object.RoleDelivery)
	var n atomic.Int64
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			deliver(b, s, to, small(int(n.Add(1))))
		}
	})
	b.ReportMetric(float64(20*b.N)/b.Elapsed().Seconds(), "copies/s")
}

// filled is an Inbox with n messages.
func filled(b *testing.B, n int) *fixture {
	f := open(b)
	for i := 0; i < n; i += 500 {
		var list []object.NewMessage
		for j := range min(500, n-i) {
			list = append(list, small(i+j))
		}
		f.save(f.inbox, list...)
	}
	b.ResetTimer()
	return f
}

func BenchmarkSetFlagsOne(b *testing.B) {
	f := filled(b, 5000)
	i := 0
	for b.Loop() {
		i++
		uid := mapi.UID(i%5000 + 1)
		mode := object.FlagsAdd
		if i/5000%2 == 1 {
			mode = object.FlagsRemove
		}
		_, err := f.anna.SetFlags(b.Context(), object.SetFlagsRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: uid, Last: uid}}, Mode: mode, Flags: object.FlagSeen})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSetFlagsAll5000(b *testing.B) {
	f := filled(b, 5000)
	i := 0
	for b.Loop() {
		i++
		_, err := f.anna.SetFlags(b.Context(), object.SetFlagsRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 5000}},
			Mode: object.FlagsAdd + object.FlagMode(i%2), Flags: object.FlagSeen})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChangesLoad20k(b *testing.B) {
	f := filled(b, 20000)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range f.anna.Changes(b.Context(), object.ChangesRequest{Folder: f.inbox}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 20001 {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(20000*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkQuerySummaries5000(b *testing.B) {
	f := filled(b, 5000)
	b.ReportAllocs()
	req := object.QueryRequest{Table: object.TableContents, Folder: f.inbox,
		Columns: []mapi.PropTag{tag.InternetArticleNumber, tag.TwigaEnvelope, tag.TwigaBodyStructure, tag.TwigaParts}}
	for b.Loop() {
		n := 0
		for _, err := range f.anna.Query(b.Context(), req) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 5000 {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(5000*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkReadBodies(b *testing.B) {
	f := open(b)
	items := make([]object.ReadItem, 200)
	total := int64(0)
	for i := range items {
		m := small(i)
		if i%3 == 0 { // a third has an attachment of 90 kB
			data := make([]byte, 90_000)
			rand.Read(data)
			id, err := f.anna.Upload(b.Context(), object.UploadRequest{Size: -1}, strings.NewReader(string(data)))
			if err != nil {
				b.Fatal(err)
			}
			m.Content = append(m.Content, object.Segment{Blob: id, Width: 76, Size: 120000 + 2*(120000-1)/76})
			m.Content[2].Size = 120000 + (120000-1)/76*2
		}
		items[i] = object.ReadItem{Message: f.save(f.inbox, m)[0].ID, Length: -1}
		total += recipeSize(m.Content)
	}
	b.SetBytes(total)
	b.ReportAllocs()
	for b.Loop() {
		n := int64(0)
		for c, err := range f.anna.Read(b.Context(), object.ReadRequest{Items: items}) {
			if err != nil {
				b.Fatal(err)
			}
			n += int64(len(c.Data))
		}
		if n != total {
			b.Fatal(n)
		}
	}
}

func BenchmarkLogonCached(b *testing.B) {
	f := open(b)
	svc := f.e.As(store.Peer{Roles: []object.Role{object.RoleGateway}})
	b.ReportAllocs()
	for b.Loop() {
		s, err := svc.Logon(b.Context(), object.LogonRequest{Role: object.RoleUser, User: "anna", Password: storetest.Password})
		if err != nil {
			b.Fatal(err)
		}
		s.Logoff(b.Context())
	}
}

func BenchmarkFolderStates(b *testing.B) {
	f := open(b)
	b.ReportAllocs()
	req := object.FolderStatesRequest{Folders: []mapi.ID{f.inbox}}
	for b.Loop() {
		if _, err := f.anna.FolderStates(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCopyExpungeAll2000 copies a folder and expunges the copies.
func BenchmarkCopyExpungeAll2000(b *testing.B) {
	f := filled(b, 2000)
	to := f.st.SpecialFolder(object.KindDrafts)
	all := []mapi.UIDRange{{First: 1, Last: 1 << 31}}
	for b.Loop() {
		_, err := f.anna.Transfer(b.Context(), object.TransferRequest{Folder: f.inbox, ToFolder: to, UIDs: all})
		if err == nil {
			_, err = f.anna.SetFlags(b.Context(), object.SetFlagsRequest{Folder: to, UIDs: all, Mode: object.FlagsAdd, Flags: object.FlagDeleted})
		}
		if err == nil {
			_, err = f.anna.DeleteMessages(b.Context(), object.DeleteMessagesRequest{Folder: to, UIDs: all, OnlyDeleted: true, Soft: true})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCopyAll2000 copies a folder; the copies go without being timed.
func BenchmarkCopyAll2000(b *testing.B) {
	f := filled(b, 2000)
	to := f.st.SpecialFolder(object.KindDrafts)
	for b.Loop() {
		f.copyAll(f.inbox, to)
		b.StopTimer()
		f.purge(to, everything)
		b.StartTimer()
	}
	b.ReportMetric(float64(2000*b.N)/b.Elapsed().Seconds(), "msg/s")
}
