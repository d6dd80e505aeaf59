// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"twiga/lib/mapi"
)

// pipePair is a socket's two ends, with pipes made on one and passed to the other.
func pipePair(t *testing.T) (server, client net.Conn) {
	t.Helper()
	ln, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	dialed, err := net.Dial("unix", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c, ends, err := newPipes(accepted)
	if err != nil {
		t.Fatal(err)
	}
	const text = "take these"
	if err := passPipes(accepted.(*net.UnixConn), text, ends); err != nil {
		t.Fatal(err)
	}
	rights := &rightsReader{conn: dialed.(*net.UnixConn)}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(rights, got); err != nil || string(got) != text {
		t.Fatalf("read %q, %v", got, err)
	}
	l, err := rights.link(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.Close(), l.conn.Close() })
	return c, l.conn
}

// TestPipes has bytes go both ways, more at a time than a pipe holds.
func TestPipes(t *testing.T) {
	server, client := pipePair(t)
	head, tail := bytes.Repeat([]byte("head"), 50_000), bytes.Repeat([]byte("tail"), 300_000)
	sent := make(chan error, 1)
	go func() { sent <- server.(*pipeConn).writeAll([2][]byte{head, tail}) }()
	got := make([]byte, len(head)+len(tail))
	if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, append(head, tail...)) {
		t.Errorf("what was written is not what is read: %v", err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	go func() { _, err := client.Write(tail); sent <- err }()
	if _, err := io.ReadFull(server, got[:len(tail)]); err != nil || !bytes.Equal(got[:len(tail)], tail) {
		t.Errorf("the other way: %v", err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// TestPipesEnd has either end learn that the other went away, and deadlines hold.
func TestPipesEnd(t *testing.T) {
	server, client := pipePair(t)
	if err := server.SetDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read behind a deadline: %v", err)
	}
	if err := server.(*pipeConn).writeAll([2][]byte{make([]byte, 1<<20), nil}); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("write behind a deadline: %v", err)
	}
	_ = server.SetDeadline(time.Time{})
	_ = client.Close()
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("read of what is closed: %v", err)
	}
	if _, err := server.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("read when the other end is closed: %v", err)
	}
	if _, err := server.Write([]byte("x")); !isReset(err) {
		t.Errorf("write when the other end is closed: %v", err)
	}
	if err := server.(*pipeConn).writeAll([2][]byte{[]byte("x"), []byte("y")}); !isReset(err) {
		t.Errorf("write of two when the other end is closed: %v", err)
	}
}

// TestAnswerLost has a server that hangs up in place of an answer, with and without
// having read, be no more than away.
func TestAnswerLost(t *testing.T) {
	for name, reads := range map[string]bool{"unread": false, "read": true} {
		t.Run(name, func(t *testing.T) {
			socket := filepath.Join(t.TempDir(), "socket")
			ln, err := net.Listen("unix", socket)
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				for {
					c, err := ln.Accept()
					if err != nil {
						return
					}
					b := make([]byte, 1)
					if _, _ = c.Read(b); reads {
						_, _ = c.Read(make([]byte, 4096))
					}
					_ = c.Close()
				}
			}()
			c, err := Dial(DialOptions{Socket: socket, Wait: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for range 5 {
				if err := c.Ping(t.Context()); !errors.Is(err, mapi.NetworkError) {
					t.Errorf("ping: %v", err)
				}
			}
		})
	}
}

// TestPipesAreUsed has calls go by pipes, and leaves no file behind.
func TestPipesAreUsed(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	if err := f.client.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := countFiles(t)
	for range 20 {
		l, err := f.client.pool.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := l.conn.(*pipeConn); !ok {
			t.Fatalf("the connection is a %T", l.conn)
		}
		l.broken = true // the next one is new
		f.client.pool.put(l)
	}
	if err := f.client.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); countFiles(t) > before; time.Sleep(time.Millisecond) {
		if time.Since(start) > time.Minute {
			t.Fatalf("%d files are open, before %d", countFiles(t), before)
		}
	}
}

func countFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
