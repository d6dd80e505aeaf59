// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"net"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, line string
		want          bool
	}{
		{"* OK", "* OK", true},
		{"* OK", "* OK x", false},
		{"* OK ...", "* OK [A] b", true},
		{"...", "", true},
		{"* 1 FETCH (... \\Seen...)", "* 1 FETCH (FLAGS (\\Draft \\Seen))", true},
		{"a...a", "a", false},
		{"a...b...c", "abXc", true},
		{"a...b...c", "acb", false},
	} {
		if got := Match(tt.pattern, tt.line); got != tt.want {
			t.Errorf("Match(%q, %q) = %v", tt.pattern, tt.line, got)
		}
	}
}

func TestCmdSendsLiteralsWhenAsked(t *testing.T) {
	here, there := net.Pipe()
	server := New(t, there)
	done := make(chan *Result)
	go func() { done <- New(t, here).Cmd("LOGIN {1}\r\na {2}\r\nbc") }()
	server.in.ReadString('\n')
	server.Send("* 1 EXISTS\r\n+ go\r\n")
	buf := make([]byte, 1)
	server.in.Read(buf)
	server.in.ReadString('\n')
	server.Send("* 2 FETCH (BODY[] {3}\r\nx\r\n)\r\nt1 NO [TOOBIG] no\r\n")
	r := <-done
	if r.String() != "NO [TOOBIG] no" || !r.Has("2 FETCH (BODY[] {3}\r\nx\r\n)") {
		t.Errorf("got %+v", r)
	}
}
