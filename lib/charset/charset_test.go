// SPDX-License-Identifier: AGPL-3.0-or-later

package charset

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestAppendUTF8(t *testing.T) {
	for _, tc := range []struct{ name, label, src, want string }{
		{"utf-8", "utf-8", "Zoë", "Zoë"},
		{"ascii", "us-ascii", "plain", "plain"},
		{"no label, utf-8", "", "grün", "grün"},
		{"no label, latin 1", "", "gr\xfcn", "grün"},
		{"ascii label, latin 1", "us-ascii", "caf\xe9", "café"},
		{"utf-8 label, latin 1", "UTF-8", "d\xe9j\xe0 vu", "déjà vu"},
		{"utf-8 label, one bad byte among good", "utf-8", "é\xe9é", "ééé"},
		{"utf-8 cut in a character", "utf-8", "abc\xe2\x82", "abc\uFFFD"},
		{"latin 1 means windows-1252", "ISO-8859-1", "\x80\x93x\x94", "€“x”"},
		{"unknown label, utf-8", "x-nobody", "grün", "grün"},
		{"unknown label, latin 1", "x-nobody", "gr\xfcn", "grün"},
		{"label in quotes", "\"ISO-8859-15\"", "\xa4", "€"},
		{"label with a tail", "koi8-r; format=flowed", "\xf4\xc5\xd3\xd4", "Тест"},
		{"underscore", "iso_8859-2", "\xb1", "ą"},
		{"no dashes", "iso88595", "\xb0", "А"},
		{"cp1251", "cp1251", "\xcf\xf0\xe8", "При"},
		{"win-1251", "win-1251", "\xcf\xf0\xe8", "При"},
		{"x-cp1250", "x-cp1250", "\xe8", "č"},
		{"koi8-u", "KOI8-U", "\xa4", "є"},
		{"mac", "macintosh", "\x8a", "ä"},
		{"x-mac-cyrillic", "x-mac-cyrillic", "\x80", "А"},
		{"cp850", "cp850", "\x81", "ü"},
		{"ibm437", "IBM437", "\x81", "ü"},
		{"cp866", "cp866", "\x80", "А"},
		{"hebrew, logical", "iso-8859-8-i", "\xf9\xec\xe5\xed", "שלום"},
		{"arabic", "windows-1256", "\xe3", "م"},
		{"greek", "iso-8859-7", "\xe1", "α"},
		{"turkish", "iso-8859-9", "\xfe", "ş"},
		{"thai", "tis-620", "\xa1", "ก"},
		{"baltic", "windows-1257", "\xe0", "ą"},
		{"vietnamese", "windows-1258", "\xd0", "Đ"},
		{"gb2312 means gb18030", "gb2312", "\xd6\xd0\x80", "中€"},
		{"gb18030 four bytes", "gb18030", "\x81\x39\xef\x30", "㐁"},
		{"hz", "hz-gb-2312", "~{VPND~}", "中文"},
		{"big5", "big5", "\xa4\xa4", "中"},
		{"ks_c_5601 means cp949", "ks_c_5601-1987", "\xb0\xa1\x81\x41", "가갂"},
		{"euc-jp", "euc-jp", "\xc6\xfc", "日"},
		{"shift_jis", "Shift_JIS", "\x93\xfa", "日"},
		{"iso-2022-jp", "ISO-2022-JP", "\x1b$BF|K\\\x1b(B.", "日本."},
		{"iso-2022-kr", "iso-2022-kr", "\x1b$)C\x0e0!\x0f ok", "가 ok"},
		{"iso-2022-cn", "iso-2022-cn", "\x1b$)A\x0eVPND\x0f!", "中文!"},
		{"utf-7", "utf-7", "Hi +-1 +ZeVnLIqe- x", "Hi +1 日本語 x"},
		{"utf-7 astral", "unicode-1-1-utf-7", "+2D3eAA-", "😀"},
		{"utf-16 with mark", "utf-16", "\xff\xfeA\x00", "A"},
		{"utf-16be", "utf-16be", "\x00A", "A"},
		{"utf-32", "utf-32be", "\x00\x00\x00A", "A"},
		{"japanese label, utf-8 in it", "iso-2022-jp", "日本", "日本"},
		{"empty", "gb18030", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := String(tc.label, []byte(tc.src)); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if tc.name == "japanese label, utf-8 in it" {
				return
			}
			got, err := io.ReadAll(NewReader(tc.label, iotest.OneByteReader(strings.NewReader(tc.src))))
			if err != nil || string(got) != tc.want {
				t.Errorf("reader got %q, %v", got, err)
			}
		})
	}
}

