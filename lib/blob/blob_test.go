// SPDX-License-Identifier: AGPL-3.0-or-later

package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func open(t testing.TB, o Options) *Dir {
	t.Helper()
	d, err := OpenDir(filepath.Join(t.TempDir(), "blobs"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func noise(n int) []byte {
	r := rand.NewChaCha8([32]byte{1})
	b := make([]byte, n)
	r.Read(b)
	return b
}

func text(n int) []byte { return []byte(strings.Repeat("the tall giraffe reads mail. ", n/28+1)[:n]) }

func TestRoundTrip(t *testing.T) {
	ctx := t.Context()
	d := open(t, Options{OpenFiles: 2})
	for _, tc := range []struct {
		name    string
		content []byte
	}{
		{"empty", nil}, {"one byte", []byte("x")}, {"small text", text(300)}, {"small noise", noise(5000)},
		{"one chunk", text(chunkSize)}, {"chunks of text", text(3*chunkSize + 7)}, {"chunks of noise", noise(2*chunkSize + 9)},
		{"text then noise", append(text(chunkSize), noise(chunkSize+1)...)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			id, n, err := d.Put(ctx, Want{Size: -1}, io.MultiReader(bytes.NewReader(tc.content)))
			if err != nil || n != int64(len(tc.content)) || id != ID(sha256.Sum256(tc.content)) {
				t.Fatalf("put: %s %d %v", id, n, err)
			}
			if err := d.Verify(ctx, id); err != nil {
				t.Fatal(err)
			}
			r, err := d.Open(ctx, id)
			if err != nil || r.Size() != n {
				t.Fatalf("open: %v", err)
			}
			defer r.Close()
			got, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
			if err != nil || !bytes.Equal(got, tc.content) {
				t.Fatalf("read: %d bytes, %v", len(got), err)
			}
			for range 20 {
				if n == 0 {
					break
				}
				at, k := rand.Int64N(n), rand.IntN(2*chunkSize)
				p := make([]byte, k)
				m, err := r.ReadAt(p, at)
				if want := tc.content[at:min(n, at+int64(k))]; !bytes.Equal(p[:m], want) || err != nil && err != io.EOF {
					t.Fatalf("read %d at %d: %d bytes, %v", k, at, m, err)
				}
			}
			if id2, err := d.PutBytes(ctx, tc.content); err != nil || id2 != id {
				t.Errorf("put again: %v", err)
			}
		})
	}
}

func TestWant(t *testing.T) {
	ctx := t.Context()
	d := open(t, Options{})
	id, err := d.PutBytes(ctx, []byte("abc"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		want Want
		text string
		err  error
	}{
		{"there already", Want{id, 3}, "abc", nil},
		{"there already, other content", Want{id, -1}, "abd", ErrMismatch},
		{"wrong id", Want{ID{1}, -1}, "x", ErrMismatch},
		{"wrong size", Want{ID{}, 2}, "x", ErrMismatch},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, _, err := d.Put(ctx, tc.want, strings.NewReader(tc.text)); !errors.Is(err, tc.err) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := d.Open(ctx, ID{9}); !errors.Is(err, ErrNotFound) {
		t.Errorf("open missing: %v", err)
	}
	if _, err := d.Touch(ctx, ID{9}); !errors.Is(err, ErrNotFound) {
		t.Errorf("touch missing: %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(d.path, tempPrefix+"*"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSweep(t *testing.T) {
	ctx := t.Context()
	d := open(t, Options{Grace: time.Hour})
	old := time.Now().Add(-2 * time.Hour)
	put := func(s string, age time.Time) ID {
		id, err := d.PutBytes(ctx, []byte(s))
		if err != nil {
			t.Fatal(err)
		}
		os.Chtimes(d.file(id), age, age)
		return id
	}
	kept, gone, young, touched := put("kept", old), put("gone", old), put("young", time.Now()), put("touched", old)
	sweeping := Sweeping{Marked: time.Now(), DryRun: true, Keep: func(id ID) bool {
		if id == touched {
			d.Touch(ctx, id) // between the mark and the removal
		}
		return id == kept
	}}
	for _, dry := range []bool{true, false} {
		sweeping.DryRun = dry
		s, err := d.Sweep(ctx, sweeping)
		if err != nil || s.Removed < 1 || s.Removed+s.Young != 3 || s.Seen != 4 {
			t.Fatalf("dry %v: %+v %v", dry, s, err)
		}
		if err := d.Verify(ctx, gone); dry && err != nil {
			t.Errorf("a dry run removed it: %v", err)
		}
	}
	for _, tc := range []struct {
		name string
		id   ID
		want error
	}{{"kept", kept, nil}, {"young", young, nil}, {"touched", touched, nil}, {"gone", gone, ErrNotFound}} {
		if err := d.Verify(ctx, tc.id); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestDamage(t *testing.T) {
	ctx := t.Context()
	for _, content := range [][]byte{text(2 * chunkSize), noise(1000)} {
		d := open(t, Options{})
		id, err := d.PutBytes(ctx, content)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := os.ReadFile(d.file(id))
		for range 200 {
			bad := bytes.Clone(raw)
			if rand.IntN(2) == 0 {
				bad = bad[:rand.IntN(len(bad))]
			} else {
				bad[rand.IntN(len(bad))] ^= byte(1 + rand.IntN(255))
			}
			os.WriteFile(d.file(id), bad, 0o600)
			// A changed byte of the padding or of the frame header may go unnoticed;
			// what must not happen is a panic or wrong content.
			_ = d.Verify(ctx, id)
		}
	}
}

// A crash of the machine may leave a blob short under its name.
func TestCutShort(t *testing.T) {
	ctx := t.Context()
	d := open(t, Options{})
	content := text(3 * chunkSize)
	id, err := d.PutBytes(ctx, content)
	if err != nil {
		t.Fatal(err)
	}
	st, _ := os.Stat(d.file(id))
	for _, size := range []int64{0, 3, headerSize, st.Size() - 1} {
		d.Close()
		if err := os.Truncate(d.file(id), size); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Touch(ctx, id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%d bytes: %v", size, err)
		}
		if _, err := d.PutBytes(ctx, content); err != nil {
			t.Fatal(err)
		}
		if err := d.Verify(ctx, id); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestParallel(t *testing.T) {
	d := open(t, Options{OpenFiles: 3})
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 20 {
				id, err := d.PutBytes(context.Background(), text(300+(i*7+w)%11))
				if err == nil {
					err = d.Verify(context.Background(), id)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	left, _ := filepath.Glob(filepath.Join(d.path, tempPrefix+"*"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func BenchmarkPut(b *testing.B) {
	d := open(b, Options{})
	data := noise(30_000)
	b.SetBytes(int64(len(data)))
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		mine := bytes.Clone(data)
		for pb.Next() {
			r := rand.Uint64()
			for i := range 8 {
				mine[i] = byte(r >> (8 * i))
			}
			if _, err := d.PutBytes(context.Background(), mine); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// heldLog is a Log whose waiters wait until it lets them go.
type heldLog struct {
	mu    sync.Mutex
	files map[ID][]byte // guarded by mu
	held  chan struct{}
	fail  error // of who waits
	full  error // of Append
}

// Append implements Log.
func (l *heldLog) Append(id ID, file []byte) (func() error, error) {
	if l.full != nil {
		return nil, l.full
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files[id] = bytes.Clone(file)
	return func() error { <-l.held; return l.fail }, nil
}

// TestLog has Touch wait for what Put left to the log, and what the log has be a blob
// again where the file is lost.
func TestLog(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "blobs")
	l := &heldLog{files: map[ID][]byte{}}
	contents := [][]byte{{}, []byte("x"), text(5000), noise(5000), noise(maxLogged - headerSize)}
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		l.held = make(chan struct{})
		d, err := OpenDir(dir, Options{Log: l})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		large, _, err := d.Put(ctx, Want{Size: -1}, bytes.NewReader(noise(maxLogged)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Touch(ctx, large); err != nil || l.files[large] != nil {
			t.Errorf("a large file is in the log: %t, %v", l.files[large] != nil, err)
		}
		var durable atomic.Int64
		for _, c := range contents {
			id, _, err := d.Put(ctx, Want{Size: -1}, bytes.NewReader(c))
			if err != nil {
				t.Fatal(err)
			}
			for _, ask := range []func() error{
				func() error { _, err := d.Touch(ctx, id); return err },
				func() error { _, _, err := d.Put(ctx, Want{id, -1}, bytes.NewReader(c)); return err },
				func() error { _, err := d.PutBytes(ctx, c); return err },
			} {
				go func() {
					if err := ask(); err != nil {
						t.Error(err)
					}
					durable.Add(1)
				}()
			}
		}
		synctest.Wait()
		if n := durable.Load(); n != 0 {
			t.Errorf("%d are told that it is durable before the log has it", n)
		}
		close(l.held)
		synctest.Wait()
		if n := durable.Load(); n != int64(3*len(contents)) {
			t.Errorf("%d are told, want %d", n, 3*len(contents))
		}
	})
	again := open(t, Options{})
	for id, file := range l.files {
		if err := again.Restore(id, file); err != nil {
			t.Fatal(err)
		}
		if err := again.Verify(t.Context(), id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if err := again.Sync(); err != nil || len(l.files) != len(contents) {
		t.Errorf("%d files restored: %v", len(l.files), err)
	}
}

// TestLogFails has blobs wait for their own files where the log takes nothing, or fails
// behind their back.
func TestLogFails(t *testing.T) {
	broken := errors.New("broken")
	for name, l := range map[string]*heldLog{
		"full":   {full: broken},
		"failed": {files: map[ID][]byte{}, held: make(chan struct{}), fail: broken},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, Options{Log: l})
			if l.held != nil {
				close(l.held)
			}
			id, _, err := d.Put(t.Context(), Want{Size: -1}, strings.NewReader("content"))
			if err != nil {
				t.Fatal(err)
			}
			if size, err := d.Touch(t.Context(), id); err != nil || size != 7 {
				t.Errorf("%d, %v", size, err)
			}
		})
	}
}
