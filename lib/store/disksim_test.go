// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// disk stands between a process and the disk: the process stops at each of its calls of
// fsync, fdatasync and syncfs (seccomp_unotify(2)), so that it is known what of each file
// and folder the disk has for certain. What is removed is taken for gone at once.
type disk struct {
	t        *testing.T
	listener int
	pid      int
	dir      string // whose files are looked at
	work     sync.WaitGroup

	mu    sync.Mutex
	rng   *rand.Rand          // guarded by mu
	files map[fileID]*onDisk  // guarded by mu
	names map[string]struct{} // paths that the folders have on the disk; guarded by mu
	asked int                 // syncs so far; guarded by mu
	mixed map[string]struct{} // files that a cut mixed; guarded by mu

	databases atomic.Int64 // syncs of mailboxes' databases
	beside    atomic.Int64 // other syncs that ended while such a one was under way
	under     atomic.Int64 // syncs of mailboxes' databases that are under way,
	hold      atomic.Bool  // and do not end
}

// fileID tells files apart also where one gets the number of another that is gone.
type fileID struct {
	inode uint64
	born  unix.StatxTimestamp
}

// onDisk is what the disk has of a file.
type onDisk struct {
	asked int // the number of the sync
	data  []byte
}

// seccompNotif and seccompAnswer are struct seccomp_notif and seccomp_notif_resp.
type seccompNotif struct {
	id    uint64
	pid   uint32
	flags uint32
	nr    int32
	arch  uint32
	ip    uint64
	args  [6]uint64
}

type seccompAnswer struct {
	id    uint64
	val   int64
	err   int32
	flags uint32
}

// stopAtSyncs has the syncs of this process, of all its threads, wait for who has the
// listener.
func stopAtSyncs() (listener int, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const offsetOfNumber = 0 // in struct seccomp_data
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offsetOfNumber},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_SYNCFS, Jt: 3},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_FSYNC, Jt: 2},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_FDATASYNC, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return 0, err
	}
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_TSYNC | unix.SECCOMP_FILTER_FLAG_TSYNC_ESRCH
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(filter)
	if errno != 0 {
		return 0, errno
	}
	return int(fd), nil
}

// newDisk serves a process that has a listener.
func newDisk(t *testing.T, pid, listener int, dir string, seed uint64) (*disk, error) {
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(process)
	fd, err := unix.PidfdGetfd(process, listener, 0)
	if err != nil {
		return nil, err
	}
	d := &disk{t: t, listener: fd, pid: pid, dir: dir, rng: rand.New(rand.NewPCG(seed, 0)), files: map[fileID]*onDisk{}, names: map[string]struct{}{}, mixed: map[string]struct{}{}}
	err = d.each(dir, func(path string, id fileID, data []byte) error {
		d.files[id] = &onDisk{data: data} // what was there before
		return nil
	})
	d.add(d.tree())
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	d.work.Go(d.serve)
	return d, nil
}

// close ends the service; the process is gone.
func (d *disk) close() error {
	d.work.Wait()
	return unix.Close(d.listener)
}

func (d *disk) ioctl(request uint, arg unsafe.Pointer) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(d.listener), uintptr(request), uintptr(arg)); errno != 0 {
		return errno
	}
	return nil
}

