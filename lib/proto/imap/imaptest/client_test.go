// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"net"
	"testing"
)

func TestCmdSendsLiteralsWhenAsked(t *testing.T) {
	here, there := net.Pipe()
	server := New(t, there)
	done := make(chan *Result)
	go func() { done <- New(t, here).Cmd("LOGIN {1}\r\na {2}\r\nbc") }()
	server.In.ReadString('\n')
	server.Send("* 1 EXISTS\r\n+ go\r\n")
	buf := make([]byte, 1)
	server.In.Read(buf)
	server.In.ReadString('\n')
	server.Send("* 2 FETCH (BODY[] {3}\r\nx\r\n)\r\nt1 NO [TOOBIG] no\r\n")
	r := <-done
	if r.String() != "NO [TOOBIG] no" || !r.Has("2 FETCH (BODY[] {3}\r\nx\r\n)") {
		t.Errorf("got %+v", r)
	}
}