func TestRealText(t *testing.T) {
	const text = "春はあけぼの。"
	for label, enc := range map[string]interface {
		Bytes([]byte) ([]byte, error)
	}{
		"iso-2022-jp": japanese.ISO2022JP.NewEncoder(), "cp932": japanese.ShiftJIS.NewEncoder(),
		"eucjp": japanese.EUCJP.NewEncoder(), "gbk": simplifiedchinese.GBK.NewEncoder(), "uhc": korean.EUCKR.NewEncoder(),
	} {
		b, err := enc.Bytes([]byte(text))
		if err != nil {
			t.Fatal(label, err)
		}
		if got := String(label, b); got != text {
			t.Errorf("%s: %q", label, got)
		}
	}
	if _, err := htmlindex.Get("utf-8"); err != nil {
		t.Fatal(err)
	}
}

func TestDecodeHeader(t *testing.T) {
	for _, tc := range []struct{ name, src, want string }{
		{"plain", "Hello there", "Hello there"},
		{"folded", "Hello\r\n there\n\tyou", "Hello there you"},
		{"q", "=?iso-8859-1?Q?caf=E9_au_lait?=", "café au lait"},
		{"b", "=?UTF-8?B?Z3LDvG4=?=", "grün"},
		{"two words, space dropped", "=?utf-8?q?a?= \r\n =?utf-8?q?b?=", "ab"},
		{"two charsets, space dropped", "=?utf-8?q?a?= =?iso-8859-1?q?=E9?=", "aé"},
		{"text between stays", "=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"},
		{"text around stays", "Re: =?utf-8?q?a?= end", "Re: a end"},
		{"character split over words", "=?utf-8?B?w?= =?utf-8?B?w7w=?=", "ü"},
		{"bytes split over words", "=?utf-8?Q?=C3?=\r\n =?utf-8?Q?=BC?=", "ü"},
		{"japanese", "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"},
		{"raw japanese", "\x1b$BF|K\\\x1b(B", "日本"},
		{"no padding", "=?utf-8?b?Z3LDvG4?=", "grün"},
		{"spaces inside", "=?utf-8?q?a b?=", "a b"},
		{"no end", "=?utf-8?q?abc", "abc"},
		{"no end, one question mark", "=?utf-8?q?abc?", "abc"},
		{"language", "=?utf-8*de?q?gr=C3=BCn?=", "grün"},
		{"inside a word", "x=?utf-8?q?=C3=BC?=y", "xüy"},
		{"touching", "=?utf-8?q?a?==?utf-8?q?b?=", "ab"},
		{"bad encoding letter stays", "=?utf-8?x?abc?=", "=?utf-8?x?abc?="},
		{"not a word", "1 =? 2 ?= 3", "1 =? 2 ?= 3"},
		{"empty text", "=?utf-8?q??= x", " x"},
		{"bad escape stays", "=?utf-8?q?=ZZ=4?=", "=ZZ=4"},
		{"raw utf-8", "grün", "grün"},
		{"raw latin 1", "gr\xfcn", "grün"},
		{"line break in a word cannot get out", "=?utf-8?q?a=0D=0ABcc:_b?=", "a Bcc: b"},
		{"nul", "a\x00b", "a b"},
		{"unknown charset", "=?x-none?q?caf=E9?=", "café"},
		{"empty", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := DecodeHeader([]byte(tc.src)); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAppendHeader(t *testing.T) {
	for _, text := range []string{
		"", "Hello", "grün", strings.Repeat("word ", 60) + "end", strings.Repeat("ü", 300), strings.Repeat("日本語 ", 80),
		"=?utf-8?q?fake?=", strings.Repeat("x", 2000), "a  b", "emoji 😀😀😀 here", strings.Repeat(" ", 200) + "x",
	} {
		got := AppendHeader([]byte("Subject: "), text, 9)
		for line := range bytes.SplitSeq(got, []byte("\r\n")) {
			if len(line) > 998 || strings.TrimSpace(string(line)) == "" {
				t.Errorf("%q: bad line %q", text, line)
			}
		}
		if back := DecodeHeader(got[9:]); back != text {
			t.Errorf("%q came back as %q by %q", text, back, got)
		}
	}
	if got := AppendHeader(nil, "a\r\nBcc: b\n\nbody", 0); bytes.ContainsAny(got, "\r\n") {
		t.Errorf("line break got through: %q", got)
	}
}

func TestParams(t *testing.T) {
	for _, tc := range []struct {
		name   string
		params [][2]string
		want   string
		ok     bool
	}{
		{"none", nil, "", false},
		{"plain", [][2]string{{"filename", "a.txt"}}, "a.txt", true},
		{"other case", [][2]string{{"FileName", "a.txt"}}, "a.txt", true},
		{"extended", [][2]string{{"filename*", "iso-8859-1'de'gr%FCn.txt"}}, "grün.txt", true},
		{"extended goes first", [][2]string{{"filename", "x"}, {"filename*", "utf-8''y"}}, "y", true},
		{"continued", [][2]string{{"filename*1", "b"}, {"filename*0", "a"}}, "ab", true},
		{"continued, extended, mixed", [][2]string{{"filename*0*", "utf-8''%C3"}, {"filename*1*", "%BC"}, {"filename*2", "%41"}}, "ü%41", true},
		{"gap ends it", [][2]string{{"filename*0", "a"}, {"filename*2", "c"}}, "a", true},
		{"encoded word", [][2]string{{"filename", "=?utf-8?q?gr=C3=BCn?="}}, "grün", true},
		{"encoded word over sections", [][2]string{{"filename*0", "=?utf-8?q?gr"}, {"filename*1", "=C3=BCn?="}}, "grün", true},
		{"raw", [][2]string{{"filename", "gr\xfcn"}}, "grün", true},
		{"extended without charset", [][2]string{{"filename*", "a%20b"}}, "a b", true},
		{"empty", [][2]string{{"filename", ""}}, "", true},
		{"line break", [][2]string{{"filename*", "utf-8''a%0D%0Ab"}}, "a b", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var params []Param
			for _, p := range tc.params {
				params = append(params, Param{[]byte(p[0]), []byte(p[1])})
			}
			got, ok := FindParam(params, "filename")
			if got != tc.want || ok != tc.ok {
				t.Errorf("got %q, %v", got, ok)
			}
		})
	}
}

func TestAppendParam(t *testing.T) {
	for _, value := range []string{"a.txt", "a b.txt", `q"u\o`, "", "grün.txt", strings.Repeat("ü", 100), strings.Repeat("x", 400), "a;b=c"} {
		got := string(AppendParam(nil, "filename", value))
		var params []Param
		for line := range strings.SplitSeq(got, ";\r\n ") {
			name, v, ok := strings.Cut(line, "=")
			if !ok {
				continue
			}
			if q, isQuoted := strings.CutPrefix(v, `"`); isQuoted {
				v = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(strings.TrimSuffix(q, `"`))
			}
			params = append(params, Param{[]byte(name), []byte(v)})
			if len(line) > 130 {
				t.Errorf("line of %d bytes", len(line))
			}
		}
		if back, ok := FindParam(params, "filename"); !ok || back != value {
			t.Errorf("%q came back as %q by %q", value, back, got)
		}
	}
}

func FuzzEncodedWord(f *testing.F) {
	f.Add([]byte("=?utf-8?q?a?= =?iso-2022-jp?b?GyRC?="))
	f.Add([]byte("=?utf-7?q?+ZeVnLIqe-?="))
	f.Add([]byte("\x1b$BF|K\\ =?iso-2022-kr?b?DjAh?="))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := DecodeHeader(b)
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\r\n\x00") {
			t.Fatalf("bad text %q", s)
		}
		h := AppendHeader(nil, s, 10)
		if back := DecodeHeader(h); back != s {
			t.Fatalf("%q came back as %q by %q", s, back, h)
		}
	})
}

