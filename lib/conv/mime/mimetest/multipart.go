// SPDX-License-Identifier: AGPL-3.0-or-later

package mimetest

import (
	"fmt"
	"strings"
)

// mp gives a message whose type is multipart/sub with boundary b.
func mp(sub, boundary, body string) string {
	return crlf("From: a@example.test\nSubject: parts\nMIME-Version: 1.0\nContent-Type: multipart/" + sub + "; boundary=" + boundary + "\n\n" + body)
}

func (c *corpus) multiparts() {
	for name, body := range map[string]string{
		"good":                     "--b\n\none\n--b\nContent-Type: text/html\n\n<p>two\n--b--\n",
		"preamble and epilogue":    "pre\namble\n--b\n\none\n--b--\nepi\nlogue\n",
		"no close":                 "--b\n\none\n--b\n\ntwo\n",
		"no close no newline":      "--b\n\none\n--b\n\ntwo",
		"close without newline":    "--b\n\none\n--b--",
		"only close":               "text\n--b--\nmore\n",
		"boundary never":           "no delimiter\nanywhere --b\n",
		"empty body":               "",
		"only delimiter":           "--b",
		"only delimiters":          "--b\n--b\n--b\n--b--\n",
		"empty parts":              "--b\n\n--b\n\n\n--b\n\n--b--\n",
		"header only parts":        "--b\nContent-Type: text/html\n--b\nX: y\n\n--b--\n",
		"part without empty line":  "--b\nContent-Type: text/html\n<p>x</p>\n\n--b--\n",
		"part without header":      "--b\ntext at once\nmore\n--b--\n",
		"blank behind delimiter":   "--b \t\n\none\n--b-- \n",
		"junk behind delimiter":    "--b x\n\none\n--b\n\ntwo\n--b--x\n--b--\n",
		"delimiter after close":    "--b\n\none\n--b--\n--b\n\ntwo\n--b--\n",
		"delimiter in epilogue":    "--b\n\none\n--b--\nepilogue\n--b\n",
		"dashes only":              "--\n--b\n\n--\n---\n--b--\n",
		"indented delimiter":       "--b\n\none\n --b\n\n--b--\n",
		"delimiter in long line":   "--b\n\n" + strings.Repeat("x", 2000) + "--b\n--b--\n",
		"headers fold to boundary": "--b\nContent-Type: text/plain;\n\tcharset=utf-8\n\none\n--b--\n",
		"bad part headers":         "--b\n:\n\none\n--b\n\x00\n\ntwo\n--b--\n",
		"from line in part":        "--b\nFrom x\nContent-Type: text/html\n\none\n--b--\n",
	} {
		c.add("multipart "+name, mp("mixed", "b", body))
		c.add("multipart lf "+name, strings.ReplaceAll(mp("mixed", "b", body), "\r\n", "\n"))
	}
	for name, boundary := range map[string]string{
		"quoted": `"b"`, "with spaces": `"b b"`, "trailing space": `"b "`, "empty": `""`, "missing": ``, "unquoted specials": `=_b?:/`,
		"quoted specials": `"=_b?:/()+_,-./:=?"`, "8bit": "\"b\xfc\"", "of 70": strings.Repeat("b", 70), "of 2000": strings.Repeat("b", 2000),
		"backslash": `"b\"b"`, "dashes": "--", "close like": `"b--"`, "upper": "B", "single quotes": "'b'", "with comment": "b (comment)",
	} {
		plain := strings.Trim(strings.ReplaceAll(boundary, `\`, ""), `"`)
		c.add("boundary "+name, mp("mixed", boundary, "--"+plain+"\n\none\n--"+plain+"\n\ntwo\n--"+plain+"--\n"))
	}
	c.add("multipart ends with a dash behind a stray line", mp("mixed", "b", "--b\nstray\n-"))
	c.add("multipart delimiter behind a stray line", mp("mixed", "b:c", "--b:c\nstray\n--b:c\nContent-Type: text/html\n\ntwo\n--b:c--\n"))
	c.add("multipart one dash and the boundary", mp("mixed", "b", "--b\nstray\n-xb\nContent-Type: text/html\n\none\n--b--\n"))
	c.add("boundary twice", mp("mixed", "a; boundary=b", "--a\n\none\n--b\n\ntwo\n--a--\n"))
	c.add("boundary continued", crlf("Content-Type: multipart/mixed; boundary*0=ab; boundary*1=cd\n\n--abcd\n\none\n--abcd--\n"))
	inner := func(b, close string) string {
		return "--b\nContent-Type: multipart/alternative; boundary=" + b + "\n\n--" + b + "\n\nplain\n--" + b + "\nContent-Type: text/html\n\nhtml\n" + close
	}
	c.add("nested good", mp("mixed", "b", inner("c", "--c--\n")+"--b\n\nlast\n--b--\n"))
	c.add("nested not closed", mp("mixed", "b", inner("c", "")+"--b\n\nlast\n--b--\n"))
	c.add("nested same boundary", mp("mixed", "b", inner("b", "--b--\n")+"--b\n\nlast\n--b--\n"))
	c.add("nested boundary longer", mp("mixed", "b", inner("bb", "--bb--\n")+"--b\n\nlast\n--b--\n"))
	c.add("nested boundary shorter", mp("mixed", "bb", strings.ReplaceAll(inner("b", "--b--\n"), "--b\nContent-Type: multi", "--bb\nContent-Type: multi")+"--bb\n\nlast\n--bb--\n"))
	c.add("nested closed late", mp("mixed", "b", inner("c", "")+"--b\n\nlast\n--c--\n--b--\n"))
	c.add("nested outer delimiter at once", mp("mixed", "b", "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\nX: y\n\n--b\n\nlast\n--b--\n"))
	c.add("nested outer delimiter in header", mp("mixed", "b", "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\nX: y\n--b\n\nlast\n--b--\n"))
	c.add("multipart encoded", crlf("Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\none\n--b--\n"))
	c.add("multipart without subtype", crlf("Content-Type: multipart; boundary=b\n\n--b\n\none\n--b--\n"))
	c.add("digest", mp("digest", "b", "--b\n\nSubject: one\n\nfirst\n--b\n\nSubject: two\n\nsecond\n--b\nContent-Type: text/plain\n\nthird\n--b--\n"))
	c.add("related", mp("related", `r; type="text/html"; start="<1@x>"`, "--r\nContent-Type: text/html\nContent-ID: <1@x>\n\n<img src=cid:2@x>\n--r\nContent-Type: image/gif; name=dot.gif\nContent-ID: <2@x>\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\nR0lGODlhAQABAAAAACw=\n--r--\n"))
	c.add("alternative", mp("alternative", "b", "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe\n--b\nContent-Type: text/html; charset=utf-8\n\n<p>Gr&uuml;&szlig;e</p>\n--b--\n"))
	var flat strings.Builder
	for i := range 3_000 {
		fmt.Fprintf(&flat, "--b\nContent-Type: text/plain\n\npart %d\n", i)
	}
	c.add("3000 parts", mp("mixed", "b", flat.String()+"--b--\n"))
	c.add("12000 parts", mp("mixed", "b", strings.Repeat("--b\n\nx\n", 12_000)+"--b--\n"))
	c.add("12000 empty multiparts", mp("mixed", "b", strings.Repeat("--b\nContent-Type: multipart/mixed; boundary=c\n\n", 12_000)))
	c.add("many dashes", mp("mixed", "b", strings.Repeat("--b-\n--c\n---b\n", 5_000)))
}

func (c *corpus) nested() {
	for _, depth := range []int{1, 2, 30, 99, 100, 101, 150, 400} {
		var b strings.Builder
		for i := range depth {
			fmt.Fprintf(&b, "Subject: level %d\nFrom: a%d@example.test\nContent-Type: message/rfc822\n\n", i, i)
		}
		c.add(fmt.Sprintf("rfc822 %d deep", depth), crlf(b.String()+"Subject: innermost\n\nHello\n"))
		b.Reset()
		for i := range depth {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		c.add(fmt.Sprintf("multipart %d deep", depth), crlf(b.String()+"\nHello\n"))
		b.Reset()
		for i := range depth {
			fmt.Fprintf(&b, "Subject: level %d\nContent-Type: multipart/mixed; boundary=b%d\n\n--b%d\nContent-Type: message/rfc822\n\n", i, i, i)
		}
		b.WriteString("Subject: innermost\n\nHello\n")
		for i := depth - 1; i >= 0; i-- {
			fmt.Fprintf(&b, "--b%d--\n", i)
		}
		c.add(fmt.Sprintf("multipart and rfc822 %d deep", depth), crlf(b.String()))
	}
	msg := "From: in@example.test\nSubject: inner\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\ninner one\n--c\nContent-Type: text/html\n\ninner two\n--c--\n"
	c.add("rfc822 forwarded", mp("mixed", "b", "--b\n\nsee below\n--b\nContent-Type: message/rfc822; name=inner.eml\nContent-Disposition: attachment\n\n"+msg+"--b--\n"))
	c.add("rfc822 alone", crlf("Subject: outer\nContent-Type: message/rfc822\n\n"+msg))
	c.add("rfc822 empty", crlf("Content-Type: message/rfc822\n\n"))
	c.add("rfc822 no header", crlf("Content-Type: message/rfc822\n\njust text\n"))
	c.add("rfc822 base64", crlf("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeA0KDQp5DQo=\n"))
	c.add("rfc822 quoted-printable", crlf("Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\nSubject: x\n\ny=\n"))
	c.add("rfc822 same boundary inside", mp("mixed", "b", "--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n--b--\n"))
	c.add("global", mp("mixed", "b", "--b\nContent-Type: message/global\n\nSubject: grün\nFrom: grün@example.test\n\nx\n--b--\n"))
	c.add("rfc822 delimiter at once", mp("mixed", "b", "--b\nContent-Type: message/rfc822\n\nSubject: x\n\n--b--\n"))
	c.add("rfc822 delimiter in header", mp("mixed", "b", "--b\nContent-Type: message/rfc822\n\nSubject: x\n--b--\n"))
	c.add("partial", crlf("Content-Type: message/partial; id=\"x@y\"; number=1; total=3\n\nSubject: x\n\ny\n"))
	c.add("external body", crlf("Content-Type: message/external-body; access-type=URL; URL=\"http://example.test/\"\n\nContent-Type: image/png\n\n"))
}

func (c *corpus) reports() {
	c.add("delivery status", mp("report", "b; report-type=delivery-status", "--b\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.test\n\nFinal-Recipient: rfc822; x@example.test\nAction: failed\nStatus: 5.1.1\n--b\nContent-Type: message/rfc822\n\nSubject: original\n\nx\n--b--\n"))
	c.add("delivery status delivered", mp("report", "b; report-type=delivery-status", "--b\n\nIt went well.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.test\n\nFinal-Recipient: rfc822; x@example.test\nAction: delivered\nStatus: 2.0.0\n--b--\n"))
	c.add("disposition notification", mp("report", "b; report-type=disposition-notification", "--b\n\nIt was read.\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; x@example.test\nDisposition: manual-action/MDN-sent-manually; displayed\n--b--\n"))
	c.add("smime signed", mp("signed", `b; protocol="application/pkcs7-signature"; micalg=sha-256`, "--b\n\nsigned text\n--b\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=smime.p7s\n\nMIIB\n--b--\n"))
	c.add("pgp signed", mp("signed", `b; protocol="application/pgp-signature"; micalg=pgp-sha512`, "--b\n\nsigned text  \nwith trailing space\n--b\nContent-Type: application/pgp-signature\n\n-----BEGIN PGP SIGNATURE-----\n\nxx\n-----END PGP SIGNATURE-----\n--b--\n"))
	c.add("pgp encrypted", mp("encrypted", `b; protocol="application/pgp-encrypted"`, "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n--b--\n"))
	c.add("smime opaque", crlf("Subject: x\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nMIIB\n"))
	c.add("calendar", mp("alternative", "b", "--b\n\nYou are invited.\n--b\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n--b--\n"))
}
