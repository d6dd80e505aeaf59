// SPDX-License-Identifier: AGPL-3.0-or-later

package object_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func TestOutOfOfficeProps(t *testing.T) {
	for _, tc := range []struct {
		name string
		o    object.OutOfOffice
	}{
		{"nothing", object.OutOfOffice{}},
		{"on", object.OutOfOffice{On: true, Text: "away"}},
		{"everything", object.OutOfOffice{On: true, Subject: "s", Text: "t", HTML: "<p>t</p>", From: noon, Until: noon.Add(time.Hour), External: "e", Audience: object.ReplyKnown}},
		{"off, kept for the next time", object.OutOfOffice{Text: "t", Audience: object.ReplyNone}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			set, deleted := tc.o.Props()
			if got := object.ReadOutOfOffice(set); got != tc.o {
				t.Errorf("%+v, want %+v", got, tc.o)
			}
			for _, c := range object.OutOfOfficeColumns() {
				if _, in := set.Get(c); in == slices.Contains(deleted, c) {
					t.Errorf("%s is set: %v, deleted: %v", c, in, !in)
				}
			}
		})
	}
	var p mapi.Props
	p.Set(tag.TwigaReplyAudience, mapi.Int32(77))
	if got := object.ReadOutOfOffice(p).Audience; got != object.ReplyNone {
		t.Errorf("unknown audience reads as %s", got)
	}
}

func TestOutOfOfficeReply(t *testing.T) {
	full := object.OutOfOffice{On: true, Text: "in", HTML: "<in>", External: "out", From: noon, Until: noon.Add(time.Hour)}
	known, none, same := full, full, full
	known.Audience, none.Audience, same.External = object.ReplyKnown, object.ReplyNone, ""
	off := full
	off.On = false
	for _, tc := range []struct {
		name          string
		o             object.OutOfOffice
		at            time.Time
		inside, known bool
		text, html    string
	}{
		{"inside", full, noon, true, false, "in", "<in>"},
		{"outside", full, noon, false, false, "out", ""},
		{"outside without a text of its own", same, noon, false, false, "in", "<in>"},
		{"outside and known", known, noon, false, true, "out", ""},
		{"outside and not known", known, noon, false, false, "", ""},
		{"nobody outside", none, noon, false, true, "", ""},
		{"nobody outside, but inside", none, noon, true, false, "in", "<in>"},
		{"off", off, noon, true, true, "", ""},
		{"too early", full, noon.Add(-1), true, true, "", ""},
		{"the last moment", full, noon.Add(time.Hour - 1), true, true, "in", "<in>"},
		{"over", full, noon.Add(time.Hour), true, true, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text, html, ok := tc.o.Reply(tc.at, tc.inside, tc.known)
			if text != tc.text || html != tc.html || ok != (tc.text != "") {
				t.Errorf("%q %q %v", text, html, ok)
			}
		})
	}
}

func TestOutOfOfficeCheck(t *testing.T) {
	for _, tc := range []struct {
		name string
		o    object.OutOfOffice
		want mapi.Code
	}{
		{"nothing", object.OutOfOffice{}, 0},
		{"subject", object.OutOfOffice{Subject: strings.Repeat("ü", 255)}, 0},
		{"long subject", object.OutOfOffice{Subject: strings.Repeat("ü", 256)}, mapi.StringTooLong},
		{"a line feed in the subject", object.OutOfOffice{Subject: "a\nBcc: b"}, mapi.InvalidParameter},
		{"long text", object.OutOfOffice{External: strings.Repeat("x", object.MaxReplyText+1)}, mapi.TooBig},
		{"bad text", object.OutOfOffice{HTML: "\xff"}, mapi.InvalidParameter},
		{"ends before it begins", object.OutOfOffice{From: noon, Until: noon}, mapi.InvalidParameter},
		{"audience", object.OutOfOffice{Audience: 3}, mapi.InvalidParameter},
	} {
		if got := mapi.CodeOf(tc.o.Check()); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
	for a := object.ReplyAll; a <= object.ReplyNone; a++ {
		if got, ok := object.ParseReplyAudience(a.String()); got != a || !ok {
			t.Errorf("%s is read as %s", a, got)
		}
	}
	if _, ok := object.ParseReplyAudience("unknown"); ok {
		t.Error("unknown is an audience")
	}
}
