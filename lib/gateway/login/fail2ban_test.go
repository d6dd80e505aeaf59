// SPDX-License-Identifier: AGPL-3.0-or-later

package login_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"

	"twiga/lib/gateway/login"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/proto/sasl"
)

// refusing is a store that answers with an error.
type refusing struct {
	object.Service
	err error
}

func (r refusing) Logon(context.Context, object.LogonRequest) (object.Session, error) {
	return nil, r.err
}

// TestFail2ban reads real lines with the filter that is shipped.
func TestFail2ban(t *testing.T) {
	text, err := os.ReadFile("../../../contrib/fail2ban/twiga.conf")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "failregex = ")
	rule, _, _ := strings.Cut(rest, "\n")
	filter := regexp.MustCompile(strings.ReplaceAll(rule, "<HOST>", `([0-9a-fA-F:.]+)`))
	for _, tc := range []struct {
		name string
		err  error
		user string
		peer string
		want string   // the host to ban, "" is nobody
		code log.Code // of failed logins
	}{
		{"wrong", mapi.LogonFailed, "anna", "192.0.2.7", "192.0.2.7", "TW-IMAPGW-0101"},
		{"wrong, by POP3", mapi.LogonFailed, "anna", "192.0.2.7", "192.0.2.7", "TW-IMAPGW-0111"},
		{"wrong, IPv6", mapi.LogonFailed, "anna", "2001:db8::7", "2001:db8::7", "TW-IMAPGW-0101"},
		{"may not act for another", mapi.NoAccess, "anna", "192.0.2.7", "192.0.2.7", "TW-IMAPGW-0101"},
		{"a name that looks like a line", mapi.LogonFailed, "x\ncode=TW-IMAPGW-0101 peer=198.51.100.1", "192.0.2.7", "192.0.2.7", "TW-IMAPGW-0101"},
		{"too many sessions", mapi.SessionLimit, "anna", "192.0.2.7", "", "TW-IMAPGW-0101"},
		{"no store", mapi.NetworkError, "code=TW-IMAPGW-0101 peer=198.51.100.1", "192.0.2.7", "", "TW-IMAPGW-0101"},
	} {
		var out bytes.Buffer
		door := login.New(login.Config{
			Service: refusing{err: tc.err}, Program: "imapgw", Use: "imap", Logger: log.New(log.Options{Daemon: "imapgw", Format: "text", Writer: &out}),
			Codes: login.Codes{Failed: tc.code, Limit: "TW-IMAPGW-0102", NoStore: "TW-IMAPGW-0201"},
		})
		c := login.Client{Door: door, Peer: &net.TCPAddr{IP: net.ParseIP(tc.peer), Port: 4711}, Request: "r1", Answer: func(r *login.Refusal) error { return r }}
		if err := c.Password(t.Context(), sasl.Password{User: tc.user, Password: "hunter2"}); err == nil {
			t.Errorf("%s: let in", tc.name)
		}
		got := ""
		if m := filter.FindStringSubmatch(out.String()); m != nil {
			got = m[1]
		}
		if got != tc.want || strings.Contains(out.String(), "hunter2") || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%s: ban %q, want %q: %s", tc.name, got, tc.want, out.String())
		}
	}
}
