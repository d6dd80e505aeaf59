// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bufio"
	"bytes"
	stdflate "compress/flate"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"twiga/lib/proto/lines/linestest"
)

// pieces gives its pieces one at a time; behind each read it says once that
// there is nothing now.
type pieces struct {
	list [][]byte
	wait bool
	io.Writer
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.wait || len(p.list) == 0 {
		p.wait = false
		return 0, os.ErrDeadlineExceeded
	}
	n := copy(b, p.list[0])
	if p.list[0] = p.list[0][n:]; len(p.list[0]) == 0 {
		p.list, p.wait = p.list[1:], true
	}
	return n, nil
}

// readAll reads until the pieces are used up, parking wherever it can.
func readAll(t *testing.T, d *deflated, src *pieces) string {
	t.Helper()
	var out []byte
	buf := make([]byte, 700)
	for n := 1; n > 0 || len(src.list) > 0 || len(d.raw) > 0 || src.wait; {
		var err error
		n, err = d.Read(buf)
		out = append(out, buf[:n]...)
		if err != nil && err != os.ErrDeadlineExceeded {
			t.Fatalf("read after %d octets: %v", len(out), err)
		}
		if n == 0 {
			d.park()
		}
	}
	return string(out)
}

// flushed compresses each text and flushes behind it.
func flushed(t *testing.T, texts []string) [][]byte {
	t.Helper()
	var out bytes.Buffer
	w, err := stdflate.NewWriter(&out, 6)
	if err != nil {
		t.Fatal(err)
	}
	var list [][]byte
	for _, s := range texts {
		io.WriteString(w, s)
		w.Flush()
		list = append(list, bytes.Clone(out.Bytes()))
		out.Reset()
	}
	return list
}

func TestInflate(t *testing.T) {
	commands := []string{"a1 NOOP\r\n", "a2 SELECT INBOX\r\n", "", "a3 NOOP\r\n", "a4 APPEND x {300000+}\r\n" + strings.Repeat("all work and no play\r\n", 15000)}
	noise := make([]byte, 100_000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	commands = append(commands, string(noise), "a5 LOGOUT\r\n")
	// What zlib makes of three commands with Z_PARTIAL_FLUSH behind each, which
	// ends in the middle of an octet.
	var partial [][]byte
	for _, s := range []string{"4a3450f0f3f70f5028cf2cc95028cf2f4a29d64117e0e50208", "a0444322140104", "50a211118a0002"} {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		partial = append(partial, b)
	}
	octets := func(list [][]byte) (out [][]byte) {
		for _, c := range bytes.Join(list, nil) {
			out = append(out, []byte{c})
		}
		return out
	}
	noop := "a0 NOOP with words, NOOP with words\r\na1 NOOP with words, NOOP with words\r\na2 NOOP with words, NOOP with words\r\n"
	for _, tc := range []struct {
		name string
		list [][]byte
		want string
	}{
		{"flush behind each", flushed(t, commands), strings.Join(commands, "")},
		{"octet by octet", octets(flushed(t, commands[:4])), strings.Join(commands[:4], "")},
		{"all at once", [][]byte{bytes.Join(flushed(t, commands), nil)}, strings.Join(commands, "")},
		{"partial flush", partial, noop},
		{"partial flush by octet", octets(partial), noop},
		{"long block without an end", endless(t), strings.Join(fetches(), "")},
		{"long block by octet", octets(flushed(t, []string{string(noise[:5000])})), string(noise[:5000])},
	} {
		t.Run(tc.name, func(t *testing.T) {
			src := &pieces{list: tc.list}
			d := &deflated{under: src}
			d.more = func(p []byte) (int, error) {
				if len(src.list) > 0 {
					src.wait = false
				}
				return src.Read(p)
			}
			if got := readAll(t, d, src); got != tc.want {
				t.Errorf("got %d octets, want %d", len(got), len(tc.want))
			}
		})
	}
}

// fetches are more commands than a window has room for.
func fetches() (list []string) {
	for i := range 3000 {
		list = append(list, fmt.Sprintf("%d UID FETCH %d (BODY.PEEK[])\r\n", i, i*i))
	}
	return list
}

// endless are the octets of one block with fetches in it, without its end: as
// clients leave it that flush partially.
func endless(t *testing.T) [][]byte {
	t.Helper()
	whole := bytes.Join(flushed(t, []string{strings.Join(fetches(), "")}), nil)
	return [][]byte{whole[:len(whole)/2], whole[len(whole)/2 : len(whole)-4]} // the end has an empty block behind it
}

func TestDeflate(t *testing.T) {
	var wire bytes.Buffer
	d := &deflated{under: &pieces{Writer: &wire}}
	plain := stdflate.NewReader(&wire)
	want := strings.Repeat("* 1 FETCH (FLAGS (\\Seen))\r\n", 1000)
	size := 0
	for i := range 5 {
		if _, err := d.Write([]byte(want)); err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			d.park()
		}
		size += wire.Len()
		got := make([]byte, len(want))
		if _, err := io.ReadFull(plain, got); err != nil || string(got) != want {
			t.Fatalf("write %d does not come back: %v", i, err)
		}
	}
	if size > len(want)/4 {
		t.Errorf("%d octets became %d", 5*len(want), size)
	}
}

