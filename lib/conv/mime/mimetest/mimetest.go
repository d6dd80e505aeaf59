// SPDX-License-Identifier: AGPL-3.0-or-later

// Package mimetest is a corpus of messages, most of them nasty, for all tests
// that have to do with mail. Every byte of them must survive.
package mimetest

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Case is one message of the corpus. Its name says what is special about it,
// is unique and fits into a file name.
type Case struct {
	Name string
	Data []byte
}

// Corpus gives all messages by name, the same ones each time, some megabytes
// in all.
func Corpus() []Case {
	c := &corpus{names: make(map[string]bool)}
	c.simple()
	c.lineEnds()
	c.headers()
	c.addresses()
	c.multiparts()
	c.nested()
	c.encodings()
	c.base64()
	c.charsets()
	c.reports()
	c.fields()
	c.random()
	slices.SortFunc(c.cases, func(a, b Case) int { return strings.Compare(a.Name, b.Name) })
	return c.cases
}

type corpus struct {
	cases []Case
	names map[string]bool
}

func (c *corpus) add(name, data string) {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '-'
	}, name)
	if c.names[name] {
		panic("mimetest: two cases are named " + name)
	}
	c.names[name] = true
	c.cases = append(c.cases, Case{name, []byte(data)})
}

// crlf turns the line ends of a literal to those of mail.
func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// Head is a plain header without its empty line.
const Head = "From: Alice Example <alice@example.test>\r\n" +
	"To: Bob Example <bob@example.test>\r\n" +
	"Subject: a test\r\n" +
	"Date: Mon, 02 Nov 2026 10:11:12 +0100\r\n" +
	"Message-ID: <1@example.test>\r\n"

// Bytes gives n bytes that do not compress, the same ones for the same seed.
func Bytes(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 7))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32() >> 8)
	}
	return b
}

// Base64 gives b in base64 lines of the given length, each with its end.
func Base64(b []byte, line int, eol string) string {
	text := base64.StdEncoding.EncodeToString(b)
	var out strings.Builder
	for len(text) > line {
		out.WriteString(text[:line] + eol)
		text = text[line:]
	}
	out.WriteString(text + eol)
	return out.String()
}

// Mixed gives a message of a text and an attachment in base64.
func Mixed(text string, attachment []byte) string {
	return Head + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"mix\"\r\n\r\n" +
		"--mix\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n" +
		"--mix\r\nContent-Type: application/octet-stream; name=\"data.bin\"\r\n" +
		"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"data.bin\"\r\n\r\n" +
		Base64(attachment, 76, "\r\n") + "--mix--\r\n"
}

func (c *corpus) simple() {
	c.add("empty", "")
	c.add("one byte", "x")
	c.add("one nul", "\x00")
	c.add("one lf", "\n")
	c.add("one cr", "\r")
	c.add("one crlf", "\r\n")
	c.add("two crlf", "\r\n\r\n")
	c.add("plain", Head+"\r\nHello\r\n")
	c.add("no body", Head+"\r\n")
	c.add("no empty line", Head)
	c.add("no end of last header line", strings.TrimSuffix(Head, "\r\n"))
	c.add("no newline at end", Head+"\r\nHello")
	c.add("body only", "just text without any header\r\nsecond line\r\n")
	c.add("body only starts with empty line", "\r\njust text\r\n")
	c.add("line that lost its space", "Subject: long\r\nand longer\r\n"+Head+"\r\nHello\r\n")
	c.add("many lines that lost their space", strings.Repeat("Subject: long\r\nand longer\r\n", 5_000)+Head+"\r\nHello\r\n")
	c.add("missing empty line", Head+"this is no field\r\nmore\r\n\r\nand more\r\n")
	c.add("dots", Head+"\r\n.\r\n..\r\n.x\r\n...\r\n")
	c.add("from line in body", Head+"\r\nFrom here on\r\n>From there\r\n")
	c.add("mbox separator", "From alice@example.test Mon Nov  2 10:11:12 2026\r\n"+Head+"\r\nHello\r\n")
	c.add("quoted mbox separator", ">From alice@example.test Mon Nov  2 10:11:12 2026\r\n"+Head+"\r\nHello\r\n")
	c.add("8bit body utf-8", Head+"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße, 日本, 😀\r\n")
	c.add("8bit body unlabelled", Head+"\r\nGr\xfc\xdfe\r\n")
	c.add("all bytes", Head+"\r\n"+allBytes()+"\r\n")
	c.add("nul in body", Head+"\r\na\x00b\r\n\x00\x00\r\n")
	c.add("nul in header", "Subject: a\x00b\r\nFrom: a\x00@example.test\r\n\r\nx\r\n")
	c.add("control characters", "Subject: a\x01\x02\x7f\x1bb\r\nFrom: \x07 <a@example.test>\r\n\r\n\x1b[2J\r\n")
	c.add("very long line", Head+"\r\n"+strings.Repeat("x", 100_000)+"\r\nshort\r\n")
	c.add("very long line without end", Head+"\r\n"+strings.Repeat("yz ", 40_000))
	c.add("many empty lines", Head+strings.Repeat("\r\n", 5_000))
	c.add("utf-8 mark at start", "\xef\xbb\xbf"+Head+"\r\nHello\r\n")
	c.add("utf-16", "\xff\xfeS\x00u\x00b\x00j\x00:\x00 \x00x\x00\r\x00\n\x00")
	c.add("html", Head+"Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>Hello <b>you</b></p></body></html>\r\n")
	c.add("large text", Head+"\r\n"+strings.Repeat("A line of text that is repeated rather often.\r\n", 3_000))
	c.add("large header", "X-Large: "+strings.Repeat("word ", 60_000)+"\r\n"+Head+"\r\nx\r\n")
	c.add("header only and large", strings.Repeat("X-Field: value\r\n", 80_000))
}

