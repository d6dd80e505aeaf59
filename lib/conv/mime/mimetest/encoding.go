// SPDX-License-Identifier: AGPL-3.0-or-later

package mimetest

import (
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

func (c *corpus) encodings() {
	for name, body := range map[string]string{
		"good":            "Gr=C3=BC=C3=9Fe =3D soft=\n break\n",
		"lower case":      "Gr=c3=bc\n",
		"bad escapes":     "=ZZ =4 = =\n=",
		"trailing blanks": "a  \nb=20\nc= \t\nd\n",
		"long line":       strings.Repeat("=C3=BC", 3_000) + "\n",
		"raw 8bit":        "Gr\xc3\xbc =C3=9F\n",
		"ends in escape":  "abc=C3",
		"large":           strings.Repeat("=E6=97=A5=E6=9C=AC =\n", 5_000),
	} {
		c.add("qp "+name, Head+"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"+crlf(body))
	}
	c.add("binary", Head+"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"+string(Bytes(5, 100_000)))
	c.add("uuencode", Head+"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n#86)C\r\n`\r\nend\r\n")
	c.add("format flowed", Head+"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n> quoted \r\ntext \r\n-- \r\nsig\r\n")
}

// b64 gives a message whose only part is body in base64.
func b64(body string) string {
	return Head + "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body
}

func (c *corpus) base64() {
	data := Bytes(11, 20_000)
	for name, body := range map[string]string{
		"76 crlf":              Base64(data, 76, "\r\n"),
		"76 lf":                Base64(data, 76, "\n"),
		"60 crlf":              Base64(data, 60, "\r\n"),
		"72 crlf":              Base64(data, 72, "\r\n"),
		"4 crlf":               Base64(data, 4, "\r\n"),
		"1000 crlf":            Base64(data, 1000, "\r\n"),
		"75 crlf":              Base64(data, 75, "\r\n"),
		"one line":             base64.StdEncoding.EncodeToString(data),
		"one line ended":       base64.StdEncoding.EncodeToString(data) + "\r\n",
		"one very long line":   base64.StdEncoding.EncodeToString(Bytes(12, 200_000)),
		"one pad":              Base64(data[:19_999], 76, "\r\n"),
		"no pad":               Base64(data[:19_998], 76, "\r\n"),
		"full last line":       Base64(data[:57*300], 76, "\r\n"),
		"no newline at end":    strings.TrimSuffix(Base64(data, 76, "\r\n"), "\r\n"),
		"padding missing":      strings.TrimRight(Base64(data, 76, "\r\n"), "=\r\n"),
		"leading empty lines":  "\r\n\r\n" + Base64(data, 76, "\r\n"),
		"trailing empty lines": Base64(data, 76, "\r\n") + "\r\n\r\n\r\n",
		"trailing text":        Base64(data, 76, "\r\n") + "\r\n-- \r\nlist footer\r\n",
		"two texts":            Base64(data, 76, "\r\n") + Base64(data, 76, "\r\n"),
		"short line within":    Base64(data[:57*200], 76, "\r\n") + "QUJD\r\n" + Base64(data, 76, "\r\n"),
		"space within":         Base64(data[:57*200], 76, "\r\n") + "QUJD QUJD\r\n" + Base64(data, 76, "\r\n"),
		"mixed line ends":      Base64(data[:57*200], 76, "\r\n") + Base64(data, 76, "\n"),
		"trailing blanks":      strings.ReplaceAll(Base64(data, 76, "\r\n"), "\r\n", " \r\n"),
		"cr cr lf":             strings.ReplaceAll(Base64(data, 76, "\r\n"), "\r\n", "\r\r\n"),
		"bits not zero":        Base64(data[:57*200], 76, "\r\n") + "QUJ=\r\n",
		"nul within":           strings.Replace(Base64(data, 76, "\r\n"), "\r\n", "\r\n\x00", 1),
		"not base64 at all":    strings.Repeat("this is no base64, I swear!\r\n", 3_000),
		"small":                "QUJD\r\n",
		"empty":                "",
	} {
		c.add("base64 "+name, b64(body))
	}
	c.add("base64 large", Mixed("see attachment", Bytes(13, 1<<20)))
	c.add("base64 large bad middle", b64(Base64(Bytes(14, 57*1_000), 76, "\r\n")+"!\r\n"+Base64(Bytes(15, 300_000), 76, "\r\n")))
	c.add("base64 text", Head+"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"+Base64([]byte(strings.Repeat("Grüße\r\n", 2_000)), 76, "\r\n"))
	c.add("attachment twice", strings.Replace(Mixed("x", Bytes(16, 10_000)), "--mix--", "--mix\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"+Base64(Bytes(16, 10_000), 76, "\r\n")+"--mix--", 1))
}

func (c *corpus) charsets() {
	const (
		latin = "Grüße, déjà vu"
		cyr   = "Привет"
		jp    = "日本語テスト"
		cn    = "中文测试"
		tw    = "中文測試"
		kr    = "한국어"
	)
	for label, e := range map[string]struct {
		enc  encoding.Encoding
		text string
	}{
		"iso-8859-1": {charmap.ISO8859_1, latin}, "iso-8859-2": {charmap.ISO8859_2, "Žluťoučký kůň"}, "iso-8859-3": {charmap.ISO8859_3, "Ĉu"},
		"iso-8859-4": {charmap.ISO8859_4, "ģ"}, "iso-8859-5": {charmap.ISO8859_5, cyr}, "iso-8859-6": {charmap.ISO8859_6, "مرحبا"},
		"iso-8859-7": {charmap.ISO8859_7, "Γεια"}, "iso-8859-8": {charmap.ISO8859_8, "שלום"}, "iso-8859-8-i": {charmap.ISO8859_8, "שלום"},
		"iso-8859-9": {charmap.ISO8859_9, "Türkçe ş"}, "iso-8859-10": {charmap.ISO8859_10, "ą"}, "iso-8859-13": {charmap.ISO8859_13, "ą"},
		"iso-8859-14": {charmap.ISO8859_14, "ŵ"}, "iso-8859-15": {charmap.ISO8859_15, "10 €"}, "iso-8859-16": {charmap.ISO8859_16, "ș"},
		"windows-874": {charmap.Windows874, "ไทย"}, "windows-1250": {charmap.Windows1250, "kůň"}, "windows-1251": {charmap.Windows1251, cyr},
		"windows-1252": {charmap.Windows1252, "“€”"}, "windows-1253": {charmap.Windows1253, "Γεια"}, "windows-1254": {charmap.Windows1254, "ş"},
		"windows-1255": {charmap.Windows1255, "שלום"}, "windows-1256": {charmap.Windows1256, "مرحبا"}, "windows-1257": {charmap.Windows1257, "ą"},
		"windows-1258": {charmap.Windows1258, "Đ"}, "koi8-r": {charmap.KOI8R, cyr}, "koi8-u": {charmap.KOI8U, "Їжак"},
		"macintosh": {charmap.Macintosh, latin}, "x-mac-cyrillic": {charmap.MacintoshCyrillic, cyr}, "ibm437": {charmap.CodePage437, "ü"},
		"ibm850": {charmap.CodePage850, latin}, "ibm852": {charmap.CodePage852, "kůň"}, "ibm855": {charmap.CodePage855, cyr}, "cp866": {charmap.CodePage866, cyr},
		"iso-2022-jp": {japanese.ISO2022JP, jp}, "shift_jis": {japanese.ShiftJIS, jp}, "euc-jp": {japanese.EUCJP, jp}, "cp932": {japanese.ShiftJIS, jp},
		"gb2312": {simplifiedchinese.GBK, cn}, "gbk": {simplifiedchinese.GBK, cn}, "gb18030": {simplifiedchinese.GB18030, cn + "😀"},
		"hz-gb-2312": {simplifiedchinese.HZGB2312, cn}, "big5": {traditionalchinese.Big5, tw}, "big5-hkscs": {traditionalchinese.Big5, tw},
		"euc-kr": {korean.EUCKR, kr}, "ks_c_5601-1987": {korean.EUCKR, kr}, "utf-8": {encoding.Nop, jp + latin}, "us-ascii": {encoding.Nop, latin},
		"utf-16": {unicode.UTF16(unicode.BigEndian, unicode.UseBOM), jp}, "utf-16le": {unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), jp},
		"utf-32": {utf32.UTF32(utf32.BigEndian, utf32.UseBOM), jp}, "unknown-8bit": {charmap.Windows1252, latin}, "x-no-such-set": {charmap.Windows1252, latin},
	} {
		b, err := e.enc.NewEncoder().Bytes([]byte(e.text))
		if err != nil {
			panic(fmt.Sprintf("mimetest: encode %s: %v", label, err))
		}
		word := "=?" + label + "?B?" + base64.StdEncoding.EncodeToString(b) + "?="
		head := "From: " + word + " <a@example.test>\r\nSubject: " + word + "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=" + label + "; name=\"" + word + "\"\r\n"
		c.add("charset "+label+" raw", head+"Content-Transfer-Encoding: 8bit\r\n\r\n"+string(b)+"\r\n")
		c.add("charset "+label+" base64", head+"Content-Transfer-Encoding: base64\r\n\r\n"+Base64(b, 76, "\r\n"))
	}
	c.add("charset utf-7 raw", "Subject: =?utf-7?Q?+ZeVnLIqe-?=\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+ZeVnLIqe- +- x\r\n")
	c.add("charset iso-2022-kr raw", "Subject: x\r\nContent-Type: text/plain; charset=iso-2022-kr\r\n\r\n\x1b$)C\x0e0!\x0f ok\r\n")
	c.add("charset raw unlabelled header", "Subject: \xcf\xf0\xe8\xe2\xe5\xf2\r\n\r\n\xcf\xf0\xe8\xe2\xe5\xf2\r\n")
}
