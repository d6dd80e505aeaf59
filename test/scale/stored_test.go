// SPDX-License-Identifier: AGPL-3.0-or-later

package scale

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"twiga/lib/mapi/object"
	"twiga/lib/rpc"
)

// build builds stored once for all tests.
var build = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("make", "-C", "../..", "--no-print-directory", "build").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("make build: %w\n%s", err, out)
	}
	return "../../build/bin/stored", err
})

// wanted skips a test that nobody asked for, else builds what it runs.
func wanted(t *testing.T) {
	t.Helper()
	if os.Getenv("TWIGA_SCALE") != "1" {
		t.Skip("takes minutes and 2 GB of disk; TWIGA_SCALE=1 runs it")
	}
	if _, err := build(); err != nil {
		t.Fatal(err)
	}
}

// dataDir is where a test keeps its data; fresh says that there are none yet.
func dataDir(t *testing.T, name string) (dir string, fresh bool) {
	t.Helper()
	top := os.Getenv("TWIGA_SCALE_DIR")
	if top == "" {
		top = t.TempDir()
	}
	dir = filepath.Join(top, name)
	_, err := os.Stat(filepath.Join(dir, "complete"))
	return dir, err != nil
}

// complete notes that the data need not be made again, and brings them to the
// disk, since a start of stored waits for whatever is on its way there.
func complete(t *testing.T, dir string) {
	t.Helper()
	unix.Sync()
	if err := os.WriteFile(filepath.Join(dir, "complete"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// daemon is a stored that runs on some data.
type daemon struct {
	t      *testing.T
	cmd    *exec.Cmd
	client *rpc.Client
	log    bytes.Buffer
	took   time.Duration // from its start to its first answer
}

// start runs a stored until the test ends, or until stop.
func start(t *testing.T, data string, mailboxes int) *daemon {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	run, err := os.MkdirTemp("", "scale") // short enough for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(run) })
	socket, config := filepath.Join(run, "store.sock"), filepath.Join(run, "stored.toml")
	text := fmt.Sprintf("data_dir = %q\nlisten = [\"unix:%s\"]\nadmin_listen = []\nversion_file = \"\"\ndefault_domain = %q\n[cache]\nmailboxes = %d\n",
		data, socket, domain, mailboxes)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &daemon{t: t, cmd: exec.Command(bin, "--config", config)}
	d.cmd.Stderr = &d.log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if d.client, err = rpc.Dial(rpc.DialOptions{Socket: socket}); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.stop)
	if err := d.client.Ping(t.Context()); err != nil {
		t.Fatalf("stored: %v\n%s", err, d.log.Bytes())
	}
	d.took = time.Since(begun)
	return d
}

// stop ends the daemon and waits for it.
func (d *daemon) stop() {
	if d.cmd.ProcessState != nil {
		return
	}
	_ = d.client.Close()
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	if err := d.cmd.Wait(); err != nil {
		d.t.Errorf("stored: %v\n%s", err, d.log.Bytes())
	}
}

// as opens a session of a service role.
func (d *daemon) as(r object.Role) object.Session {
	d.t.Helper()
	s, err := d.client.Logon(d.t.Context(), object.LogonRequest{Role: r, Program: "scale"})
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// logon opens a session of a user.
func (d *daemon) logon(user string) object.Session {
	d.t.Helper()
	s, err := d.client.Logon(d.t.Context(), object.LogonRequest{Role: object.RoleUser, User: user, Password: password, Program: "scale"})
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// memory tells the resident memory in MiB, now and at its peak since forget.
func (d *daemon) memory() (now, peak float64) {
	d.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	of := func(key string) float64 {
		_, rest, _ := strings.Cut(string(b), "\n"+key+":")
		kib := 0.0
		if _, err := fmt.Sscan(rest, &kib); err != nil {
			d.t.Fatalf("memory of stored: %s: %v", key, err)
		}
		return kib / 1024
	}
	return of("VmRSS"), of("VmHWM")
}

// forget lets the peak begin anew (proc(5), clear_refs).
func (d *daemon) forget() {
	d.t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", d.cmd.Process.Pid), []byte("5"), 0); err != nil {
		d.t.Fatal(err)
	}
}

// files counts the open file descriptors.
func (d *daemon) files() int {
	d.t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	return len(list)
}

// chill takes the files below a folder out of the system's memory.
func chill(t *testing.T, dir string) {
	t.Helper()
	each(t, dir, func(f *os.File) error { return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) })
}

// warm reads the files below a folder into the system's memory.
func warm(t *testing.T, dir string) {
	t.Helper()
	each(t, dir, func(f *os.File) error { _, err := io.Copy(io.Discard, f); return err })
}

// each opens all files below a folder.
func each(t *testing.T, dir string, do func(*os.File) error) {
	t.Helper()
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		return do(f)
	})
	if err != nil {
		t.Fatal(err)
	}
}
