// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"fmt"
	"strings"
	"testing"

	gosasl "github.com/emersion/go-sasl"

	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/store/storetest"
)

// multipart is a message that URLs take pieces of.
const multipart = `«From: a@example.test⏎Subject: parts⏎MIME-Version: 1.0⏎Content-Type: multipart/mixed; boundary=b⏎⏎--b⏎⏎first part⏎--b⏎Content-Type: text/plain; charset=utf-8⏎Content-Transfer-Encoding: base64⏎⏎w7xiZXI=⏎--b--⏎»`

// as gives a connection of a user.
func (o *office) as(t *testing.T, user string) *imaptest.Client {
	t.Helper()
	c := imaptest.Dial(t, "tcp", o.address)
	c.Login(user+"@example.test", "secret")
	return c
}

// authorise has a client's user authorise a URL.
func authorise(t *testing.T, c *imaptest.Client, url string) string {
	t.Helper()
	got := c.OK("GENURLAUTH \"%s\" INTERNAL", url)
	full, ok := strings.CutPrefix(strings.Join(got, "|"), `GENURLAUTH "`)
	if !ok || !strings.HasPrefix(full, url+":internal:") {
		t.Fatalf("got %q", got)
	}
	return strings.TrimSuffix(full, `"`)
}

// fetchURL gives what URLFETCH tells of a URL, behind it.
func fetchURL(t *testing.T, c *imaptest.Client, url, items string) string {
	t.Helper()
	arg := fmt.Sprintf("%q", url)
	if items != "" {
		arg = "(" + arg + " " + items + ")"
	}
	got := c.OK("URLFETCH %s", arg)
	if len(got) != 1 {
		t.Fatalf("got %q", got)
	}
	value, ok := strings.CutPrefix(got[0], fmt.Sprintf("URLFETCH %q ", url))
	if !ok {
		t.Fatalf("got %q", got)
	}
	return value
}

func TestURLAuth(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		anna, bert := o.as(t, "anna"), o.as(t, "bert")
		anna.OK("%s", spell("APPEND INBOX "+multipart))
		const at = "imap://anna%40example.test@mail.example.test/INBOX/;UID=1"
		for _, tt := range []struct{ section, items, want string }{
			{"/;SECTION=1", "", "{10}\r\nfirst part"},
			{"/;SECTION=1/;PARTIAL=6.2", "", "{2}\r\npa"},
			{"/;SECTION=2", "", "{8}\r\nw7xiZXI="},
			{"/;SECTION=2", "BODY", "(BODY {8}\r\nw7xiZXI=)"},
			{"/;SECTION=1", "BINARY", "(BINARY ~{10}\r\nfirst part)"},
			{"/;SECTION=2", "BINARY", "(BINARY ~{5}\r\n\xc3\xbcber)"},
			{"/;SECTION=2/;PARTIAL=2", "BINARY", "(BINARY ~{3}\r\nber)"},
			{"/;SECTION=2", "BODYPARTSTRUCTURE BINARY",
				`(BODYPARTSTRUCTURE ("text" "plain" ("charset" "utf-8") NIL NIL "base64" 8 0 NIL NIL NIL NIL)) (BINARY ~{5}` + "\r\n\xc3\xbcber)"},
			{"/;SECTION=2.MIME/;PARTIAL=0.7", "", "{7}\r\nContent"},
			{"/;SECTION=HEADER.FIELDS%20(SUBJECT)", "", "{18}\r\nSubject: parts\r\n\r\n"},
			{"/;PARTIAL=0.4", "", "{4}\r\nFrom"},
		} {
			url := authorise(t, anna, at+tt.section+";URLAUTH=anonymous")
			got := fetchURL(t, bert, url, tt.items)
			if !strings.EqualFold(got, tt.want) {
				t.Errorf("%s %s: got %q, want %q", tt.section, tt.items, got, tt.want)
			}
			other := "00" // for the last byte
			if strings.HasSuffix(url, other) {
				other = "01"
			}
			for _, bad := range []string{
				strings.Replace(url, "UID=1", "UID=2", 1), url[:len(url)-2] + other, url + "0", url + "zz",
				strings.Replace(url, "anonymous", "authuser", 1), strings.Replace(url, ":internal:", ":other:", 1),
			} {
				if got := fetchURL(t, bert, bad, ""); got != "NIL" {
					t.Errorf("%q: got %q", bad, got)
				}
			}
		}
		if got := anna.OK("STATUS INBOX (UNSEEN)"); len(got) != 1 || !strings.Contains(got[0], "UNSEEN 1") {
			t.Errorf("the message was seen: %q", got)
		}
	})
}

// TestURLAuthUnknownEncoding: what cannot be decoded is not told as decoded.
func TestURLAuthUnknownEncoding(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		anna := o.as(t, "anna")
		anna.OK("%s", spell("APPEND INBOX «Content-Type: application/x⏎Content-Transfer-Encoding: x-uu⏎⏎begin 644 x»"))
		url := authorise(t, anna, "imap://anna@mail.example.test/INBOX/;UID=1/;SECTION=1;URLAUTH=anonymous")
		for items, want := range map[string]string{
			"BINARY": "(BINARY NIL)", "BODY": "(BODY {11}\r\nbegin 644 x)", "": "{11}\r\nbegin 644 x",
		} {
			if got := fetchURL(t, anna, url, items); got != want {
				t.Errorf("%s: got %q, want %q", items, got, want)
			}
		}
	})
}