func allBytes() string {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return string(b)
}

func (c *corpus) lineEnds() {
	body := "Hello\n\nsecond\n"
	for name, eol := range map[string]string{"lf": "\n", "cr": "\r", "crcrlf": "\r\r\n", "lfcr": "\n\r"} {
		c.add("plain "+name, strings.ReplaceAll(strings.ReplaceAll(Head, "\r\n", "\n")+"\n"+body, "\n", eol))
		c.add("multipart "+name, strings.ReplaceAll(strings.ReplaceAll(Mixed("text", Bytes(1, 500)), "\r\n", "\n"), "\n", eol))
		c.add("large attachment "+name, strings.ReplaceAll(strings.ReplaceAll(Mixed("text", Bytes(2, 30_000)), "\r\n", "\n"), "\n", eol))
	}
	c.add("bare cr in body", Head+"\r\na\rb\r\rc\r\n\r")
	c.add("bare lf in body", Head+"\r\na\nb\n\nc\r\n\n")
	c.add("bare cr in header", "Subject: a\rb\r\nFrom: a@example.test\rBcc: x@example.test\r\n\r\nx\r\n")
	c.add("header lf body crlf", strings.ReplaceAll(Head, "\r\n", "\n")+"\nHello\r\nthere\r\n")
	c.add("header crlf body lf", Head+"\r\nHello\nthere\n")
	c.add("header ends in lf crlf", Head+"X: y\n\r\nHello\r\n")
	c.add("ends in cr", Head+"\r\nHello\r")
	c.add("header ends in cr", strings.TrimSuffix(Head, "\n"))
	c.add("vertical tab and form feed", Head+"\r\na\vb\fc\u0085d\u2028e\r\n")
	c.add("smuggled end", Head+"\r\nx\n.\nMAIL FROM:<a@example.test>\r\n\r.\r\n")
}

func (c *corpus) random() {
	r := rand.New(rand.NewPCG(3, 4))
	pieces := []string{
		"\r\n", "\n", "\r", "--a", "--a--", "--b", "--", "\r\n\r\n", "Content-Type: multipart/mixed; boundary=a\r\n",
		"Content-Type: multipart/alternative; boundary=\"b\"\r\n", "Content-Type: message/rfc822\r\n", "Subject: x\r\n",
		"Content-Transfer-Encoding: base64\r\n", "QUJDRA==", "text", "\x00", "\xff\xfe", "(", "\"", "<", ">", ":", ";", ",", "@",
		"From: ", "To: ", "=?utf-8?q?", "?=", "\t", " ", "Content-Disposition: attachment; filename=", "name*0*=utf-8''%41",
	}
	for i := range 60 {
		var b strings.Builder
		for range 10 + r.IntN(120) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		c.add(fmt.Sprintf("random pieces %02d", i), b.String())
	}
	for i := range 10 {
		c.add(fmt.Sprintf("random bytes %02d", i), string(Bytes(uint64(100+i), 1+i*i*300)))
	}
}
