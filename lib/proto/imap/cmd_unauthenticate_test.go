// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bufio"
	"bytes"
	stdflate "compress/flate"
	"io"
	"strings"
	"testing"

	"twiga/lib/proto/lines/linestest"
)

// TestUnauthenticateEndsCompression: neither side compresses behind
// UNAUTHENTICATE (RFC 8437 4.1), however the client ends what it compressed and
// however its octets fall.
func TestUnauthenticateEndsCompression(t *testing.T) {
	address := linestest.Listen(t, startServer(t, plainConfig(newFakeBackend())), nil)
	const command = "c NOOP\r\nd UNAUTHENTICATE\r\n"
	for _, tt := range []struct {
		name  string
		flush bool // there is a flush behind the command
		close bool // the last block is marked as such
		cut   int  // octets of the compressed command that are sent alone; 0 for all that follows at once
	}{
		{"flush", true, false, 0},
		{"flush, octets for themselves", true, false, 1},
		{"flush in pieces", true, false, 9},
		{"last block", false, true, 0},
		{"last block, octets for themselves", false, true, 1},
		{"flush and last block", true, true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := linestest.Dial(t, "tcp", address)
			defer c.Close()
			in := bufio.NewReader(c)
			for range 2 { // and once more: COMPRESS is there again
				write(t, c, "a LOGIN u p\r\nb COMPRESS DEFLATE\r\n")
				expectLine(t, in, "b OK")
				var packed bytes.Buffer
				w, err := stdflate.NewWriter(&packed, 6)
				if err != nil {
					t.Fatal(err)
				}
				write(t, w, command)
				if tt.flush {
					w.Flush()
				}
				if tt.close {
					w.Close()
				}
				octets := packed.Bytes()
				for n := tt.cut; n > 0 && len(octets) > n; octets = octets[n:] {
					write(t, c, string(octets[:n]))
				}
				write(t, c, string(octets)+"e CAPABILITY\r\n")
				out := bufio.NewReader(stdflate.NewReader(in))
				expectLine(t, out, "c OK")
				expectLine(t, out, "d OK")
				if _, err := out.ReadByte(); err != io.EOF {
					t.Fatalf("behind the answer: %v, want the end of the compressed output", err)
				}
				expectLine(t, in, "* CAPABILITY")
				expectLine(t, in, "e OK")
			}
		})
	}
}

// TestStillCompressed: who compresses behind UNAUTHENTICATE is told BYE.
func TestStillCompressed(t *testing.T) {
	address := linestest.Listen(t, startServer(t, plainConfig(newFakeBackend())), nil)
	c := linestest.Dial(t, "tcp", address)
	defer c.Close()
	in := bufio.NewReader(c)
	write(t, c, "a LOGIN u p\r\nb COMPRESS DEFLATE\r\n")
	expectLine(t, in, "b OK")
	w, err := stdflate.NewWriter(c, 6)
	if err != nil {
		t.Fatal(err)
	}
	write(t, w, "d UNAUTHENTICATE\r\ne NOOP\r\n")
	w.Flush()
	expectLine(t, bufio.NewReader(stdflate.NewReader(in)), "* BYE [CLIENTBUG]")
}

// TestNoUnauthenticate: where it is turned off there is no such command.
func TestNoUnauthenticate(t *testing.T) {
	cfg := plainConfig(newFakeBackend())
	cfg.NoUnauthenticate = true
	c := linestest.Dial(t, "tcp", linestest.Listen(t, startServer(t, cfg), nil))
	defer c.Close()
	in := bufio.NewReader(c)
	write(t, c, "a LOGIN u p\r\nb CAPABILITY\r\nc UNAUTHENTICATE\r\nd SELECT INBOX\r\n")
	expectLine(t, in, "a OK")
	if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "* CAPABILITY ") || strings.Contains(line, "UNAUTHENTICATE") {
		t.Errorf("CAPABILITY told %q, %v", line, err)
	}
	expectLine(t, in, "c BAD Unknown command")
	expectLine(t, in, "d OK")
}

func write(t *testing.T, w io.Writer, s string) {
	t.Helper()
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
}

// expectLine reads up to a line that begins so.
func expectLine(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("want %q: %v", want, err)
		}
		if strings.HasPrefix(line, want) {
			return
		}
	}
}