// TestURLAuthAccess: who may use a URL, and for how long.
func TestURLAuthAccess(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		anna, bert, carl := o.as(t, "anna"), o.as(t, "bert"), o.as(t, "carl")
		anna.OK("%s", spell("APPEND INBOX "+letter))
		const at = "imap://anna@mail.example.test/INBOX/;UID=1/;SECTION=TEXT"
		forBert := authorise(t, anna, at+";EXPIRE=2999-01-01T00:00:00Z;URLAUTH=user+bert%40example.test")
		if got := fetchURL(t, bert, forBert, ""); got != "{11}\r\nhello world" {
			t.Errorf("bert gets %q", got)
		}
		for name, c := range map[string]*imaptest.Client{"carl": carl, "anna": anna} {
			if got := fetchURL(t, c, forBert, ""); got != "NIL" {
				t.Errorf("%s gets %q", name, got)
			}
		}
		// A draft of bert's takes what anna lets him read.
		bert.OK("APPEND INBOX CATENATE (TEXT {5+}\r\nX: y\n TEXT {1+}\r\n\n URL %q)", forBert)
		bert.OK("EXAMINE INBOX")
		if got := bert.OK("FETCH 1 BODY.PEEK[TEXT]"); len(got) != 1 || !strings.Contains(got[0], "hello world") {
			t.Errorf("bert's draft is %q", got)
		}
		if r := carl.Cmd("APPEND INBOX CATENATE (URL %q)", forBert); !strings.HasPrefix(r.String(), "NO [BADURL") {
			t.Errorf("carl: %s", r)
		}
		for _, gone := range []string{
			authorise(t, anna, at+";EXPIRE=2020-01-01T00:00:00Z;URLAUTH=anonymous"),
			authorise(t, anna, at+";URLAUTH=submit+anna"),
			at + ";URLAUTH=anonymous", "x",
		} {
			if got := fetchURL(t, bert, gone, ""); got != "NIL" {
				t.Errorf("%q: got %q", gone, got)
			}
		}
		anna.OK("RESETKEY INBOX INTERNAL")
		if got := fetchURL(t, bert, forBert, ""); got != "NIL" {
			t.Errorf("after the reset bert gets %q", got)
		}
	})
}

// TestURLAuthRights: nobody gives away what he cannot read, or no longer.
func TestURLAuthRights(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.grant(t, "anna", object.KindInbox, "bert", reads)
		anna, bert, carl := o.as(t, "anna"), o.as(t, "bert"), o.as(t, "carl")
		anna.OK("%s", spell("APPEND INBOX "+letter))
		url := authorise(t, bert, "imap://bert@h/Other%20Users/anna%40example.test/INBOX/;UID=1/;SECTION=TEXT;URLAUTH=authuser")
		if got := fetchURL(t, carl, url, ""); got != "{11}\r\nhello world" {
			t.Errorf("carl gets %q", got)
		}
		o.grant(t, "anna", object.KindInbox, "bert", 0)
		if got := fetchURL(t, carl, url, ""); got != "NIL" {
			t.Errorf("carl gets %q though bert may not read it", got)
		}
		for _, tt := range []struct{ cmd, want string }{
			{`GENURLAUTH "imap://anna@h/INBOX/;UID=1;URLAUTH=anonymous" INTERNAL`, "BAD"},
			{`GENURLAUTH "imap://carl@h/Other%20Users/anna%40example.test/INBOX/;UID=1;URLAUTH=anonymous" INTERNAL`, "NO [BADURL"},
			{`GENURLAUTH "imap://carl@h/INBOX/;UID=1;URLAUTH=anonymous" INTERNAL`, "NO [BADURL"},
			{`GENURLAUTH "imap://carl@h/INBOX/;UID=1;URLAUTH=anonymous" XSAMPLE`, "BAD"},
			{`GENURLAUTH "imap://carl@h/INBOX/;UID=1" INTERNAL`, "BAD"},
			{`GENURLAUTH "/INBOX/;UID=1;URLAUTH=anonymous" INTERNAL`, "BAD"},
			{`RESETKEY nowhere`, "NO [NONEXISTENT]"},
			{`RESETKEY INBOX XSAMPLE`, "BAD"},
			{`RESETKEY INBOX`, "OK [URLMECH INTERNAL]"},
			{`RESETKEY`, "OK RESETKEY"},
		} {
			if r := carl.Cmd("%s", tt.cmd); !strings.HasPrefix(r.String(), tt.want) {
				t.Errorf("%s: got %s", tt.cmd, r)
			}
		}
	})
}

// TestURLAuthSigners: who acts as the user, or has an app password, signs nothing.
func TestURLAuthSigners(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.as(t, "anna").OK("%s", spell("APPEND INBOX "+letter))
		level := directory.AdminServer
		admin := storetest.As(t, o.engine, object.RoleAdmin)
		_, err := admin.SetUser(t.Context(), object.SetUserRequest{Name: "bert", Changes: directory.Changes{Admin: &level}})
		must(t, "make bert an administrator", err)
		app, err := admin.CreateAppPassword(t.Context(), object.CreateAppPasswordRequest{User: "anna@example.test", Name: "phone"})
		must(t, "create app password", err)
		byApp := imaptest.Dial(t, "tcp", o.address)
		byApp.Login("anna@example.test", app.Password)
		acting := newRaw(t, o.rig)
		if got := authenticate(t, acting, gosasl.NewPlainClient("anna@example.test", "bert@example.test", "secret"), true); !strings.HasPrefix(got, "OK") {
			t.Fatalf("bert as anna: %s", got)
		}
		for what, c := range map[string]*imaptest.Client{"app password": byApp, "acting": acting} {
			r := c.Cmd(`GENURLAUTH "imap://anna@h/INBOX/;UID=1;URLAUTH=anonymous" INTERNAL`)
			if !strings.HasPrefix(r.String(), "NO [NOPERM]") {
				t.Errorf("%s: %s", what, r)
			}
			c.OK("RESETKEY INBOX") // but takes back
		}
	})
}
