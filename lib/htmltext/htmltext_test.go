// SPDX-License-Identifier: AGPL-3.0-or-later

package htmltext

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for _, tc := range []struct{ name, html, want string }{
		{"plain", "hello", "hello"},
		{"white space", " a \r\n\t b ", "a b"},
		{"paragraphs", "<p>a</p><p>b<br>c</p>", "a\n\nb\nc"},
		{"divs", "<div>a</div><div><div>b</div></div>", "a\nb"},
		{"hidden", "<head><title>t</title><style>x{}</style></head><script>if (a<b) c</script>ok", "ok"},
		{"hidden script with tags in strings", "<script>document.write('<p>x</p>')</script>y", "y"},
		{"entities", "a&amp;b &lt;c&gt; &eacute;&#8364;&nbsp;.", "a&b <c> é€ ."},
		{"list", "<ul><li>a<li>b</ul>c", "* a\n* b\n\nc"},
		{"table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"pre", "<pre>a  b\n c</pre>", "a  b\n c"},
		{"inline does not break words", "a<b>b</b>c", "abc"},
		{"image text", "x <img src=q alt='logo'> y", "x logo y"},
		{"preview padding", "a\u200c\u034f\u00ad\u200b b", "a b"},
		{"unclosed tag", "a <b", "a"},
		{"invalid bytes", "a\xffb", "a\uFFFDb"},
		{"comment", "a<!-- <p> -->b", "ab"},
		{"empty", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Text(strings.NewReader(tc.html), 0); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	for limit := 1; limit < 12; limit++ {
		got := Text(strings.NewReader("<p>aü日😀</p>more and more"), limit)
		if len(got) > limit || !utf8.ValidString(got) {
			t.Errorf("limit %d: %q", limit, got)
		}
	}
}

func TestPreview(t *testing.T) {
	if got := Preview(" a\n\n b  ", 10); got != "a b" {
		t.Errorf("%q", got)
	}
	if got := Preview("abc grün", 7); got != "abc gr" {
		t.Errorf("%q", got)
	}
}

func TestFromText(t *testing.T) {
	const text = "a <script>alert(1)</script> & b\nline  two"
	h := FromText(text)
	if strings.Contains(h, "<script") {
		t.Error("text became code")
	}
	if got := Text(strings.NewReader(h), 0); got != text {
		t.Errorf("came back as %q", got)
	}
}

func FuzzText(f *testing.F) {
	f.Add("<p>a&nbsp;b<pre> x", 10)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		got := Text(strings.NewReader(s), limit)
		if !utf8.ValidString(got) || limit > 0 && len(got) > limit {
			t.Fatalf("%q", got)
		}
	})
}
