// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk mounts a file system of 48 MiB for a system's data.
func smallDisk(t *testing.T) (dir, data string) {
	t.Helper()
	needsRoot(t)
	dir = t.TempDir()
	data = filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=48m"); err != nil {
		unmet(t, "cannot mount a file system here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(data, syscall.MNT_DETACH) })
	return dir, data
}

// TestDiskFull fills the disk: deliveries are put off with 4xx, nothing that
// was acknowledged is lost, and all goes on when there is room again.
func TestDiskFull(t *testing.T) {
	dir, data := smallDisk(t)
	s := startIn(t, dir, 1)
	l := dialLMTP(t, s.LMTP)
	l.mustDeliver(t, []byte(simple("before")), login(0))
	ballast := filepath.Join(data, "ballast")
	fill(t, ballast)

	big := simple("big") + strings.Repeat("no two lines of this are the same: "+strings.Repeat("x", 30)+"\r\n", 20000)
	acknowledged, put := 1, 0
	for i := range 10 {
		mail := big
		if i%2 == 1 {
			mail = simple("small")
		}
		replies, err := l.deliver([]byte(mail), login(0))
		if err != nil {
			t.Fatalf("deliver to a full disk: %v", err)
		}
		switch {
		case strings.HasPrefix(replies[0], "250"):
			acknowledged++
		case strings.HasPrefix(replies[0], "4"):
			put++
		default:
			t.Errorf("deliver to a full disk: %q", replies[0])
		}
	}
	if put == 0 {
		t.Error("no delivery was put off: the disk was never full")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	l.mustDeliver(t, []byte(simple("after")), login(0))
	if got := len(bodies(t, dialIMAP(t, s, login(0), "INBOX"))); got != acknowledged+1 {
		t.Errorf("%d messages are there, %d were acknowledged", got, acknowledged+1)
	}
	s.check()
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for size := 1 << 20; size >= 512; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}

// TestReadOnlyDisk has the kernel give the disk up under the running system,
// as after an input/output error: deliveries are put off, reading goes on,
// and after a repair all that was acknowledged is there.
func TestReadOnlyDisk(t *testing.T) {
	needsRoot(t)
	needs(t, "mkfs.ext4", "mount", "umount", "e2fsck")
	dir := t.TempDir()
	image, data := filepath.Join(dir, "image"), filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(image, nil, 0o600), os.Truncate(image, 96<<20)); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "mkfs.ext4", "-q", image)
	if out, err := command(t, "", "mount", "-o", "loop", image, data); err != nil {
		unmet(t, "cannot mount a file system here: %v\n%s", err, out)
	}
	t.Cleanup(func() { _, _ = command(t, "", "umount", "--lazy", data) })
	s := startIn(t, dir, 1)
	l := dialLMTP(t, s.LMTP)
	l.mustDeliver(t, []byte(simple("before")), login(0))
	mustRun(t, "mount", "-o", "remount,abort", data)
	replies, err := l.deliver([]byte(simple("during")), login(0))
	if err != nil || !strings.HasPrefix(replies[0], "4") {
		t.Errorf("deliver to a read-only disk: %q %v", replies, err)
	}
	if got := len(bodies(t, dialIMAP(t, s, login(0), "INBOX"))); got != 1 {
		t.Errorf("%d messages can be read", got)
	}
	s.stop()
	mustRun(t, "umount", data)
	_, _ = command(t, "", "e2fsck", "-p", image) // its exit code says that it repaired something
	mustRun(t, "mount", "-o", "loop", image, data)
	s.again()
	l = dialLMTP(t, s.LMTP)
	l.mustDeliver(t, []byte(simple("after")), login(0))
	if got := len(bodies(t, dialIMAP(t, s, login(0), "INBOX"))); got != 2 {
		t.Errorf("%d messages are there in the end", got)
	}
	s.check()
	s.stop()
}
