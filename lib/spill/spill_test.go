// SPDX-License-Identifier: AGPL-3.0-or-later

package spill

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/sys/unix"
)

func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7 >> 3)
	}
	return b
}

func TestBuffer(t *testing.T) {
	const limit = minLimit
	for _, tc := range []struct {
		name    string
		size    int
		chunk   int
		spilled bool
	}{
		{"empty", 0, 1, false},
		{"one byte", 1, 1, false},
		{"just the limit stays in memory", limit, 1000, false},
		{"one byte more spills", limit + 1, 1000, true},
		{"many small writes", 5*limit + 3, 77, true},
		{"one large write", 9 * limit, 9 * limit, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			want := pattern(tc.size)
			b := NewPool(dir, limit).Get()
			defer b.Close()
			for p := want; len(p) > 0; {
				k := min(tc.chunk, len(p))
				if n, err := b.Write(p[:k]); n != k || err != nil {
					t.Fatalf("Write = %d, %v", n, err)
				}
				p = p[k:]
			}
			if b.Size() != int64(tc.size) {
				t.Errorf("Size = %d before Finish", b.Size())
			}
			got, err := b.Finish()
			if err != nil || !bytes.Equal(got, want) || !bytes.Equal(b.Bytes(), want) {
				t.Fatalf("Finish: %d bytes, %v", len(got), err)
			}
			if b.Size() != int64(tc.size) || b.Spilled() != tc.spilled {
				t.Errorf("Size %d, Spilled %v", b.Size(), b.Spilled())
			}
			if names, _ := os.ReadDir(dir); len(names) != 0 {
				t.Errorf("%s has a name in the directory", names[0].Name())
			}
			if _, err := b.Write([]byte("x")); err == nil {
				t.Error("a finished buffer takes bytes")
			}
		})
	}
}

func TestReadFrom(t *testing.T) {
	want := pattern(100_000)
	p := NewPool(t.TempDir(), minLimit)
	for range 3 { // recycled memory must not leak into the next
		b := p.Get()
		n, err := b.ReadFrom(iotest.OneByteReader(bytes.NewReader(want)))
		if err != nil || n != int64(len(want)) {
			t.Fatalf("ReadFrom = %d, %v", n, err)
		}
		got, err := b.Finish()
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("Finish: %d bytes, %v", len(got), err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	b := p.Get()
	defer b.Close()
	_, err := b.ReadFrom(iotest.ErrReader(io.ErrUnexpectedEOF))
	if !errors.Is(err, io.ErrUnexpectedEOF) || IsWriteError(err) {
		t.Errorf("a reader's error came as %v", err)
	}
}

func TestWriteErrors(t *testing.T) {
	t.Run("directory is missing", func(t *testing.T) {
		b := NewPool(t.TempDir()+"/none", minLimit).Get()
		defer b.Close()
		_, err := io.Copy(b, bytes.NewReader(pattern(3*minLimit)))
		if !IsWriteError(err) {
			t.Errorf("got %v", err)
		}
		if _, err := b.Finish(); err == nil {
			t.Error("Finish forgets the failure")
		}
	})
	t.Run("disk is full", func(t *testing.T) {
		b := NewPool(t.TempDir(), minLimit).Get()
		defer b.Close()
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skip(err)
		}
		b.file = full
		_, err = b.Write(pattern(3 * minLimit))
		if !errors.Is(err, unix.ENOSPC) || !IsWriteError(err) {
			t.Errorf("got %v", err)
		}
		if _, err := b.Write([]byte("x")); !errors.Is(err, unix.ENOSPC) {
			t.Errorf("the next write got %v", err)
		}
	})
	t.Run("closed", func(t *testing.T) {
		b := NewPool("", 0).Get()
		b.Close()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if _, err := b.Write([]byte("x")); err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("got %v", err)
		}
	})
}

func BenchmarkBuffer(b *testing.B) {
	for _, size := range []int{10_000, 1 << 20} {
		b.Run(map[bool]string{false: "memory", true: "file"}[size > DefaultLimit], func(b *testing.B) {
			p, data := NewPool(b.TempDir(), 0), pattern(size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				w := p.Get()
				for d := data; len(d) > 0; {
					k := min(len(d), 4096)
					w.Write(d[:k])
					d = d[k:]
				}
				if _, err := w.Finish(); err != nil {
					b.Fatal(err)
				}
				w.Close()
			}
		})
	}
}
