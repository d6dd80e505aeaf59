// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bufio"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"twiga/lib/proto/imap/wire"
	"twiga/lib/proto/lines/linestest"
)

// listen serves cfg on loopback and returns the address.
func listen(b *testing.B, cfg Config) string {
	b.Helper()
	return linestest.Listen(b, startServer(b, cfg), nil)
}

// dialRaw returns a connection with an INBOX selected, and its reader.
func dialRaw(b *testing.B, address string) (net.Conn, *bufio.Reader) {
	b.Helper()
	nc, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { nc.Close() })
	r := bufio.NewReaderSize(nc, 64<<10)
	if _, err := io.WriteString(nc, "a LOGIN u p\r\nb SELECT INBOX\r\n"); err != nil {
		b.Fatal(err)
	}
	readTo(b, r, "b ")
	return nc, r
}

// readTo reads lines up to one with the prefix.
func readTo(b *testing.B, r *bufio.Reader, prefix string) {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			b.Fatal(err)
		}
		if len(line) >= len(prefix) && string(line[:len(prefix)]) == prefix {
			return
		}
	}
}

func BenchmarkNoop(b *testing.B) {
	nc, r := dialRaw(b, listen(b, plainConfig(newFakeBackend())))
	noop := []byte("n NOOP\r\n")
	b.ReportAllocs()
	for b.Loop() {
		nc.Write(noop)
		readTo(b, r, "n ")
	}
}

func BenchmarkNoopPipelined(b *testing.B) {
	const batch = 100
	nc, r := dialRaw(b, listen(b, plainConfig(newFakeBackend())))
	noops := []byte(strings.Repeat("n NOOP\r\n", batch))
	b.ReportAllocs()
	for b.Loop() {
		nc.Write(noops)
		for range batch {
			readTo(b, r, "n ")
		}
	}
}

// BenchmarkFetchFlagsEncode is one row of FETCH FLAGS as a gateway writes it.
func BenchmarkFetchFlagsEncode(b *testing.B) {
	c := newConn(New(Config{}), &memoryConn{})
	c.io.Layer(struct {
		io.Reader
		io.Writer
	}{nil, io.Discard})
	flags := []string{FlagSeen, FlagAnswered}
	seq := uint32(0)
	b.ReportAllocs()
	for b.Loop() {
		seq++
		buf := c.w.AppendFetch(c.w.Begin(), seq, seq)
		buf = append(buf, "UID "...)
		buf = wire.AppendUint(buf, uint64(seq)+1000)
		buf = append(buf, " FLAGS "...)
		buf = wire.AppendFlags(buf, flags)
		buf = AppendModSeq(append(buf, ' '), 123456789)
		if err := c.w.End(append(buf, ")\r\n"...)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFetchBody streams literals of 64 KiB to a client.
func BenchmarkFetchBody(b *testing.B) {
	body := strings.Repeat("0123456789abcdef", 4<<10)
	nc, r := dialRaw(b, listen(b, plainConfig(newFakeBackend(body))))
	for _, item := range []string{"BODY[]", "BODY.PEEK[]"} {
		b.Run(item, func(b *testing.B) {
			fetch := []byte("f FETCH 1 " + item + "\r\n")
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				nc.Write(fetch)
				r.ReadSlice('\n')
				r.Discard(len(body))
				readTo(b, r, "f ")
			}
		})
	}
}

func BenchmarkParseUIDFetch(b *testing.B) {
	line := []byte(" 1:100 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (DATE FROM SUBJECT)])")
	var x wire.Lexer
	b.ReportAllocs()
	for b.Loop() {
		x.Reset(line, nil)
		var a fetchArgs
		if err := parseUIDFetch(&x, &a); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIdleUpdate is the time from a change to its arrival at a client in
// IDLE.
func BenchmarkIdleUpdate(b *testing.B) {
	backend := newFakeBackend()
	nc, r := dialRaw(b, listen(b, plainConfig(backend)))
	io.WriteString(nc, "c IDLE\r\n")
	readTo(b, r, "+ ")
	b.ReportAllocs()
	for b.Loop() {
		backend.deliver("x")
		readTo(b, r, "* ")
		backend.remove(backend.uidNext - 1)
		readTo(b, r, "* ")
	}
}

// BenchmarkIdleConnections reports what a connection in IDLE holds in memory,
// the socket of the client in this process included.
func BenchmarkIdleConnections(b *testing.B) {
	const count = 1000
	for b.Loop() {
		address := listen(b, plainConfig(newFakeBackend("one")))
		conns := make([]net.Conn, count)
		r := bufio.NewReader(nil)
		before := memory()
		for i := range conns {
			nc, err := net.Dial("tcp", address)
			if err != nil {
				b.Fatal(err)
			}
			io.WriteString(nc, "a LOGIN u p\r\nb SELECT INBOX\r\nc IDLE\r\n")
			r.Reset(nc)
			readTo(b, r, "+ idling")
			conns[i] = nc
		}
		b.ReportMetric(float64(memory()-before)/count, "B/conn")
		for _, nc := range conns {
			nc.Close()
		}
	}
}

// memory returns the octets in use by heap and stacks after a collection.
func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
