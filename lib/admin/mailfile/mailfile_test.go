// SPDX-License-Identifier: AGPL-3.0-or-later

package mailfile

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twiga/lib/conv/mime/mimetest"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// sample are messages in folders with all that the formats must keep.
func sample() []Message {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return []Message{
		{Folder: "INBOX", Data: []byte("Subject: one\r\n\r\nFrom here on\r\n>From there\r\n\r\n"), Received: at},
		{Folder: "INBOX", Data: []byte("Subject: two\r\n\r\nno end of line"), Received: at, Flags: object.FlagSeen | object.FlagAnswered, Keywords: []string{"work", "$Label1"}},
		{Folder: "Lists/Überseh.en", Data: []byte("Subject: three\r\n\r\n"), Received: at, Flags: object.FlagFlagged | object.FlagDraft},
	}
}

// written writes messages and reads them again.
func written(t *testing.T, f Format, list []Message) []Message {
	t.Helper()
	root := t.TempDir()
	w := NewWriter(f, root)
	folder := ""
	for i := range list {
		if list[i].Folder != folder {
			folder = list[i].Folder
			if err := w.Folder(folder); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Put(&list[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var out []Message
	for m, err := range Read(f, root) {
		if err != nil {
			t.Fatal(err)
		}
		m.Data, m.Received = bytes.Clone(m.Data), m.Received.UTC()
		out = append(out, m)
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	for _, tc := range []struct {
		format Format
		lost   func(*Message)
	}{
		{Mbox, func(m *Message) {
			if !bytes.HasSuffix(m.Data, []byte("\n")) {
				m.Data = append(m.Data, "\r\n"...)
			}
		}},
		{Maildir, func(m *Message) {
			if m.Folder != "INBOX" {
				m.Folder = "Lists/Überseh_en" // a dot parts folders
			}
		}},
		{EML, func(m *Message) { m.Flags, m.Keywords = 0, nil }},
	} {
		t.Run(string(tc.format), func(t *testing.T) {
			want := sample()
			got := written(t, tc.format, want)
			for i := range want {
				tc.lost(&want[i])
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// Maildir keeps every byte of every message.
func TestMaildirIsExact(t *testing.T) {
	var list []Message
	for _, m := range mimetest.Corpus() {
		if bytes.Equal(lines(m.Data), m.Data) { // else the form of a Unix system
			list = append(list, Message{Folder: inbox, Data: m.Data, Received: time.Unix(1e9, 0).UTC()})
		}
	}
	got := written(t, Maildir, list)
	if len(got) != len(list) || len(list) < 100 {
		t.Fatalf("%d of %d messages", len(got), len(list))
	}
	for i := range list {
		if !bytes.Equal(got[i].Data, list[i].Data) {
			t.Errorf("message %d differs", i)
		}
	}
}

func TestObjects(t *testing.T) {
	const zone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nEND:VTIMEZONE\r\n"
	event := func(uid, more string) string {
		return "BEGIN:VEVENT\r\nUID:" + uid + "\r\n" + more + "SUMMARY;LANGUAGE=en:Tea\\, and a long\r\n  line\r\nBEGIN:VALARM\r\nUID:no\r\nEND:VALARM\r\nEND:VEVENT\r\n"
	}
	file := icsHead + zone + event("a", "") + event("b", "") + event("a", "RECURRENCE-ID:20260102T030405Z\r\n") + "BEGIN:VTODO\r\nUID:c\r\nEND:VTODO\r\n" + icsFoot
	name := filepath.Join(t.TempDir(), "Work.ics")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	var list []Message
	for m, err := range Read(ICS, filepath.Dir(name)) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	if len(list) != 3 || list[0].Folder != "Work" || list[2].Class != classTask || list[0].Class != classAppointment {
		t.Fatalf("%+v", list)
	}
	if want := icsHead + zone + event("a", "") + event("a", "RECURRENCE-ID:20260102T030405Z\r\n") + icsFoot; string(list[0].Data) != want {
		t.Errorf("first is\n%s", list[0].Data)
	}
	if s := Summary(list[0].Data); s != "Tea, and a long line" {
		t.Errorf("summary %q", s)
	}
	again := written(t, ICS, list)
	if d := cmp.Diff(list, again, cmp.Transformer("utc", time.Time.UTC)); d != "" {
		t.Error(d)
	}
}

func TestCards(t *testing.T) {
	card := func(fn string) Message {
		return Message{Folder: "Friends", Class: classContact, Data: []byte("BEGIN:VCARD\r\nFN:" + fn + "\r\nEND:VCARD\r\n")}
	}
	list := []Message{card("A B"), card("C")}
	if d := cmp.Diff(list, written(t, VCF, list)); d != "" {
		t.Error(d)
	}
}

func TestBad(t *testing.T) {
	for name, text := range map[string]string{"a.mbox": "Subject: no From line\n\n", "a.ics": "nothing", "a.vcf": "nothing"} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, err := range Read(Format(name[2:]), file) {
			if mapi.CodeOf(err) != mapi.CorruptData {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, err := range Read(Mbox, filepath.Join(t.TempDir(), "no")) {
		if err == nil {
			t.Error("a file that is not there is read")
		}
	}
}

// Names of folders never lead out of the root.
func TestSafe(t *testing.T) {
	for _, folder := range []string{"../a", "/etc", "..", "a/../../b", ".hidden", "a//b", "a\x00b", ""} {
		got := safe(folder)
		if !filepath.IsLocal(got) || slices.Contains([]string{".", ".."}, got) || got[0] == '.' {
			t.Errorf("%q is %q", folder, got)
		}
	}
}

func FuzzMbox(f *testing.F) {
	f.Add([]byte("From a Thu Jan  1 00:00:00 1970\nStatus: RO\n\n>From b\n\nFrom c\n\nx"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		name := filepath.Join(dir, "x.mbox")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		for m := range Read(Mbox, name) {
			_ = m
		}
	})
}

func FuzzComponents(f *testing.F) {
	f.Add([]byte(icsHead + "BEGIN:VEVENT\nUID:1\nEND:VEVENT\n" + icsFoot))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, c := range components(data, 2) {
			if len(c.text) == 0 {
				t.Error("empty component")
			}
		}
		_ = Summary(data)
	})
}