// FuzzInflate feeds anything in pieces of any size: it may fail, but as the
// library does and without an end that differs by how the pieces fall.
func FuzzInflate(f *testing.F) {
	f.Add([]byte("\x4a\x34\x50\xf0\xf3\xf7\x0f\x50"), uint8(3))
	f.Add([]byte{0, 0, 0, 0xff, 0xff}, uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		src := &pieces{}
		for rest := data; len(rest) > 0; {
			n := min(len(rest), int(size)+1)
			src.list = append(src.list, rest[:n])
			rest = rest[n:]
		}
		d := &deflated{under: src}
		d.more = func(p []byte) (int, error) { src.wait = false; return src.Read(p) }
		var got []byte
		buf := make([]byte, 512)
		for idle := 0; idle < 3 && len(got) < 1<<20; {
			n, err := d.Read(buf)
			got = append(got, buf[:n]...)
			if err != nil && err != os.ErrDeadlineExceeded {
				break
			}
			if n == 0 && len(src.list) == 0 {
				idle++
			}
		}
		want, _ := io.ReadAll(io.LimitReader(stdflate.NewReader(bytes.NewReader(data)), 1<<20))
		if n := min(len(got), len(want)); !bytes.Equal(got[:n], want[:n]) {
			t.Fatalf("inflated %q, want %q", got, want)
		}
	})
}

func TestCompress(t *testing.T) {
	address := linestest.Listen(t, startServer(t, plainConfig(newFakeBackend())), nil)
	c := linestest.Dial(t, "tcp", address)
	defer c.Close()
	plain := bufio.NewReader(c)
	write(t, c, "a LOGIN u p\r\n")
	expectLine(t, plain, "a OK")
	write(t, c, "b COMPRESS LZW\r\n")
	expectLine(t, plain, "b NO [CANNOT]")
	write(t, c, "c COMPRESS DEFLATE\r\n")
	expectLine(t, plain, "c OK")
	w, err := stdflate.NewWriter(c, 6)
	if err != nil {
		t.Fatal(err)
	}
	packed := bufio.NewReader(stdflate.NewReader(plain))
	for range 3 {
		write(t, w, "d NOOP\r\n")
		w.Flush()
		expectLine(t, packed, "d OK")
		write(t, w, "e COMPRESS DEFLATE\r\n")
		w.Flush()
		expectLine(t, packed, "e NO [COMPRESSIONACTIVE]")
		write(t, w, "f IDLE\r\n")
		w.Flush()
		expectLine(t, packed, "+ ")
		write(t, w, "DONE\r\n")
		w.Flush()
		expectLine(t, packed, "f OK")
	}
	write(t, w, "g LOGOUT\r\n")
	w.Flush()
	expectLine(t, packed, "g OK")
}