func FuzzCharset(f *testing.F) {
	f.Add("utf-7", []byte("+ZeVnLIqe-"))
	f.Add("gb2312", []byte("\xd6\xd0"))
	f.Add("utf-8", []byte("grün\x1b$B"))
	f.Add("us-ascii", []byte("cut \xe2\x82"))
	f.Add("ISO-8859-1", []byte("plain"))
	f.Fuzz(func(t *testing.T, label string, b []byte) {
		if s, err := io.ReadAll(NewReader(label, bytes.NewReader(b))); AsIs(label, b) && (err != nil || !bytes.Equal(s, b)) {
			t.Fatalf("%s: %q is not as it is, but %q, %v", label, b, s, err)
		}
		if s := String(label, b); !utf8.ValidString(s) {
			t.Fatalf("%s: bad text %q", label, s)
		}
	})
}

func BenchmarkDecodeHeader(b *testing.B) {
	src := []byte("=?UTF-8?B?Z3LDvG5lIFdpZXNl?= and text")
	b.ReportAllocs()
	for b.Loop() {
		DecodeHeader(src)
	}
}

// TestDecodeHeaderLinear: no header, however built, takes longer than its
// length asks for. What took a minute before takes milliseconds.
func TestDecodeHeaderLinear(t *testing.T) {
	const size = 4 << 20
	tests := []struct{ name, piece string }{
		{"words without an end", "=?a?q? "},
		{"words without an end or space", "=?a?q?"},
		{"alternating charsets", "=?a?q?x?= =?b?q?y?= "},
		{"words of one charset", "=?utf-8?q?=C3=A4?= "},
		{"starts of words", "=?x"},
		{"folds", "\r\n "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := bytes.Repeat([]byte(tt.piece), size/len(tt.piece))
			start := time.Now()
			DecodeHeader(src)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("%d bytes took %s", len(src), took)
			}
		})
	}
}

func TestOneLine(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"as it is", "grün", "grün"},
		{"ascii", "a\r\nb\x00c\x7f", "a  b c "},
		{"no ascii", "ü\r\nb\u2028\x7f", "ü  b  "},
		{"no utf-8", "\xfc\tb", "\uFFFD b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := OneLine(tc.text); got != tc.want {
				t.Errorf("%q", got)
			}
		})
	}
}
