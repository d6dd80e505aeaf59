// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"strings"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

// TestParseHostile: what is built to take long, or to fill lists of messages,
// does neither. What is not linear would take minutes.
func TestParseHostile(t *testing.T) {
	const size = 4 << 20
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	tests := []struct{ name, message string }{
		{"subject of words without an end", "Subject: " + repeat("=?a?q? ") + "\r\n\r\n"},
		{"name of words without an end", "To: " + repeat("=?a?q? ") + "<a@b>\r\n\r\n"},
		{"subject of many charsets", "Subject: " + repeat("=?a?q?x?= =?b?q?y?= ") + "\r\n\r\n"},
		{"long subject", "Subject: " + repeat("\xfc") + "\r\n\r\n"},
		{"long name", "From: " + repeat("x") + " <a@b>\r\n\r\n"},
		{"long list", "To: " + repeat(strings.Repeat("x", 1000)+"@b,") + "\r\n\r\n"},
		{"long parameter", "Content-Type: text/plain; name=" + repeat("x") + "\r\n\r\n"},
		{"filename of words", "Content-Disposition: attachment; filename=\"" + repeat("=?a?q? ") + "\"\r\n\r\n"},
		{"one boundary in many depths", strings.Repeat("Content-Type: multipart/mixed; boundary=a\n\n--a\n", MaxDepth-1) + repeat("--a"+strings.Repeat(" ", 1000)+"x\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			m := Parse([]byte(tt.message), Options{})
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
			if err := checkIMAP(m.Structure); err != nil {
				t.Error(err)
			}
			for _, p := range []mapi.PropTag{tag.TwigaEnvelope, tag.TwigaBodyStructure} {
				if v, _ := m.Props.Get(p); len(v.Bytes()) > 2*maxAddressList {
					t.Errorf("%s has %d bytes", tag.Name(p), len(v.Bytes()))
				}
			}
		})
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		n          int
		want       string
	}{
		{"short", "abc", 3, "abc"},
		{"ascii", "abcd", 3, "abc"},
		{"within a character", "aaä", 3, "aa"},
		{"within a long one", "a\U0001F992b", 4, "a"},
		{"no UTF-8", "\x80\x80\x80\x80\x80\x80", 5, "\x80\x80\x80\x80\x80"},
		{"nothing", "ä", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := cut(tt.text, tt.n); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestAttachmentName: a name is never a path, nor has it control characters.
func TestAttachmentName(t *testing.T) {
	for _, tt := range []struct{ name, filename, want string }{
		{"path", `"../../etc/passwd"`, "passwd"},
		{"windows path", `"C:\\temp\\a.exe"`, "a.exe"},
		{"folder", `".."`, ""},
		{"this folder", `"x/."`, ""},
		{"encoded path", "=?utf-8?q?=2e=2e=2fa?=", "a"},
		{"encoded NUL and line end", "=?utf-8?q?a=00b=0d=0ac?=", "a b c"},
		{"hidden", `".profile"`, ".profile"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := Parse([]byte("Content-Type: application/x\r\nContent-Disposition: attachment; filename="+tt.filename+"\r\n\r\nx"), Options{})
			if len(m.Attachments) != 1 {
				t.Fatalf("%d attachments", len(m.Attachments))
			}
			if got := strings.Join(strings.Fields(m.Attachments[0].Props.Text(tag.AttachLongFilename)), " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
