// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bufio"
	"testing"

	"twiga/lib/proto/lines/linestest"
)

// TestLoginDisabled: nobody is asked for a password that may not be sent.
func TestLoginDisabled(t *testing.T) {
	c := linestest.Dial(t, "tcp", linestest.Listen(t, startServer(t, Config{Backend: newFakeBackend()}), nil))
	defer c.Close()
	in := bufio.NewReader(c)
	expectLine(t, in, "* OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE LOGINDISABLED")
	for _, command := range []string{"a LOGIN u {8}\r\n", "a LOGIN {1}\r\n", "a LOGIN u {8+}\r\npassword\r\n", "a LOGIN u p\r\n"} {
		write(t, c, command)
		if line, err := in.ReadString('\n'); err != nil || line != "a NO [PRIVACYREQUIRED] Passwords are taken under TLS only\r\n" {
			t.Errorf("%q: %q, %v", command, line, err)
		}
	}
}
