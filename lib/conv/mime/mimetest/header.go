// SPDX-License-Identifier: AGPL-3.0-or-later

package mimetest

import (
	"fmt"
	"strings"
)

func (c *corpus) headers() {
	var many strings.Builder
	for i := range 5_000 {
		fmt.Fprintf(&many, "X-Field-%d: value %d\r\n", i, i)
	}
	c.add("5000 headers", many.String()+Head+"\r\nHello\r\n")
	c.add("5000 headers of one name", strings.Repeat("Received: from a by b; Mon, 02 Nov 2026 10:11:12 +0100\r\n", 5_000)+Head+"\r\nHello\r\n")
	c.add("5000 continuation lines", "Subject: x\r\n"+strings.Repeat(" more\r\n", 5_000)+Head+"\r\nHello\r\n")
	for name, h := range map[string]string{
		"folded subject":            "Subject: one\n two\n\tthree\n",
		"subject folded at once":    "Subject:\n folded\n",
		"subject only blanks":       "Subject:   \t \n",
		"subject empty":             "Subject:\n",
		"continuation of blanks":    "Subject: a\n \t \n b\n",
		"continuation first":        " starts with a continuation\nSubject: x\n",
		"space before colon":        "Subject : x\nFrom : a@example.test\n",
		"tab before colon":          "Subject\t: x\n",
		"no space after colon":      "Subject:x\nFrom:a@example.test\n",
		"no name":                   ": value\nSubject: x\n",
		"name only":                 "Subject\nFrom: a@example.test\n",
		"name with spaces":          "My Subject: x\nSubject: y\n",
		"name in 8bit":              "S\xfcbject: x\nSubject: y\n",
		"two subjects":              "Subject: one\nSubject: two\n",
		"two to":                    "To: a@example.test\nTo: b@example.test\n",
		"encoded words":             "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= =?iso-8859-1?B?5Pb8?=\n",
		"encoded word broken":       "Subject: =?utf-8?q?Gr=C3\n",
		"encoded word split":        "Subject: =?utf-8?B?w?= =?utf-8?B?w7w=?=\n",
		"raw utf-8 subject":         "Subject: Grüße 日本 😀\n",
		"raw latin1 subject":        "Subject: Gr\xfc\xdfe\n",
		"raw japanese subject":      "Subject: \x1b$BF|K\\\x1b(B\n",
		"subject with quotes":       "Subject: \"a\\b\" \\ \"\"\n",
		"subject braces":            "Subject: {5}\n",
		"long subject":              "Subject: " + strings.Repeat("word ", 400) + "\n",
		"long subject 8bit":         "Subject: " + strings.Repeat("w\u00f6rd ", 400) + "\n",
		"subject of 998":            "Subject: " + strings.Repeat("x", 989) + "\n",
		"reply prefixes":            "Subject: Re: AW: Fwd: [list] hello\nIn-Reply-To: <a@b>\nReferences: <x@y>\n\t<a@b>\n",
		"in-reply-to odd":           "In-Reply-To: your mail of yesterday <a@b> \"x\"\nMessage-ID: no brackets\n",
		"date missing":              "Date:\n",
		"date odd":                  "Date: yesterday\n",
		"date with comment":         "Date: Mon, 2 Nov 2026 10:11:12 +0100 (CET)\n",
		"date obsolete":             "Date: 2 Nov 26 10:11 EST\n",
		"date far":                  "Date: Mon, 2 Nov 99999 10:11:12 +9999\n",
		"date before 1601":          "Date: Mon, 2 Nov 1500 10:11:12 +0000\n",
		"importance":                "Importance: High\nX-Priority: 1 (Highest)\nSensitivity: Company-Confidential\n",
		"low importance":            "X-Priority: 5\nPriority: non-urgent\nSensitivity: Private\n",
		"receipts":                  "Disposition-Notification-To: <a@example.test>\nReturn-Receipt-To: a@example.test\n",
		"auto submitted":            "Auto-Submitted: auto-replied\nPrecedence: bulk\nX-Auto-Response-Suppress: All\n",
		"list":                      "List-Id: <x.example.test>\nList-Post: <mailto:x@example.test>\nList-Unsubscribe: <mailto:u@example.test>\n",
		"only x-headers":            strings.Repeat("X-A: b\n", 50),
		"received trace":            "Return-Path: <>\nDelivered-To: b@example.test\nReceived: from [127.0.0.1] by mx; Mon, 2 Nov 2026 10:11:12 +0100\n",
		"dkim signature":            "DKIM-Signature: v=1; a=rsa-sha256; d=example.test;\n\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\n  b=xx\n",
		"content type on top twice": "Content-Type: text/plain\nContent-Type: text/html\n",
	} {
		c.add("header "+name, crlf(h+"X-End: 1\n\nbody\n"))
	}
}