func (d *disk) serve() {
	for {
		poll := []unix.PollFd{{Fd: int32(d.listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(poll, -1); err != nil && err != unix.EINTR {
			d.t.Errorf("wait for a sync: %v", err)
			return
		}
		if poll[0].Revents&unix.POLLHUP != 0 {
			return
		}
		if poll[0].Revents&unix.POLLIN == 0 {
			continue
		}
		var n seccompNotif
		switch err := d.ioctl(unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n)); err {
		case nil:
			d.sync(&n)
		case unix.ENOENT, unix.EINTR: // it has given up
		default:
			d.t.Errorf("receive a sync: %v", err)
			return
		}
	}
}

// sync is one call. What the files have when it begins is on the disk when it ends.
func (d *disk) sync(n *seccompNotif) {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", d.pid, n.args[0]))
	files := map[fileID][]byte{}
	take := func(_ string, id fileID, data []byte) error {
		files[id] = data
		return nil
	}
	var names []string
	st, gone := os.Stat(path)
	switch {
	case n.nr == unix.SYS_SYNCFS:
		names, err = d.tree(), d.each(d.dir, take)
	case err != nil || gone != nil || !strings.HasPrefix(path, d.dir):
	case st.IsDir():
		names, err = filepath.Glob(filepath.Join(path, "*"))
	default:
		err = d.each(path, take)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.t.Errorf("sync %s: %v", path, err)
	}
	d.mu.Lock()
	d.asked++
	asked := d.asked
	delay := time.Duration(d.rng.IntN(300)) * time.Microsecond
	d.mu.Unlock()
	database := filepath.Base(path) == "mailbox.db"
	if database {
		d.databases.Add(1)
		d.under.Add(1)
		delay *= 30
	}
	d.work.Go(func() {
		<-time.After(delay) // a disk takes its time
		for database && d.hold.Load() {
			time.Sleep(time.Millisecond)
		}
		d.mu.Lock()
		for id, data := range files {
			if old := d.files[id]; old == nil || old.asked < asked {
				d.files[id] = &onDisk{asked, data}
			}
		}
		d.add(names)
		d.mu.Unlock()
		if database {
			d.under.Add(-1)
		} else if d.under.Load() > 0 {
			d.beside.Add(1)
		}
		d.answer(n)
	})
}

// tree gives all that is in the folder.
func (d *disk) tree() (paths []string) {
	_ = filepath.WalkDir(d.dir, func(path string, _ fs.DirEntry, _ error) error {
		paths = append(paths, path)
		return nil
	})
	return paths
}

func (d *disk) add(names []string) {
	for _, name := range names {
		d.names[name] = struct{}{}
	}
}

// lost is whether a cut loses a file or a folder that no folder has on the disk for
// certain, or what is in such a one.
func (d *disk) lost(path string, lost map[string]bool) bool {
	if path == d.dir {
		return false
	}
	is, known := lost[path]
	if !known {
		_, certain := d.names[path]
		is = d.lost(filepath.Dir(path), lost) || !certain && d.rng.IntN(2) == 0
		lost[path] = is
	}
	return is
}

func (d *disk) answer(n *seccompNotif) {
	err := d.ioctl(unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&seccompAnswer{id: n.id}))
	if err != nil && err != unix.ENOENT && err != unix.EINPROGRESS { // else it asks again
		d.t.Errorf("end a sync: %v", err)
	}
}

func readFile(path string) (id fileID, data []byte, err error) {
	var st unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_INO|unix.STATX_BTIME, &st); err != nil {
		return id, nil, err
	}
	data, err = os.ReadFile(path)
	return fileID{st.Ino, st.Btime}, data, err
}

// each calls f with all files in a folder, or with the one of that name.
func (d *disk) each(dir string, f func(path string, id fileID, data []byte) error) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		id, data, err := readFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return f(path, id, data)
	})
}

// freeze stops the process for as long as f runs.
func (d *disk) freeze(f func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := unix.Kill(d.pid, unix.SIGSTOP); err != nil {
		return err
	}
	var status unix.WaitStatus
	if _, err := unix.Wait4(d.pid, &status, unix.WUNTRACED, nil); err != nil || !status.Stopped() {
		return fmt.Errorf("stop process: status %x, %w", status, err)
	}
	f()
	return unix.Kill(d.pid, unix.SIGCONT)
}

// cut writes into a folder what a power cut leaves. It wants that the process is
// frozen.
func (d *disk) cut(to string) error {
	lost := map[string]bool{}
	return d.each(d.dir, func(path string, id fileID, data []byte) error {
		if d.lost(path, lost) {
			d.mixed["names"] = struct{}{}
			return nil
		}
		var had []byte
		if f := d.files[id]; f != nil {
			had = f.data
		}
		rel, err := filepath.Rel(d.dir, path)
		if err != nil {
			return err
		}
		if !bytes.Equal(had, data) {
			name := filepath.Base(path)
			if len(name) > 40 {
				name = "blobs"
			}
			d.mixed[name] = struct{}{}
		}
		path = filepath.Join(to, rel)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		return os.WriteFile(path, mixBlocks(d.rng, had, data), 0o600)
	})
}

// mixBlocks has some blocks as they were, and the others as they are.
func mixBlocks(rng *rand.Rand, had, now []byte) []byte {
	const block = 4096
	size := len(had)
	if rng.IntN(2) == 0 {
		size = len(now)
	}
	if len(now) > len(had) && rng.IntN(2) == 0 {
		size = len(had) + rng.IntN(len(now)-len(had))
	}
	out := make([]byte, size)
	copy(out, had)
	share := rng.IntN(5) // of what is written, in quarters
	for at := 0; at < min(size, len(now)); at += block {
		if rng.IntN(4) < share {
			copy(out[at:min(at+block, size)], now[at:])
		}
	}
	return out
}
