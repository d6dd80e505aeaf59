// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestModifiedUTF7(t *testing.T) {
	for _, tt := range []struct{ name, wire string }{
		{"", ""},
		{"INBOX", "INBOX"},
		{"a&b", "a&-b"},
		{"&&", "&-&-"},
		{"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"}, // RFC 3501 5.1.3
		{"Entwürfe", "Entw&APw-rfe"},
		{"😀", "&2D3eAA-"},
		{"ü&ö", "&APw-&-&APY-"},
		{"a\tb", "a&AAk-b"},
		{"%*", "%*"},
	} {
		if got := string(AppendModifiedUTF7(nil, tt.name)); got != tt.wire {
			t.Errorf("encode %q: got %q, want %q", tt.name, got, tt.wire)
		}
		if got, err := DecodeModifiedUTF7([]byte(tt.wire)); err != nil || got != tt.name {
			t.Errorf("decode %q: got %q, %v", tt.wire, got, err)
		}
	}
}

func TestModifiedUTF7Invalid(t *testing.T) {
	for _, tt := range []struct{ name, wire string }{
		{"shift without end", "&APw"},
		{"8-bit", "Entw\xc3\xbcrfe"},
		{"control", "a\tb"},
		{"shifted ASCII", "&AGEAYg-"},
		{"superfluous shift", "&APw-&APY-"},
		{"odd octets", "&AP-"},
		{"base64 padding", "&APw=-"},
		{"slash for comma", "&U/BTFw-"},
		{"lone high surrogate", "&2D0-"},
		{"lone low surrogate", "&3gA-"},
		{"high surrogate twice", "&2D3YPQ-"},
		{"bits left over", "&APx-"},
	} {
		if got, err := DecodeModifiedUTF7([]byte(tt.wire)); err == nil {
			t.Errorf("%s: %q was decoded as %q", tt.name, tt.wire, got)
		}
	}
}

func TestModifiedUTF7RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		if !utf8.ValidString(name) {
			return
		}
		encoded := AppendModifiedUTF7(nil, name)
		for _, c := range encoded {
			if !printable(c) {
				t.Fatalf("%q holds octet %#x", encoded, c)
			}
		}
		if got, err := DecodeModifiedUTF7(encoded); err != nil || got != name {
			t.Fatalf("%q became %q, %v", name, got, err)
		}
	})
}

func FuzzModifiedUTF7(f *testing.F) {
	for _, s := range []string{"INBOX", "&-", "&U,BTFw-/&ZeVnLIqe-", "&2D3eAA-", "&"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		name, err := DecodeModifiedUTF7(in)
		if err != nil {
			return
		}
		if !utf8.ValidString(name) {
			t.Fatalf("%q became %q, which is no UTF-8", in, name)
		}
		if back := AppendModifiedUTF7(nil, name); string(back) != string(in) {
			t.Fatalf("%q became %q became %q", in, name, back)
		}
	})
}