func (c *corpus) addresses() {
	for name, list := range map[string]string{
		"plain":                  "a@example.test",
		"angle":                  "<a@example.test>",
		"name":                   "Alice <a@example.test>",
		"quoted name":            "\"Example, Alice \\\"A\\\"\" <a@example.test>",
		"name with dots":         "Alice B. Example <a@example.test>",
		"encoded name":           "=?utf-8?q?Gr=C3=BCn?= <a@example.test>",
		"raw name":               "Gr\xfcn <a@example.test>",
		"raw utf-8 address":      "Grün <grün@bücher.example>",
		"comment as name":        "a@example.test (Alice (A) Example)",
		"comments everywhere":    "(x) Alice (y) <(z)a(1)@(2)example.test(3)> (4)",
		"many":                   "a@x, B <b@x>,c@x , , ,\"d\" <d@x>",
		"group":                  "Friends: a@x, B <b@x>;, c@x",
		"empty group":            "undisclosed-recipients:;",
		"group without end":      "Friends: a@x, b@x",
		"group twice":            "A: a@x;, B: b@x;",
		"group end without":      "a@x; b@x",
		"route":                  "<@r1.example,@r2.example:a@example.test>",
		"no domain":              "root",
		"no domain in angle":     "Root <root>",
		"no local":               "<@example.test>",
		"words without at":       "Alice Example",
		"empty angle":            "<>",
		"name and empty angle":   "Alice <>",
		"missing closing":        "Alice <a@example.test",
		"missing opening":        "Alice a@example.test>",
		"double angle":           "<<a@example.test>>",
		"two at":                 "a@b@example.test",
		"quoted local":           "\"a b\"@example.test",
		"quoted local in angle":  "<\"a\\\"b\"@example.test>",
		"domain literal":         "a@[127.0.0.1], b@[IPv6:::1]",
		"spaces around at":       "a @ example . test",
		"unclosed quote":         "\"Alice <a@example.test>",
		"unclosed comment":       "a@example.test (Alice",
		"unclosed literal":       "a@[127.0.0.1",
		"name behind":            "<a@example.test> Alice",
		"missing comma":          "a@example.test b@example.test",
		"mailto":                 "mailto:a@example.test",
		"folded":                 "Alice\r\n <a@example.test>,\r\n\tBob <b@example.test>",
		"backslashes":            "A\\lice \\<a@example.test>",
		"only specials":          "<>,;:@()[]\"",
		"empty":                  "",
		"blanks":                 "  \t ",
		"long name":              strings.Repeat("Alice ", 500) + "<a@example.test>",
		"many thousands":         strings.Repeat("Alice Example <a@example.test>,\r\n ", 5_000) + "z@example.test",
		"many commas":            strings.Repeat(",", 5_000) + "a@x",
		"many groups":            strings.Repeat("g:;", 2_000),
		"deep comment":           strings.Repeat("(", 2_000) + "a@x",
		"name with line break":   "=?utf-8?q?a=0D=0ABcc:_evil@x?= <a@example.test>",
		"single quotes":          "'Alice' <a@example.test>",
		"address as quoted name": "\"a@example.test\" <a@example.test>",
	} {
		c.add("address "+name, "From: "+list+"\r\nTo: "+list+"\r\nSubject: s\r\n\r\nx\r\n")
	}
	c.add("address sender and reply-to", "From: a@x, b@x\r\nSender: c@x\r\nReply-To: d@x\r\nCc: e@x\r\nBcc: f@x\r\n\r\nx\r\n")
	c.add("address empty sender", "From: a@x\r\nSender:\r\nReply-To: <>\r\n\r\nx\r\n")
	c.add("address none", "Subject: nobody\r\n\r\nx\r\n")
}

func (c *corpus) fields() {
	for name, h := range map[string]string{
		"type upper case":         "CONTENT-TYPE: TEXT/HTML; CHARSET=UTF-8",
		"type without subtype":    "Content-Type: text",
		"type unknown word":       "Content-Type: pdf",
		"type empty":              "Content-Type:",
		"type only slash":         "Content-Type: /",
		"type spaces":             "Content-Type: text / plain ; charset = utf-8",
		"type comment":            "Content-Type: text/plain (plain); (c) charset=us-ascii (Plain text)",
		"type no semicolon":       "Content-Type: text/plain charset=utf-8",
		"type trailing semicolon": "Content-Type: text/plain; charset=utf-8;",
		"type double semicolon":   "Content-Type: text/plain;; charset=utf-8",
		"type two params alike":   "Content-Type: text/plain; charset=utf-8; charset=latin1",
		"type empty param":        "Content-Type: text/plain; charset=",
		"type empty quoted":       "Content-Type: text/plain; charset=\"\"; x=y",
		"type param no value":     "Content-Type: text/plain; charset; format=flowed",
		"type param no name":      "Content-Type: text/plain; =x; format=flowed",
		"type unclosed quote":     "Content-Type: text/plain; charset=\"utf-8",
		"type unclosed folded":    "Content-Type: text/plain; name=\"a\r\n b; charset=utf-8",
		"type value with spaces":  "Content-Type: application/pdf; name=my file (1).pdf; x=y",
		"type backslashes":        "Content-Type: application/pdf; name=\"C:\\dir\\a \\\"q\\\".pdf\"",
		"type raw 8bit":           "Content-Type: application/pdf; name=\"gr\xfcn.pdf\"",
		"type raw utf-8":          "Content-Type: application/pdf; name=grün.pdf",
		"type nul":                "Content-Type: te\x00xt/pl\x00ain; na\x00me=\"a\x00b\"",
		"type rfc 2231":           "Content-Type: application/pdf; name*0*=utf-8''gr%C3%BC; name*1=\"n.pdf\"",
		"type 5000 params":        "Content-Type: text/plain" + strings.Repeat("; a=b", 5_000),
		"type long value":         "Content-Type: text/plain; name=\"" + strings.Repeat("x", 5_000) + "\"",
		"type multipart no b":     "Content-Type: multipart/mixed",
		"encoding with comment":   "Content-Transfer-Encoding: 8bit (eight)",
		"encoding empty":          "Content-Transfer-Encoding:",
		"encoding odd":            "Content-Transfer-Encoding: 8 bit",
		"encoding unknown":        "Content-Transfer-Encoding: x-gzip64",
		"encoding upper":          "Content-Transfer-Encoding: QUOTED-PRINTABLE",
		"id and more":             "Content-ID: <a@b>\r\nContent-Description: =?utf-8?q?x?= y\r\nContent-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==",
		"language one":            "Content-Language: de",
		"language list":           "Content-Language: de, en-GB ,, fr (x)",
		"location":                "Content-Location: http://example.test/\r\n a b",
		"disposition":             "Content-Disposition: attachment; filename=\"a.txt\"; size=10",
		"disposition inline":      "Content-Disposition: INLINE",
		"disposition only params": "Content-Disposition: ; filename=a.txt",
		"disposition comment":     "Content-Disposition: (c) attachment (d); filename=a.txt (e)",
		"disposition 2231":        "Content-Disposition: attachment; filename*=utf-8''%E6%97%A5%0D%0A.txt",
		"disposition encoded":     "Content-Disposition: attachment; filename=\"=?utf-8?B?5pel?=.txt\"",
	} {
		c.add("field "+name, Head+"MIME-Version: 1.0\r\n"+h+"\r\n\r\nbody\r\n")
	}
}
